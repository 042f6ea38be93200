// A stretch of a generated answer as the one target of an explanation, added up from its words: log-probabilities add, and so
// do weights. What a stretch's intervals are is told by the residuals, with no evaluation and no kernel.

import { clipped, slice } from "./runs.js";

/** @typedef {import("./document.js").Explanation} Explanation */
/** @typedef {import("./document.js").Answer} Answer */
/** @typedef {[first: number, last: number]} Stretch  targets, both included: the words of the answer, then its end */
/** @typedef {string | number | [start: number, stop: number] | null | undefined} Chosen  a target as the trait holds it */

/** Letters of a stretch in the name of the quantity. */
const MOST_NAME = 36;

/** @typedef {Pick<Explanation, "targets"> & {answer: Answer}} Answered */

/** All words of an answer, and its end where that is a target. @param {Answered} explanation @returns {Stretch} */
function whole({ targets }) {
  return [0, targets.length - 1];
}

/** Whether a stretch is all of it. @param {Answered} explanation @param {Stretch} stretch */
export function isWhole(explanation, stretch) {
  return stretch.join() === whole(explanation).join();
}

/**
 * What is chosen in an answer; without a valid choice all of it.
 * @param {Answered} explanation
 * @param {Chosen} chosen
 * @returns {Stretch}
 */
export function stretchOf(explanation, chosen) {
  const { answer, targets } = explanation;
  if (Array.isArray(chosen)) {
    const touched = answer.spans.flatMap(([start, stop], at) => (start < chosen[1] && chosen[0] < stop ? [at] : []));
    return touched.length ? [touched[0], touched[touched.length - 1]] : whole(explanation);
  }
  const at = typeof chosen === "number" ? chosen : targets.indexOf(chosen ?? "");
  return at >= 0 && at < targets.length ? [at, at] : whole(explanation);
}

/** A stretch as the trait holds it. @param {Answered} explanation @param {Stretch} stretch @returns {Chosen} */
export function chosenBy(explanation, [first, last]) {
  const { answer: { spans }, targets } = explanation;
  if (isWhole(explanation, [first, last])) return null;
  return last < spans.length ? [spans[first][0], spans[last][1]] : targets[last];
}

/** What a stretch says; "" of the end alone. @param {Answer} answer @param {Stretch} stretch */
export function said({ text, spans }, [first, last]) {
  return first < spans.length ? slice(text, spans[first][0], spans[Math.min(last, spans.length - 1)][1]) : "";
}

/** How likely the model was to say it, after all that goes before; null where that is not known. @param {Answer} answer @param {Stretch} stretch */
export function probability({ probabilities }, [first, last]) {
  const own = probabilities.slice(first, last + 1);
  return own.length === last - first + 1 ? own.reduce((product, one) => product * one, 1) : null;
}

/** What else was likely where a stretch begins. @param {Answer} answer @param {Stretch} stretch */
export function instead(answer, [first]) {
  const own = said(answer, [first, first]);
  const others = (answer.alternatives[first] ?? []).map(({ text, probability }) => ({ text: text.trim() || JSON.stringify(text), probability }));
  return others.filter(({ text }) => text !== own);
}

/** Each is made once. @type {WeakMap<Explanation, Map<string, Explanation>>} */
const made = new WeakMap();

/**
 * The explanation of one stretch.
 * @param {Explanation & {answer: Answer}} explanation
 * @param {Stretch} stretch
 * @returns {Explanation}
 */
export function over(explanation, stretch) {
  const known = made.get(explanation) ?? new Map();
  made.set(explanation, known);
  const key = stretch.join();
  if (!known.has(key)) known.set(key, added(explanation, stretch));
  return known.get(key);
}

/** @param {Explanation & {answer: Answer}} explanation @param {Stretch} stretch @returns {Explanation} */
function added(explanation, [first, last]) {
  const { answer, targets, scores, weights, intercepts, termWeights, termIntervals, fit } = explanation;
  const alone = first === last;
  const row = weights && columnSums(weights, [first, last]);
  return {
    ...explanation,
    targets: [clipped(said(answer, [first, last]) || targets[first], MOST_NAME)],
    groups: ["answer"],
    anchors: [null],
    scores: [summed(scores.slice(first, last + 1))],
    probabilities: null,
    weights: row && [row],
    intercepts: intercepts && [summed(intercepts.slice(first, last + 1))],
    intervals: row && intervalsOf(explanation, [first, last], row),
    termWeights: termWeights && [columnSums(termWeights, [first, last])],
    termIntervals: bounds(termIntervals, [first, last]),
    beside: null,
    // how much of a stretch its weights explain is known where it is one target
    fit: Object.fromEntries(Object.entries(fit).flatMap(([name, values]) => (alone ? [[name, [values[first]]]] : []))),
    exam: null,
  };
}

/** Without what is undefined: a word that came before another was taken out. @param {number[]} values */
function summed(values) {
  const defined = values.filter((value) => !Number.isNaN(value));
  return defined.length ? defined.reduce((sum, value) => sum + value, 0) : NaN;
}

/** Plain loops: there may be a hundred thousand numbers, and a selection is drawn in one frame. @param {number[][]} rows @param {Stretch} stretch */
function columnSums(rows, [first, last]) {
  const sums = new Array(rows[first].length).fill(NaN);
  for (let at = first; at <= last; at += 1) {
    const row = rows[at];
    for (let column = 0; column < sums.length; column += 1) {
      const value = row[column];
      if (!Number.isNaN(value)) sums[column] = Number.isNaN(sums[column]) ? value : sums[column] + value;
    }
  }
  return sums;
}

/**
 * The intervals of a stretch: from the residuals, cumulated over targets, where the document holds them.
 * @param {Explanation} explanation
 * @param {Stretch} stretch
 * @param {number[]} row  its weights
 * @returns {[number, number][][] | null}
 */
function intervalsOf({ intervals, residuals, leverages }, [first, last], row) {
  if (!intervals || first === last) return intervals && [intervals[first]];
  if (!residuals || !leverages) return bounds(intervals, [first, last]);
  const squares = new Array(row.length).fill(0);
  leverages.forEach((own, at) => {
    const residual = residuals[at][last + 1] - residuals[at][first];
    const square = residual * residual;
    for (let feature = 0; feature < row.length; feature += 1) squares[feature] += own[feature] * square;
  });
  return [row.map((weight, feature) => {
    const half = Math.sqrt(squares[feature]);
    return [weight - half, weight + half];
  })];
}

/** Where no residuals are known: the sum of the intervals, than which none is wider. @param {[number, number][][] | null} intervals @param {Stretch} stretch @returns {[number, number][][] | null} */
function bounds(intervals, [first, last]) {
  if (!intervals) return null;
  const own = intervals.slice(first, last + 1);
  return [own[0].map((_, at) => [summed(own.map((row) => row[at][0])), summed(own.map((row) => row[at][1]))])];
}

/**
 * What each word of the answer does to what of a stretch comes after it; of none where that is not known.
 * @param {Answer} answer
 * @param {Stretch} stretch
 * @returns {number[]}
 */
export function earlier({ earlier }, [first, last]) {
  const rows = (earlier ?? []).slice(first, last + 1);
  return (rows.at(-1) ?? []).map((_, word) => summed(rows.flatMap((row) => (word < row.length ? [row[word]] : []))));
}

/** Less likely than this is past telling. */
const LEAST = 1e-30;

/**
 * A try, of which the kernel knows how likely each word is, told of a stretch as its log-probability.
 * @param {import("../wire/protocol.js").Try} tried
 * @param {string[]} targets
 * @param {Stretch} stretch
 * @param {string} name  of the stretch
 */
export function ofStretch(tried, targets, [first, last], name) {
  const names = targets.slice(first, last + 1);
  // of another answer
  if (!names.every((one) => Object.hasOwn(tried.prediction, one))) return { ...tried, prediction: {}, change: {} };
  const log = (/** @type {number} */ likely) => Math.log(Math.max(LEAST, likely));
  const after = summed(names.map((one) => log(tried.prediction[one])));
  const before = summed(names.map((one) => log(tried.prediction[one] - (tried.change[one] ?? 0))));
  return { ...tried, prediction: Object.fromEntries([[name, after]]), change: Object.fromEntries([[name, after - before]]) };
}

/**
 * What of a text stays, goes and comes in another, word by word: the longest sequence of words that both have stays.
 * @param {string} before
 * @param {string} after
 * @returns {{text: string, kind: "same" | "gone" | "new"}[]}
 */
export function differences(before, after) {
  const [old, now] = [before, after].map((text) => text.match(/\s+|[\p{L}\p{N}\p{M}’']+|[^\s\p{L}\p{N}\p{M}]/gu) ?? []);
  // how many the rests from here on share
  const shared = old.map(() => new Array(now.length + 1).fill(0));
  shared.push(new Array(now.length + 1).fill(0));
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = now.length - 1; j >= 0; j -= 1) {
      shared[i][j] = old[i] === now[j] ? shared[i + 1][j + 1] + 1 : Math.max(shared[i + 1][j], shared[i][j + 1]);
    }
  }
  /** @type {{text: string, kind: "same" | "gone" | "new"}[]} */
  const out = [];
  /** @param {string} text @param {"same" | "gone" | "new"} kind */
  const put = (text, kind) => {
    const last = out[out.length - 1];
    if (last?.kind === kind) last.text += text;
    else out.push({ text, kind });
  };
  let [i, j] = [0, 0];
  while (i < old.length || j < now.length) {
    if (i < old.length && j < now.length && old[i] === now[j]) {
      put(old[i], "same");
      [i, j] = [i + 1, j + 1];
    } else if (j === now.length || (i < old.length && shared[i + 1][j] >= shared[i][j + 1])) put(old[i++], "gone");
    else put(now[j++], "new");
  }
  return out;
}

/**
 * The words of a stretch on which a feature bears most, strongest first.
 * @param {Explanation} all
 * @param {Stretch} stretch
 * @param {number} feature
 * @param {number} most
 */
export function bearsOn({ weights }, [first, last], feature, most) {
  const own = (weights ?? []).slice(first, last + 1).map((row, at) => ({ word: first + at, weight: row[feature] || 0 }));
  return own.sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight)).slice(0, most);
}
