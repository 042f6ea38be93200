import assert from "node:assert/strict";
import { test } from "node:test";
import { count, runs, slice, utf16 } from "../../js/src/model/runs.js";

test("code points become UTF-16 units", () => {
  assert.deepEqual(utf16("a😀b", [0, 1, 2, 3]), [0, 1, 3, 4]);
  assert.deepEqual(utf16("👨‍👩‍👧 x", [0, 5, 6, 7]), [0, 8, 9, 10]);
  assert.deepEqual(utf16("", [0, 0]), [0, 0]);
  assert.deepEqual(utf16("ab", [5]), [2]);
});

test("a stretch between code points is cut between code points", () => {
  assert.equal(slice("a😀b", 1, 2), "😀");
  assert.equal(slice("a😀b", 2, 9), "b");
  assert.equal(slice("a😀b", 0, 0), "");
  assert.equal(count("a😀e\u0301"), 4);
});

test("an emoji before a word does not shift it", () => {
  const cut = runs("😀 good, 😀bad", [[2, 6], [9, 12]], 12);
  assert.deepEqual(cut.filter((run) => run.span !== null).map((run) => run.text), ["good", "bad"]);
  assert.equal(cut.map((run) => run.text).join(""), "😀 good, 😀bad");
});

test("the runs joined are the text, whatever it holds", () => {
  let seed = 1;
  const random = (n) => (seed = (seed * 48271) % 2147483647) % n;
  const signs = ["a", "é", "😀", " ", "\n", "<", "字", "e\u0301", "\u200d"];
  for (let round = 0; round < 500; round += 1) {
    const points = Array.from({ length: random(20) }, () => signs[random(signs.length)]);
    const text = points.join("");
    const length = [...text].length;
    const edges = Array.from({ length: 2 * random(4) }, () => random(length + 1)).sort((a, b) => a - b);
    const spans = [];
    for (let i = 0; i + 1 < edges.length; i += 2) if (edges[i] < edges[i + 1]) spans.push([edges[i], edges[i + 1]]);
    const read = Math.max(spans.at(-1)?.[1] ?? 0, random(length + 1));
    const cut = runs(text, spans, read);
    assert.equal(cut.map((run) => run.text).join(""), text);
    for (const [at, [start, stop]] of spans.entries()) {
      assert.equal(cut.find((run) => run.span === at).text, [...text].slice(start, stop).join(""));
    }
    assert.equal(cut.filter((run) => run.unread).map((run) => run.text).join(""), [...text].slice(read).join(""));
  }
});
