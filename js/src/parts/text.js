// The text itself, byte for byte, with an element for every feature.

import { arrows, h, rove, theirs } from "../dom.js";
import { runs } from "../model/runs.js";
import { decimals, doubtful, number } from "../model/display.js";

/** @typedef {import("../captions.js").Captions} Captions */
/** @typedef {import("../wire/protocol.js").Explanation} Explanation */

/** From here on a text has a part that is scrolled out of sight. */
const MANY = 100;

/** Shades of a colour. As attributes, words of one shade share their style, which a variable for each would forbid. */
const SHADES = 25;

/** @param {number} share  of the full colour */
function level(share) {
  return Math.round(SHADES * Math.min(1, Math.abs(share)));
}

/**
 * What a reader may do with words; what is left out cannot be done here.
 * @typedef {object} Doing
 * @property {(feature: number | null, element: HTMLElement | null) => void} [point]  a word is pointed at or focused, or none
 * @property {(feature: number, element: HTMLElement) => void} [pin]  by Enter: the word stays pointed at
 * @property {(feature: number) => void} [hide]  by click or Space: hide it, or bring it back
 * @property {(first: number, last: number) => void} [select]  by dragging, or with Shift
 * @property {() => void} [edit]  by double click
 */

/**
 * @param {Captions} say
 * @param {Doing} on
 * @param {AbortSignal} signal
 */
export function textPart(say, on, signal) {
  const element = h("div", { class: "ll-text", ...theirs, role: "group", "aria-label": say.text });
  /** @type {HTMLElement[]} */
  let words = [];
  let key = "";
  /** @type {Explanation | null} */
  let shown = null;
  /** What each word's attributes are, by word: the DOM is touched where they differ. @type {Record<string, string | null>[]} */
  let drawn = [];
  /** The word from which Shift selects. */
  let anchor = 0;

  /** @param {Event} event */
  const wordOf = (event) => /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest?.("[data-feature]"));
  /** @param {string} type @param {(event: any) => void} act */
  const listen = (type, act) => element.addEventListener(type, act, { signal });
  for (const type of ["pointerover", "focusin"]) {
    listen(type, (event) => {
      const word = wordOf(event);
      if (word) on.point?.(Number(word.dataset.feature), word);
    });
  }
  for (const type of ["pointerleave", "focusout"]) listen(type, () => on.point?.(null, null));
  listen("pointerout", (event) => wordOf(event) && on.point?.(null, null));

  /** @param {HTMLElement} word @param {boolean} extend */
  function act(word, extend) {
    const feature = Number(word.dataset.feature);
    rove(words, word);
    if (extend && on.select) return on.select(Math.min(anchor, feature), Math.max(anchor, feature));
    anchor = feature;
    on.hide?.(feature);
  }
  listen("click", (/** @type {MouseEvent} */ event) => {
    const word = wordOf(event);
    if (word) act(word, event.shiftKey);
  });
  // else Shift and a click would select the page's text up to here
  listen("mousedown", (/** @type {MouseEvent} */ event) => event.shiftKey && wordOf(event) && event.preventDefault());
  /** @type {HTMLElement | null} */
  let pressed = null;
  listen("pointerdown", (event) => (pressed = wordOf(event)));
  listen("pointerup", (event) => {
    const [from, to] = [pressed, wordOf(event)].map((word) => (word ? Number(word.dataset.feature) : -1));
    if (from >= 0 && to >= 0 && from !== to) on.select?.(Math.min(from, to), Math.max(from, to));
  });
  listen("dblclick", () => {
    getSelection()?.removeAllRanges();
    on.edit?.();
  });
  listen("keydown", (/** @type {KeyboardEvent} */ event) => {
    const word = wordOf(event);
    if (!word || (event.key !== "Enter" && event.key !== " ")) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === " " || event.shiftKey) return act(word, event.shiftKey);
    rove(words, word);
    on.pin?.(Number(word.dataset.feature), word);
  });
  arrows(element, "[data-feature]", () => {}, signal);

  /** Words that are scrolled out of sight: they wait until those in sight have been painted. @type {Set<Element>} */
  const away = new Set();
  let waiting = 0;
  const sight = new IntersectionObserver(
    (seen) => {
      for (const { target, isIntersecting } of seen) isIntersecting ? away.delete(target) : away.add(target);
    },
    { root: element, rootMargin: "40px" },
  );
  signal.addEventListener("abort", () => {
    sight.disconnect();
    cancelAnimationFrame(waiting);
  });

  /** @param {number} feature @param {Record<string, string | null>} attributes */
  function put(feature, attributes) {
    const known = (drawn[feature] ??= {});
    for (const name in attributes) {
      if (known[name] === attributes[name]) continue;
      const value = (known[name] = attributes[name]);
      if (value === null) words[feature].removeAttribute(name);
      else words[feature].setAttribute(name, value);
    }
  }

  return {
    element,

    /** A text about which nothing is known yet. @param {string} text */
    plain(text) {
      key = "";
      shown = null;
      words = [];
      element.textContent = text;
    },

    /**
     * @param {Explanation} explanation
     * @param {number} target
     * @param {number} most  the weight that gets the full colour
     * @param {number[]} [hidden]  features that are out
     * @param {[number, number] | null} [selection]  first and last of those selected
     */
    update(explanation, target, most, hidden = [], selection = null) {
      const { text, spans, read, weights, intervals, scale, targets } = explanation;
      // the same document needs no comparing: a class switch has 16 ms for all
      const now = explanation === shown ? key : JSON.stringify([text, spans, read]);
      shown = explanation;
      if (now !== key) {
        key = now;
        words = [];
        drawn = [];
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
        sight.disconnect();
        away.clear();
        if (words.length > MANY) words.forEach((word) => sight.observe(word));
        anchor = 0;
      }
      const row = weights?.[target];
      const what = say.quantity(scale, targets[target]);
      const digits = decimals(most);
      /** @param {number} feature */
      const light = (feature) => {
        const weight = row ? row[feature] : 0;
        const sign = !row || number(weight, digits) === number(0, digits) ? null : weight > 0 ? "raises" : "lowers";
        const doubt = sign !== null && doubtful(intervals?.[target][feature]);
        const effect = doubt ? "doubt" : (sign ?? "none");
        put(feature, {
          "data-sign": sign,
          "data-doubt": doubt ? "" : null,
          "data-w": sign && String(level(weight / most)),
          "aria-pressed": on.hide ? String(hidden.includes(feature)) : null,
          "data-chosen": selection !== null && feature >= selection[0] && feature <= selection[1] ? "" : null,
          "aria-label": row ? say.weighs(words[feature].textContent ?? "", number(weight, digits, true), effect, what) : null,
        });
      };
      /** @type {number[]} */
      const later = [];
      words.forEach((word, feature) => (away.has(word) ? later.push(feature) : light(feature)));
      cancelAnimationFrame(waiting);
      // a frame's callbacks come before its paint, a timer of theirs after it
      if (later.length) waiting = requestAnimationFrame(() => setTimeout(() => now === key && later.forEach(light)));
    },

    /** Lights the words by where another looks, until the next update. @param {number[]} shares */
    look(shares) {
      const most = Math.max(...shares, 1e-9);
      words.forEach((_, feature) => {
        put(feature, { "data-sign": "raises", "data-doubt": null, "data-w": String(level(shares[feature] / most)) });
      });
    },

    /** Marks the word that is pointed at elsewhere. @param {number | null} feature */
    mark(feature) {
      words.forEach((word, i) => word.classList.toggle("ll-here", i === feature));
    },
  };
}
