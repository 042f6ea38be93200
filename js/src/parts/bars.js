// The strongest words as bars with numbers.

import { h, set, setText, theirs } from "../dom.js";
import { decimals, names, reach, SHOWING, strongest } from "../model/display.js";
import { barAndNumber, drawBar } from "../bar.js";

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
      const { key: input, method, fields, spans, features, intervals, scale, targets, state } = explanation;
      const key = method + input;
      const effect = say.effect(scale, targets[target]);
      setText(caption, say(state === "draft" ? "guessOf" : "eachOf", { effect }));
      set(list, { "aria-label": say("strongest", { effect }), "data-draft": state === "draft" });
      const row = weights[target];
      const keep = held && drawn && drawn.target === target && drawn.key === key;
      const order = keep && drawn ? drawn.order : strongest(row, SHOWING.mostBars);
      drawn = { target, order, key };
      while (list.children.length > order.length) list.lastElementChild?.remove();
      while (list.children.length < order.length) {
        list.append(h("li", {}, h("span", { class: "ll-name", ...theirs }), ...barAndNumber()));
      }
      const digits = decimals(most);
      const called = names(explanation, say);
      const how = { ...reach(row, intervals?.[target], order, most), most, digits, signed: scale !== "attention", say };
      order.forEach((feature, at) => {
        const item = /** @type {HTMLElement} */ (list.children[at]);
        const [name, bar, num] = /** @type {HTMLElement[]} */ ([...item.children]);
        set(item, { "data-of": feature, class: pointed?.includes(feature) ? "ll-here" : null });
        setText(name, called[feature]);
        const full = fields.length > 1 ? `${features[feature]} · ${fields[spans[feature][0]].name}` : features[feature];
        set(name, { title: full.length > LONG || fields.length > 1 ? full : null });
        drawBar([item, bar, num], row[feature], intervals?.[target][feature], how);
      });
    },
  };
}
