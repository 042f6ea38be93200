// What the answer's own earlier words do to what is asked about; found out once somebody wants to know.

import { h, set, setText, theirs } from "../dom.js";
import { earlier } from "../model/answer.js";
import { decimals, number, reach, SHOWING, strongest } from "../model/display.js";
import { slice } from "../model/runs.js";

/** @typedef {import("../captions.js").Captions} Captions */

/**
 * @param {Captions} say
 * @param {() => void} onWish
 * @param {(word: number | null) => void} onHear  a word of the answer is pointed at
 * @param {AbortSignal} signal
 */
export function earlierPart(say, onWish, onHear, signal) {
  const list = h("ol", { class: "ll-bars" });
  const later = h("p", { class: "ll-later" });
  const wish = h("button", { class: "ll-button ll-wish", type: "button" }, say("earlierWish"));
  const element = h("div", { class: "ll-column ll-earlier" }, h("h4", { class: "ll-caption" }, say("earlierWords")), list, later, wish);
  wish.addEventListener("click", onWish, { signal });
  list.addEventListener(
    "pointerover",
    (event) => {
      const row = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("li"));
      if (row) onHear(Number(row.dataset.of));
    },
    { signal },
  );
  list.addEventListener("pointerleave", () => onHear(null), { signal });

  return {
    element,

    /** @param {import("../model/derive.js").ViewState} state */
    update({ shown, heard, live, busy }) {
      const answer = shown?.answer ?? null;
      const known = answer?.earlier ?? null;
      const row = answer && shown && known ? earlier(answer, shown.stretch) : [];
      list.hidden = row.length === 0;
      wish.hidden = known !== null || !live || busy || !shown?.all;
      setText(later, row.length ? "" : known ? say("earlierNone") : busy ? say("earlierComes") : say("earlierMeans"));
      later.hidden = row.length > 0;
      if (!shown || !answer || !row.length) return;
      const order = strongest(row, SHOWING.mostBars);
      const { low, high } = reach(row, undefined, order, shown.most);
      const place = (/** @type {number} */ value) => ((value - low) / (high - low)).toFixed(4);
      const digits = decimals(shown.most);
      const now = JSON.stringify([order, order.map((word) => row[word]), low, high, answer.text]);
      set(list, { "--zero": place(0), "aria-label": say("earlierWords") });
      if (list.dataset.now !== now) {
        list.dataset.now = now;
        list.replaceChildren(...order.map((word) => {
          const weight = row[word];
          const bar = h("span", { class: "ll-bar", "data-sign": weight < 0 ? "lowers" : "raises" }, h("i"));
          set(bar, { "--from": place(Math.min(0, weight)), "--to": place(Math.max(0, weight)) });
          const name = slice(answer.text, ...answer.spans[word]);
          return h("li", { "data-of": word }, h("span", { class: "ll-name", title: name, ...theirs }, name), bar, h("span", { class: "ll-num" }, number(weight, digits, true)));
        }));
      }
      for (const item of /** @type {HTMLElement[]} */ ([...list.children])) item.classList.toggle("ll-here", Number(item.dataset.of) === heard);
    },
  };
}
