// The text itself, field by field and byte for byte, with an element for every feature.

import { arrows, h, rove, set, setText, theirs } from "../dom.js";
import { decimals, doubtful, marked, number, shade } from "../model/display.js";
import { runs, slice } from "../model/runs.js";
import { fieldHidden } from "../model/what_if.js";

/** @typedef {import("../captions.js").Captions} Captions */
/** @typedef {import("../model/document.js").Explanation} Explanation */
/** @typedef {import("../model/document.js").Field} Field */
/** @typedef {import("../wire/protocol.js").Span} Span */

/** From here on a text has a part that is scrolled out of sight. */
const MANY = 100;
/** What is out of sight follows once the reader has rested for so many ms, or comes into sight. */
const REST = 250;
/** Longer texts, in code points, are written smaller: about 40 words. */
const LARGE = 240;

/**
 * What a reader may do with words; what is left out cannot be done here.
 * @typedef {object} Doing
 * @property {(feature: number | null) => void} [point]  a word is pointed at or focused; null once the whole text is left
 * @property {(feature: number) => void} [pin]  by Enter: the word stays pointed at
 * @property {(feature: number) => void} [hide]  by click or Space: hide it, or bring it back
 * @property {(field: number) => void} [hideField]  the same with a whole field
 * @property {(first: number, last: number) => void} [select]  by dragging, or with Shift; never across fields
 * @property {(field: number) => void} [edit]  by double click
 * @property {(target: string) => void} [choose]  a target that stands in the text
 */
/** @typedef {Pick<import("../model/derive.js").ViewState, "fields" | "shown" | "out" | "selection" | "hidden" | "pointed"> & {looks: number[] | null}} Said  what a text is drawn from; with looks, it is lit by where a word looks */

/**
 * @param {Captions} say
 * @param {Doing} on
 * @param {AbortSignal} signal
 */
export function textPart(say, on, signal) {
  const element = h("div", { class: "ll-fields" });
  /** @type {{element: HTMLElement, toggle: HTMLElement | null}[]} */
  let blocks = [];
  /** @type {HTMLElement[]} */
  let words = [];
  /** Of each target that stands in the text its element, and where it stands. @type {Map<number, {box: HTMLElement, place: Span}>} */
  let boxes = new Map();
  /** @type {Field[]} */
  let laid = [];
  /** @type {Explanation | null} */
  let laidOf = null;
  let key = "";
  /** What each word's attributes are, by word: the DOM is touched where they differ. @type {Record<string, string | null>[]} */
  let drawn = [];
  /** The word from which Shift selects; -1 before any was chosen. */
  let anchor = -1;
  /** @type {number[]} */
  let pointedAt = [];

  /** @param {Event} event */
  const wordOf = (event) => /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest?.("[data-feature]"));
  /** @param {Event} event */
  const fieldOf = (event) => Number(/** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest?.("[data-field]"))?.dataset.field ?? 0);
  /** @param {string} type @param {(event: any) => void} act */
  const listen = (type, act) => element.addEventListener(type, act, { signal });
  for (const type of ["pointerover", "focusin"]) {
    listen(type, (event) => {
      const word = wordOf(event);
      if (word) on.point?.(Number(word.dataset.feature));
    });
  }
  // between two words nothing flickers
  for (const type of ["pointerleave", "focusout"]) listen(type, () => on.point?.(null));

  /** @param {number} from @param {number} to */
  function select(from, to) {
    on.select?.(Math.min(from, to), Math.max(from, to));
  }
  /** @param {HTMLElement} word @param {boolean} extend */
  function act(word, extend) {
    const feature = Number(word.dataset.feature);
    rove(words, word);
    // words of one field stand side by side
    const within = words[anchor]?.parentElement === word.parentElement;
    if (!extend || !on.select || !within) anchor = feature;
    if (!extend || !on.select) return on.hide?.(feature);
    // so that Escape is heard here
    word.focus({ preventScroll: true });
    select(anchor, feature);
  }
  listen("click", (/** @type {MouseEvent} */ event) => {
    const box = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("[data-target]"));
    if (box) return on.choose?.(/** @type {string} */ (box.dataset.target));
    const word = wordOf(event);
    // a double click on a word is one click
    if (word) event.detail > 1 || act(word, event.shiftKey);
    else if (/** @type {Element} */ (event.target).closest(".ll-toggle")) on.hideField?.(fieldOf(event));
  });
  // else Shift and a click would select the page's text up to here
  listen("mousedown", (/** @type {MouseEvent} */ event) => event.shiftKey && wordOf(event) && event.preventDefault());
  /** @type {HTMLElement | null} */
  let pressed = null;
  listen("pointerdown", (event) => (pressed = wordOf(event)));
  listen("pointerup", (event) => {
    const word = wordOf(event);
    if (!pressed || !word || pressed === word || pressed.parentElement !== word.parentElement) return;
    getSelection()?.removeAllRanges();
    select(Number(pressed.dataset.feature), Number(word.dataset.feature));
  });
  listen("dblclick", (event) => {
    if (/** @type {Element} */ (event.target).closest(".ll-toggle, [data-feature], [data-target]")) return;
    getSelection()?.removeAllRanges();
    on.edit?.(fieldOf(event));
  });
  listen("keydown", (/** @type {KeyboardEvent} */ event) => {
    const box = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("[data-target]"));
    if (box && (event.key === "Enter" || event.key === " ")) {
      event.preventDefault();
      event.stopPropagation();
      return on.choose?.(/** @type {string} */ (box.dataset.target));
    }
    const word = wordOf(event);
    if (!word || (event.key !== "Enter" && event.key !== " ")) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === " " || event.shiftKey) return act(word, event.shiftKey);
    rove(words, word);
    on.pin?.(Number(word.dataset.feature));
  });
  arrows(element, "[data-feature]", () => {}, signal);

  /** Words that are scrolled out of sight: they wait until the reader rests, or scrolls to them. @type {Set<Element>} */
  const away = new Set();
  /** Those that are still to be drawn. @type {Set<Element>} */
  const owed = new Set();
  /** How the words are to be drawn now. @type {(feature: number) => void} */
  let draw = () => {};
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let waiting;
  /** @type {IntersectionObserver[]} */
  let sights = [];
  const forget = () => {
    for (const sight of sights) sight.disconnect();
    sights = [];
    away.clear();
    owed.clear();
    clearTimeout(waiting);
  };
  signal.addEventListener("abort", forget);

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

  /** Draws a word of which that is owed. @param {Element} word */
  function settle(word) {
    if (owed.delete(word)) draw(Number(/** @type {HTMLElement} */ (word).dataset.feature));
  }

  /** Builds the text anew where it is another. @param {Field[]} fields @param {Explanation | null} explanation */
  function lay(fields, explanation) {
    // the same need no comparing: a class switch has 16 ms for all
    if (fields === laid && explanation === laidOf) return;
    laid = fields;
    laidOf = explanation;
    const standing = explanation ? standingIn(explanation) : [];
    const pinned = explanation?.pinned ?? [];
    const now = JSON.stringify([fields, standing, pinned]);
    if (now === key) return;
    key = now;
    forget();
    words = [];
    boxes = new Map();
    drawn = [];
    pointedAt = [];
    lit = "";
    anchor = -1;
    set(element, { "data-large": fields.reduce((sum, { length }) => sum + length, 0) <= LARGE });
    blocks = fields.map((field, at) => block(field, at, fields.length > 1, standing.filter(({ place }) => place[0] === at), pinned.filter(([one]) => one === at)));
    element.replaceChildren(...blocks.map((one) => one.element));
    rove(words, words[0]);
  }

  /**
   * @param {Field} field @param {number} at @param {boolean} named  whether it is one of several
   * @param {Standing[]} standing  targets in it
   * @param {Span[]} pinned  places in it that stay
   */
  function block(field, at, named, standing, pinned) {
    const own = words.length;
    const free = standing.filter(({ place: [, start, stop] }) => field.spans.every((span) => span[1] <= start || span[0] >= stop));
    /** @type {{span: [number, number], box: Standing | null, stays: boolean}[]} */
    const parts = [
      ...field.spans.map((span) => ({ span, box: null, stays: false })),
      ...free.map((box) => ({ span: /** @type {[number, number]} */ ([box.place[1], box.place[2]]), box, stays: true })),
    ];
    // what stays and is no target by itself, as the place of a masked word
    for (const [, start, stop] of pinned) if (parts.every(({ span }) => span[1] <= start || span[0] >= stop)) parts.push({ span: [start, stop], box: null, stays: true });
    parts.sort((a, b) => a.span[0] - b.span[0]);
    const spans = parts.map(({ span }) => span);
    const nodes = runs(field.text, spans, field.read).map((run, i, all) => {
      if (run.unread) {
        const mark = h("span", { class: "ll-stop", "data-label": say("stops"), role: "note", "aria-label": say("stops"), lang: say.lang, dir: "ltr" });
        return [mark, h("span", { class: "ll-unread" }, run.text)];
      }
      if (run.span === null) return [run.text];
      const { box, stays } = parts[run.span];
      if (box) {
        const tag = (box.rival ? box.name.slice(run.text.length) : box.name.replace(`"${run.text}"`, "")).trim().replace(/\s+/g, " ");
        const label = { "aria-label": box.name, title: box.name, "data-target": box.name, "data-tag": tag, "data-faint": box.faint };
        const target = h("span", { class: "ll-box", role: "button", tabindex: 0, "aria-pressed": "false", ...label }, h("span", { class: "ll-own" }, run.text));
        boxes.set(box.target, { box: target, place: box.place });
        return [target];
      }
      if (stays) return [h("span", { class: "ll-own" }, run.text)];
      // in scripts without spaces words touch: their boxes must not lie on each other
      const touches = [all[i - 1], all[i + 1]].some((other) => other && other.span !== null);
      const word = h("span", { class: touches ? "ll-word ll-touches" : "ll-word", role: "button", tabindex: -1, "data-feature": words.length }, run.text);
      words.push(word);
      return [word];
    });
    const text = h("div", { class: "ll-text", ...theirs, role: "group", "aria-label": named ? field.name : say("text") }, ...nodes.flat());
    if (words.length - own > MANY && "IntersectionObserver" in globalThis) {
      const sight = new IntersectionObserver(
        (seen) => {
          for (const { target, isIntersecting } of seen) {
            if (!isIntersecting) away.add(target);
            else if (away.delete(target)) settle(target);
          }
        },
        { root: text, rootMargin: "40px" },
      );
      words.slice(own).forEach((word) => sight.observe(word));
      sights.push(sight);
    }
    const toggle = named && on.hideField && field.length ? h("button", { class: "ll-toggle", type: "button", hidden: true }) : null;
    return { element: h("div", { class: "ll-field", "data-field": at, "data-part": field.group !== "" && field.spans.length > 0 }, ...(named ? [head(field, toggle)] : []), text), toggle };
  }

  /** Which fields are hidden as a whole. @param {Span[]} hidden @param {boolean} can  whether they can be */
  function drawToggles(hidden, can) {
    blocks.forEach((one, at) => {
      const out = laid.length > 1 && fieldHidden(laid, hidden, at);
      set(one.element, { "data-hidden": out });
      if (!one.toggle) return;
      one.toggle.hidden = !can;
      setText(one.toggle, out ? say("restoreField") : say("hideField"));
      set(one.toggle, { "aria-pressed": String(out), "aria-label": `${one.toggle.textContent} ${laid[at].name}` });
    });
  }

  /** The state in which the words are lit. */
  let lit = "";

  /** @param {Said} said */
  function light({ shown, out, selection, looks, hidden }) {
    if (!shown) return;
    const { explanation, target, most } = shown;
    const { weights, intervals, scale, targets, state } = explanation;
    const now = JSON.stringify([identity(explanation), target, out, selection, looks, hidden]);
    if (now === lit) return;
    lit = now;
    for (const [at, { box, place }] of boxes) set(box, { "aria-pressed": String(at === target), "data-out": hidden.some((span) => touch(span, place)) });
    const own = explanation.contrast ? null : explanation.anchors[target];
    const row = weights?.[target];
    const what = say.quantity(scale, targets[target]);
    const digits = decimals(most);
    const gone = new Set(out);
    const brightest = Math.max(...(looks ?? []), 1e-9);
    set(element, { "data-draft": state === "draft" });
    draw = (feature) => {
      const weight = row ? row[feature] : 0;
      const told = number(weight, digits, true);
      const seen = row !== undefined && marked(weight, digits);
      const sign = !seen ? null : weight > 0 ? "raises" : "lowers";
      const doubt = sign !== null && doubtful(intervals?.[target][feature]);
      const effect = doubt ? "doubt" : (sign ?? (weight === 0 ? "none" : "hardly"));
      put(feature, {
        "data-sign": looks ? "raises" : sign,
        "data-doubt": doubt && !looks ? "" : null,
        "data-w": looks ? shade(looks[feature] / brightest) : sign && shade(weight / most),
        "aria-pressed": on.hide ? String(gone.has(feature)) : null,
        "data-own": own && touch(own, explanation.spans[feature]) ? "" : null,
        "data-chosen": selection !== null && feature >= selection[0] && feature <= selection[1] ? "" : null,
        "aria-label": row ? say.of("weighs", effect, "", { text: words[feature].textContent ?? "", weight: told, what }) : null,
      });
    };
    owed.clear();
    words.forEach((word, feature) => (away.has(word) ? owed.add(word) : draw(feature)));
    clearTimeout(waiting);
    if (owed.size) waiting = setTimeout(() => owed.forEach(settle), REST);
  }

  /** Marks what is pointed at here or elsewhere. @param {number[]} features */
  function mark(features) {
    for (const feature of pointedAt) if (!features.includes(feature)) words[feature]?.classList.remove("ll-here");
    for (const feature of features) words[feature]?.classList.add("ll-here");
    pointedAt = features;
  }

  return {
    element,

    /** Focuses the word that can be tabbed to; false where there is none in sight. */
    focus() {
      const word = element.hidden ? undefined : words.find(({ tabIndex }) => tabIndex === 0);
      word?.focus({ preventScroll: true });
      return word !== undefined;
    },

    /** @param {Said} said */
    update(said) {
      lay(said.shown?.explanation.fields ?? said.fields, said.shown?.explanation ?? null);
      drawToggles(said.shown ? said.hidden : [], said.shown !== null);
      light(said);
      mark(said.pointed ?? []);
    },
  };
}

/** A number for each explanation, so that the same one is known again. @type {WeakMap<Explanation, number>} */
const identities = new WeakMap();
let known = 0;

/** @param {Explanation} explanation */
function identity(explanation) {
  if (!identities.has(explanation)) identities.set(explanation, (known += 1));
  return identities.get(explanation);
}

/** A target that stands in the text. @typedef {{target: number, name: string, place: Span, rival: boolean, faint: boolean}} Standing  rival: called by its own words, as what answers a question is; faint: another such is likelier */

/** Those of an explanation that do not lie on each other, in order. @param {Explanation} explanation @returns {Standing[]} */
function standingIn({ anchors, targets, contrast, fields, scores }) {
  if (contrast) return [];
  const all = anchors.flatMap((place, target) => {
    const rival = place !== null && targets[target].startsWith(slice(fields[place[0]].text, place[1], place[2]));
    return place ? [{ target, name: targets[target], place, rival, faint: false }] : [];
  });
  const likeliest = Math.max(...all.filter(({ rival }) => rival).map(({ target }) => scores[target]));
  for (const one of all) one.faint = one.rival && scores[one.target] < likeliest;
  all.sort((a, b) => a.place[0] - b.place[0] || a.place[1] - b.place[1]);
  return all.filter(({ place }, at) => at === 0 || all[at - 1].place[0] < place[0] || all[at - 1].place[2] <= place[1]);
}

/** Whether two places have a code point in common. @param {Span} a @param {Span} b */
const touch = (a, b) => a[0] === b[0] && a[1] < b[2] && a[2] > b[1];

/** What a field is called, above its text. @param {Field} field @param {HTMLElement | null} toggle */
function head({ name, role, title }, toggle) {
  const more = title ? [h("span", { ...theirs, title }, title)] : [];
  // of a message it matters who says it
  return h("div", { class: "ll-field-head" }, h("b", { ...theirs, title: name }, role || name), ...more, ...(toggle ? [toggle] : []));
}
