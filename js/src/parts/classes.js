// The class switches: a radio group, which folds into a search when there are many, and the class to compare with.

import { arrows, fill, h, rove, set, setText, theirs } from "../dom.js";
import { decimals, number } from "../model/display.js";

/** @typedef {import("../captions.js").Captions} Captions */
/** @typedef {import("../model/derive.js").ViewState} ViewState */

/** From here on the switches fold. */
const FOLDED_FROM = 13;
const SHOWN_WHEN_FOLDED = 6;
const MOST_FOUND = 40;
/** From so many letters on a name tells itself in whole where it is pointed at. */
const LONG = 30;

/**
 * Which targets to show, by falling score unless all fit.
 * @param {string[]} targets
 * @param {number[] | null} scores
 * @param {number} chosen
 * @param {string} wanted  what was typed into the search
 */
export function shownTargets(targets, scores, chosen, wanted) {
  const all = targets.map((_, i) => i);
  if (targets.length < FOLDED_FROM) return { shown: all, more: 0 };
  const needle = wanted.trim().toLocaleLowerCase();
  const found = needle ? all.filter((i) => targets[i].toLocaleLowerCase().includes(needle)) : all;
  if (scores) found.sort((a, b) => scores[b] - scores[a] || a - b);
  const shown = found.slice(0, needle ? MOST_FOUND : SHOWN_WHEN_FOLDED);
  // an arrow key must never lose the class it stands on
  if (!shown.includes(chosen) && chosen >= 0) shown.push(chosen);
  return { shown, more: needle ? Math.max(0, found.length - MOST_FOUND) : 0 };
}

/**
 * @param {Captions} say
 * @param {(target: string) => void} onChoose
 * @param {(pair: [number, number] | null) => void} onContrast
 * @param {AbortSignal} signal
 */
export function classesPart(say, onChoose, onContrast, signal) {
  const group = h("span", { class: "ll-radios", role: "radiogroup", "aria-label": say("classes") });
  const search = h("input", { class: "ll-search", type: "search", autocomplete: "off", spellcheck: "false" });
  const more = h("span", { class: "ll-dim" });
  const others = h("select", { class: "ll-other", "aria-label": say("rather") });
  const rather = h("label", { class: "ll-rather" }, say("rather"), " ", others);
  const element = h("span", { class: "ll-classes" }, group, search, more, rather);
  /** @type {ViewState | null} */
  let drawn = null;

  /** @param {HTMLElement} radio */
  const choose = (radio) => drawn?.shown && onChoose(/** @type {string} */ (radio.dataset.target));
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
      const names = drawn.menu.targets ?? [];
      const first = drawn.shown?.explanation.contrast?.[0] ?? names.indexOf(drawn.classes.chosen);
      onContrast(others.value === "" ? null : [first, Number(others.value)]);
    },
    { signal },
  );
  search.addEventListener("input", () => drawn && update(drawn), { signal });
  // hosts have shortcuts on plain letters
  for (const one of [others, search]) one.addEventListener("keydown", (/** @type {any} */ event) => event.key !== "Escape" && event.stopPropagation(), { signal });

  /** @param {ViewState} state */
  function update(state) {
    drawn = state;
    const { shown, classes, tried, live, menu } = state;
    const { names } = classes;
    const chosen = shown ? shown.target : names.indexOf(classes.chosen);
    const { probabilities = null, scale = "probability", scores: own = null } = shown?.explanation ?? {};
    const before = probabilities ?? own;
    // a guess on a scale that the switches do not show stays beside the text
    const moved = tried && (live || scale === "probability") && names.every((name) => Object.hasOwn(tried.prediction, name)) ? tried : null;
    const scores = moved ? names.map((name) => moved.prediction[name]) : before;
    search.hidden = names.length < FOLDED_FROM;
    if (!search.hidden) set(search, { "aria-label": say("find", { count: names.length }), placeholder: say("find", { count: names.length }) });
    // by what is said of the whole text, so that a try moves no switch
    const { shown: listed, more: left } = shownTargets(names, before, chosen, search.value);
    setText(more, left ? say("more", { count: left }) : "");
    const probability = probabilities !== null || scale === "probability";
    const digits = probability || !before ? 2 : decimals(Math.max(...before.map(Math.abs), 1e-6));
    const radios = laid(listed.map((i) => names[i]));
    listed.forEach((i, at) => {
      const change = moved ? moved.change[names[i]] : 0;
      set(radios[at], { "aria-checked": String(i === chosen), "aria-disabled": shown ? null : "true", "--p": probability && scores ? scores[i].toFixed(3) : 0 });
      const said = /** @type {HTMLElement} */ (radios[at].lastElementChild);
      setText(said, scores ? number(scores[i], digits) : "");
      const rounded = Number(change.toFixed(digits));
      set(said, { "data-moved": rounded > 0 ? "up" : rounded < 0 ? "down" : null, title: rounded ? number(change, digits, true) : null });
    });
    rove(radios, radios[Math.max(0, listed.indexOf(chosen))]);
    drawOthers(menu.targets ?? [], shown?.explanation.contrast ?? null, classes.chosen);
  }

  /** The switches of these names, those that stay left where they are. @param {string[]} names */
  function laid(names) {
    const old = /** @type {HTMLElement[]} */ ([...group.children]);
    if (old.length === names.length && names.every((name, at) => old[at].dataset.target === name)) return old;
    // an element that is taken out loses the focus
    const kept = new Map(old.map((one) => [one.dataset.target, one]));
    const radios = names.map((name) => kept.get(name) ?? radio(name));
    for (const one of old) if (!radios.includes(one)) one.remove();
    radios.forEach((one, at) => group.children[at] !== one && group.insertBefore(one, group.children[at] ?? null));
    return radios;
  }

  /** @param {string[]} names  of the model's own targets; none in a static page @param {[number, number] | null} contrast @param {string} chosen */
  function drawOthers(names, contrast, chosen) {
    rather.hidden = names.length < 2;
    if (rather.hidden) return;
    const first = contrast?.[0] ?? names.indexOf(chosen);
    fill(others, [{ value: "", text: say("anyOther") }, ...names.map((text, i) => ({ value: String(i), text }))], contrast ? String(contrast[1]) : "");
    // the options stay the same at every switch: with 200 classes, making them anew takes longer than the rest
    for (const option of others.options) if (option.disabled !== (option.value === String(first))) option.disabled = !option.disabled;
  }

  return { element, update };
}

/** @param {string} target */
function radio(target) {
  const name = h("b", { ...theirs, title: target.length > LONG ? target : null }, target);
  return h("button", { class: "ll-class", type: "button", role: "radio", "data-target": target }, h("i"), name, " ", h("span"));
}
