// The strongest words as bars with numbers.

import { h, set, setText } from "../dom.js";
import { decimals, doubtful, effect, number, strongest, surePairs } from "../scale.js";

/** @typedef {import("../protocol.js").Explanation} Explanation */

const MOST_BARS = 8;
const MOST_PAIRS = 3;

/**
 * @param {(feature: number | null) => void} onPoint
 * @param {AbortSignal} signal
 */
export function barsPart(onPoint, signal) {
  const caption = h("p", { class: "ll-caption" });
  const list = h("ol", { class: "ll-bars" });
  const pairs = h("p", { class: "ll-pairs" });
  const element = h("div", { class: "ll-side" }, caption, list, pairs);
  // While the pointer is here, no bar moves away under it.
  let held = false;
  /** @type {{target: number, order: number[], text: string} | null} */
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
      const { text, features, weights, intervals, scale, targets } = explanation;
      element.hidden = !weights;
      if (!weights) return;
      const row = weights[target];
      const keep = held && drawn && drawn.target === target && drawn.text === text;
      const order = keep && drawn ? drawn.order : strongest(row, MOST_BARS);
      drawn = { target, order, text };
      setText(caption, effect(scale, targets[target]));
      set(list, { "aria-label": `Strongest words: ${effect(scale, targets[target])}` });
      while (list.children.length > order.length) list.lastElementChild?.remove();
      while (list.children.length < order.length) {
        list.append(h("li", {}, h("span", { class: "ll-name", dir: "auto" }), h("span", { class: "ll-bar" }, h("i"), h("s")), h("span", { class: "ll-num" })));
      }
      const digits = decimals(most);
      order.forEach((feature, at) => {
        const item = /** @type {HTMLElement} */ (list.children[at]);
        const [name, bar, num] = /** @type {HTMLElement[]} */ ([...item.children]);
        set(item, { "data-of": feature });
        setText(name, features[feature]);
        set(name, { title: features[feature].length > 14 ? features[feature] : null });
        set(bar, { "data-sign": row[feature] < 0 ? "lowers" : "raises", "--w": Math.abs(row[feature] / most).toFixed(3) });
        setText(num, number(row[feature], digits, true));
        const interval = intervals?.[target][feature];
        const whisker = /** @type {HTMLElement} */ (bar.lastElementChild);
        whisker.hidden = !interval || interval[1] - interval[0] < 0.004 * most;
        if (interval) set(whisker, { "--low": share(interval[0], most), "--high": share(interval[1], most) });
        set(item, { "data-doubt": doubtful(interval), title: interval ? `95 %: ${number(interval[0], digits, true)} to ${number(interval[1], digits, true)}` : null });
      });
      drawPairs(pairs, explanation, target, digits);
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
 * @param {HTMLElement} element
 * @param {Explanation} explanation
 * @param {number} target
 * @param {number} digits
 */
function drawPairs(element, explanation, target, digits) {
  const { features } = explanation;
  const found = surePairs(explanation, target, null, MOST_PAIRS, digits);
  element.hidden = found.length === 0;
  const named = found.map(({ pair: [a, b], weight }) => [features[a], features[b], number(weight, digits, true)]);
  const now = JSON.stringify(named);
  if (element.dataset.now === now) return;
  element.dataset.now = now;
  element.title = "What two words do together beyond what each does alone, on average over what else is left in the text.";
  const name = (/** @type {string} */ text) => h("b", { dir: "auto" }, text);
  const parts = named.map(([a, b, weight]) => h("span", {}, name(a), " + ", name(b), ` ${weight}`));
  element.replaceChildren("together: ", ...parts.flatMap((part, at) => (at ? [" · ", part] : [part])));
}
