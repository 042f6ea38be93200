// Words that count together: a sentence, a bar and a number for each term, and what the number means.

import { h, set, setText, theirs } from "../dom.js";
import { decimals, names, number, sentence, SHOWING, sureTerms } from "../model/display.js";
import { clipped } from "../model/runs.js";

/** @typedef {import("../captions.js").Captions} Captions */
/** @typedef {import("../model/derive.js").ViewState} ViewState */

/**
 * @param {Captions} say
 * @param {(features: number[] | null) => void} onPoint
 * @param {AbortSignal} signal
 */
export function togetherPart(say, onPoint, signal) {
  const caption = h("h4", { class: "ll-caption", title: say("togetherTitle") }, say("beyondSum"));
  const list = h("ul", { class: "ll-terms" });
  const later = h("p", { class: "ll-later" });
  const meaning = h("p", { class: "ll-meaning" }, say("togetherMeans"));
  const element = h("div", { class: "ll-column ll-together" }, caption, list, later, meaning);
  list.addEventListener(
    "pointerover",
    (event) => {
      const row = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("li"));
      if (row) onPoint((row.dataset.of ?? "").split(" ").map(Number));
    },
    { signal },
  );
  list.addEventListener("pointerleave", () => onPoint(null), { signal });

  return {
    element,

    /** @param {ViewState} state */
    update({ shown, pointed, busy }) {
      const explanation = shown?.explanation;
      const known = explanation?.termWeights && explanation.termIntervals;
      const found = shown && known ? sureTerms(shown.explanation, shown.target, null, SHOWING.mostTerms) : [];
      list.hidden = meaning.hidden = found.length === 0;
      later.hidden = !list.hidden;
      // a method that ends without terms does not look for them
      setText(later, found.length ? "" : known ? say("nothingTogether") : busy ? say("togetherComes") : explanation?.weights ? say("notLookedFor") : "");
      if (!shown || list.hidden) return;
      const called = names(shown.explanation, say);
      const digits = decimals(shown.most);
      const most = Math.max(...found.map(({ weight }) => Math.abs(weight)));
      const said = found.map(({ term, relation, weight }) => ({ term, names: term.map((one) => clipped(called[one])), relation, weight, text: number(weight, digits, true) }));
      const now = JSON.stringify(said);
      if (list.dataset.now !== now) {
        list.dataset.now = now;
        list.replaceChildren(...said.map((one) => line(say, one, most)));
      }
      for (const item of /** @type {HTMLElement[]} */ ([...list.children])) {
        const own = (item.dataset.of ?? "").split(" ").map(Number);
        item.classList.toggle("ll-here", pointed !== null && pointed.every((one) => own.includes(one)));
      }
    },
  };
}

/** @param {Captions} say @param {{term: number[], names: string[], relation: string, weight: number, text: string}} term @param {number} most  of those on show */
function line(say, { term, names, relation, weight, text }, most) {
  const parts = sentence(say, relation, names).map(({ text, named }) => (named ? h("b", theirs, text) : text));
  const share = Math.abs(weight) / most;
  const bar = h("span", { class: "ll-bar", "data-sign": weight < 0 ? "lowers" : "raises", "aria-hidden": "true" }, h("i"));
  set(bar, { "--from": weight < 0 ? (1 - share).toFixed(3) : 0, "--to": weight < 0 ? 1 : share.toFixed(3) });
  return h("li", { "data-of": term.join(" ") }, h("span", { class: "ll-said" }, ...parts), bar, h("span", { class: "ll-num" }, text));
}
