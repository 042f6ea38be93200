// The exam: how the prediction falls as words go, by this explanation's order and by chance.

import { h, set, setText, svg } from "../dom.js";
import { examined, number } from "../model/display.js";

/** @typedef {import("../captions.js").Captions} Captions */
/** @typedef {import("../model/derive.js").ViewState} ViewState */

const WIDTH = 280;
const HEIGHT = 112;
const EDGE = 3;

/** @param {Captions} say */
export function examPart(say) {
  const lines = {
    random: svg("polyline", { class: "ll-random" }),
    last: svg("polyline", { class: "ll-last" }),
    first: svg("polyline", { class: "ll-first" }),
  };
  const plot = svg("svg", { class: "ll-plot", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img" }, lines.random, lines.last, lines.first);
  const [name, size] = [h("span", { class: "ll-cut" }), h("span", {})];
  const caption = h("h4", { class: "ll-caption" }, name, size);
  const ends = h("p", { class: "ll-ends", "aria-hidden": "true" }, h("span", {}, say("allLeft")), h("span", {}, say("noneLeft")));
  const key = h(
    "p",
    { class: "ll-plot-key" },
    h("span", { class: "ll-first" }, say("strongestFirst")),
    h("span", { class: "ll-random" }, say("anyOrder")),
    h("span", { class: "ll-last" }, say("weakestFirst")),
  );
  const later = h("p", { class: "ll-later" });
  const element = h("div", { class: "ll-column ll-exam" }, caption, plot, ends, key, later);

  return {
    element,

    /** @param {ViewState} state */
    update({ shown, busy, together, examining }) {
      const explanation = shown?.explanation;
      const at = explanation && shown ? examined(explanation, shown.target) : -1;
      const { exam = null, targets = [], scale = "probability", contrast = null, features = [], weights = null } = explanation ?? {};
      const what = explanation ? say.quantity(contrast ? "logit" : scale === "value" ? "value" : "probability", targets[shown?.target ?? 0]) : "";
      const drawn = exam && at >= 0 && features.length > 1;
      for (const part of [plot, ends, key]) part.toggleAttribute("hidden", !drawn);
      later.hidden = Boolean(drawn);
      // of what nobody asked for there is nothing to say
      element.hidden = !exam && !examining;
      set(element, { title: null });
      if (!drawn || !exam) {
        setText(name, what ? say("asWordsGo", { what }) : say("asWordsGoHead"));
        setText(size, "");
        const why = features.length < 2 ? say("oneFeature") : together ? say("notExaminedTogether") : exam ? say("notExaminedClass") : say("notExamined");
        return setText(later, busy ? say("examComes") : weights ? why : "");
      }
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
      setText(name, say("asWordsGo", { what }));
      setText(size, ` · ${say("gap", { gap })}`);
      const half = exam.shares.findIndex((share) => share >= 0.5);
      const [whole, first, last, random] = [curves.first[0], curves.first[half], curves.last[half], curves.random[half]].map((value) => number(value, 2));
      const told = say("examined", { what, whole, first, last, random, gap });
      set(plot, { "aria-label": told });
      set(element, { title: told });
    },
  };
}
