// The answer of a generating model, word by word: a click asks about a word, dragging about a stretch.

import { arrows, h, rove, set, theirs } from "../dom.js";
import { earlier, isWhole, probability } from "../model/answer.js";
import { lit, number } from "../model/display.js";
import { runs } from "../model/runs.js";

/** @typedef {import("../captions.js").Captions} Captions */
/** @typedef {import("../model/answer.js").Stretch} Stretch */
/** @typedef {import("../model/derive.js").ViewState} ViewState */
/** @typedef {import("../model/derive.js").Shown} Shown */
/** @typedef {import("../model/document.js").Answer} Answer */

/** A word that was less likely is marked: there the model was not sure. */
export const UNSURE = 0.5;

/**
 * @param {Captions} say
 * @param {{choose: (stretch: Stretch | null) => void, hear: (word: number | null) => void}} on  null chooses the whole
 * @param {AbortSignal} signal
 */
export function answerPart(say, on, signal) {
  const text = h("div", { class: "ll-answered", ...theirs, role: "group" });
  const head = h("div", { class: "ll-answer-head" }, h("b", {}, say("answer")));
  const element = h("div", { class: "ll-answer", hidden: true }, head, text);
  /** @type {HTMLElement[]} */
  let words = [];
  /** What stands between two words, by the word before. @type {(HTMLElement | undefined)[]} */
  let gaps = [];
  /** What each word's attributes are: the DOM is touched where they differ. @type {Record<string, string | null>[]} */
  let drawn = [];
  let key = "";
  let drawnAs = "";
  let anchor = 0;
  /** @type {Stretch | null} */
  let chosen = null;
  /** @type {number | null} */
  let pressed = null;

  /** @param {EventTarget | null} target */
  const wordOf = (target) => {
    const word = /** @type {HTMLElement | null} */ (/** @type {Element} */ (target).closest?.("[data-word]"));
    return word ? Number(word.dataset.word) : null;
  };
  /** @param {number} word @param {boolean} extend */
  function act(word, extend) {
    rove(words, words[word]);
    if (!extend) anchor = word;
    /** @type {Stretch} */
    const wanted = extend ? [Math.min(anchor, word), Math.max(anchor, word)] : [word, word];
    const again = chosen?.join() === wanted.join();
    on.choose(again ? null : wanted);
  }
  /** @param {string} type @param {(event: any) => void} heard */
  const listen = (type, heard) => text.addEventListener(type, heard, { signal });
  for (const type of ["pointerover", "focusin"]) listen(type, (event) => wordOf(event.target) !== null && on.hear(wordOf(event.target)));
  for (const type of ["pointerleave", "focusout"]) listen(type, () => on.hear(null));
  listen("mousedown", (event) => event.shiftKey && wordOf(event.target) !== null && event.preventDefault());
  listen("pointerdown", (event) => (pressed = wordOf(event.target)));
  listen("pointerup", (event) => {
    const word = wordOf(event.target);
    if (pressed === null || word === null || pressed === word) return;
    getSelection()?.removeAllRanges();
    anchor = pressed;
    on.choose([Math.min(pressed, word), Math.max(pressed, word)]);
  });
  listen("click", (event) => {
    const word = wordOf(event.target);
    if (word !== null && event.detail < 2) act(word, event.shiftKey);
  });
  listen("keydown", (event) => {
    const word = wordOf(event.target);
    if (word === null || (event.key !== "Enter" && event.key !== " ")) return;
    event.preventDefault();
    event.stopPropagation();
    act(word, event.shiftKey);
  });
  arrows(text, "[data-word]", () => {}, signal);

  /** @param {Answer} answer @param {boolean} ends  whether its end is a target */
  function lay(answer, ends) {
    const now = JSON.stringify([answer.text, answer.spans, ends]);
    if (now === key) return;
    key = now;
    drawnAs = "";
    anchor = 0;
    words = [];
    gaps = [];
    drawn = [];
    const nodes = runs(answer.text, answer.spans, Infinity).map((run) => {
      if (run.span === null) {
        const gap = h("span", {}, run.text);
        if (words.length) gaps[words.length - 1] = gap;
        return gap;
      }
      return word(run.text);
    });
    // how it ends is a target, too, where the model ended it
    if (ends) nodes.push(h("span", {}, " "), word(say("answerEnd"), "ll-end"));
    words.forEach((one, at) => {
      const likely = probability(answer, [at, at]);
      set(one, { "aria-label": likely === null ? null : say("saidWith", { text: one.textContent ?? "", probability: number(likely, 2) }) });
    });
    text.replaceChildren(...nodes);
    rove(words, words[0]);
  }

  /** @param {number} word @param {Record<string, string | null>} attributes */
  function put(word, attributes) {
    const known = (drawn[word] ??= {});
    for (const name in attributes) {
      if (known[name] === attributes[name]) continue;
      known[name] = attributes[name];
      set(words[word], { [name]: attributes[name] });
    }
  }

  /** @param {string} said @param {string} [kind] */
  function word(said, kind = "") {
    const made = h("span", { class: `ll-word ${kind}`.trim(), role: "button", tabindex: -1, "data-word": words.length }, said);
    words.push(made);
    return made;
  }

  /** @param {Shown & {answer: Answer}} shown @param {number[] | null} pointed */
  function light({ answer, all, stretch, most }, pointed) {
    const feature = all && pointed?.length === 1 ? pointed[0] : null;
    const now = JSON.stringify([stretch, feature, most, all?.evaluations, all?.state, answer.earlier !== null]);
    if (now === drawnAs) return;
    drawnAs = now;
    const every = all !== null && isWhole(all, stretch);
    // at rest its earlier words are lit by what they do to the stretch, as the prompt is
    const own = feature === null && !every ? earlier(answer, stretch) : [];
    words.forEach((_, at) => {
      const weight = feature === null ? (own[at] ?? 0) : (all?.weights?.[at][feature] ?? 0);
      const likely = probability(answer, [at, at]);
      const inside = !every && at >= stretch[0] && at <= stretch[1];
      put(at, {
        ...lit(weight, feature === null ? undefined : all?.intervals?.[at][feature], most),
        "data-unsure": likely !== null && likely < UNSURE ? "" : null,
        "data-in": inside ? "" : null,
        "data-edge": !inside ? null : at === stretch[0] && at === stretch[1] ? "both" : at === stretch[0] ? "first" : at === stretch[1] ? "last" : null,
        "aria-pressed": String(inside),
      });
      if (gaps[at]) set(gaps[at], { "data-in": inside && at < stretch[1] });
    });
  }

  return {
    element,

    /** @param {ViewState} state */
    update({ shown, pointed, heard, editing }) {
      const answer = shown?.answer ?? null;
      element.hidden = !answer || editing;
      if (!shown || !answer) return;
      set(text, { "aria-label": say("answer"), "aria-busy": shown.explanation.state === "answering" ? "true" : null });
      lay(answer, shown.all !== null && answer.end !== "" && shown.all.targets.length > answer.spans.length);
      chosen = shown.all && isWhole(shown.all, shown.stretch) ? null : shown.stretch;
      light({ ...shown, answer }, pointed);
      words.forEach((one, at) => one.classList.toggle("ll-here", at === heard));
    },
  };
}
