// The strongest words as bars with numbers.

import { h, set, setText } from "../dom.js";
import { decimals, number, quantity, strongest } from "../scale.js";

/** @typedef {import("../protocol.js").Explanation} Explanation */

const MOST_BARS = 8;

/**
 * @param {(feature: number | null) => void} onPoint
 * @param {AbortSignal} signal
 */
export function barsPart(onPoint, signal) {
  const caption = h("p", { class: "ll-caption" });
  const list = h("ol", { class: "ll-bars" });
  const element = h("div", { class: "ll-side" }, caption, list);
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
      const { text, features, weights, scale, targets } = explanation;
      element.hidden = !weights;
      if (!weights) return;
      const row = weights[target];
      const keep = held && drawn && drawn.target === target && drawn.text === text;
      const order = keep && drawn ? drawn.order : strongest(row, MOST_BARS);
      drawn = { target, order, text };
      setText(caption, `effect on ${quantity(scale, targets[target])}`);
      set(list, { "aria-label": `Strongest effects on ${quantity(scale, targets[target])}` });
      while (list.children.length > order.length) list.lastElementChild?.remove();
      while (list.children.length < order.length) {
        list.append(h("li", {}, h("span", { class: "ll-name", dir: "auto" }), h("span", { class: "ll-bar" }, h("i")), h("span", { class: "ll-num" })));
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
      });
    },

    /** @param {number | null} feature */
    mark(feature) {
      for (const item of /** @type {HTMLElement[]} */ ([...list.children])) {
        item.classList.toggle("ll-here", feature !== null && Number(item.dataset.of) === feature);
      }
    },
  };
}
