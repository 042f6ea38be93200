// The widget: puts the parts together and the state into them.

import { h } from "./dom.js";
import { followTheme, observe, oncePerFrame } from "./observe.js";
import { attentionPart } from "./parts/attention.js";
import { barsPart } from "./parts/bars.js";
import { classSwitches } from "./parts/classes.js";
import { downloadPart } from "./parts/download.js";
import { examPart } from "./parts/exam.js";
import { footPart } from "./parts/foot.js";
import { rowsPart } from "./parts/rows.js";
import { textPart } from "./parts/text.js";
import { tipPart } from "./parts/tip.js";
import { request } from "./protocol.js";
import { chosenTarget, extent } from "./scale.js";

/** @typedef {import("./protocol.js").Model} Model */
/** @typedef {import("./protocol.js").Explanation} Explanation */

const POLL_AFTER = 300; // ms of silence from a kernel that is at work
const QUEUED_AFTER = 500; // ms without an answer to a click

/**
 * Draws a model into an element and keeps it drawn.
 * @param {{model: Model, el: HTMLElement, signal?: AbortSignal}} context
 * @returns {() => void}  ends it: no listener and no timer stays
 */
export function render({ model, el, signal: hostSignal }) {
  const ending = new AbortController();
  const { signal } = ending;
  hostSignal?.addEventListener("abort", () => ending.abort(), { once: true });
  const live = typeof model.send === "function";

  /** @type {Map<string, ReturnType<typeof setTimeout>>} */
  const waiting = new Map();
  let queued = false;
  /** @param {"cancel" | "explain" | "poll" | "export"} kind @param {object} [msg] */
  const ask = (kind, msg) => {
    const message = request(kind, msg);
    if (kind !== "poll") {
      const late = () => {
        queued = true;
        draw();
      };
      waiting.set(message.id, setTimeout(late, QUEUED_AFTER));
    }
    model.send?.(message);
  };

  /** @param {string} name @param {any} value */
  const choose = (name, value) => {
    model.set(name, value);
    model.save_changes();
    draw();
  };
  const classes = classSwitches(
    (target) => choose("target", target),
    (pair) => choose("contrast", pair),
    signal,
  );
  /** @type {{feature: number, word: HTMLElement} | null} */
  let pinned = null;
  const text = textPart(
    (feature, word) => point(feature, word),
    (feature, word) => {
      pinned = pinned?.feature === feature ? null : { feature, word };
      point(feature, word);
    },
    signal,
  );
  const bars = barsPart((feature) => point(feature, null), signal);
  const exam = examPart();
  bars.element.append(exam.element);
  /** @returns {string[]} */
  const compared = () => model.get("compare") ?? [];
  const foot = footPart(
    ask,
    (method) => choose("method", method),
    (method) => method && choose("compare", [...compared(), method]),
    signal,
  );
  let trouble = "";
  const download = downloadPart(
    (format) => ask("export", { format, target: seen()?.target }),
    (said) => {
      trouble = said;
      draw();
    },
    signal,
  );
  foot.line.append(download.element);
  const rows = rowsPart(textPart, (method) => choose("compare", compared().filter((name) => name !== method)), signal);
  const attention = attentionPart(() => point(null, null), signal);
  const tip = tipPart();
  const notes = h("div", { class: "ll-notes" });
  const main = h("div", { class: "ll-main" }, h("div", {}, text.element, attention.element, rows.element), bars.element);
  const root = h("div", { class: "limelight", "data-testid": "limelight" }, notes, classes.element, main, foot.element, tip.element);
  const unpin = () => {
    pinned = null;
    point(null, null);
  };
  root.addEventListener(
    "click",
    (event) => {
      if (pinned && !(/** @type {Element} */ (event.target).closest("[data-feature], .ll-attention"))) unpin();
    },
    { signal },
  );
  root.addEventListener(
    "keydown",
    (event) => {
      if (event.key !== "Escape" || (tip.element.hidden && !pinned)) return;
      event.stopPropagation();
      unpin();
    },
    { signal },
  );

  /** @returns {{explanation: Explanation, target: number, most: number} | null} */
  const seen = () => {
    const explanation = /** @type {Explanation | null} */ (model.get("explanation"));
    if (!explanation) return null;
    const target = chosenTarget(explanation.targets, explanation.scores, model.get("target"));
    return { explanation, target, most: extent(explanation.weights, explanation.scale) };
  };

  /** @param {number | null} feature @param {HTMLElement | null} word */
  function point(feature, word) {
    const now = seen();
    text.mark(feature ?? pinned?.feature ?? null);
    bars.mark(feature ?? pinned?.feature ?? null);
    const at = word && feature !== null ? { feature, word } : pinned;
    const looks = now && attention.row(now.explanation, feature ?? pinned?.feature ?? null);
    if (looks) text.look(looks);
    else if (now?.explanation.attention && now.explanation.weights) text.update(now.explanation, now.target, now.most);
    if (now && at && !looks) tip.show(now.explanation, at.feature, at.word, now.target, now.most);
    else tip.hide();
  }

  function draw() {
    const status = /** @type {string} */ (model.get("status"));
    const error = /** @type {string} */ (model.get("error"));
    const wanted = /** @type {string} */ (model.get("text"));
    const now = seen();
    // a new text is shown at once; after a failure the last explanation comes back
    const stale = now !== null && now.explanation.text !== wanted && (status === "loading" || status === "running");
    /** @type {import("./protocol.js").Menu} */
    const menu = (live && model.get("_menu")) || {};
    const state = { status, progress: model.get("progress"), live, queued, menu, method: model.get("method") ?? "", compared: compared() };
    drawNotes(notes, [error, trouble].filter(Boolean), now && !stale ? now.explanation.warnings : []);
    download.update(stale ? null : now && now.explanation, menu.formats);
    classes.element.hidden = !now || stale;
    root.setAttribute("aria-busy", String(live && (status === "loading" || status === "running")));
    if (!now || stale) {
      pinned = null;
      tip.hide();
      text.plain(wanted);
      bars.element.hidden = true;
      attention.element.hidden = true;
      rows.element.hidden = true;
      foot.update(null, 0, 1, state);
      return;
    }
    classes.update(now.explanation, now.target, menu.targets ?? []);
    attention.update(now.explanation);
    exam.update(now.explanation, now.target);
    rows.update(now.explanation, now.target, model.get("others") ?? []);
    text.update(now.explanation, now.target, now.most);
    bars.update(now.explanation, now.target, now.most);
    foot.update(now.explanation, now.target, now.most, state);
    if (pinned?.word.isConnected) tip.show(now.explanation, pinned.feature, pinned.word, now.target, now.most);
    else if (pinned) point(null, null);
  }

  const later = oncePerFrame(draw, signal);
  observe(model, ["explanation", "target", "status", "progress", "error", "text", "method", "_menu", "compare", "others"], later, signal);
  if (live) {
    listen(model, waiting, (message) => {
      queued = false;
      download.take(message);
      later();
    }, signal);
    poll(model, ask, signal);
  }
  signal.addEventListener("abort", () => {
    for (const timer of waiting.values()) clearTimeout(timer);
  });
  // by its own name: other widgets' pictures may have no widget that lives
  const still = live && model.get("_still");
  el.replaceChildren(root, ...(still ? [h("style", {}, `.${still} { display: none }`)] : []));
  followTheme(root, signal);
  draw();
  return () => ending.abort();
}

/**
 * @param {HTMLElement} notes
 * @param {string[]} errors
 * @param {string[]} warnings
 */
function drawNotes(notes, errors, warnings) {
  const now = JSON.stringify([errors, warnings]);
  if (notes.dataset.now === now) return;
  notes.dataset.now = now;
  notes.replaceChildren(
    ...errors.map((error) => h("p", { class: "ll-note ll-error", role: "alert" }, sentence(error))),
    ...warnings.map((warning) => h("p", { class: "ll-note" }, warning)),
  );
}

/** @param {string} text */
function sentence(text) {
  return text.charAt(0).toLocaleUpperCase() + text.slice(1);
}

/**
 * Takes the kernel's answers to what was asked.
 * @param {Model} model
 * @param {Map<string, ReturnType<typeof setTimeout>>} waiting
 * @param {(message: any) => void} onAnswer
 * @param {AbortSignal} signal
 */
function listen(model, waiting, onAnswer, signal) {
  /** @param {any} message */
  const heard = (message) => {
    if (!waiting.has(message?.id)) return;
    clearTimeout(waiting.get(message.id));
    waiting.delete(message.id);
    onAnswer(message);
  };
  model.on("msg:custom", heard);
  signal.addEventListener("abort", () => model.off("msg:custom", heard));
}

/**
 * Asks for news while the kernel is at work and silent: some hosts drop what a
 * kernel's thread sends, and only an answer to a question gets through.
 * @param {Model} model
 * @param {(kind: "poll", msg: object) => void} ask
 * @param {AbortSignal} signal
 */
function poll(model, ask, signal) {
  let serial = model.get("serial");
  const timer = setInterval(() => {
    const status = model.get("status");
    const now = model.get("serial");
    if ((status === "loading" || status === "running") && now === serial) ask("poll", { seen: now });
    serial = now;
  }, POLL_AFTER);
  signal.addEventListener("abort", () => clearInterval(timer));
}

export default { render };
