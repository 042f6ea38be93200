// The strongest words as bars with numbers.

import { clipped, h, set, setText, theirs } from "../dom.js";
import { decimals, doubtful, number, sentence, strongest, sureTerms } from "../model/display.js";

/** @typedef {import("../captions.js").Captions} Captions */
/** @typedef {import("../model/document.js").Explanation} Explanation */

const MOST_BARS = 8;
const MOST_TERMS = 3;

/**
 * @param {Captions} say
 * @param {(feature: number | null) => void} onPoint
 * @param {AbortSignal} signal
 */
export function barsPart(say, onPoint, signal) {
  const caption = h("p", { class: "ll-caption" });
  const list = h("ol", { class: "ll-bars" });
  const terms = h("ul", { class: "ll-terms", title: say("togetherTitle") });
  const together = h("div", { class: "ll-together" }, h("p", { class: "ll-caption", title: say("togetherTitle") }, say("together")), terms);
  const element = h("div", { class: "ll-side" }, caption, list, together);
  // While the pointer is here, no bar moves away under it.
  let held = false;
  /** @type {{target: number, order: number[], key: string} | null} */
  let drawn = null;

  list.addEventListener(
    "pointerover",
    (event) => {
      held = true;
      const row = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("li"));
      onPoint(row ? Number(row.dataset.of) : null);
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

    /**
     * @param {Explanation} explanation
     * @param {number} target
     * @param {number} most  the weight whose bar is as long as bars get
     */
    update(explanation, target, most) {
      const { key, fields, spans, features, weights, intervals, scale, targets } = explanation;
      element.hidden = !weights;
      if (!weights) return;
      const row = weights[target];
      const keep = held && drawn && drawn.target === target && drawn.key === key;
      const order = keep && drawn ? drawn.order : strongest(row, MOST_BARS);
      drawn = { target, order, key };
      setText(caption, say.effect(scale, targets[target]));
      set(list, { "aria-label": say("strongest", { effect: say.effect(scale, targets[target]) }) });
      while (list.children.length > order.length) list.lastElementChild?.remove();
      while (list.children.length < order.length) {
        list.append(h("li", {}, h("span", { class: "ll-name", ...theirs }), h("span", { class: "ll-bar" }, h("i"), h("s")), h("span", { class: "ll-num" })));
      }
      const digits = decimals(most);
      order.forEach((feature, at) => {
        const item = /** @type {HTMLElement} */ (list.children[at]);
        const [name, bar, num] = /** @type {HTMLElement[]} */ ([...item.children]);
        set(item, { "data-of": feature });
        setText(name, features[feature]);
        const full = fields.length > 1 ? `${features[feature]} · ${fields[spans[feature][0]].name}` : features[feature];
        set(name, { title: full.length > 14 || fields.length > 1 ? full : null });
        set(bar, { "data-sign": row[feature] < 0 ? "lowers" : "raises", "--w": Math.abs(row[feature] / most).toFixed(3) });
        setText(num, number(row[feature], digits, true));
        const interval = intervals?.[target][feature];
        const whisker = /** @type {HTMLElement} */ (bar.lastElementChild);
        whisker.hidden = !interval || interval[1] - interval[0] < 0.004 * most;
        if (interval) set(whisker, { "--low": share(interval[0], most), "--high": share(interval[1], most) });
        set(item, { "data-doubt": doubtful(interval), title: interval ? say("interval", { low: number(interval[0], digits, true), high: number(interval[1], digits, true) }) : null });
      });
      const found = sureTerms(explanation, target, null, MOST_TERMS);
      together.hidden = found.length === 0;
      drawTerms(say, terms, features, found, digits);
    },

    /** @param {number | null} feature */
    mark(feature) {
      for (const item of /** @type {HTMLElement[]} */ ([...list.children])) {
        item.classList.toggle("ll-here", feature !== null && Number(item.dataset.of) === feature);
      }
    },
  };
}

/**
 * Where a value stands between the left end (0) and the right end (1) of a bar.
 * @param {number} value
 * @param {number} most
 */
function share(value, most) {
  return ((1 + Math.max(-1, Math.min(1, value / most))) / 2).toFixed(3);
}

/**
 * A line for each term: its words in a sentence, and its weight.
 * @param {Captions} say
 * @param {HTMLElement} list
 * @param {string[]} features
 * @param {ReturnType<typeof sureTerms>} found
 * @param {number} digits
 */
function drawTerms(say, list, features, found, digits) {
  const said = found.map(({ term, relation, weight }) => ({ names: term.map((feature) => clipped(features[feature])), relation, weight: number(weight, digits, true) }));
  const now = JSON.stringify(said);
  if (list.dataset.now === now) return;
  list.dataset.now = now;
  const lines = said.map(({ names, relation, weight }) => {
    const parts = sentence(say, relation, names).map(({ text, named }) => (named ? h("b", theirs, text) : text));
    return h("li", {}, h("span", {}, ...parts), h("span", { class: "ll-num" }, weight));
  });
  list.replaceChildren(...lines);
}
