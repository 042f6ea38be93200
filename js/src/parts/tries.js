// What if: what is hidden now and what the model says then, and everything that was tried.

import { clipped, h, set, setText, theirs } from "../dom.js";
import { runs } from "../model/runs.js";
import { number } from "../model/display.js";

/** @typedef {import("../captions.js").Captions} Captions */
/** @typedef {import("../wire/protocol.js").Try} Try */

/** Of a long text the history has room for its start only. */
const MOST_SHOWN = 300;

/**
 * @typedef {object} Shown
 * @property {string} what  is moved: "P(positive)"
 * @property {string} target  the class of which it is
 * @property {Try | null} now  what is on show; null while the model is asked
 * @property {string[]} words  that are hidden
 * @property {boolean} expected  by the explanation, where no model is at hand
 * @property {Try[]} tries
 * @property {number} at
 * @property {string[]} selection  the selected features
 * @property {boolean} joinable  whether the selection can be made one feature
 * @property {boolean} openable  whether it can be cut finer
 * @property {boolean} regrouped  whether features were joined or cut
 * @property {boolean} live
 */

/**
 * @param {Captions} say
 * @param {{restore: () => void, at: (at: number) => void, edit: () => void, hide: () => void, join: () => void, open: () => void, ungroup: () => void}} on
 * @param {AbortSignal} signal
 */
export function triesPart(say, on, signal) {
  /** @param {string} text @param {() => void} act @param {string} [label] */
  const button = (text, act, label) => {
    const made = h("button", { class: "ll-button", type: "button", "aria-label": label ?? null }, text);
    made.addEventListener("click", act, { signal });
    return made;
  };
  let at = 0;
  const buttons = {
    hide: button(say.hide, on.hide),
    join: button(say.join, on.join),
    open: button(say.open, on.open),
    restore: button(say.restoreAll, on.restore),
    ungroup: button(say.ungroup, on.ungroup),
    back: button("‹", () => on.at(at - 1), say.back),
    forward: button("›", () => on.at(at + 1), say.forward),
    edit: button(say.edit, on.edit),
  };
  const told = h("span", { class: "ll-tried", "aria-live": "polite" });
  const bar = h("div", { class: "ll-what-if" }, told, ...Object.values(buttons));
  const summary = h("summary", {}, say.tries);
  const list = h("ol", { class: "ll-tries" });
  const history = h("details", { class: "ll-history" }, summary, list);
  const element = h("div", {}, bar, history);
  list.addEventListener(
    "click",
    (event) => {
      const chosen = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("button"));
      if (chosen) on.at(Number(chosen.dataset.at));
    },
    { signal },
  );
  history.addEventListener("toggle", () => drawn && drawHistory(drawn), { signal });
  /** @type {Shown | null} */
  let drawn = null;

  /** @param {Shown} shown */
  function drawHistory({ tries, target, at: current }) {
    if (!history.open) return;
    const now = JSON.stringify([tries.length, target, current, tries[tries.length - 1]]);
    if (list.dataset.now === now) return;
    list.dataset.now = now;
    const focused = list.contains(document.activeElement);
    list.replaceChildren(
      ...tries.map(({ text, hidden, prediction, change }, i) => {
        const pieces = runs(text.slice(0, MOST_SHOWN), hidden.filter(([, stop]) => stop <= MOST_SHOWN), MOST_SHOWN).map((run) => (run.feature === null ? run.text : h("s", {}, run.text)));
        const moved = i > 0 && target in change ? ` (${number(change[target], 2, true)})` : "";
        const score = target in prediction ? number(prediction[target], 2) + moved : "";
        return h("li", {}, h("button", { type: "button", "data-at": i, "aria-current": i === current ? "true" : null }, h("span", theirs, ...pieces), " ", h("span", { class: "ll-num" }, score)));
      }),
    );
    if (focused) /** @type {HTMLElement} */ (list.children[current]?.firstElementChild)?.focus();
  }

  return {
    element,

    /** Where the reader left to edit the text. */
    focus() {
      buttons.edit.focus();
    },

    /** @param {Shown} shown */
    update(shown) {
      drawn = shown;
      const { what, target, now, words, expected, tries, selection, joinable, openable, regrouped, live } = shown;
      at = shown.at;
      let line = live ? say.tryHint : words.length ? "" : say.hideHint;
      if (selection.length) line = say.selected(clipped(selection.join(" "), 60));
      else if (words.length) {
        const score = now?.prediction[target];
        const moved = score === undefined ? "…" : say.moved(what, number(score - (now?.change[target] ?? 0), 2), number(score, 2), number(now?.change[target] ?? 0, 2, true));
        line = `${say.without(words.map((word) => clipped(word)).join(", "))} · ${expected ? say.expects(moved) : moved}`;
      }
      setText(told, line);
      set(told, { "data-quiet": !selection.length && !words.length });
      const stepping = live && tries.length > 1;
      const hidden = {
        hide: !selection.length,
        join: !joinable,
        open: !openable,
        restore: !words.length || selection.length > 0,
        ungroup: !regrouped || selection.length > 0,
        back: !stepping,
        forward: !stepping,
        edit: !live,
      };
      for (const [name, gone] of Object.entries(hidden)) buttons[/** @type {keyof typeof buttons} */ (name)].hidden = gone;
      // disabled would lose the focus of whoever steps through
      set(buttons.back, { "aria-disabled": at === 0 });
      set(buttons.forward, { "aria-disabled": at >= tries.length - 1 });
      history.hidden = !stepping;
      setText(summary, `${say.tries} (${tries.length})`);
      drawHistory(shown);
    },
  };
}
