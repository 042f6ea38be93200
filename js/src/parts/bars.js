// The strongest words as bars with numbers.

import { h, set, setText, theirs } from "../dom.js";
import { decimals, doubtful, names, number, reach, SHOWING, strongest } from "../model/display.js";

/** @typedef {import("../captions.js").Captions} Captions */
/** @typedef {import("../model/derive.js").ViewState} ViewState */

/** From so many letters on a name tells itself in whole where it is pointed at. */
const LONG = 12;
/**
 * @param {Captions} say
 * @param {(features: number[] | null) => void} onPoint
 * @param {AbortSignal} signal
 */
export function barsPart(say, onPoint, signal) {
  const caption = h("h4", { class: "ll-caption" });
  const list = h("ol", { class: "ll-bars" });
  const later = h("p", { class: "ll-later" });
  const element = h("div", { class: "ll-column" }, caption, list, later);
  // While the pointer is here, no bar moves away under it.
  let held = false;
  /** @type {{target: number, order: number[], key: string} | null} */
  let drawn = null;

  list.addEventListener(
    "pointerover",
    (event) => {
      held = true;
      const row = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("li"));
      if (row) onPoint([Number(row.dataset.of)]);
    },
    { signal },
  );
  list.addEventListener(
    "pointerleave",
    () => {
      held = false;
      onPoint(null);
    },
    { signal },
  );

  return {
    element,

    /** @param {ViewState} state */
    update({ shown, pointed, busy }) {
      const weights = shown?.explanation.weights;
      list.hidden = !weights;
      later.hidden = Boolean(weights);
      setText(later, busy ? say("weightsCome") : "");
      if (!shown || !weights) return setText(caption, say("each"));
      const { explanation, target, most } = shown;
      const { key, fields, spans, features, intervals, scale, targets, state } = explanation;
      const effect = say.effect(scale, targets[target]);
      setText(caption, say(state === "draft" ? "guessOf" : "eachOf", { effect }));
      set(list, { "aria-label": say("strongest", { effect }), "data-draft": state === "draft" });
      const row = weights[target];
      const keep = held && drawn && drawn.target === target && drawn.key === key;
      const order = keep && drawn ? drawn.order : strongest(row, SHOWING.mostBars);
      drawn = { target, order, key };
      while (list.children.length > order.length) list.lastElementChild?.remove();
      while (list.children.length < order.length) {
        list.append(h("li", {}, h("span", { class: "ll-name", ...theirs }), h("span", { class: "ll-bar" }, h("i"), h("s")), h("span", { class: "ll-num" })));
      }
      const digits = decimals(most);
      const called = names(explanation, say);
      const { low, high } = reach(row, intervals?.[target], order, most);
      const place = (/** @type {number} */ value) => ((value - low) / (high - low)).toFixed(4);
      set(list, { "--zero": place(0) });
      order.forEach((feature, at) => {
        const item = /** @type {HTMLElement} */ (list.children[at]);
        const [name, bar, num] = /** @type {HTMLElement[]} */ ([...item.children]);
        const weight = Number.isFinite(row[feature]) ? row[feature] : 0;
        set(item, { "data-of": feature, class: pointed?.includes(feature) ? "ll-here" : null });
        setText(name, called[feature]);
        const full = fields.length > 1 ? `${features[feature]} · ${fields[spans[feature][0]].name}` : features[feature];
        set(name, { title: full.length > LONG || fields.length > 1 ? full : null });
        set(bar, { "data-sign": weight < 0 ? "lowers" : "raises", "--from": place(Math.min(0, weight)), "--to": place(Math.max(0, weight)) });
        setText(num, number(row[feature], digits, scale !== "attention"));
        const interval = intervals?.[target][feature];
        const whisker = /** @type {HTMLElement} */ (bar.lastElementChild);
        whisker.hidden = !interval || interval[1] - interval[0] < 0.004 * most;
        if (interval) set(whisker, { "--low": place(interval[0]), "--high": place(interval[1]) });
        set(item, { "data-doubt": doubtful(interval), title: interval ? say("interval", { low: number(interval[0], digits, true), high: number(interval[1], digits, true) }) : null });
      });
    },
  };
}
