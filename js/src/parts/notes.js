// What went wrong, and what is worth knowing, above all else.

import { h } from "../dom.js";

/**
 * @param {HTMLElement} element
 * @param {string[]} errors
 * @param {string[]} warnings
 */
export function drawNotes(element, errors, warnings) {
  const now = JSON.stringify([errors, warnings]);
  if (element.dataset.now === now) return;
  element.dataset.now = now;
  element.replaceChildren(
    ...errors.map((error) => h("p", { class: "ll-note ll-error", role: "alert" }, sentence(error))),
    ...warnings.map((warning) => h("p", { class: "ll-note" }, warning)),
  );
}

/** @param {string} text */
function sentence(text) {
  return text.charAt(0).toLocaleUpperCase() + text.slice(1);
}
