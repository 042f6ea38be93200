// The line to the kernel: what is asked, what is answered, and what silence means.

import { request } from "./protocol.js";

/** @typedef {import("./protocol.js").Model} Model */
/** @typedef {"explain" | "cancel" | "poll" | "export"} Kind */
/** @typedef {"" | "queued" | "silent" | "gone"} Silence */

const POLL_AFTER = 300; // ms without news from a kernel that is at work, and since its last answer
const QUEUED_AFTER = 500; // ms without an answer to a click
const SILENT_AFTER = 15_000; // ms without any sign of life since a question
/** How ipywidgets marks a view whose kernel is not there (any more). */
const WITHOUT_KERNEL = ".jupyter-widgets-disconnected";

/**
 * @param {Model} model
 * @param {{closest: (selector: string) => unknown}} el  the view's place in its host
 * @param {() => boolean} expecting  whether the kernel is at work, so that there will be news
 * @param {() => void} onChange  the kernel went silent, or is heard again
 * @param {(message: any) => void} onAnswer  to a question that was asked here
 * @param {AbortSignal} signal
 */
export function kernelLine(model, el, expecting, onChange, onAnswer, signal) {
  /** Unanswered questions in the order of asking, with a timer where somebody waits. @type {Map<string, ReturnType<typeof setTimeout> | undefined>} */
  const waiting = new Map();
  /** The poll that is not answered yet. A kernel that runs a cell answers none, and would find a heap of them. */
  let open = "";
  /** Whether something was changed here since that poll was sent: its answer will know nothing of it. */
  let stale = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let patience;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let next;
  let seen = model.get("serial");
  /** @type {Silence} */
  let silence = "";
  const away = () => el.closest(WITHOUT_KERNEL) !== null;
  let live = typeof model.send === "function" && !away();

  /** @param {Silence} now */
  const become = (now) => {
    if (now === silence) return;
    silence = now;
    onChange();
  };
  const calm = () => {
    clearTimeout(patience);
    patience = undefined;
  };
  const forget = () => {
    calm();
    clearTimeout(next);
    for (const timer of waiting.values()) clearTimeout(timer);
    waiting.clear();
    open = "";
    stale = false;
  };
  const lose = () => {
    forget();
    live = false;
    become("gone");
  };
  /** @param {string} id */
  const awaitAnswer = (id) => {
    if (waiting.get(id) === undefined) waiting.set(id, setTimeout(() => silence || become("queued"), QUEUED_AFTER));
  };

  /** @param {Kind} kind @param {object} [msg] @param {boolean} [clicked]  somebody waits for the answer */
  const ask = (kind, msg, clicked = true) => {
    if (!live) return;
    if (kind === "poll" && open) {
      stale = true;
      return awaitAnswer(open);
    }
    const message = request(kind, msg);
    if (kind === "poll") open = message.id;
    waiting.set(message.id, undefined);
    if (clicked) awaitAnswer(message.id);
    patience ??= setTimeout(() => become("silent"), SILENT_AFTER);
    try {
      model.send?.(message);
    } catch {
      lose(); // the host has closed the channel: the kernel was restarted, or has died
    }
  };

  // some hosts drop what a kernel's thread sends, and only an answer to a question gets through
  const look = () => {
    const now = model.get("serial");
    const quiet = now === seen;
    seen = now;
    if (quiet && expecting()) ask("poll", { seen: now }, false);
    // with a question open its answer looks on
    if (live && !open) lookLater();
  };
  const lookLater = () => {
    clearTimeout(next);
    next = setTimeout(look, POLL_AFTER);
  };

  if (typeof model.send === "function") {
    /** @param {any} message */
    const answered = (message) => {
      calm();
      become("");
      // every view hears every answer
      if (!waiting.has(message?.id)) return;
      let polled = false;
      for (const [id, timer] of waiting) {
        clearTimeout(timer);
        // answers come in order: where a later question has its own, the poll's is lost
        polled ||= id === open;
        if (id === message.id) break;
      }
      waiting.delete(message.id);
      onAnswer(message);
      if (!polled) return;
      waiting.delete(open);
      open = "";
      if (stale) ask("poll", { seen: model.get("serial") });
      else lookLater();
      stale = false;
    };
    // its threads may be heard while it answers nothing
    const heard = () => {
      calm();
      if (silence === "silent") become("");
    };
    const moved = () => {
      if (away()) return lose();
      forget();
      live = true;
      become("");
      // a host may say only that something changed: of a kernel that was restarted the channel is closed by then
      next = setTimeout(() => ask("poll", { seen: model.get("serial") }, false), POLL_AFTER);
    };
    /** @type {[string, (...args: any[]) => void][]} */
    const events = [["msg:custom", answered], ["change:serial", heard], ["comm_live_update", moved]];
    for (const [event, callback] of events) model.on(event, callback);
    lookLater();
    signal.addEventListener("abort", () => {
      forget();
      for (const [event, callback] of events) model.off(event, callback);
    });
  }

  return {
    ask,
    /** Whether there is a kernel to ask. */
    get live() {
      return live;
    },
    get silence() {
      return silence;
    },
  };
}
