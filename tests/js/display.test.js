import assert from "node:assert/strict";
import { test } from "node:test";
import { shownTargets } from "../../js/src/parts/classes.js";
import {
  chosenTarget,
  decimals,
  doubtful,
  extent,
  forecast,
  number,
  precision,

  strongest,
  surePairs,
} from "../../js/src/model/display.js";

test("one extent for all classes, never so small that noise looks strong", () => {
  assert.equal(extent([[0.1, -0.4], [0.3, 0]], "probability"), 0.4);
  assert.equal(extent([[0.001]], "probability"), 0.05);
  assert.equal(extent([[0.001]], "value"), 0.001);
  assert.equal(extent([[0, 0]], "value"), 1);
  assert.equal(extent(null, "value"), 1);
});

test("decimals show two digits of the largest weight", () => {
  assert.deepEqual([0.38, 0.05, 0.0042, 3, 42, 1e-9].map(decimals), [2, 3, 4, 1, 0, 6]);
});

test("numbers carry their sign, and zero none", () => {
  assert.equal(number(-0.244, 2, true), "−0.24");
  assert.equal(number(0.244, 2, true), "+0.24");
  assert.equal(number(0.244, 2), "0.24");
  assert.equal(number(-0.001, 2, true), "0.00");
});

test("strongest first, equals in text order", () => {
  assert.deepEqual(strongest([0.1, -0.5, 0.1, 0.3], 3), [1, 3, 0]);
});

test("a target by name, by position, or the best", () => {
  assert.equal(chosenTarget(["a", "b"], [0.2, 0.8], "a"), 0);
  assert.equal(chosenTarget(["a", "b"], [0.2, 0.8], 0), 0);
  assert.equal(chosenTarget(["a", "b"], [0.2, 0.8], null), 1);
  assert.equal(chosenTarget(["a", "b"], [0.2, 0.8], "gone"), 1);
});

test("many classes fold into the best ones and a search", () => {
  const targets = Array.from({ length: 300 }, (_, i) => `intent ${i}`);
  const scores = targets.map((_, i) => i / 300);
  const folded = shownTargets(targets, scores, 5, "");
  assert.deepEqual(folded, { shown: [299, 298, 297, 296, 295, 294, 5], more: 0 });
  assert.deepEqual(shownTargets(targets, scores, 299, "TENT 29").shown, [299, 298, 297, 296, 295, 294, 293, 292, 291, 290, 29]);
  const wide = shownTargets(targets, scores, 0, "intent");
  assert.equal(wide.shown.length, 41);
  assert.equal(wide.more, 260);
  assert.deepEqual(shownTargets(["a", "b"], [0, 1], 0, "").shown, [0, 1]);
});

test("an interval that holds zero is in doubt, its edge included; none is not", () => {
  assert.deepEqual([[-0.1, 0.2], [0, 0.2], [0.1, 0.2], [-0.2, -0.1]].map(doubtful), [true, true, false, false]);
  assert.equal(doubtful(undefined), false);
});

test("precision is the widest half-interval of any class", () => {
  assert.equal(precision([[[0, 0.2]], [[-0.3, 0.3]]]), 0.3);
  assert.equal(precision(null), null);
});

test("the forecast names a rounder precision, the time to it, and nothing past the budget", () => {
  const spent = { evaluations: 100, budget: 2000, seconds: 2 };
  const next = forecast(0.034, spent);
  assert.equal(next?.precision, 0.02);
  // 100 * 1.7 ** (1 / .7) = 213 evaluations, 113 more of 20 ms
  assert.ok(Math.abs((next?.seconds ?? 0) - 2.27) < 0.01);
  assert.equal(forecast(0.034, { ...spent, budget: 200 }), null);
});

test("only sure pairs are named, strongest first, of one word where asked", () => {
  const explanation = {
    weights: [[0.5, 0.1, 0, 0]],
    scale: "logit",
    pairs: [[0, 1], [1, 2], [0, 3], [2, 3]],
    pair_weights: [[0.1, -0.4, 0.3, 0.004]],
    // the last is sure, and too faint to be seen
    pair_intervals: [[[-0.1, 0.3], [-0.5, -0.3], [0.2, 0.4], [0.003, 0.005]]],
  };
  const found = (feature) => surePairs(explanation, 0, feature, 5).map(({ pair }) => pair);
  assert.deepEqual(found(null), [[1, 2], [0, 3]]);
  assert.deepEqual(found(0), [[0, 3]]);
  assert.deepEqual(surePairs({ pairs: [], pair_weights: null, pair_intervals: null }, 0, null, 5), []);
});
