// The line to the kernel: what is asked, what is answered, and what silence means.

import { request } from "./protocol.js";

/** @typedef {import("./protocol.js").Model} Model */
/** @typedef {"explain" | "cancel" | "poll" | "export"} Kind */
/** @typedef {"" | "queued" | "silent" | "gone"} Silence */

const POLL_AFTER = 300; // ms of silence from a kernel that is at work
const QUEUED_AFTER = 500; // ms without an answer to a click
const SILENT_AFTER = 15_000; // ms without any sign of life since a question
/** How ipywidgets marks a view whose kernel is not there (any more). */
const WITHOUT_KERNEL = ".jupyter-widgets-disconnected";

/**
 * @param {Model} model
 * @param {HTMLElement} el  the view's place in its host
 * @param {() => boolean} expecting  whether the kernel is at work, so that there will be news
 * @param {() => void} onChange  the kernel went silent, or is heard again
 * @param {(message: any) => void} onAnswer  to a question that was asked here
 * @param {AbortSignal} signal
 */
export function kernelLine(model, el, expecting, onChange, onAnswer, signal) {
  /** @type {Map<string, ReturnType<typeof setTimeout>>} */
  const waiting = new Map();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let patience;
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
    for (const timer of waiting.values()) clearTimeout(timer);
    waiting.clear();
  };
  const lose = () => {
    forget();
    live = false;
    become("gone");
  };

  /** @param {Kind} kind @param {object} [msg] @param {boolean} [clicked]  somebody waits for the answer */
  const ask = (kind, msg, clicked = true) => {
    if (!live) return;
    const message = request(kind, msg);
    if (clicked) waiting.set(message.id, setTimeout(() => silence || become("queued"), QUEUED_AFTER));
    patience ??= setTimeout(() => become("silent"), SILENT_AFTER);
    try {
      model.send?.(message);
    } catch {
      lose(); // the host has closed the channel: the kernel was restarted, or has died
    }
  };

  if (typeof model.send === "function") {
    /** @param {any} message */
    const answered = (message) => {
      calm();
      clearTimeout(waiting.get(message?.id));
      // every view hears every answer
      if (waiting.delete(message?.id)) onAnswer(message);
      become("");
    };
    // its threads may be heard while it answers nothing
    const heard = () => {
      calm();
      if (silence === "silent") become("");
    };
    const moved = () => {
      if (away()) return lose();
      live = true;
      become("");
    };
    /** @type {[string, (...args: any[]) => void][]} */
    const events = [["msg:custom", answered], ["change:serial", heard], ["comm_live_update", moved]];
    for (const [event, callback] of events) model.on(event, callback);

    let serial = model.get("serial");
    // some hosts drop what a kernel's thread sends, and only an answer to a question gets through
    const timer = setInterval(() => {
      const now = model.get("serial");
      if (expecting() && now === serial) ask("poll", { seen: now }, false);
      serial = now;
    }, POLL_AFTER);
    signal.addEventListener("abort", () => {
      forget();
      clearInterval(timer);
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
