// What the model could have said in place of a word; of a longer stretch, where it was least sure.

import { h, set, setText, theirs } from "../dom.js";
import { instead, said } from "../model/answer.js";
import { number } from "../model/display.js";

/** @typedef {import("../captions.js").Captions} Captions */
/** @typedef {import("../model/answer.js").Stretch} Stretch */

const MOST = 6;

/**
 * @param {Captions} say
 * @param {(stretch: Stretch) => void} onChoose
 * @param {(stretch: Stretch, other: string) => void} onAgainst  why that rather than another
 * @param {AbortSignal} signal
 */
export function saidPart(say, onChoose, onAgainst, signal) {
  const caption = h("h4", { class: "ll-caption" });
  const list = h("ol", { class: "ll-bars ll-likely" });
  const later = h("p", { class: "ll-later" });
  const element = h("div", { class: "ll-column" }, caption, list, later);
  /** @type {Stretch} */
  let asked = [0, -1];
  list.addEventListener(
    "click",
    (event) => {
      const chosen = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("button"));
      if (!chosen) return;
      const { asks, against } = chosen.dataset;
      if (asks !== undefined) onChoose([Number(asks), Number(asks)]);
      // the same once more takes it back
      else if (against !== undefined && chosen.ariaPressed !== "true") onAgainst(asked, against);
      else onChoose(asked);
    },
    { signal },
  );

  return {
    element,

    /** @param {import("../model/derive.js").ViewState} state */
    update({ shown, live, busy }) {
      if (!shown?.answer) return;
      const { answer, stretch: [first, last], other } = shown;
      asked = [first, last];
      const alone = first === last;
      setText(caption, say(alone ? "couldHaveSaid" : "leastSure"));
      const lines = alone ? choices(answer, first, other, live) : unsure(answer, [first, last]);
      list.hidden = lines.length === 0;
      setText(later, lines.length || busy ? "" : say("likelyUnknown"));
      const now = JSON.stringify([alone, lines]);
      if (list.dataset.now === now) return;
      list.dataset.now = now;
      list.replaceChildren(...lines.map(line));
    },
  };
}

/**
 * @typedef {object} Line
 * @property {string} text
 * @property {number} probability
 * @property {number | null} word  of the answer, that a click asks about
 * @property {boolean} against  whether a click sets the answer's word against this
 * @property {boolean} chosen  whether it is
 */

/** @param {Line} one */
function line({ text, probability, word, against, chosen }) {
  const named = word !== null || against ? h("button", { class: "ll-link", type: "button", "data-asks": word, "data-against": against ? text : null, "aria-pressed": against ? String(chosen) : null, ...theirs }, text) : h("span", theirs, text);
  const bar = h("span", { class: "ll-bar", "data-sign": "likely", "aria-hidden": "true" }, h("i"));
  set(bar, { "--from": 0, "--to": probability.toFixed(3) });
  return h("li", {}, h("span", { class: "ll-name", title: text }, named), bar, h("span", { class: "ll-num" }, number(probability, 2)));
}

/** @param {import("../model/document.js").Answer} answer @param {number} word @param {string} other  that it is set against @param {boolean} live @returns {Line[]} */
function choices(answer, word, other, live) {
  const others = instead(answer, [word, word]).map(({ text, probability }) => ({ text, probability, word: null, against: live, chosen: text === other }));
  const first = word < answer.probabilities.length ? [{ text: said(answer, [word, word]), probability: answer.probabilities[word], word: null, against: false, chosen: false }] : [];
  return others.length ? [...first, ...others].slice(0, MOST) : [];
}

/** @param {import("../model/document.js").Answer} answer @param {Stretch} stretch @returns {Line[]} */
function unsure(answer, [first, last]) {
  const own = answer.probabilities.slice(first, last + 1).map((probability, at) => ({ text: said(answer, [first + at, first + at]), probability, word: first + at, against: false, chosen: false }));
  return own.sort((a, b) => a.probability - b.probability).slice(0, MOST);
}
