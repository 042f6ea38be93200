// What went wrong, with the ways out of it, and what is worth knowing, above all else.

import { clipped, h } from "../dom.js";

/** @typedef {import("../captions.js").Captions} Captions */
/** @typedef {import("../wire/protocol.js").Way} Way */

/** Characters of the last text that its button shows. */
const MOST_OF_TEXT = 40;

/**
 * @param {Captions} say
 * @param {(way: Way) => void} onWay  a way out is taken
 * @param {AbortSignal} signal
 */
export function notesPart(say, onWay, signal) {
  const element = h("div", { class: "ll-notes" });
  let key = "";
  /** @type {Way[]} */
  let drawn = [];
  element.addEventListener(
    "click",
    (event) => {
      const chosen = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("button"));
      if (chosen) onWay(drawn[Number(chosen.dataset.way)]);
    },
    { signal },
  );

  return {
    element,

    /** @param {{errors: string[], warnings: (string | import("../captions.js").Note)[], ways: Way[]}} shown  ways out of the first error */
    update({ errors, warnings, ways }) {
      const now = JSON.stringify([errors, warnings, ways]);
      if (key === now) return;
      key = now;
      drawn = ways;
      element.replaceChildren(
        ...errors.map((error, at) => h("div", { class: "ll-note ll-error" }, h("p", { role: "alert" }, sentence(error)), ...(at === 0 && ways.length ? [h("div", { class: "ll-ways" }, ...ways.map(button))] : []))),
        ...warnings.map((warning) => h("p", { class: "ll-note" }, say.told(warning))),
      );
    },
  };

  /** @param {Way} way @param {number} at */
  function button(way, at) {
    return h("button", { class: "ll-button", type: "button", "data-way": at }, named(way));
  }

  /** @param {Way} way */
  function named({ name, value }) {
    if (name === "unit") return say("way.unit", { units: say.of("unit", value) });
    if (name === "budget") return say("way.budget", { count: Number(value) });
    if (name === "contrast") return say("way.contrast");
    if (name === "explain") return say("again");
    // of an input with several fields it would say too much
    return typeof value === "string" && value ? say("way.text", { text: clipped(value, MOST_OF_TEXT) }) : say("way.last");
  }
}

/** @param {string} text */
function sentence(text) {
  return text.charAt(0).toLocaleUpperCase() + text.slice(1);
}
