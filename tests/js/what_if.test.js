import assert from "node:assert/strict";
import { test } from "node:test";
import { decode } from "../../js/src/model/document.js";
import { answered, fieldHidden, fieldToggled, foreseeable, guessed, hiddenNames, ordered, stretches, struck, toggled } from "../../js/src/model/what_if.js";
import { classifier, pair } from "./documents.js";

const two = decode(pair());
const PREMISE = [0, 0, 17];
const HYPOTHESIS = [1, 0, 14];

test("a feature is struck where a hidden span touches it, and only in its own field", () => {
  assert.deepEqual(struck(two, []), []);
  assert.deepEqual(struck(two, [[0, 2, 5]]), [0]);
  assert.deepEqual(struck(two, [[0, 4, 7]]), [0, 1]);
  assert.deepEqual(struck(two, [[1, 3, 4]]), [3]);
  assert.deepEqual(struck(two, [PREMISE]), [0, 1, 2]);
  // what lies between two words, or ends where one begins, touches none
  assert.deepEqual(struck(two, [[0, 5, 6], [0, 0, 2]]), []);
});

test("spans are in order, each once, and none lies in another", () => {
  assert.deepEqual(ordered([[1, 0, 3], [0, 5, 7], [0, 2, 4], [0, 5, 7], [0, 1, 4]]), [[0, 1, 4], [0, 5, 7], [1, 0, 3]]);
  assert.deepEqual(ordered([PREMISE, [0, 2, 5], HYPOTHESIS]), [PREMISE, HYPOTHESIS]);
});

test("a click hides a feature, a second one brings it back", () => {
  for (let feature = 0; feature < two.features.length; feature += 1) {
    const hidden = toggled(two, [], feature);
    assert.deepEqual(hidden, [two.spans[feature]]);
    assert.deepEqual(toggled(two, hidden, feature), []);
  }
});

test("after any clicks exactly the features that were clicked oddly often are struck", () => {
  let seed = 3;
  const random = (n) => (seed = (seed * 48271) % 2147483647) % n;
  for (let round = 0; round < 200; round += 1) {
    let hidden = round % 2 ? [PREMISE] : [];
    const out = new Set(round % 2 ? [0, 1, 2] : []);
    for (let i = 0; i < 6; i += 1) {
      const feature = random(6);
      hidden = toggled(two, hidden, feature);
      out.has(feature) ? out.delete(feature) : out.add(feature);
      assert.deepEqual(struck(two, hidden), [...out].sort());
    }
  }
});

test("of a hidden phrase that is cut finer since, the other words stay out", () => {
  const finer = decode(classifier("one two three"));
  assert.deepEqual(toggled(finer, [[0, 0, 7]], 0), [[0, 4, 7]]);
  // of a word of which a part was hidden, nothing
  assert.deepEqual(toggled(finer, [[0, 5, 6]], 1), []);
  // and what else was hidden of its neighbour is kept as it was
  assert.deepEqual(toggled(finer, [[0, 5, 10]], 1), [[0, 8, 10]]);
});

test("a whole field is one span, and takes the place of what was hidden of it", () => {
  const hidden = fieldToggled(two.fields, [[0, 2, 5], [1, 2, 5]], 0);
  assert.deepEqual(hidden, [PREMISE, [1, 2, 5]]);
  assert.ok(fieldHidden(two.fields, hidden, 0) && !fieldHidden(two.fields, hidden, 1));
  assert.deepEqual(fieldToggled(two.fields, hidden, 0), [[1, 2, 5]]);
  // all of its words one by one are not the field: what stands between them stays
  assert.ok(!fieldHidden(two.fields, [[0, 2, 5], [0, 6, 8], [0, 9, 15]], 0));
  assert.ok(!fieldHidden([{ ...two.fields[0], text: "", length: 0 }], [[0, 0, 0]], 0));
});

test("the explanation can tell of whole features only", () => {
  assert.ok(foreseeable(two, [[0, 2, 5], [1, 6, 8]]));
  assert.ok(foreseeable(two, [PREMISE]));
  assert.ok(!foreseeable(two, [[0, 3, 5]]));
  // of what is no feature it knows nothing
  assert.ok(!foreseeable(two, [[0, 16, 17]]));
  assert.equal(guessed(two, [[0, 3, 5]]), null);
});

test("of a field that is not explained the explanation knows nothing", () => {
  const half = decode(pair({ explained: [1], spans: pair().spans.slice(3), features: pair().features.slice(3) }));
  assert.ok(!foreseeable(half, [PREMISE]));
  assert.ok(foreseeable(half, [HYPOTHESIS]));
});

test("what is expected without features is the prediction less their weights, within the bounds of a probability", () => {
  const one = decode(classifier());
  const { prediction, change } = guessed(one, [[0, 4, 7]]);
  assert.deepEqual([prediction, change], [{ no: 0.5, yes: 0.5 }, { no: 0.25, yes: -0.25 }]);
  const far = decode(classifier("one two three", { weights: [[2, 0, 0], [-2, 0, 0]] }));
  assert.deepEqual(guessed(far, [[0, 0, 3]]).prediction, { no: 0, yes: 1 });
});

test("a try answers what is hidden now, in whatever order, and nothing else", () => {
  const shown = { texts: two.fields.map(({ text }) => text), hidden: [[1, 2, 5], [0, 2, 5]], prediction: {}, change: {} };
  assert.equal(answered(two, [[0, 2, 5], [1, 2, 5]], shown), shown);
  assert.equal(answered(two, [[0, 2, 5]], shown), null);
  assert.equal(answered(two, [[0, 2, 5], [1, 2, 5]], { ...shown, texts: ["A man is asleep 😀", "other"] }), null);
  assert.equal(answered(two, [], undefined), null);
});

test("what is hidden is called by what it says, a whole field by its name", () => {
  assert.deepEqual(hiddenNames(two.fields, [HYPOTHESIS, [0, 9, 15]]), [{ name: "asleep", whole: false }, { name: "hypothesis", whole: true }]);
  assert.deepEqual(hiddenNames(two.fields, [[0, 16, 17]]), [{ name: "😀", whole: false }]);
  // a lone text is not called "text"
  assert.deepEqual(hiddenNames(decode(classifier("one two")).fields, [[0, 0, 7]]), [{ name: "one two", whole: false }]);
  // of other fields than these
  assert.deepEqual(hiddenNames(two.fields, [[5, 0, 1]]), []);
});

test("hidden stretches of a field do not overlap, so that it can be cut at them", () => {
  const hidden = [[0, 4, 9], [1, 0, 2], [0, 2, 6], [0, 12, 40]];
  assert.deepEqual(stretches(hidden, 0, 20), [[2, 6], [6, 9], [12, 20]]);
  assert.deepEqual(stretches(hidden, 1, 20), [[0, 2]]);
  assert.deepEqual(stretches(hidden, 0, 3), [[2, 3]]);
});

test("a class may be called as what every object has", () => {
  const explanation = decode({ ...classifier(), targets: [{ name: "__proto__" }, { name: "constructor" }] });
  const { prediction, change } = guessed(explanation, [explanation.spans[0]]);
  for (const name of ["__proto__", "constructor"]) assert.deepEqual([typeof prediction[name], typeof change[name], Object.hasOwn(prediction, name)], ["number", "number", true]);
});
