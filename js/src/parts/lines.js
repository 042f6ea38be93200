// What each word of an answer rests on most, as lines between the two: a translation beside its source.

import { arrows, h, rove, set, svg, theirs } from "../dom.js";
import { said } from "../model/answer.js";
import { decimals, lit, marked, number, SHOWING, strongest } from "../model/display.js";

/** @typedef {import("../captions.js").Captions} Captions */
/** @typedef {import("../model/answer.js").Stretch} Stretch */
/** @typedef {NonNullable<import("../model/derive.js").Shown["all"]>} All */

/** Pixels from a word to the next. */
const ROW = 24;

/**
 * Of a word of the answer the features that it rests on most: the strongest, and what comes near it.
 * @param {number[]} row
 * @param {number} most  the weight that gets the full colour
 */
export function linesOf(row, most) {
  const first = strongest(row, SHOWING.mostLines);
  const least = SHOWING.nearlyAsStrong * Math.abs(row[first[0]]);
  return first.filter((feature) => Math.abs(row[feature]) >= least && marked(row[feature], decimals(most)));
}

/**
 * @param {Captions} say
 * @param {{look: (word: number | null, feature: number | null) => void, choose: (stretch: Stretch) => void}} on
 * @param {AbortSignal} signal
 */
export function linesPart(say, on, signal) {
  const from = h("ol", { class: "ll-side", "data-side": "from", "aria-hidden": "true" });
  const to = h("ol", { class: "ll-side", "data-side": "to", "aria-label": say("answer") });
  const drawing = svg("svg", { class: "ll-lines", preserveAspectRatio: "none", "aria-hidden": "true" });
  const element = h("div", { class: "ll-between" }, from, drawing, to);
  let drawn = "";

  /** @param {Event} event */
  const pointed = ({ target }) => {
    const one = /** @type {HTMLElement | null} */ (/** @type {Element} */ (target).closest("[data-end]"));
    if (!one) return;
    const at = Number(one.dataset.end);
    if (to.contains(one)) on.look(at, null);
    else on.look(null, at);
  };
  for (const type of ["pointerover", "focusin"]) element.addEventListener(type, pointed, { signal });
  for (const type of ["pointerleave", "focusout"]) element.addEventListener(type, () => on.look(null, null), { signal });
  arrows(to, "button", () => {}, signal);
  to.addEventListener("click", (event) => {
    const word = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("[data-end]"));
    if (word) on.choose([Number(word.dataset.end), Number(word.dataset.end)]);
  }, { signal });

  /** @param {All} all @param {number} most */
  function lay({ weights, intervals, features, answer }, most) {
    const rows = weights ?? [];
    const [height, digits] = [ROW * Math.max(features.length, rows.length), decimals(most)];
    const y = (/** @type {number} */ at) => ROW * (at + 0.5);
    set(drawing, { viewBox: `0 0 100 ${height}`, height });
    /** @type {SVGElement[]} */
    const curves = [];
    const words = rows.map((row, word) => {
      const name = said(answer, [word, word]).trim() || say("answerEnd");
      const found = linesOf(row, most);
      for (const feature of found) {
        const d = `M0,${y(feature)} C45,${y(feature)} 55,${y(word)} 100,${y(word)}`;
        curves.push(svg("path", { d, "data-from": feature, "data-to": word, ...lit(row[feature], intervals?.[word][feature], most) }));
      }
      const rests = found.map((feature) => say("cell", { word: name, from: features[feature], weight: number(row[feature], digits, true) }));
      return h("li", {}, h("button", { type: "button", class: "ll-word", tabindex: -1, "data-end": word, "aria-label": rests.join("; ") || name, title: name, ...theirs }, name));
    });
    to.replaceChildren(...words);
    from.replaceChildren(...features.map((name, at) => h("li", {}, h("span", { class: "ll-word", "data-end": at, title: name, ...theirs }, name))));
    drawing.replaceChildren(...curves);
    const buttons = /** @type {HTMLElement[]} */ ([...to.querySelectorAll("button")]);
    rove(buttons, buttons[0]);
  }

  return {
    element,

    /** @param {import("../model/derive.js").ViewState} state */
    update({ shown, pointed, heard }) {
      const all = shown?.all;
      if (element.hidden || !shown || !all?.weights) return;
      const most = shown.every;
      const now = JSON.stringify([all.key, all.answer.text, all.evaluations, all.state, most]);
      if (now !== drawn) lay(all, most);
      drawn = now;
      const feature = pointed?.length === 1 ? pointed[0] : null;
      set(element, { "data-pointed": heard !== null || feature !== null ? "" : null });
      for (const path of drawing.children) path.classList.toggle("ll-here", path.getAttribute("data-to") === String(heard) || path.getAttribute("data-from") === String(feature));
      for (const [list, at] of /** @type {[HTMLElement, number | null][]} */ ([[from, feature], [to, heard]])) {
        for (const one of /** @type {NodeListOf<HTMLElement>} */ (list.querySelectorAll("[data-end]"))) one.classList.toggle("ll-here", one.dataset.end === String(at));
      }
    },
  };
}
