// Of what in an answer one asks: the chosen stretch, rather than what, or all of it.

import { arrows, fill, h, rove, set, setText, theirs } from "../dom.js";
import { instead, isWhole, probability, said } from "../model/answer.js";
import { number } from "../model/display.js";
import { clipped } from "../model/runs.js";

/** @typedef {import("../captions.js").Captions} Captions */
/** @typedef {import("../model/answer.js").Stretch} Stretch */

/** Letters of what was chosen. */
const MOST_NAME = 48;

/**
 * @param {Captions} say
 * @param {(stretch: Stretch | null) => void} onChoose  null chooses the whole
 * @param {(stretch: Stretch, other: string) => void} onAgainst  why that rather than another
 * @param {AbortSignal} signal
 */
export function stretchPart(say, onChoose, onAgainst, signal) {
  const own = pill();
  const all = pill();
  const group = h("span", { class: "ll-radios", role: "radiogroup", "aria-label": say("answerPart") }, own.element, all.element);
  const others = h("select", { class: "ll-other", "aria-label": say("rather") });
  const rather = h("label", { class: "ll-rather" }, say("rather"), " ", others);
  const element = h("span", { class: "ll-classes" }, group, rather);
  /** What was chosen last, to come back to. @type {Stretch | null} */
  let last = null;
  let key = "";
  const choose = (/** @type {HTMLElement} */ one) => onChoose(one === own.element ? last : null);
  for (const one of [own, all]) one.element.addEventListener("click", () => choose(one.element), { signal });
  arrows(group, "[role=radio]:not([hidden])", choose, signal);
  others.addEventListener(
    "change",
    () => {
      if (!last) return;
      if (others.value) onAgainst(last, others.value);
      else onChoose(last);
    },
    { signal },
  );
  others.addEventListener("keydown", (event) => event.key !== "Escape" && event.stopPropagation(), { signal });

  return {
    element,

    /** @param {import("../model/derive.js").ViewState} state */
    update({ shown, live }) {
      const answer = shown?.answer;
      element.hidden = !answer?.spans.length;
      if (!shown || !answer?.spans.length) return;
      const { all: explanation, stretch } = shown;
      if (answer.text !== key) last = null;
      key = answer.text;
      const every = explanation !== null && isWhole(explanation, stretch);
      if (!every && stretch[1] >= 0) last = stretch;
      own.element.hidden = last === null;
      rather.hidden = true;
      if (last) {
        const count = last[1] - last[0] + 1;
        const name = said(answer, last) || say("answerEnd");
        setText(own.name, clipped(name, MOST_NAME));
        set(own.name, { title: name.length > MOST_NAME ? name : null });
        const likely = probability(answer, last);
        setText(own.number, count > 1 ? say("wordsIn", { count }) : likely === null ? "" : number(likely, 2));
        set(own.element, { "aria-checked": String(!every), "--p": count > 1 || likely === null ? 0 : likely.toFixed(3) });
        const known = instead(answer, last).map(({ text }) => text);
        // set against another the model need not be asked anew, but the kernel has to work it out
        rather.hidden = every || !live || !known.length;
        if (!rather.hidden) fill(others, [{ value: "", text: say("anyOther") }, ...[...new Set([...known, ...(shown.other ? [shown.other] : [])])].map((text) => ({ value: text, text }))], shown.other);
      }
      setText(all.name, say("wholeAnswer"));
      setText(all.number, say("wordsIn", { count: answer.spans.length }));
      set(all.element, { "aria-checked": String(every) });
      rove([own.element, all.element], every ? all.element : own.element);
    },
  };
}

function pill() {
  const name = h("b", theirs);
  const number = h("span");
  return { name, number, element: h("button", { class: "ll-class", type: "button", role: "radio" }, h("i"), name, " ", number) };
}
