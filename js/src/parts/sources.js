// The sources, numbered as in the prompt: what each does to the chosen stretch of the answer, and which of them belong together.

import { h, set, setText, theirs } from "../dom.js";
import { decimals, lit, number, reach } from "../model/display.js";
import { criterion, grounds, numbers, verdict } from "../model/grounds.js";
import { barAndNumber, drawBar } from "../bar.js";

/** @typedef {import("../captions.js").Captions} Captions */
/** @typedef {import("../model/document.js").Explanation} Explanation */

/** More rows than this are one line each: the map of a long text. */
const MANY = 12;

/**
 * @param {Captions} say
 * @param {{point: (features: number[] | null) => void, hide: (feature: number) => void}} on
 * @param {AbortSignal} signal
 */
export function sourcesPart(say, on, signal) {
  const caption = h("h4", { class: "ll-caption" });
  const rests = h("p", { class: "ll-rests" });
  const list = h("ol", { class: "ll-sources" });
  const meaning = h("p", { class: "ll-meaning" });
  const later = h("p", { class: "ll-later" });
  const element = h("div", { class: "ll-column ll-source-column" }, caption, rests, list, meaning, later);
  /** @type {Row[]} */
  let rows = [];
  let key = "";

  /** @param {EventTarget | null} target */
  const featureOf = (target) => {
    const row = /** @type {HTMLElement | null} */ (/** @type {Element} */ (target).closest?.("[data-of]"));
    return row ? Number(row.dataset.of) : null;
  };
  for (const type of ["pointerover", "focusin"]) {
    list.addEventListener(type, (event) => {
      const feature = featureOf(event.target);
      if (feature !== null) on.point([feature]);
    }, { signal });
  }
  for (const type of ["pointerleave", "focusout"]) list.addEventListener(type, () => on.point(null), { signal });
  list.addEventListener("click", (event) => {
    const feature = featureOf(event.target);
    if (feature !== null && /** @type {Element} */ (event.target).closest("button")) on.hide(feature);
  }, { signal });

  /** @param {Explanation} explanation */
  function lay(explanation) {
    if (explanation.key === key) return;
    key = explanation.key;
    const named = numbers(explanation);
    rows = explanation.features.map((text, feature) => {
      const { title, group } = explanation.fields[explanation.spans[feature][0]];
      const heading = title && group ? [h("b", {}, title), " "] : [];
      const said = h("button", { class: "ll-source ll-word", type: "button", ...theirs }, ...heading, text);
      const [bar, num] = barAndNumber();
      const bracket = h("span", { class: "ll-bracket" }, h("b"));
      const item = h("li", { "data-of": feature }, h("span", { class: "ll-no" }, `[${named[feature]}]`), said, bar, num, bracket);
      return { item, said, bar, num, bracket };
    });
    list.replaceChildren(...rows.map(({ item }) => item));
    set(list, { "data-many": rows.length > MANY });
  }

  return {
    element,

    /** @param {import("../model/derive.js").ViewState} state */
    update({ shown, pointed, busy, out }) {
      const weights = shown?.explanation.weights;
      for (const one of [list, rests, meaning]) one.hidden = !weights;
      later.hidden = Boolean(weights);
      setText(later, busy ? say("weightsCome") : "");
      if (!shown || !weights) return setText(caption, say("each"));
      const { explanation, all, stretch, target, most } = shown;
      const { intervals, scale, targets, state } = explanation;
      lay(explanation);
      const effect = say.effect(scale, targets[target]);
      setText(caption, say(state === "draft" ? "guessOf" : "eachOf", { effect }));
      set(list, { "aria-label": effect, "data-draft": state === "draft" });
      const found = all ? grounds(all, stretch) : null;
      setText(rests, found ? verdict(found, numbers(explanation), say) : "");
      set(rests, { "data-grounds": found?.kind || null });
      setText(meaning, found?.kind ? criterion(say) : "");
      const row = weights[target];
      const digits = decimals(most);
      const how = { ...reach(row, intervals?.[target], rows.map((_, at) => at), most), most, digits, signed: true, say };
      const joined = found && found.needed.length + found.others.length > 1 ? [...found.needed, ...found.others].sort((a, b) => a - b) : [];
      set(list, { "data-joined": joined.length > 0 });
      rows.forEach(({ item, said, bar, num, bracket }, at) => {
        drawBar([item, bar, num], row[at], intervals?.[target][at], how);
        set(item, { class: pointed?.includes(at) ? "ll-here" : null });
        set(said, { ...lit(row[at], intervals?.[target][at], most), "aria-pressed": String(out.includes(at)) });
        const [first, last] = [joined[0], joined[joined.length - 1]];
        const within = joined.length > 0 && at >= first && at <= last;
        set(bracket, { "data-at": !within ? null : at === first ? "first" : at === last ? "last" : joined.includes(at) ? "tick" : "through" });
        // how much goes with all of them is said once
        setText(/** @type {HTMLElement} */ (bracket.firstElementChild), within && at === first && found ? number(found.lost, digits, true) : "");
      });
    },
  };
}

/** @typedef {{item: HTMLElement, said: HTMLElement, bar: HTMLElement, num: HTMLElement, bracket: HTMLElement}} Row */
