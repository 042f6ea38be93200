// The widget: puts the parts together and the state into them.

import { h, set } from "./dom.js";
import { kernelLine } from "./kernel.js";
import { followTheme, observe, oncePerFrame } from "./observe.js";
import { attentionPart } from "./parts/attention.js";
import { barsPart } from "./parts/bars.js";
import { classSwitches } from "./parts/classes.js";
import { examPart } from "./parts/exam.js";
import { footPart } from "./parts/foot.js";
import { rowsPart } from "./parts/rows.js";
import { textPart } from "./parts/text.js";
import { tipPart } from "./parts/tip.js";
import { chosenTarget, extent } from "./scale.js";

/** @typedef {import("./protocol.js").Model} Model */
/** @typedef {import("./protocol.js").Explanation} Explanation */

/**
 * Draws a model into an element and keeps it drawn.
 * @param {{model: Model, el: HTMLElement, signal?: AbortSignal}} context
 * @returns {() => void}  ends it: no listener and no timer stays
 */
export function render({ model, el, signal: hostSignal }) {
  const ending = new AbortController();
  const { signal } = ending;
  hostSignal?.addEventListener("abort", () => ending.abort(), { once: true });
  const { later, now: drawNow } = oncePerFrame(draw, signal);
  const line = kernelLine(model, el, later, signal);

  /** @param {string} name @param {any} value */
  const choose = (name, value) => {
    model.set(name, value);
    model.save_changes();
    // a class is switched here; anything else is work for the kernel, which may be busy or gone
    if (name !== "target") line.ask("poll", { seen: model.get("serial") });
    drawNow();
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
    line.ask,
    (method) => choose("method", method),
    (method) => method && choose("compare", [...compared(), method]),
    signal,
  );
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

  /** The largest weight of an explanation, looked for once. @type {WeakMap<Explanation, number>} */
  const extents = new WeakMap();
  /** @returns {{explanation: Explanation, target: number, most: number} | null} */
  const seen = () => {
    const explanation = /** @type {Explanation | null} */ (model.get("explanation"));
    if (!explanation) return null;
    const target = chosenTarget(explanation.targets, explanation.scores, model.get("target"));
    const most = extents.get(explanation) ?? extent(explanation.weights, explanation.scale);
    extents.set(explanation, most);
    return { explanation, target, most };
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
    const { live, silence } = line;
    const busy = live && (status === "loading" || status === "running");
    // a new text is shown at once; after a failure the last explanation comes back
    const stale = busy && now !== null && now.explanation.text !== wanted;
    /** @type {import("./protocol.js").Menu} */
    const menu = (live && model.get("_menu")) || {};
    const state = { status, progress: model.get("progress"), live, silence, menu, method: model.get("method") ?? "", compared: compared() };
    drawNotes(notes, error, now && !stale ? now.explanation.warnings : []);
    classes.element.hidden = !now || stale;
    set(root, { "aria-busy": String(busy), "data-alone": !live });
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

  observe(model, ["explanation", "target", "status", "progress", "error", "text", "method", "_menu", "compare", "others"], later, signal);
  el.replaceChildren(root);
  followTheme(root, signal);
  draw();
  return () => ending.abort();
}

/**
 * @param {HTMLElement} notes
 * @param {string} error
 * @param {string[]} warnings
 */
function drawNotes(notes, error, warnings) {
  const now = JSON.stringify([error, warnings]);
  if (notes.dataset.now === now) return;
  notes.dataset.now = now;
  notes.replaceChildren(
    ...(error ? [h("p", { class: "ll-note ll-error", role: "alert" }, sentence(error))] : []),
    ...warnings.map((warning) => h("p", { class: "ll-note" }, warning)),
  );
}

/** @param {string} text */
function sentence(text) {
  return text.charAt(0).toLocaleUpperCase() + text.slice(1);
}

export default { render };
