// What to know before believing the numbers: an error, how much they explain, and what the kernel warns of.

import { h, set, setText } from "../dom.js";
import { decimals, marked, number, SHOWING } from "../model/display.js";
import { clipped } from "../model/runs.js";

/** @typedef {import("../captions.js").Captions} Captions */
/** @typedef {import("../model/document.js").Explanation} Explanation */
/** @typedef {import("../model/derive.js").ViewState} ViewState */

/** @typedef {import("../wire/protocol.js").Way} Way */

/** Characters of the last text that its button shows. */
const MOST_OF_TEXT = 40;

/**
 * @param {Captions} say
 * @param {(together: boolean) => void} onTogether  weights and terms are to be shown together, or weights alone again
 * @param {(way: Way) => void} onWay  a way out is taken
 * @param {AbortSignal} signal
 */
export function notesPart(say, onTogether, onWay, signal) {
  const errors = h("div", {});
  const told = h("span");
  const button = h("button", { class: "ll-button", type: "button", hidden: true });
  const fit = h("p", { class: "ll-fit" }, told, button);
  const warnings = h("div", {});
  const foreseen = h("div", {});
  const element = h("div", { class: "ll-notes" }, errors, foreseen, fit, warnings);
  button.addEventListener("click", () => onTogether(button.dataset.to === "together"), { signal });

  /** @type {Way[]} */
  let drawn = [];
  errors.addEventListener(
    "click",
    (event) => {
      const chosen = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("button"));
      if (chosen) onWay(drawn[Number(chosen.dataset.way)]);
    },
    { signal },
  );

  /** @param {Way} way */
  function named({ name, value }) {
    if (name === "unit") return say("way.unit", { units: say.of("unit", value) });
    if (name === "budget") return say("way.budget", { count: Number(value) });
    if (name === "contrast") return say("way.contrast");
    if (name === "windows") return say(value ? "way.windows" : "way.window");
    if (name === "explain") return say("again");
    // of an input with several fields it would say too much
    return typeof value === "string" && value ? say("way.text", { text: clipped(value, MOST_OF_TEXT) }) : say("way.last");
  }

  /** @param {string} text @param {Way[]} ways */
  function failure(text, ways) {
    const buttons = ways.map((way, at) => h("button", { class: "ll-button", type: "button", "data-way": at }, named(way)));
    return h("div", { class: "ll-note ll-error" }, h("p", { role: "alert" }, capital(text)), ...(buttons.length ? [h("div", { class: "ll-ways" }, ...buttons)] : []));
  }

  const read = h("button", { class: "ll-button", type: "button" }, say("way.windows"));
  read.addEventListener("click", () => onWay({ name: "windows", value: true }), { signal });

  /** What the kernel warns of, and what can be done about it. @param {string | import("../captions.js").Note} note @param {boolean} live */
  function warning(note, live) {
    if (!live || typeof note === "string" || note.code !== "window") return h("p", { class: "ll-note" }, say.told(note));
    return h("div", { class: "ll-note" }, h("p", {}, say.told(note)), h("div", { class: "ll-ways" }, read));
  }

  const start = h("button", { class: "ll-button", type: "button" }, say("start"));
  start.addEventListener("click", () => onWay({ name: "explain", value: null }), { signal });

  /** @param {HTMLElement} list @param {unknown} said @param {() => HTMLElement[]} made  only where something else is said */
  function renew(list, said, made) {
    const now = JSON.stringify(said);
    if (list.dataset.now === now) return;
    list.dataset.now = now;
    list.replaceChildren(...made());
  }

  return {
    element,

    /** @param {ViewState} state */
    update({ shown, errors: wrong, ways, forecast, busy, together, live }) {
      drawn = ways;
      const warned = forecast ? [] : (shown?.explanation.warnings ?? []);
      renew(foreseen, [forecast, live], () => (forecast ? [h("div", { class: "ll-note" }, h("p", { role: "status" }, say.told(forecast)), ...(live ? [h("div", { class: "ll-ways" }, start)] : []))] : []));
      renew(errors, [wrong, ways], () => wrong.map((text, at) => failure(text, at ? [] : ways)));
      renew(warnings, [warned, live], () => warned.map((note) => warning(note, live)));
      const { text, little = false, better = false, title = "" } = shown ? ofFit(say, shown.explanation, shown.target, shown.most, busy) : { text: busy ? say("fitComes") : "" };
      // of attention the warning says it all
      fit.hidden = wrong.length > 0 || shown?.explanation.scale === "attention";
      setText(told, text);
      set(fit, { "data-little": little, title: title || null });
      button.hidden = !shown || !(better || together);
      set(button, { "data-to": together ? "alone" : "together" });
      setText(button, together ? say("showAlone") : say("showTogether"));
    },
  };
}

/**
 * How much of the model the weights explain, and whether terms that were found besides explain much more.
 * @param {Captions} say
 * @param {Explanation} explanation
 * @param {number} target
 * @param {number} most
 * @param {boolean} busy
 * @returns {{text: string, little?: boolean, better?: boolean, title?: string}}
 */
export function ofFit(say, explanation, target, most, busy) {
  const { fit, weights, state, evaluations, terms, joint, termWeights } = explanation;
  if (!weights) return { text: busy ? say("fitComes") : "" };
  if (!weights[target].some((weight) => marked(weight, decimals(most)))) return { text: say("findsNothing") };
  const missed = fit.convergence?.[target];
  if (missed !== undefined) return { text: capital(say("missed", { much: number(missed, Math.max(2, decimals(most))) })) };
  const r2 = fit.r2?.[target];
  // of a stretch of an answer nobody has asked how well it is foreseen
  const unasked = state === "draft" || explanation.answer !== null;
  if (r2 === undefined || state === "draft") return { text: busy ? say("fitComes") : unasked ? "" : say("fitUnknown") };
  const rank = fit.rank?.[target];
  const title = say(state === "exact" ? "fitTitle.exact" : "fitTitle.held", { rank: rank === undefined ? "" : say("fitRank", { rank: number(rank, 2) }) });
  const pairs = terms.every((term) => term.length === 2);
  const units = say.units(explanation.units);
  const how = pairs ? "pairs" : "groups";
  const share = number(Math.max(r2, 0), 2);
  const alone = fit.alone?.[target];
  if (joint && terms.length) return { text: alone === undefined ? say.of("explainsTogether", how, "", { share, units }) : say.of("explainsBoth", how, "", { share, units, less: number(Math.max(alone, 0), 2) }), title };
  const together = termWeights ? fit.together?.[target] : undefined;
  const better = explanation.beside !== null && together !== undefined && together - Math.max(r2, 0) >= SHOWING.muchMore;
  const little = r2 < SHOWING.little && evaluations >= SHOWING.enough;
  return { text: better ? say.of("explainsLess", how, "", { share, units, more: number(together ?? 0, 2) }) : say("explainsAlone", { share, units }), little, better, title };
}

/** @param {string} text */
function capital(text) {
  return text.charAt(0).toLocaleUpperCase() + text.slice(1);
}
