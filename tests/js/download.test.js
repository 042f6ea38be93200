import assert from "node:assert/strict";
import { test } from "node:test";
import { decode } from "../../js/src/model/document.js";
import { csv } from "../../js/src/parts/download.js";
import { classifier, pair } from "./documents.js";

test("a table has a row for every word, and with several fields the name of each after it", () => {
  assert.equal(
    csv(decode(classifier("one, =two"))),
    'feature,start,stop,no,yes\r\none,0,3,0.125,-0.125\r\ntwo,6,9,-0.25,0.25\r\n',
  );
  const rows = csv(decode(pair())).split("\r\n");
  assert.equal(rows[0], "feature,field,start,stop,contradicts,follows,neither");
  assert.deepEqual([rows[1], rows[6]], ["man,premise,2,5,0.1,-0.1,0", "awake,hypothesis,9,14,0.3,-0.3,0"]);
});

test("what a spreadsheet would work out stays text, and what a table would cut is quoted", () => {
  const document = classifier('a "b", c', { spans: [[0, 0, 8]], features: ['=a "b", c'], targets: [{ name: "@x" }], weights: [[1]] });
  assert.equal(csv(decode(document)), `feature,start,stop,'@x\r\n"'=a ""b"", c",0,8,1\r\n`);
});
