// What the model could have said in place of a word; of a longer stretch, where it was least sure.

import { h, set, setText, theirs } from "../dom.js";
import { said } from "../model/answer.js";
import { number } from "../model/display.js";

/** @typedef {import("../captions.js").Captions} Captions */
/** @typedef {import("../model/answer.js").Stretch} Stretch */

const MOST = 6;

/**
 * @param {Captions} say
 * @param {(stretch: Stretch) => void} onChoose
 * @param {AbortSignal} signal
 */
export function saidPart(say, onChoose, signal) {
  const caption = h("h4", { class: "ll-caption" });
  const list = h("ol", { class: "ll-bars ll-likely" });
  const later = h("p", { class: "ll-later" });
  const element = h("div", { class: "ll-column" }, caption, list, later);
  list.addEventListener(
    "click",
    (event) => {
      const chosen = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("[data-word]"));
      if (chosen) onChoose([Number(chosen.dataset.word), Number(chosen.dataset.word)]);
    },
    { signal },
  );

  return {
    element,

    /** @param {import("../model/derive.js").ViewState} state */
    update({ shown }) {
      if (!shown?.all) return;
      const { answer } = shown.all;
      const [first, last] = shown.stretch;
      const alone = first === last;
      setText(caption, say(alone ? "couldHaveSaid" : "leastSure"));
      const lines = alone ? instead(answer, first) : unsure(answer, [first, last]);
      list.hidden = lines.length === 0;
      setText(later, lines.length ? "" : say("likelyUnknown"));
      const now = JSON.stringify([alone, lines]);
      if (list.dataset.now === now) return;
      list.dataset.now = now;
      list.replaceChildren(...lines.map(line));
    },
  };
}

/** @typedef {{text: string, probability: number, word: number | null}} Line */

/** @param {Line} one */
function line({ text, probability, word }) {
  const named = word === null ? h("span", theirs, text) : h("button", { class: "ll-link", type: "button", "data-word": word, ...theirs }, text);
  const bar = h("span", { class: "ll-bar", "data-sign": "likely", "aria-hidden": "true" }, h("i"));
  set(bar, { "--from": 0, "--to": probability.toFixed(3) });
  return h("li", {}, h("span", { class: "ll-name", title: text }, named), bar, h("span", { class: "ll-num" }, number(probability, 2)));
}

/** @param {import("../model/document.js").Answer} answer @param {number} word @returns {Line[]} */
function instead(answer, word) {
  const { probabilities, alternatives } = answer;
  const own = said(answer, [word, word]);
  const others = (alternatives[word] ?? []).filter((one) => one.text.trim() !== own).map((one) => ({ text: one.text.trim() || JSON.stringify(one.text), probability: one.probability, word: null }));
  const first = word < probabilities.length ? [{ text: own, probability: probabilities[word], word: null }] : [];
  return others.length ? [...first, ...others].slice(0, MOST) : [];
}

/** @param {import("../model/document.js").Answer} answer @param {Stretch} stretch @returns {Line[]} */
function unsure(answer, [first, last]) {
  const own = answer.probabilities.slice(first, last + 1).map((probability, at) => ({ text: said(answer, [first + at, first + at]), probability, word: first + at }));
  return own.sort((a, b) => a.probability - b.probability).slice(0, MOST);
}
