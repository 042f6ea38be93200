// What if: what is hidden now and what the model says then, and everything that was tried.

import { clipped, h, set, setText, theirs } from "../dom.js";
import { number } from "../model/display.js";
import { runs, slice } from "../model/runs.js";
import { stretches } from "../model/what_if.js";

/** @typedef {import("../captions.js").Captions} Captions */
/** @typedef {import("../wire/protocol.js").Span} Span */
/** @typedef {import("../wire/protocol.js").Try} Try */

/** Of a long text the history has room for its start only, in code points. */
const MOST_SHOWN = 300;

/**
 * @typedef {object} Shown
 * @property {string} what  is moved: "P(positive)"
 * @property {string} target  the class of which it is
 * @property {Try | null} now  what is on show; null while the model is asked, and where nobody can know
 * @property {{name: string, whole: boolean}[]} hidden  what is hidden: words, or a whole field
 * @property {string} refused  why the model could not be asked
 * @property {Try[]} tries
 * @property {number} at
 * @property {string[]} selection  the selected features
 * @property {boolean} joinable  whether the selection can be made one feature
 * @property {boolean} openable  whether it can be cut finer
 * @property {boolean} regrouped  whether features were joined or cut
 * @property {boolean} live  whether a model is at hand; else the explanation says what it expects
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
    hide: button(say("hide"), on.hide),
    join: button(say("join"), on.join),
    open: button(say("open"), on.open),
    restore: button(say("restoreAll"), on.restore),
    ungroup: button(say("ungroup"), on.ungroup),
    back: button("‹", () => on.at(at - 1), say("back")),
    forward: button("›", () => on.at(at + 1), say("forward")),
    edit: button(say("edit"), on.edit),
  };
  const told = h("span", { class: "ll-tried", "aria-live": "polite" });
  const bar = h("div", { class: "ll-what-if" }, told, ...Object.values(buttons));
  const summary = h("summary", {}, say("tries"));
  const list = h("ol", { class: "ll-tries" });
  const history = h("details", { class: "ll-history" }, summary, list);
  const trouble = h("p", { class: "ll-refused", role: "alert", hidden: true });
  const element = h("div", {}, bar, trouble, history);
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
      ...tries.map(({ texts, hidden, prediction, change }, i) => {
        const moved = i > 0 && target in change ? ` (${number(change[target], 2, true)})` : "";
        const score = target in prediction ? number(prediction[target], 2) + moved : "";
        const fields = texts.map((text, field) => h("span", theirs, ...pieces(text, hidden, field)));
        return h("li", {}, h("button", { type: "button", "data-at": i, "aria-current": i === current ? "true" : null }, h("span", { class: "ll-texts" }, ...fields), " ", h("span", { class: "ll-num" }, score)));
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
      const { hidden, refused, tries, selection, joinable, openable, regrouped, live } = shown;
      at = shown.at;
      setText(told, selection.length ? say("selected", { words: clipped(selection.join(" "), 60) }) : hidden.length ? without(say, shown) : live ? say("tryHint") : say("hideHint"));
      set(told, { "data-quiet": !selection.length && !hidden.length });
      setText(trouble, refused);
      trouble.hidden = !refused;
      const stepping = live && tries.length > 1;
      const gone = {
        hide: !selection.length,
        join: !joinable,
        open: !openable,
        restore: !hidden.length || selection.length > 0,
        ungroup: !regrouped || selection.length > 0,
        back: !stepping,
        forward: !stepping,
        edit: !live,
      };
      for (const [name, away] of Object.entries(gone)) buttons[/** @type {keyof typeof buttons} */ (name)].hidden = away;
      // disabled would lose the focus of whoever steps through
      set(buttons.back, { "aria-disabled": at === 0 });
      set(buttons.forward, { "aria-disabled": at >= tries.length - 1 });
      history.hidden = !stepping;
      setText(summary, `${say("tries")} (${tries.length})`);
      drawHistory(shown);
    },
  };
}

/** What is gone, and what is said without it. @param {Captions} say @param {Shown} shown */
function without(say, { what, target, now, hidden, refused, live }) {
  const names = hidden.map(({ name, whole }) => (whole ? say("wholeField", { name }) : clipped(name)));
  const score = now?.prediction[target];
  const change = now?.change[target] ?? 0;
  const moved = score === undefined ? "" : say("moved", { what, from: number(score - change, 2), to: number(score, 2), change: number(change, 2, true) });
  const said = live ? moved || (refused ? "" : "…") : moved ? say("expects", { moved }) : say("unforeseen");
  return [say("without", { words: names.join(", ") }), said].filter(Boolean).join(" · ");
}

/** A field of a try, with what is out struck through. @param {string} text @param {Span[]} hidden @param {number} field */
function pieces(text, hidden, field) {
  const out = stretches(hidden, field, MOST_SHOWN);
  return runs(slice(text, 0, MOST_SHOWN), out, MOST_SHOWN).map((run) => (run.span === null ? run.text : h("s", {}, run.text)));
}
