// Targets as pills: a radio group, each with its score where it has one.

import { arrows, h, rove, set, setText, theirs } from "../dom.js";

/** @typedef {import("../captions.js").Captions} Captions */

/**
 * @param {Captions} say
 * @param {(target: string) => void} onChoose
 * @param {AbortSignal} signal
 */
export function pillsPart(say, onChoose, signal) {
  const element = h("div", { class: "ll-pills", role: "radiogroup", "aria-label": say("classes") });
  arrows(element, "button", (pill) => onChoose(pill.dataset.target ?? ""), signal);
  element.addEventListener("click", (event) => {
    const pill = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("button"));
    if (pill) onChoose(pill.dataset.target ?? "");
  }, { signal });

  return {
    element,

    /** @param {string[]} names @param {string} chosen @param {string[]} [scores] */
    update(names, chosen, scores = []) {
      if (element.dataset.names !== JSON.stringify(names)) {
        element.dataset.names = JSON.stringify(names);
        element.replaceChildren(...names.map((one) => h("button", { type: "button", class: "ll-pill", role: "radio", "data-target": one, ...theirs }, h("bdi", {}, one), h("span", { class: "ll-score" }))));
      }
      const pills = /** @type {HTMLElement[]} */ ([...element.children]);
      pills.forEach((pill, at) => {
        set(pill, { "aria-checked": String(pill.dataset.target === chosen) });
        setText(/** @type {HTMLElement} */ (pill.lastElementChild), scores[at] ? ` ${scores[at]}` : "");
      });
      rove(pills, pills.find((pill) => pill.dataset.target === chosen));
    },
  };
}
