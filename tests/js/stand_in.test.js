import assert from "node:assert/strict";
import { test } from "node:test";
import { standIn } from "../../js/src/wire/stand_in.js";

test("a change is told to those who listen to it, and to nobody else", () => {
  const model = standIn({ target: "a", at: 0 });
  const heard = [];
  model.on("change:target", () => heard.push(["target", model.get("target")]));
  model.on("change:at", () => heard.push(["at", model.get("at")]));
  model.set("target", "b");
  model.set("at", 2);
  assert.deepEqual(heard, [["target", "b"], ["at", 2]]);
});

test("one callback may listen to several changes, and stops listening to each by itself", () => {
  const model = standIn({ target: "a", at: 0 });
  let calls = 0;
  const callback = () => (calls += 1);
  model.on("change:target", callback);
  model.on("change:at", callback);
  model.off("change:target", callback);
  model.set("target", "b");
  assert.equal(calls, 0);
  model.set("at", 1);
  assert.equal(calls, 1);
  model.off("change:at", callback);
  model.off("change:at", callback);
  model.set("at", 2);
  assert.equal(calls, 1);
});

test("a listener may stop listening while it is told", () => {
  const model = standIn({ at: 0 });
  const heard = [];
  const first = () => (heard.push("first"), model.off("change:at", second));
  const second = () => heard.push("second");
  model.on("change:at", first);
  model.on("change:at", second);
  model.set("at", 1);
  model.set("at", 2);
  // ipywidgets' models too tell all who listened when the change came
  assert.deepEqual(heard, ["first", "second", "first"]);
});
