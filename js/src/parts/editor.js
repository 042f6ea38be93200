// The text, to be changed in place.

import { h, theirs } from "../dom.js";

/** @typedef {import("../captions.js").Captions} Captions */

/**
 * @param {Captions} say
 * @param {(text: string) => void} onRun
 * @param {() => void} onClosed  the editor is gone: something else takes the focus
 * @param {AbortSignal} signal
 */
export function editorPart(say, onRun, onClosed, signal) {
  const area = h("textarea", { class: "ll-edit", ...theirs, rows: 4, spellcheck: "false", "aria-label": say.editing });
  const run = h("button", { class: "ll-button", type: "button" }, say.run);
  const cancel = h("button", { class: "ll-button", type: "button" }, say.cancelEdit);
  const element = h("div", { class: "ll-editor", hidden: true }, area, h("div", { class: "ll-what-if" }, h("span", { class: "ll-dim" }, say.editHint), run, cancel));
  let before = "";

  function close() {
    element.hidden = true;
    onClosed();
  }
  function accept() {
    const text = area.value;
    close();
    if (text !== before) onRun(text);
  }
  run.addEventListener("click", accept, { signal });
  cancel.addEventListener("click", close, { signal });
  element.addEventListener(
    "keydown",
    (event) => {
      // hosts have shortcuts on plain letters
      event.stopPropagation();
      // Enter that ends the composing of a Chinese or Japanese word is not meant for us
      if (event.isComposing || event.keyCode === 229) return;
      if (event.key === "Escape") close();
      else if (event.key === "Enter" && !event.shiftKey && event.target === area) {
        event.preventDefault();
        accept();
      }
    },
    { signal },
  );

  return {
    element,

    /** @param {string} text */
    open(text) {
      before = text;
      area.value = text;
      element.hidden = false;
      area.focus();
      area.setSelectionRange(text.length, text.length);
    },
  };
}
