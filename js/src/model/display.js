// From weights to what is drawn: one scale for all classes of an explanation.

import showing from "../../../src/limelight/render/showing.json" with { type: "json" };

/** @typedef {import("./document.js").Explanation} Explanation */

/** Thresholds: src/limelight/render/showing.py tells what each is. */
export const SHOWING = showing;

/**
 * The weight that gets the full colour: the largest of any class.
 * @param {number[][] | null} weights
 * @param {string} scale
 */
export function extent(weights, scale) {
  /** @type {Record<string, number>} */
  const least = SHOWING.leastExtent;
  let most = Object.hasOwn(least, scale) ? least[scale] : 0;
  for (const row of weights ?? []) {
    for (const weight of row) if (Math.abs(weight) > most) most = Math.abs(weight);
  }
  return most || 1;
}

/** Looked for once an explanation. @type {WeakMap<Explanation, number>} */
const extents = new WeakMap();

/** The weight of an explanation that gets the full colour. @param {Explanation} explanation */
export function fullColour(explanation) {
  const most = extents.get(explanation) ?? extent(explanation.weights, explanation.scale);
  extents.set(explanation, most);
  return most;
}

/**
 * Decimals at which numbers up to `most` differ visibly: two digits of the largest.
 * @param {number} most
 */
export function decimals(most) {
  return Math.min(6, Math.max(0, 1 - Math.floor(Math.log10(most))));
}

/**
 * A number with a real minus sign; `signed` adds the plus.
 * @param {number} value
 * @param {number} digits
 */
export function number(value, digits, signed = false) {
  if (Number.isNaN(value)) return "–"; // what a model leaves undefined
  const text = Math.abs(value).toFixed(digits);
  const sign = Number(text) === 0 ? "" : value < 0 ? "−" : signed ? "+" : "";
  return sign + text;
}

/**
 * Whether a word is marked: its weight reads other than 0.
 * @param {number} weight
 * @param {number} digits
 */
export function marked(weight, digits) {
  return !Number.isNaN(weight) && number(weight, digits) !== number(0, digits);
}

/** Shades of a colour. As attributes, words of one shade share their style, which a variable for each would forbid. */
const SHADES = 25;

/** The shade of a word. @param {number} share  of the full colour */
export function shade(share) {
  return String(Math.round(SHADES * Math.min(1, Math.abs(share))));
}

/**
 * How a word is lit, as attributes: its sign, whether that is in doubt, and its shade; none where its weight reads 0.
 * @param {number} weight
 * @param {[number, number] | undefined} interval
 * @param {number} most  the weight that gets the full colour
 * @returns {{"data-sign": string | null, "data-doubt": string | null, "data-w": string | null}}
 */
export function lit(weight, interval, most) {
  const seen = marked(weight, decimals(most));
  return {
    "data-sign": !seen ? null : weight > 0 ? "raises" : "lowers",
    "data-doubt": seen && doubtful(interval) ? "" : null,
    "data-w": seen ? shade(weight / most) : null,
  };
}

/**
 * Whether a weight cannot be told from zero.
 * @param {[number, number] | undefined} interval
 */
export function doubtful(interval) {
  return interval !== undefined && interval[0] <= 0 && interval[1] >= 0;
}

/**
 * How far a weight may be off.
 * @param {[number, number]} interval
 */
export function margin([low, high]) {
  return (high - low) / 2;
}

/**
 * How far the least certain weight of any class may be off.
 * @param {[number, number][][] | null} intervals
 */
export function precision(intervals) {
  if (!intervals) return null;
  let most = 0;
  for (const row of intervals) for (const interval of row) most = Math.max(most, margin(interval));
  return most;
}

/** Intervals shrank with this power of the evaluations, between 100 and 1,600 of them. */
const SHRINKS = 0.7;

/**
 * The next round precision, and the seconds until it is reached; null where the budget ends before.
 * @param {number} now  precision so far
 * @param {{evaluations: number, budget: number, seconds: number}} spent
 */
export function forecast(now, { evaluations, budget, seconds }) {
  const tens = 10 ** Math.floor(Math.log10(now / 1.5));
  const next = /** @type {number} */ ([5, 2, 1].map((x) => x * tens).find((x) => x <= now / 1.5));
  const needed = evaluations * (now / next) ** (1 / SHRINKS);
  if (!Number.isFinite(needed) || needed > budget) return null;
  return { precision: next, seconds: (seconds / evaluations) * (needed - evaluations) };
}

/**
 * Terms that surely count together, and enough to be seen, strongest first.
 * @param {Explanation} explanation
 * @param {number} target
 * @param {number | null} feature  only terms with this one
 * @param {number} most
 */
export function sureTerms(explanation, target, feature, most) {
  const { terms, termWeights: weights, termIntervals: intervals } = explanation;
  if (!weights || !intervals) return [];
  const least = SHOWING.faint * fullColour(explanation);
  return terms
    .map((term, at) => ({ term, at, weight: weights[target][at] }))
    .filter(({ term, at, weight }) => !doubtful(intervals[target][at]) && Math.abs(weight) >= least && (feature === null || term.includes(feature)))
    .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight))
    .slice(0, most)
    .map(({ at, weight }) => ({ weight, ...relation(explanation, target, at) }));
}

const { nearlyAll: NEARLY_ALL, hardly: HARDLY } = SHOWING;

/**
 * What the features of a term are to each other on average over what else is left, by what goes with them: see `relation` in
 * src/limelight/render/display.py, which is the same rule.
 * @param {Explanation} explanation
 * @param {number} target
 * @param {number} at  of the term
 * @returns {{relation: string, term: number[]}}  and the features in the order in which a sentence names them
 */
export function relation(explanation, target, at) {
  const term = explanation.terms[at];
  const weight = explanation.termWeights?.[target][at] ?? 0;
  /** @param {number[]} out */
  const goes = (out) => lost(explanation, target, out, term);
  const every = goes(term);
  const each = term.map((one) => goes([one]));
  if ([every, ...each].every((part) => Math.abs(part) < HARDLY * Math.abs(weight))) return { relation: "less", term };
  // a weight beyond twice that: what each does alone comes to more, with the other sign
  const alike = weight * every > 0;
  const plainly = { relation: alike && Math.abs(weight) <= 2 * Math.abs(every) ? "more" : "less", term };
  // the model was asked which of them it takes, and its verdict stands beside: no estimate may say otherwise
  if (explanation.removals?.length) return plainly;
  // of n features of which any is enough the highest term is raised by an odd n and lowered by an even one
  if ((term.length % 2 ? weight : -weight) * every > 0) {
    const others = term.map((one) => goes(term.filter((other) => other !== one)));
    if (others.every((part) => Math.abs(part) <= HARDLY * Math.abs(every))) return { relation: "either", term };
  }
  const turning = term.length === 2 ? turned(term, weight, every, each) : null;
  if (turning) return { relation: "turns", term: turning };
  if (alike && each.every((part) => part * every > 0 && Math.abs(part) >= NEARLY_ALL * Math.abs(every))) return { relation: "need", term };
  return plainly;
}

/**
 * The two features, the one that turns the other first; null where none does. If each turns the other, the one that
 * says less alone does it: "not" says little, "bad" much.
 * @param {number[]} term
 * @param {number} weight
 * @param {number} every  what goes with both
 * @param {number[]} each  what goes with each
 */
function turned(term, weight, every, each) {
  const found = [
    [0, 1],
    [1, 0],
  ].filter(([first, second]) => {
    const [beside, without] = [each[second], every - each[first]]; // what the second does
    return beside * without < 0 && beside * weight > 0 && comparable(beside, without);
  });
  found.sort(([, a], [, b]) => Math.abs(every - each[a]) - Math.abs(every - each[b]));
  return found.length ? found[0].map((i) => term[i]) : null;
}

/**
 * What the features of a term are to each other, in stretches: what is said, and whether it is a name.
 * @param {import("../captions.js").Captions} say
 * @param {string} relation
 * @param {string[]} names  in the order of the term
 */
export function sentence(say, relation, names) {
  const and = { text: say.of("joins", relation), named: false };
  const words = names.flatMap((text, at) => [...(at ? [and] : []), { text, named: true }]);
  const parts = say.parts(/** @type {import("../captions.js").Caption} */ (`relation.${relation}.${names.length === 2 ? "two" : "many"}`));
  return parts.flatMap(({ text, place }) => (place ? words : [{ text, named: false }]));
}

/** @param {number} one @param {number} other */
function comparable(one, other) {
  return Math.abs(one) >= HARDLY * Math.abs(other) && Math.abs(other) >= HARDLY * Math.abs(one);
}

/**
 * How much a target's score falls with some features out, as far as weights and terms foresee it, whether or not
 * terms are part of the explanation.
 * @param {Pick<Explanation, "weights" | "terms" | "termWeights">} explanation
 * @param {number} target
 * @param {number[]} out
 * @param {number[] | null} there  the features that are there else, with each of the others half of the time; null for all
 */
function lost({ weights, terms, termWeights }, target, out, there) {
  const row = weights?.[target];
  let total = 0;
  for (const feature of out) total += row?.[feature] ?? 0;
  if (!termWeights) return total;
  terms.forEach((term, at) => {
    const size = term.length;
    const gone = term.filter((feature) => out.includes(feature)).length;
    const others = there ? term.filter((feature) => !there.includes(feature)).length : 0;
    if (gone) total += termWeights[target][at] * (1 / 2 ** others - gone / 2 ** (size - 1));
  });
  return total;
}

/**
 * The share of its weight that a term counts: all kept or not, less the regression of that on single features, each kept
 * half of the time, since what a regression finds belongs to the features' own weights.
 * @param {number} size  features of the term
 * @param {number} kept  of these
 */
export function termShare(size, kept) {
  return Number(kept === size) - kept / 2 ** (size - 1) + (size - 1) / 2 ** size;
}

/**
 * What an explanation's terms add to its prediction with every feature kept.
 * @param {Explanation} explanation
 * @param {number} target
 */
export function together({ terms, termWeights, joint }, target) {
  if (!joint || !termWeights) return 0;
  return terms.reduce((sum, { length }, at) => sum + termWeights[target][at] * termShare(length, length), 0);
}

/**
 * What base, weights and terms come to with every feature kept; `_total` in src/limelight/render/display.py adds up alike.
 * @param {Explanation} explanation
 * @param {number} target
 */
export function total(explanation, target) {
  const { weights, intercepts } = explanation;
  return (weights?.[target] ?? []).reduce((sum, weight) => sum + weight, together(explanation, target) + (intercepts?.[target] ?? 0));
}

/**
 * Feature indices by absolute weight, strongest first; equal ones in text order.
 * @param {number[]} row
 * @param {number} most
 */
export function strongest(row, most) {
  return row
    .map((weight, feature) => ({ weight: Math.abs(weight) || 0, feature }))
    .sort((a, b) => b.weight - a.weight || a.feature - b.feature)
    .slice(0, most)
    .map((item) => item.feature);
}

/**
 * Where a target stands in an explanation's exam; -1 where it was not examined.
 * @param {Explanation | null} explanation
 * @param {number} target
 */
export function examined(explanation, target) {
  return explanation?.exam ? explanation.exam.targets.indexOf(target) : -1;
}

/**
 * Spearman's rank correlation of two rows of weights; equal weights share their rank.
 * @param {number[]} one
 * @param {number[]} other
 */
export function agreement(one, other) {
  const ranks = [one, other].map((row) => {
    const sorted = [...row].sort((a, b) => a - b);
    return row.map((weight) => (sorted.indexOf(weight) + sorted.lastIndexOf(weight)) / 2 - (row.length - 1) / 2);
  });
  /** @param {number[]} a @param {number[]} b */
  const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);
  const size = Math.sqrt(dot(ranks[0], ranks[0]) * dot(ranks[1], ranks[1]));
  return size > 0 ? dot(ranks[0], ranks[1]) / size : 0;
}

/**
 * By how much an explanation expects a target's score to move when features are out.
 * @param {Explanation} explanation
 * @param {number} target
 * @param {number[]} out
 */
export function expected(explanation, target, out) {
  return 0 - lost(explanation.joint ? explanation : { ...explanation, termWeights: null }, target, out, null);
}

/**
 * What an explanation expects a target's score to be when features are out; a sum of weights knows no bounds, a probability does.
 * @param {Explanation} explanation
 * @param {number} target
 * @param {number[]} out
 */
export function scoreWithout(explanation, target, out) {
  const score = explanation.scores[target] + expected(explanation, target, out);
  return explanation.scale === "probability" ? Math.min(1, Math.max(0, score)) : score;
}

/**
 * Position of the chosen target; without a valid choice that of the best score, of a contrast the side that was asked for.
 * @param {string[]} targets
 * @param {number[]} scores
 * @param {string | number | null} chosen
 * @param {unknown} [contrast]
 */
export function chosenTarget(targets, scores, chosen, contrast = null) {
  const found = typeof chosen === "number" ? chosen : targets.indexOf(/** @type {string} */ (chosen));
  if (found >= 0 && found < targets.length) return found;
  return contrast ? 0 : scores.indexOf(Math.max(...scores));
}

/** Share of a bar's width that stays free at its ends. */
const EDGE = 0.02;

/**
 * From where to where the bars of some weights reach, whiskers and zero included; weights that are small for their
 * explanation stay small.
 * @param {number[]} row
 * @param {[number, number][] | undefined} intervals
 * @param {number[]} order  of the features that have a bar
 * @param {number} most  the largest weight of any class
 */
export function reach(row, intervals, order, most) {
  let low = 0;
  let high = 0;
  for (const feature of order) {
    const ends = [row[feature], ...(intervals ? intervals[feature] : [])].filter(Number.isFinite);
    low = Math.min(low, ...ends);
    high = Math.max(high, ...ends);
  }
  const missing = Math.max(0, most - (high - low));
  // what is missing goes where the bars go
  if (high >= -low) high += missing;
  else low -= missing;
  const edge = EDGE * (high - low);
  return { low: low - edge, high: high + edge };
}

/** What each feature is called away from the text: its word, with the field where several have the word. @param {Pick<import("./document.js").Explanation, "features" | "fields" | "spans">} explanation @param {import("../captions.js").Captions} say @returns {string[]} */
export function names({ features, fields, spans }, say) {
  if (fields.length === 1) return features;
  /** @type {Map<string, Set<number>>} */
  const having = new Map(features.map((word) => [word, new Set()]));
  features.forEach((word, at) => having.get(word)?.add(spans[at][0]));
  return features.map((word, at) => ((having.get(word)?.size ?? 1) > 1 ? say("within", { word, field: fields[spans[at][0]].name }) : word));
}
