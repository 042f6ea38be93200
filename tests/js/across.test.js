import assert from "node:assert/strict";
import { test } from "node:test";
import { across, opposite } from "../../js/src/model/across.js";
import { decode } from "../../js/src/model/document.js";
import { classifier, pair } from "./documents.js";

const sure = (weight) => [weight - 0.01, weight + 0.01];
const with_terms = (terms, weights) => decode(pair({ terms, term_weights: [weights, weights, weights], term_intervals: [1, 2, 3].map(() => weights.map(sure)) }));

test("words of two fields stand against each other, those of one or of three do not", () => {
  assert.deepEqual(opposite(decode(pair())), [0, 1]);
  assert.equal(opposite(decode(classifier())), null);
  const document = pair();
  const three = { ...document, fields: [...document.fields, { name: "c", text: "A man" }], spans: [...document.spans, [2, 2, 5]], features: [...document.features, "man"] };
  assert.equal(opposite(decode({ ...three, weights: null, terms: [], term_weights: null })), null);
});

test("a cell is the sum of the terms that have both words; a pair in one field is none", () => {
  const table = across(with_terms([[2, 5], [0, 2, 5], [0, 1], [1, 4]], [0.4, -0.1, 0.9, 0.2]), 0);
  assert.deepEqual(table.rows, [0, 1, 2]);
  assert.deepEqual(table.columns, [4, 5]);
  const said = table.cells.map(({ row, column, weight }) => [row, column, Number(weight.toFixed(6))]);
  assert.deepEqual(said, [[2, 5, 0.3], [1, 4, 0.2], [0, 5, -0.1]]);
  // pointing at it lights what says it: the pair itself, or the larger set where there is no pair
  assert.deepEqual(table.cells.map(({ term }) => term), [[2, 5], [1, 4], [0, 2, 5]]);
});

test("a term that may be none at all takes no part in a sum", () => {
  const weights = [0.4, -0.05];
  const intervals = [[0.3, 0.5], [-0.5, 0.4]];
  const found = decode(pair({ term_weights: [weights, weights, weights], term_intervals: [intervals, intervals, intervals] }));
  assert.deepEqual(across(found, 0).cells.map(({ row, column, weight }) => [row, column, weight]), [[2, 5, 0.4]]);
});

test("what could be nothing has no cell", () => {
  // of the document as it is: the sum of both terms is 0.2, its interval from 0 to 0.4
  assert.deepEqual(across(decode(pair()), 0).cells.map(({ row, column }) => [row, column]), [[0, 5]]);
  assert.deepEqual(across(decode(pair()), 2).cells, []);
  assert.deepEqual(across(decode(pair({ term_intervals: null })), 0).cells, []);
});

test("only the rows and columns with the strongest cells are shown, in the order of the text", () => {
  const names = Array.from({ length: 10 }, (_, at) => `w${at}`).join(" ");
  const places = Array.from({ length: 10 }, (_, at) => [3 * at, 3 * at + 2]);
  const spans = [0, 1].flatMap((field) => places.map(([start, stop]) => [field, start, stop]));
  const terms = places.map((_, at) => [at, 10 + at]);
  const weights = terms.map((_, at) => 0.1 * (at + 1));
  const document = pair({ fields: [{ name: "a", text: names }, { name: "b", text: names }], spans, features: [..."0123456789", ..."0123456789"], weights: [spans.map(() => 0.5)], targets: [{ name: "yes" }], scores: [1], intervals: null, terms, term_weights: [weights], term_intervals: [weights.map(sure)] });
  const table = across(decode(document), 0);
  assert.deepEqual(table.rows, [4, 5, 6, 7, 8, 9]);
  assert.deepEqual(table.columns, [14, 15, 16, 17, 18, 19]);
  assert.equal(table.cells.length, 6);
});
