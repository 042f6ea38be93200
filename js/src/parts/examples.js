// Texts in which a word acts most, with what their other words do.

import { h, theirs } from "../dom.js";
import { number } from "../model/display.js";

/** @typedef {import("../captions.js").Captions} Captions */
/** @typedef {{id: number, effect: number, fields: string[], marks: [field: number, start: number, stop: number, effect: number, own: boolean][]}} Example */

/**
 * @param {Captions} say
 * @param {((id: number) => void) | null} onExplain  null where nobody can
 * @param {AbortSignal} signal
 */
export function examplesPart(say, onExplain, signal) {
  const caption = h("h4", { class: "ll-caption" });
  const list = h("ol", { class: "ll-examples" });
  const none = h("p", { class: "ll-later" });
  const element = h("div", { class: "ll-section", "aria-live": "polite" }, caption, list, none);
  list.addEventListener("click", (event) => {
    const button = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("button"));
    if (button) onExplain?.(Number(button.dataset.id));
  }, { signal });
  let drawn = "";

  return {
    element,

    /** @param {{word: string, examples: Example[] | null, most: number, digits: number, explaining: boolean}} state */
    update({ word, examples, most, digits, explaining }) {
      element.hidden = !word;
      const now = JSON.stringify([word, examples, most, explaining]);
      if (now === drawn) return;
      drawn = now;
      if (!word) return list.replaceChildren();
      caption.replaceChildren(...say.parts("corpus.acts").map(({ text }) => text || h("b", theirs, word)));
      none.textContent = examples === null ? say("corpus.asking") : examples.length ? "" : say("corpus.noTexts");
      none.hidden = Boolean(examples?.length);
      list.replaceChildren(...(examples ?? []).map((one) => {
        const body = one.fields.map((text, field) => h("p", { class: "ll-example", ...theirs }, ...lit(text, one.marks.filter((mark) => mark[0] === field), most)));
        const button = onExplain && explaining ? [h("button", { type: "button", class: "ll-button", "data-id": one.id, title: say("corpus.text", { id: one.id }) }, say("corpus.explain"))] : [];
        return h("li", {}, h("span", { class: "ll-num", title: say("corpus.text", { id: one.id }) }, number(one.effect, digits, true)), h("div", {}, ...body), ...button);
      }));
    },
  };
}

/**
 * A text with its words lit, positions in code points.
 * @param {string} text
 * @param {Example["marks"]} marks
 * @param {number} most
 */
function lit(text, marks, most) {
  const signs = [...text];
  /** @type {(Node | string)[]} */
  const pieces = [];
  let at = 0;
  for (const [, start, stop, effect, own] of marks) {
    const size = Math.min(1, Math.abs(effect) / (most || 1));
    if (start < at || (!own && size < 0.15)) continue;
    const mark = h("span", { class: "ll-word", "data-sign": effect < 0 ? "lowers" : "raises", "data-own": own, "--w": size.toFixed(3) }, signs.slice(start, stop).join(""));
    pieces.push(signs.slice(at, start).join(""), mark);
    at = stop;
  }
  const rest = signs.slice(at).join("");
  return rest ? [...pieces, rest] : pieces;
}
