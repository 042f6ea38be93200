// The text, to be changed in place: an area for each field.

import { h, theirs } from "../dom.js";

/** @typedef {import("../captions.js").Captions} Captions */
/** @typedef {import("../model/document.js").Field} Field */

/** Lines that a lone field's area has at least. */
const LINES = 4;
/** An area has as many as its text fills, up to these where it is alone or one of several. */
const MOST_LINES = [16, 6];

/**
 * @param {Captions} say
 * @param {(texts: string[], labels: string[] | null) => void} onRun  one a field, and what is to be chosen among; only where one was changed
 * @param {() => void} onClosed  the editor is gone: something else takes the focus
 * @param {AbortSignal} signal
 */
export function editorPart(say, onRun, onClosed, signal) {
  const run = h("button", { class: "ll-button", type: "button" }, say("run"));
  const cancel = h("button", { class: "ll-button", type: "button" }, say("cancelEdit"));
  const list = h("div", { class: "ll-edits" });
  const blank = h("p", { class: "ll-refused ll-blank", role: "alert", hidden: true }, say("blank"));
  const element = h("div", { class: "ll-editor", hidden: true }, list, blank, h("div", { class: "ll-what-if" }, h("span", { class: "ll-dim" }, say("editHint")), run, cancel));
  /** @type {HTMLTextAreaElement[]} */
  let areas = [];
  /** @type {Field[]} */
  let given = [];
  /** What the areas held at first: browsers write line ends their own way, which is no change of the reader's. @type {string[]} */
  let before = [];
  /** What is to be chosen among, one a line; null where a model has classes of its own. @type {HTMLTextAreaElement | null} */
  let labels = null;
  let labelled = "";

  function close() {
    element.hidden = true;
    onClosed();
  }
  function accept() {
    const texts = areas.map((area, at) => (area.value === before[at] ? given[at].text : area.value));
    // nothing to explain: whoever cleared it has the old text an Escape away
    blank.hidden = texts.some((text) => text.trim());
    if (!blank.hidden) return areas[0].focus();
    close();
    const names = labels && labels.value !== labelled ? labels.value.split("\n").map((name) => name.trim()).filter(Boolean) : null;
    if (names || texts.some((text, at) => text !== given[at].text)) onRun(texts, names);
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
      else if (event.key === "Enter" && !event.shiftKey && [...areas, labels].includes(/** @type {HTMLTextAreaElement} */ (event.target))) {
        event.preventDefault();
        accept();
      }
    },
    { signal },
  );

  return {
    element,

    /** @param {Field[]} fields @param {number} [at]  the one that takes the focus @param {string[] | null} [among]  what is to be chosen among */
    open(fields, at = 0, among = null) {
      areas = fields.map(({ text }) => {
        const area = h("textarea", { class: "ll-edit", ...theirs, rows: fields.length === 1 ? LINES : 1, spellcheck: "false" });
        area.value = text;
        return area;
      });
      given = fields;
      before = areas.map((area) => area.value);
      if (fields.length === 1) areas[0].setAttribute("aria-label", say("editing"));
      list.replaceChildren(...areas.map((area, i) => (fields.length === 1 ? area : h("label", { class: "ll-edit-field" }, h("b", theirs, fields[i].name), area))));
      labels = among && h("textarea", { class: "ll-edit", ...theirs, rows: Math.min(among.length, MOST_LINES[1]), spellcheck: "false" });
      if (labels && among) {
        labels.value = labelled = among.join("\n");
        list.append(h("label", { class: "ll-edit-field" }, h("b", {}, say("labels")), labels));
      }
      element.hidden = false;
      blank.hidden = true;
      const most = MOST_LINES[Math.min(fields.length, 2) - 1];
      for (const area of areas) while (area.rows < most && area.scrollHeight > area.clientHeight) area.rows += 1;
      const first = areas[at] ?? areas[0];
      first?.focus();
      first?.setSelectionRange(first.value.length, first.value.length);
    },
  };
}
