import assert from "node:assert/strict";
import { test } from "node:test";
import { looks } from "../../js/src/views/attention.js";

// two layers, one head, two words: rows are the looking word
const bytes = Uint8Array.from([255, 0, 51, 204, 0, 255, 102, 153]);
const attention = { layers: 2, heads: 1, bytes };

test("one head of one layer is what it says", () => {
  assert.deepEqual(looks(attention, 2, 1, "0", "0"), [0.2, 0.8]);
  assert.deepEqual(looks(attention, 2, 0, "1", "all"), [0, 1]);
});

test("all layers are their mean", () => {
  const [first, second] = looks(attention, 2, 1, "all", "all");
  assert.ok(Math.abs(first - 0.3) < 1e-12 && Math.abs(second - 0.7) < 1e-12);
});
