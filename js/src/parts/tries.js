// Everything that was tried, to go back to; and why the last try failed.

import { h, setText, theirs } from "../dom.js";
import { number } from "../model/display.js";
import { runs, slice } from "../model/runs.js";
import { stretches } from "../model/what_if.js";

/** @typedef {import("../captions.js").Captions} Captions */
/** @typedef {import("../model/derive.js").ViewState} ViewState */
/** @typedef {import("../wire/protocol.js").Span} Span */

/** Of a long text a row has room for this much, in code points. */
const MOST_SHOWN = 300;
/** Of that, before what was struck first: it must be seen, wherever it stands. */
const BEFORE = 30;

/**
 * @param {Captions} say
 * @param {(at: number) => void} onAt
 * @param {AbortSignal} signal
 */
export function triesPart(say, onAt, signal) {
  const list = h("ol", { class: "ll-tries", "aria-label": say("tries") });
  const trouble = h("p", { class: "ll-refused", role: "alert", hidden: true });
  const element = h("div", {}, trouble, list);
  list.addEventListener(
    "click",
    (event) => {
      const chosen = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("button"));
      if (chosen) onAt(Number(chosen.dataset.at));
    },
    { signal },
  );

  return {
    element,

    /** @param {ViewState} state */
    update({ shown, tries, at, history, live, refused, editing }) {
      setText(trouble, refused);
      trouble.hidden = !refused || editing;
      list.hidden = !shown || !history || !live || tries.length < 2 || editing;
      if (list.hidden || !shown) return;
      const target = shown.explanation.targets[shown.target];
      const now = JSON.stringify([tries.length, target, at, tries[tries.length - 1]]);
      if (list.dataset.now === now) return;
      list.dataset.now = now;
      const root = /** @type {Document | ShadowRoot} */ (list.getRootNode());
      const focused = list.contains(root.activeElement);
      list.replaceChildren(
        ...tries.map(({ texts, hidden, prediction, change }, i) => {
          const moved = i > 0 && Object.hasOwn(change, target) ? ` (${number(change[target], 2, true)})` : "";
          const score = Object.hasOwn(prediction, target) ? number(prediction[target], 2) + moved : "";
          const fields = texts.map((text, field) => h("span", theirs, ...pieces(text, hidden, field)));
          return h("li", {}, h("button", { type: "button", "data-at": i, "aria-current": i === at ? "true" : null }, h("span", { class: "ll-texts" }, ...fields), " ", h("span", { class: "ll-num" }, score)));
        }),
      );
      if (focused) /** @type {HTMLElement} */ (list.children[at]?.firstElementChild)?.focus();
    },
  };
}

/** A field of a try, cut around what is out, and that struck through. @param {string} text @param {Span[]} hidden @param {number} field */
function pieces(text, hidden, field) {
  const out = stretches(hidden, field, Infinity);
  const from = out.length && out[0][0] > 2 * BEFORE ? out[0][0] - BEFORE : 0;
  const to = from + MOST_SHOWN;
  const within = out.filter(([start]) => start < to).map(([start, stop]) => /** @type {[number, number]} */ ([start - from, Math.min(stop, to) - from]));
  return [from ? "…" : "", ...runs(slice(text, from, to), within, MOST_SHOWN).map((run) => (run.span === null ? run.text : h("s", {}, run.text)))];
}
