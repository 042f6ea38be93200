// The exam: how the prediction falls as words go, by this explanation's order and by chance.

import { h, set, setText, svg } from "../dom.js";
import { examined, number } from "../model/display.js";

/** @typedef {import("../captions.js").Captions} Captions */
/** @typedef {import("../model/document.js").Explanation} Explanation */

const WIDTH = 280;
const HEIGHT = 64;
const EDGE = 3;

/** @param {Captions} say */
export function examPart(say) {
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
    h("span", { class: "ll-first" }, say("strongestFirst")),
    h("span", { class: "ll-random" }, say("anyOrder")),
    h("span", { class: "ll-last" }, say("weakestFirst")),
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
      const what = say.quantity(contrast ? "logit" : scale === "value" ? "value" : "probability", targets[target]);
      setText(caption, `${say("asWordsGo", { what })} · ${say("gap", { gap })}`);
      const half = exam.shares.findIndex((share) => share >= 0.5);
      const [whole, first, last, random] = [curves.first[0], curves.first[half], curves.last[half], curves.random[half]].map((value) => number(value, 2));
      const told = say("examined", { what, whole, first, last, random, gap });
      set(plot, { "aria-label": told });
      set(element, { title: told });
    },
  };
}
