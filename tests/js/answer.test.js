import assert from "node:assert/strict";
import { test } from "node:test";

import { bearsOn, chosenBy, isWhole, ofStretch, over, probability, said, stretchOf } from "../../js/src/model/answer.js";
import * as answer from "../../js/src/model/answer.js";
import { derive, FRESH } from "../../js/src/model/derive.js";
import { decode } from "../../js/src/model/document.js";
import { linesOf } from "../../js/src/parts/lines.js";
import { laidOut } from "../../js/src/parts/table.js";

// "A 🙂 b c": its words stand at 0, 2 and 4 to 7, since an emoji is one code point
const ANSWER = { text: "A 🙂 b c", spans: [[0, 1], [2, 3], [4, 5], [6, 7]], probabilities: [0.5, 0.4, 0.5, 1], alternatives: [[{ text: " B", id: 1, probability: 0.2 }], [], [], []], end: "end" };
const DOCUMENT = {
  schema: "limelight/2",
  fields: [{ name: "text", text: "x y" }],
  spans: [[0, 0, 1], [0, 2, 3]],
  features: ["x", "y"],
  targets: ["A", "🙂", "b", "c", "end"].map((name) => ({ name, group: "answer" })),
  scores: [-1, -2, -3, -4, -5],
  weights: [[1, 0], [2, -1], [4, NaN], [8, 1], [0.5, 0.5]],
  intercepts: [-2, -3, -7, -13, -6],
  intervals: [[[0.5, 1.5], [-1, 1]], [[1, 3], [-2, 0]], [[3, 5], [NaN, NaN]], [[7, 9], [0, 2]], [[0, 1], [0, 1]]],
  residuals: [[0, 1, 1, 1, 1, 1], [0, 0, 2, 2, 2, 2]],
  leverages: [[0.25, 0], [0, 0.25]],
  terms: [[0, 1]],
  term_weights: [[1], [2], [3], [4], [5]],
  term_intervals: [[[0, 2]], [[1, 3]], [[2, 4]], [[3, 5]], [[4, 6]]],
  fit: { r2: [0.1, 0.2, 0.3, 0.4, 0.5] },
  scale: "log-probability",
  answer: ANSWER,
};
const all = () => decode(structuredClone(DOCUMENT));

test("a stretch is found by code points, by name, by position, and else it is the whole with its end", () => {
  const found = all();
  assert.deepEqual(stretchOf(found, [2, 5]), [1, 2]);
  assert.deepEqual(stretchOf(found, [3, 4]), [0, 4], "between two words there is none");
  assert.deepEqual(stretchOf(found, "end"), [4, 4]);
  assert.deepEqual(stretchOf(found, 2), [2, 2]);
  for (const none of [null, undefined, "nothing", 9, -1]) assert.deepEqual(stretchOf(found, none), [0, 4]);
  for (const stretch of [[0, 0], [1, 2], [0, 3], [4, 4], [0, 4]]) assert.deepEqual(stretchOf(found, chosenBy(found, stretch)), stretch);
  assert.ok(isWhole(found, [0, 4]) && !isWhole(found, [0, 3]) && !isWhole(found, [4, 4]));
});

test("what a stretch says and how likely it was", () => {
  assert.equal(said(ANSWER, [1, 2]), "🙂 b");
  assert.equal(said(ANSWER, [0, 4]), "A 🙂 b c");
  assert.equal(said(ANSWER, [4, 4]), "");
  assert.equal(probability(ANSWER, [0, 1]), 0.2);
  assert.equal(probability(ANSWER, [4, 4]), null, "nothing is known of the end");
});

test("a stretch adds up its words, without what is undefined", () => {
  const part = over(all(), [0, 2]);
  assert.deepEqual(part.targets, ["A 🙂 b"]);
  assert.deepEqual(part.scores, [-6]);
  assert.deepEqual(part.weights, [[7, -1]]);
  assert.deepEqual(part.intercepts, [-12]);
  assert.deepEqual([part.terms, part.termWeights, part.termIntervals], [[[0, 1]], [[6]], [[[3, 9]]]]);
  assert.equal(part.fit.r2, undefined);
  const one = over(all(), [3, 3]);
  assert.deepEqual([one.weights, one.intervals, one.fit.r2], [[[8, 1]], [[[7, 9], [0, 2]]], [0.4]]);
});

test("its interval is of the residuals of the stretch, not the sum of the intervals", () => {
  const [[[low, high], [low2, high2]]] = over(all(), [0, 1]).intervals;
  // the first evaluation misses the stretch by 1, the second by 2
  assert.ok(Math.abs(high - low - 2 * 0.5) < 1e-12 && Math.abs(high + low - 6) < 1e-12);
  assert.ok(Math.abs(high2 - low2 - 2 * 1) < 1e-12 && Math.abs(high2 + low2 + 2) < 1e-12);
  const bare = decode({ ...structuredClone(DOCUMENT), residuals: undefined });
  assert.deepEqual(over(bare, [0, 1]).intervals, [[[1.5, 4.5], [-3, 1]]], "without residuals the sum bounds it");
});

test("a stretch is made once, so that nothing is drawn anew", () => {
  const found = all();
  assert.equal(over(found, [0, 2]), over(found, [0, 2]));
});

test("a try is told of the stretch, as a log-probability", () => {
  const tried = { texts: ["x y"], hidden: [[0, 0, 1]], prediction: { A: 0.5, "🙂": 0.1, b: 1 }, change: { A: 0.25, "🙂": -0.3, b: 0 } };
  const { prediction, change } = ofStretch(tried, ["A", "🙂", "b", "c", "end"], [0, 1], "A 🙂");
  assert.ok(Math.abs(prediction["A 🙂"] - Math.log(0.05)) < 1e-12);
  assert.ok(Math.abs(change["A 🙂"] - Math.log(0.05 / (0.25 * 0.4))) < 1e-12);
  const gone = ofStretch({ ...tried, prediction: { A: 0, "🙂": 0.1 } }, ["A", "🙂"], [0, 0], "A");
  assert.ok(Number.isFinite(gone.prediction.A), "what became impossible has a number, too");
});

test("what a word of the prompt bears on most", () => {
  assert.deepEqual(bearsOn(all(), [0, 2], 0, 2), [{ word: 2, weight: 4 }, { word: 1, weight: 2 }]);
});

test("on show is the whole, and all words share one scale that a stretch may exceed", () => {
  const state = (target) => derive((name) => ({ explanation: DOCUMENT, target })[name] ?? undefined, FRESH).shown;
  const whole = state(null);
  assert.deepEqual([whole.stretch, whole.target, whole.every, whole.most], [[0, 4], 0, 8, 15.5]);
  const word = state([0, 1]);
  assert.deepEqual([word.stretch, word.explanation.weights, word.most], [[0, 0], [[1, 0]], 8]);
});

test("a table as written, or with the strongest first", () => {
  const weights = [[0, 1], [-3, 2], [1, NaN]];
  assert.deepEqual(laidOut(weights, ""), { rows: [0, 1, 2], columns: [0, 1] });
  assert.deepEqual(laidOut(weights, "strongest"), { rows: [1, 0, 2], columns: [0, 1] });
  assert.deepEqual(laidOut([[0, 1], [0, -2]], "strongest"), { rows: [1, 0], columns: [1, 0] });
});

test("what stays, goes and comes in another answer", () => {
  const { differences } = answer;
  const kinds = (before, after) => differences(before, after).map(({ text, kind }) => `${kind}:${text}`);
  assert.deepEqual(kinds("Visit Paris first.", "Visit Lyon first."), ["same:Visit ", "gone:Paris", "new:Lyon", "same: first."]);
  assert.deepEqual(kinds("a b", "a b"), ["same:a b"]);
  assert.deepEqual(kinds("", "a"), ["new:a"]);
  assert.deepEqual(kinds("don’t go", ""), ["gone:don’t go"]);
  for (const [before, after] of [["a b c d", "b d e"], ["x", "y z"], ["你好。", "你们好！"]]) {
    const parts = differences(before, after);
    assert.equal(parts.filter(({ kind }) => kind !== "new").map(({ text }) => text).join(""), before);
    assert.equal(parts.filter(({ kind }) => kind !== "gone").map(({ text }) => text).join(""), after);
  }
});

test("earlier words are added up over what of a stretch comes after them; of the prompt and of them one scale holds", () => {
  const known = { ...ANSWER, earlier: [[], [1], [2, -3], [0.5, 0.25, 9], [4, 4, 4, 4]] };
  assert.deepEqual(answer.earlier(known, [0, 0]), [], "nothing comes before the first");
  assert.deepEqual(answer.earlier(known, [2, 2]), [2, -3]);
  assert.deepEqual(answer.earlier(known, [1, 2]), [3, -3], "the second word counts for the third alone");
  assert.deepEqual(answer.earlier(known, [4, 4]), [4, 4, 4, 4]);
  assert.deepEqual(answer.earlier({ ...ANSWER, earlier: null }, [2, 2]), []);
  const shown = (more) => derive((name) => ({ explanation: { ...structuredClone(DOCUMENT), answer: more }, target: "b" })[name], FRESH).shown;
  assert.equal(shown(ANSWER).most, 8);
  assert.equal(shown(known).most, 9);
});

test("a line leads to the strongest word, and to one that is nearly as strong", () => {
  assert.deepEqual(linesOf([0.1, -2, 1, 0.9], 2), [1, 2]);
  assert.deepEqual(linesOf([0.1, -2, 0.99, 0.9], 2), [1]);
  assert.deepEqual(linesOf([0, 0, 0], 2), []);
});
