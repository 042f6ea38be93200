// The answer of a generating model, word by word: a click asks about a word, dragging about a stretch.

import { arrows, h, rove, set, setText, theirs } from "../dom.js";
import { earlier, isWhole, probability } from "../model/answer.js";
import { lit, number } from "../model/display.js";
import { grounds, numbers, verdict } from "../model/grounds.js";
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
  /** What is said of each sentence, behind it. @type {HTMLElement[]} */
  let verdicts = [];
  /** What each word's attributes are: the DOM is touched where they differ. @type {Record<string, string | null>[]} */
  let drawn = [];
  /** @type {[number, number][]} */
  let sentences = [];
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
    const said = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest(".ll-verdict"));
    const sentence = said && sentences[Number(said.dataset.sentence)];
    // the same once more asks about all of it
    if (sentence) return on.choose(said.ariaPressed === "true" ? null : [sentence[0], sentence[1] - 1]);
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
    sentences = answer.sentences;
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
    verdicts = answer.sentences.map(([, until], at) => {
      const made = h("button", { class: "ll-verdict", type: "button", hidden: true, "data-sentence": at, lang: say.lang, dir: "ltr" });
      // a full stop that is no word goes before it
      const stop = /^\S/.test(gaps[until - 1]?.textContent ?? "") ? 2 : 1;
      nodes.splice(nodes.indexOf(words[until - 1]) + stop, 0, made);
      return made;
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

  /** What each sentence rests on, where that is asked. @param {Shown} shown @param {boolean} asked */
  function ground({ all, stretch }, asked) {
    sentences.forEach(([first, until], at) => {
      const found = asked && all ? grounds(all, [first, until - 1]) : null;
      const said = found && all ? verdict(found, numbers(all), say) : "";
      verdicts[at].hidden = !said;
      setText(verdicts[at], said);
      set(verdicts[at], { "aria-pressed": String(stretch.join() === [first, until - 1].join()) });
      for (let word = first; word < until; word += 1) {
        put(word, { "data-grounds": found?.kind || null });
        if (word < until - 1 && gaps[word]) set(/** @type {HTMLElement} */ (gaps[word]), { "data-grounds": found?.kind || null });
      }
    });
  }

  return {
    element,

    /** @param {ViewState & {open: string}} state */
    update({ shown, pointed, heard, editing, open }) {
      const answer = shown?.answer ?? null;
      element.hidden = !answer || editing;
      if (!shown || !answer) return;
      set(text, { "aria-label": say("answer"), "aria-busy": shown.explanation.state === "answering" ? "true" : null });
      lay(answer, shown.all !== null && answer.end !== "" && shown.all.targets.length > answer.spans.length);
      chosen = shown.all && isWhole(shown.all, shown.stretch) ? null : shown.stretch;
      light({ ...shown, answer }, pointed);
      ground(shown, open === "sources");
      words.forEach((one, at) => one.classList.toggle("ll-here", at === heard));
    },
  };
}
