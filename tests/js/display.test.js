import assert from "node:assert/strict";
import { test } from "node:test";
import { shownTargets } from "../../js/src/parts/classes.js";
import {
  agreement,
  chosenTarget,
  decimals,
  doubtful,
  expected,
  extent,
  forecast,
  number,
  precision,
  relation,
  strongest,
  sureTerms,
  termShare,
  together,
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

test("only sure terms are named, strongest first, of one word where asked, however many count together", () => {
  const explanation = {
    weights: [[0.5, 0.1, 0, 0]],
    scale: "logit",
    terms: [[0, 1], [1, 2], [0, 2, 3], [2, 3]],
    termWeights: [[0.1, -0.4, 0.3, 0.004]],
    // the last is sure, and too faint to be seen
    termIntervals: [[[-0.1, 0.3], [-0.5, -0.3], [0.2, 0.4], [0.003, 0.005]]],
  };
  const terms = (feature) => sureTerms(explanation, 0, feature, 5).map(({ term }) => [...term].sort());
  assert.deepEqual(terms(null), [[1, 2], [0, 2, 3]]);
  assert.deepEqual(terms(3), [[0, 2, 3]]);
  assert.deepEqual(sureTerms({ terms: [], termWeights: null, termIntervals: null }, 0, null, 5), []);
});

test("a term tells what its words are to each other, the one that turns first, whether it is joint or not", () => {
  // by inclusion and exclusion of a game on two words: 0, what each says alone, what both say
  const game = (one, two, both) => {
    const weight = both - one - two;
    return { weights: [[one + weight / 2, two + weight / 2]], terms: [[0, 1]], termWeights: [[weight]] };
  };
  const cases = [
    [0, 0, 1, "need", [0, 1]],
    [1, 1, 1, "either", [0, 1]],
    [0, -1, 1, "turns", [0, 1]],
    [-1, 0, 1, "turns", [1, 0]],
    [1, 1, 2.1, "more", [0, 1]],
    [1, 1, 1.9, "less", [0, 1]],
  ];
  for (const [one, two, both, name, term] of cases) {
    for (const sign of [1, -1]) {
      const found = game(sign * one, sign * two, sign * both);
      for (const joint of [true, false]) assert.deepEqual(relation({ ...found, joint }, 0, 0), { relation: name, term }, name);
    }
  }
});

/** All ways to keep or take out so many features: lists of those that are out. */
function subsets(size) {
  return Array.from({ length: 2 ** size }, (_, bits) => Array.from({ length: size }, (_, i) => i).filter((i) => (bits >> i) & 1));
}

test("a term adds nothing that is a base value or one feature's own, over all ways to take features out", () => {
  for (const size of [2, 3, 4, 5]) {
    const all = subsets(size);
    const mean = (of) => all.reduce((sum, out) => sum + of(out), 0) / all.length;
    const share = (out) => termShare(size, size - out.length);
    assert.ok(Math.abs(mean(share)) < 1e-12, `base, ${size}`);
    for (let i = 0; i < size; i += 1) assert.ok(Math.abs(mean((out) => (out.includes(i) ? 0 : share(out)))) < 1e-12, `feature ${i} of ${size}`);
    // what is left is all of what they do together: the alternating sum, as of any interaction of so many
    const sign = (out) => (out.length % 2 ? -1 : 1);
    assert.ok(Math.abs(all.reduce((sum, out) => sum + sign(out) * share(out), 0) - 1) < 1e-12, `term of ${size}`);
  }
});

test("of a pair the share is a quarter, with the sign of how many are kept", () => {
  assert.deepEqual([2, 1, 0].map((kept) => termShare(2, kept)), [0.25, -0.25, 0.25]);
});

test("what is expected without features is what the contract's formula predicts", () => {
  const explanation = {
    weights: [[0.4, -0.1, 0.2, 0.05]],
    terms: [[0, 1], [0, 2, 3], [0, 1, 2, 3]],
    termWeights: [[0.3, -0.2, 0.1]],
    joint: true,
  };
  const predict = (out, joint) => {
    const z = [0, 1, 2, 3].map((i) => (out.includes(i) ? 0 : 1));
    let sum = explanation.weights[0].reduce((total, weight, i) => total + weight * z[i], 0);
    if (!joint) return sum;
    explanation.terms.forEach((term, at) => {
      const s = term.length;
      const product = term.reduce((value, i) => value * z[i], 1);
      const alone = term.reduce((value, i) => value + z[i] / 2 ** (s - 1), 0);
      sum += explanation.termWeights[0][at] * (product - alone + (s - 1) / 2 ** s);
    });
    return sum;
  };
  for (const joint of [true, false]) {
    for (const out of subsets(4)) {
      const wanted = predict(out, joint) - predict([], joint);
      assert.ok(Math.abs(expected({ ...explanation, joint }, 0, out) - wanted) < 1e-12, `${joint} ${out}`);
    }
  }
  assert.equal(together({ ...explanation, termWeights: null }, 0), 0);
});

test("what a model leaves undefined is no number, takes no colour from the others, and is never strongest", () => {
  assert.equal(number(NaN, 2, true), "–");
  assert.equal(extent([[NaN, 0.5, -0.7]], "logit"), 0.7);
  assert.deepEqual(strongest([NaN, 0.1, -0.5], 2), [2, 1]);
});

test("agreement is 1 for the same order, -1 for the reverse, and ties share their rank", () => {
  assert.ok(Math.abs(agreement([1, 2, 3], [10, 20, 30]) - 1) < 1e-12);
  assert.ok(Math.abs(agreement([1, 2, 3], [3, 2, 1]) + 1) < 1e-12);
  assert.equal(agreement([1, 1, 1], [1, 2, 3]), 0);
});

test("without a choice a contrast is shown from the side that was asked for", () => {
  assert.equal(chosenTarget(["a rather than b", "b rather than a"], [-1.5, 1.5], null, [2, 0]), 0);
  assert.equal(chosenTarget(["a", "b"], [-1.5, 1.5], null), 1);
});
