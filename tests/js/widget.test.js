import assert from "node:assert/strict";
import { test } from "node:test";

test("the bundle exports its default and nothing beside it", async () => {
  const bundle = await import("../../src/limelight/static/widget.js");
  assert.deepEqual(Object.keys(bundle), ["default"]);
  assert.deepEqual(Object.keys(bundle.default), ["render"]);
});
