// What the model writes to the prompt as it is now, set against the answer that is explained.

import { h, set, setText, theirs } from "../dom.js";
import { differences } from "../model/answer.js";

/**
 * @param {import("../captions.js").Captions} say
 * @param {(texts: string[]) => void} onExplain  that answer is to be explained, to the prompt without what is hidden
 * @param {AbortSignal} signal
 */
export function rewrittenPart(say, onExplain, signal) {
  const told = h("span");
  const button = h("button", { class: "ll-button", type: "button" }, say("explainNew"));
  const text = h("div", { class: "ll-answered", ...theirs, role: "group", "aria-label": say("newAnswer") });
  const element = h("div", { class: "ll-answer ll-rewritten", hidden: true }, h("div", { class: "ll-answer-head" }, h("b", {}, say("newAnswer")), told, button), text);
  /** @type {string[]} */
  let left = [];
  button.addEventListener("click", () => onExplain(left), { signal });

  return {
    element,

    /** @param {import("../model/derive.js").ViewState} state */
    update({ shown, tried, trying, live, editing }) {
      const answer = shown?.answer;
      const written = live ? tried?.answer : undefined;
      const waits = live && trying;
      element.hidden = !answer || editing || (written === undefined && !waits);
      if (element.hidden || !answer) return;
      const same = written === answer.text;
      setText(told, written === undefined ? say("answering") : same ? say("sameAnswer") : written === "" ? say("noAnswer") : "");
      button.hidden = !written || same;
      left = tried?.left ?? [];
      text.hidden = !written || same;
      const now = text.hidden ? "" : JSON.stringify([answer.text, written]);
      if (text.dataset.now === now) return;
      set(text, { "data-now": now });
      const parts = text.hidden ? [] : differences(answer.text, written ?? "");
      text.replaceChildren(...parts.map(({ text, kind }) => (kind === "same" ? text : h(kind === "gone" ? "del" : "ins", {}, text))));
    },
  };
}
