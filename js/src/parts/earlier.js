// What the answer's own earlier words do to what is asked about; found out once somebody wants to know.

import { barAndNumber, drawBar } from "../bar.js";
import { h, set, setText, theirs } from "../dom.js";
import { earlier } from "../model/answer.js";
import { decimals, reach, SHOWING, strongest } from "../model/display.js";
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
      const how = { ...reach(row, undefined, order, shown.most), most: shown.most, digits: decimals(shown.most), signed: true, say };
      const now = JSON.stringify([order, order.map((word) => row[word]), how, answer.text]);
      set(list, { "aria-label": say("earlierWords") });
      if (list.dataset.now !== now) {
        list.dataset.now = now;
        list.replaceChildren(...order.map((word) => {
          const name = slice(answer.text, ...answer.spans[word]);
          const nodes = barAndNumber();
          const item = h("li", { "data-of": word }, h("span", { class: "ll-name", title: name, ...theirs }, name), ...nodes);
          drawBar([item, ...nodes], row[word], undefined, how);
          return item;
        }));
      }
      for (const item of /** @type {HTMLElement[]} */ ([...list.children])) item.classList.toggle("ll-here", Number(item.dataset.of) === heard);
    },
  };
}
