// The text itself, byte for byte, with an element for every feature.

import { arrows, h, rove, set, theirs } from "../dom.js";
import { runs } from "../runs.js";
import { decimals, doubtful, number } from "../scale.js";

/** @typedef {import("../captions.js").Captions} Captions */
/** @typedef {import("../protocol.js").Explanation} Explanation */

/**
 * @param {Captions} say
 * @param {(feature: number | null, element: HTMLElement | null) => void} onPoint  a word is pointed at or focused, or none
 * @param {(feature: number, element: HTMLElement) => void} onPin  a word is clicked
 * @param {AbortSignal} signal
 */
export function textPart(say, onPoint, onPin, signal) {
  const element = h("div", { class: "ll-text", ...theirs, role: "group", "aria-label": say.text });
  /** @type {HTMLElement[]} */
  let words = [];
  let key = "";

  /** @param {Event} event */
  const wordOf = (event) => /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest?.("[data-feature]"));
  for (const type of ["pointerover", "focusin"]) {
    element.addEventListener(
      type,
      (event) => {
        const word = wordOf(event);
        if (word) onPoint(Number(word.dataset.feature), word);
      },
      { signal },
    );
  }
  for (const type of ["pointerleave", "focusout"]) element.addEventListener(type, () => onPoint(null, null), { signal });
  element.addEventListener(
    "pointerout",
    (event) => {
      if (wordOf(event)) onPoint(null, null);
    },
    { signal },
  );
  /** @param {HTMLElement} word */
  const pin = (word) => {
    rove(words, word);
    onPin(Number(word.dataset.feature), word);
  };
  element.addEventListener(
    "click",
    (event) => {
      const word = wordOf(event);
      if (word) pin(word);
    },
    { signal },
  );
  element.addEventListener(
    "keydown",
    (event) => {
      const word = wordOf(event);
      if (!word || (event.key !== "Enter" && event.key !== " ")) return;
      event.preventDefault();
      event.stopPropagation();
      pin(word);
    },
    { signal },
  );
  arrows(element, "[data-feature]", () => {}, signal);

  return {
    element,

    /** A text about which nothing is known yet. @param {string} text */
    plain(text) {
      key = "";
      words = [];
      element.textContent = text;
    },

    /**
     * @param {Explanation} explanation
     * @param {number} target
     * @param {number} most  the weight that gets the full colour
     */
    update(explanation, target, most) {
      const { text, spans, read, weights, intervals, scale, targets } = explanation;
      const now = JSON.stringify([text, spans, read]);
      if (now !== key) {
        key = now;
        words = [];
        const nodes = runs(text, spans, read).map((run, at, all) => {
          if (run.unread) {
            const mark = h("span", { class: "ll-stop", "data-label": say.stops, role: "note", "aria-label": say.stops, lang: say.lang, dir: "ltr" });
            return [mark, h("span", { class: "ll-unread" }, run.text)];
          }
          if (run.feature === null) return [run.text];
          // in scripts without spaces words touch: their boxes must not lie on each other
          const touches = [all[at - 1], all[at + 1]].some((other) => other && other.feature !== null);
          const word = h("span", { class: touches ? "ll-word ll-touches" : "ll-word", role: "button", tabindex: -1, "data-feature": run.feature }, run.text);
          words.push(word);
          return [word];
        });
        element.replaceChildren(...nodes.flat());
        rove(words, words[0]);
      }
      const row = weights?.[target];
      const what = say.quantity(scale, targets[target]);
      const digits = decimals(most);
      words.forEach((word, feature) => {
        const weight = row ? row[feature] : 0;
        const sign = !row || number(weight, digits) === number(0, digits) ? null : weight > 0 ? "raises" : "lowers";
        const doubt = sign !== null && doubtful(intervals?.[target][feature]);
        const effect = doubt ? "doubt" : (sign ?? "none");
        set(word, {
          "data-sign": sign,
          "data-doubt": doubt,
          "--w": Math.abs(weight / most).toFixed(3),
          "aria-label": row ? say.weighs(word.textContent ?? "", number(weight, digits, true), effect, what) : null,
        });
      });
    },

    /** Lights the words by where another looks, until the next update. @param {number[]} shares */
    look(shares) {
      const most = Math.max(...shares, 1e-9);
      words.forEach((word, feature) => {
        set(word, { "data-sign": "raises", "data-doubt": null, "--w": (shares[feature] / most).toFixed(3) });
      });
    },

    /** Marks the word that is pointed at elsewhere. @param {number | null} feature */
    mark(feature) {
      words.forEach((word, i) => word.classList.toggle("ll-here", i === feature));
    },
  };
}
