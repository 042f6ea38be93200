// What the model says, or the explanation expects, of the text with some features hidden.

import { expected } from "./display.js";

/** @typedef {import("../wire/protocol.js").Explanation} Explanation */
/** @typedef {import("../wire/protocol.js").Try} Try */

/**
 * The try on show, if it is the one that is asked for; null while the model is asked.
 * @param {Explanation} explanation
 * @param {number[]} hidden
 * @param {Try | undefined} shown
 * @returns {Try | null}
 */
export function answered({ text, spans }, hidden, shown) {
  const wanted = JSON.stringify(hidden.map((feature) => spans[feature]));
  return shown && shown.text === text && JSON.stringify(shown.hidden) === wanted ? shown : null;
}

/**
 * What the explanation expects, for a page without a model.
 * @param {Explanation} explanation
 * @param {number[]} hidden
 * @returns {Try}
 */
export function guessed(explanation, hidden) {
  const { text, spans, features, targets, scores, scale } = explanation;
  /** @type {Record<string, number>} */
  const prediction = {};
  /** @type {Record<string, number>} */
  const change = {};
  targets.forEach((target, at) => {
    const score = scores[at] + expected(explanation, at, hidden);
    // a sum of weights knows no bounds, a probability does
    prediction[target] = scale === "probability" ? Math.min(1, Math.max(0, score)) : score;
    change[target] = prediction[target] - scores[at];
  });
  return { text, hidden: hidden.map((feature) => spans[feature]), words: hidden.map((feature) => features[feature]), prediction, change };
}
