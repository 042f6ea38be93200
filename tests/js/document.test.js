import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesOf, decode, givenOf, nested, plain, sameTexts, unitsOf } from "../../js/src/model/document.js";
import { classifier, packed, pair } from "./documents.js";

test("nothing is read from nothing", () => {
  assert.equal(decode(null), null);
  assert.equal(decode(undefined), null);
});

test("a document is read once, and another one anew", () => {
  const document = classifier();
  assert.equal(decode(document), decode(document));
  assert.notEqual(decode(structuredClone(document)), decode(document));
  assert.deepEqual(decode(structuredClone(document)).weights, decode(document).weights);
  assert.equal(decode(document).document, document);
});

test("bytes are the numbers that went into them, in every shape", () => {
  let seed = 7;
  const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647 - 0.5;
  for (const shape of [[3], [2, 4], [2, 3, 2], [1, 1], [0], [2, 0]]) {
    const build = ([size, ...rest]) => Array.from({ length: size }, () => (rest.length ? build(rest) : Math.fround(random())));
    const array = build(shape);
    assert.deepEqual(nested(packed(array, shape)), array, shape.join(" x "));
    assert.deepEqual(nested(array), array);
  }
  assert.equal(nested(null), null);
  assert.equal(nested(undefined), null);
});

test("bytes are little-endian whatever the machine", () => {
  // 1 is 00 00 80 3f
  assert.deepEqual(nested({ shape: [1], float32: btoa("\x00\x00\x80\x3f") }), [1]);
  assert.deepEqual([...bytesOf(btoa("\x00\x7f\xff"))], [0, 127, 255]);
});

test("numbers as bytes and as lists give one explanation", () => {
  const document = pair();
  const sizes = { weights: [3, 6], intervals: [3, 6, 2], term_weights: [3, 2], term_intervals: [3, 2, 2], scores: [3] };
  const bytes = { ...document };
  for (const [name, shape] of Object.entries(sizes)) bytes[name] = packed(document[name], shape);
  const [one, other] = [decode(document), decode(bytes)];
  const close = (a, b, name) => (Array.isArray(a) ? a.forEach((x, i) => close(x, b[i], name)) : assert.ok(Math.abs(a - b) < 1e-6, name));
  for (const name of ["weights", "intervals", "termWeights", "termIntervals", "scores"]) close(one[name], other[name], name);
});

test("each field has its own spans, in order, and what the model reads of it", () => {
  const { fields, spans, features } = decode(pair());
  assert.deepEqual(fields.map(({ name }) => name), ["premise", "hypothesis"]);
  assert.deepEqual(fields.flatMap((field, at) => field.spans.map(([start, stop]) => [at, start, stop])), spans);
  assert.deepEqual(fields.flatMap(({ text, spans: own }) => own.map(([start, stop]) => [...text].slice(start, stop).join(""))), features);
  assert.deepEqual(fields.map(({ read, length }) => [read, length]), [[17, 17], [14, 14]]);
});

test("lengths count code points", () => {
  assert.deepEqual(plain([{ name: "text", text: "a😀" }]).map(({ length }) => length), [2]);
});

test("targets are names, with their groups and places beside them", () => {
  const explanation = decode({ ...classifier(), targets: [{ name: "no" }, { name: "Ada", group: "answer", span: [0, 2, 5] }] });
  assert.deepEqual([explanation.targets, explanation.groups, explanation.anchors], [["no", "Ada"], ["", "answer"], [null, [0, 2, 5]]]);
});

test("keys that may be absent have defaults, and unknown ones do no harm", () => {
  const least = { schema: "limelight/2", fields: [{ name: "text", text: "ab" }], targets: [{ name: "x" }], scores: [1], tomorrow: { a: 1 } };
  const explanation = decode(least);
  assert.deepEqual([explanation.fields[0].group, explanation.fields[0].role, explanation.fields[0].title], ["", "", ""]);
  assert.deepEqual([explanation.weights, explanation.terms, explanation.joint, explanation.warnings], [null, [], false, []]);
  assert.deepEqual([explanation.explained, explanation.fields[0].read], [[0], 2]);
});

test("features are the same where texts and spans are, whatever their weights", () => {
  const one = decode(pair());
  assert.equal(decode({ ...pair(), weights: null }).key, one.key);
  assert.notEqual(decode({ ...pair(), spans: pair().spans.slice(1) }).key, one.key);
  const [premise, hypothesis] = pair().fields;
  assert.notEqual(decode({ ...pair(), fields: [premise, { ...hypothesis, text: `${hypothesis.text}!` }] }).key, one.key);
});

test("fields are the same by name and text", () => {
  const [one, two] = [plain(pair().fields), plain(pair().fields)];
  assert.ok(sameTexts(one, two));
  assert.ok(!sameTexts(one, two.slice(1)));
  assert.ok(!sameTexts(one, [one[0], { ...one[1], name: "other" }]));
});

test("units are one, or one a field, each named once", () => {
  assert.deepEqual(unitsOf("word"), ["word"]);
  assert.deepEqual(unitsOf({ premise: "word", hypothesis: "word" }), ["word"]);
  assert.deepEqual(unitsOf({ premise: "word", hypothesis: "sentence" }), ["word", "sentence"]);
});

test("attention is read only where its bytes are as many as it says", () => {
  const attention = { layers: 1, heads: 2, data: btoa(String.fromCharCode(...new Array(2 * 9).fill(255))) };
  assert.equal(decode({ ...classifier(), attention }).attention.bytes.length, 18);
  assert.equal(decode({ ...classifier(), attention: { ...attention, layers: 1e8 } }).attention, null);
});

test("what Python would be given for fields: one text, a chat, parts of a group", () => {
  const field = (more) => ({ group: "", role: "", title: "", ...more });
  assert.equal(givenOf([field({ name: "text", text: "a" })]), "a");
  assert.deepEqual(givenOf([field({ name: "premise", text: "a" })]), { premise: "a" });
  assert.deepEqual(givenOf([field({ name: "message 1", text: "a", group: "chat", role: "user" })]), [{ role: "user", content: "a" }]);
  const sources = [field({ name: "sources 1", text: "b", group: "sources", title: "T" }), field({ name: "sources 2", text: "c", group: "sources" })];
  assert.deepEqual(givenOf([field({ name: "question", text: "a" }), ...sources]), { question: "a", sources: [{ title: "T", text: "b" }, "c"] });
});
