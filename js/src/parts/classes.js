// The class switches: a radio group, which folds into a search when there are many.

import { arrows, fill, h, rove, set, setText, theirs } from "../dom.js";
import { decimals, number } from "../model/display.js";

/** @typedef {import("../captions.js").Captions} Captions */
/** @typedef {import("../model/document.js").Explanation} Explanation */
/** @typedef {import("../wire/protocol.js").Try} Try */

/** From here on the switches fold. */
const FOLDED_FROM = 13;
const SHOWN_WHEN_FOLDED = 6;
const MOST_FOUND = 40;

/**
 * Which targets to show, by falling score unless all fit.
 * @param {string[]} targets
 * @param {number[]} scores
 * @param {number} chosen
 * @param {string} wanted  what was typed into the search
 */
export function shownTargets(targets, scores, chosen, wanted) {
  const all = targets.map((_, i) => i);
  if (targets.length < FOLDED_FROM) return { shown: all, more: 0 };
  const needle = wanted.trim().toLocaleLowerCase();
  const found = needle ? all.filter((i) => targets[i].toLocaleLowerCase().includes(needle)) : all;
  found.sort((a, b) => scores[b] - scores[a] || a - b);
  const shown = found.slice(0, needle ? MOST_FOUND : SHOWN_WHEN_FOLDED);
  // an arrow key must never lose the class it stands on
  if (!shown.includes(chosen)) shown.push(chosen);
  return { shown, more: needle ? Math.max(0, found.length - MOST_FOUND) : 0 };
}

/**
 * @param {Captions} say
 * @param {(target: string) => void} onChoose
 * @param {(pair: [number, number] | null) => void} onContrast
 * @param {AbortSignal} signal
 */
export function classSwitches(say, onChoose, onContrast, signal) {
  const group = h("div", { class: "ll-radios", role: "radiogroup", "aria-label": say("classes") });
  const search = h("input", { class: "ll-search", type: "search", autocomplete: "off", spellcheck: "false" });
  const more = h("span", { class: "ll-dim" });
  const others = h("select", { class: "ll-select", "aria-label": say("rather") });
  const rather = h("label", { class: "ll-rather" }, say("rather"), " ", others);
  const element = h("div", { class: "ll-classes" }, h("span", { class: "ll-why", "aria-hidden": "true" }, say("why")), group, search, more, rather);
  /** @type {{explanation: Explanation, chosen: number, names: string[], tried: Try | null} | null} */
  let drawn = null;

  /** @param {HTMLElement} radio */
  const choose = (radio) => onChoose(/** @type {string} */ (radio.dataset.target));
  arrows(group, "[role=radio]", choose, signal);
  group.addEventListener(
    "click",
    (event) => {
      const radio = /** @type {Element} */ (event.target).closest("[role=radio]");
      if (radio) choose(/** @type {HTMLElement} */ (radio));
    },
    { signal },
  );
  others.addEventListener(
    "change",
    () => {
      if (!drawn) return;
      const { explanation, chosen, names } = drawn;
      const first = explanation.contrast?.[0] ?? names.indexOf(explanation.targets[chosen]);
      onContrast(others.value === "" ? null : [first, Number(others.value)]);
    },
    { signal },
  );
  others.addEventListener("keydown", (event) => event.stopPropagation(), { signal });
  search.addEventListener("input", () => drawn && update(drawn.explanation, drawn.chosen, drawn.names, drawn.tried), { signal });
  // hosts have shortcuts on plain letters
  search.addEventListener("keydown", (event) => event.stopPropagation(), { signal });

  /**
   * @param {Explanation} explanation
   * @param {number} chosen
   * @param {string[]} names  of the model's own targets; none in a static page
   * @param {Try | null} [tried]  what the model says of the text with words hidden
   */
  function update(explanation, chosen, names, tried = null) {
    drawn = { explanation, chosen, names, tried };
    const { targets, probabilities, scale } = explanation;
    const moved = tried !== null && targets.every((target) => target in tried.prediction);
    const scores = moved ? targets.map((target) => tried.prediction[target]) : (probabilities ?? explanation.scores);
    const folded = targets.length >= FOLDED_FROM;
    search.hidden = !folded;
    if (folded) set(search, { "aria-label": say("find", { count: targets.length }), placeholder: say("find", { count: targets.length }) });
    const { shown, more: left } = shownTargets(targets, scores, chosen, search.value);
    setText(more, left ? say("more", { count: left }) : "");
    const probability = probabilities !== null || scale === "probability";
    const digits = probability ? 2 : decimals(Math.max(...scores.map(Math.abs), 1e-6));
    const old = /** @type {HTMLElement[]} */ ([...group.children]);
    const same = old.length === shown.length && shown.every((i, at) => old[at].dataset.target === targets[i]);
    // an element that is taken out loses the focus: those that stay are left where they stand
    const kept = new Map(old.map((one) => [one.dataset.target, one]));
    const radios = same ? old : shown.map((i) => kept.get(targets[i]) ?? radio(targets[i]));
    if (!same) {
      for (const one of old) if (!radios.includes(one)) one.remove();
      radios.forEach((one, at) => group.children[at] !== one && group.insertBefore(one, group.children[at] ?? null));
    }
    shown.forEach((i, at) => {
      set(radios[at], { "aria-checked": i === chosen ? "true" : "false", "--p": probability ? scores[i] : 0 });
      const change = moved ? ` (${number(tried.change[targets[i]], digits, true)})` : "";
      setText(/** @type {HTMLElement} */ (radios[at].lastElementChild), number(scores[i], digits) + change);
    });
    rove(radios, radios[shown.indexOf(chosen)]);
    drawOthers(explanation, chosen, names);
  }

  /** @param {Explanation} explanation @param {number} chosen @param {string[]} names */
  function drawOthers({ contrast, targets }, chosen, names) {
    rather.hidden = names.length < 2;
    const first = contrast?.[0] ?? names.indexOf(targets[chosen]);
    fill(others, [{ value: "", text: say("anyOther") }, ...names.map((text, i) => ({ value: String(i), text }))], contrast ? String(contrast[1]) : "");
    // the options stay the same at every switch: with 200 classes, making them anew takes longer than the rest
    for (const option of others.options) if (option.disabled !== (option.value === String(first))) option.disabled = !option.disabled;
  }

  return { element, update };
}

/** @param {string} target */
function radio(target) {
  const name = h("b", theirs, target);
  return h("button", { class: "ll-class", type: "button", role: "radio", "data-target": target }, h("i"), name, " ", h("span"));
}
