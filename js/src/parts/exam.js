// The exam: how the prediction falls as words go, by this explanation's order and by chance.

import { h, set, setText, svg } from "../dom.js";
import { examined, number, quantity } from "../scale.js";

/** @typedef {import("../protocol.js").Explanation} Explanation */

const WIDTH = 280;
const HEIGHT = 64;
const EDGE = 3;

export function examPart() {
  const lines = {
    random: svg("polyline", { class: "ll-random" }),
    last: svg("polyline", { class: "ll-last" }),
    first: svg("polyline", { class: "ll-first" }),
  };
  const plot = svg("svg", { class: "ll-plot", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img" }, lines.random, lines.last, lines.first);
  const caption = h("p", { class: "ll-caption" });
  const key = h(
    "p",
    { class: "ll-plot-key" },
    h("span", { class: "ll-first" }, "strongest first"),
    h("span", { class: "ll-random" }, "any order"),
    h("span", { class: "ll-last" }, "weakest first"),
  );
  const element = h("div", { class: "ll-exam" }, caption, plot, key);

  return {
    element,

    /** @param {Explanation} explanation @param {number} target */
    update(explanation, target) {
      const { exam, targets, scale, contrast } = explanation;
      const at = examined(explanation, target);
      element.hidden = at < 0;
      if (!exam || at < 0) return;
      const curves = { first: exam.first[at], last: exam.last[at], random: exam.random[at] };
      const all = [...curves.first, ...curves.last, ...curves.random];
      // a probability keeps its full height, so that a flat curve looks flat
      const fixed = !contrast && scale !== "value";
      const low = fixed ? 0 : Math.min(...all);
      const high = fixed ? 1 : Math.max(...all, low + 1e-9);
      /** @param {number} value */
      const y = (value) => HEIGHT - EDGE - ((value - low) / (high - low)) * (HEIGHT - 2 * EDGE);
      for (const [name, curve] of Object.entries(curves)) {
        const points = curve.map((value, i) => `${(exam.shares[i] * WIDTH).toFixed(1)},${y(value).toFixed(1)}`);
        set(/** @type {any} */ (lines)[name], { points: points.join(" ") });
      }
      const gap = number(exam.srg[at], 2);
      const what = contrast || scale === "value" ? quantity(contrast ? "logit" : "value", targets[target]) : quantity("probability", targets[target]);
      setText(caption, `${what} as words go · removal gap ${gap}`);
      const half = exam.shares.findIndex((share) => share >= 0.5);
      const told = `As words are taken out, ${what} goes from ${number(curves.first[0], 2)} to ${number(curves.first[half], 2)} at half of them with the strongest first, ${number(curves.last[half], 2)} with the weakest first, ${number(curves.random[half], 2)} in any order. Removal gap ${gap}; 0 is what a random order has.`;
      set(plot, { "aria-label": told });
      set(element, { title: told });
    },
  };
}
