import assert from "node:assert/strict";
import { test } from "node:test";
import { derive, FRESH, wanted } from "../../js/src/model/derive.js";
import { plain } from "../../js/src/model/document.js";
import { classifier, pair } from "./documents.js";

const derived = (traits, here = {}) => derive((name) => traits[name], { ...FRESH, ...here });
const done = (more = {}) => ({ explanation: classifier(), status: "done", ...more });
const fields = (text) => [{ name: "text", text }];

test("from nothing at all there is nothing to show, and nothing fails", () => {
  const state = derived({});
  assert.deepEqual([state.fields, state.shown, state.out, state.tried, state.expecting], [[], null, [], null, false]);
});

test("before there is an explanation its text is shown", () => {
  const state = derived({ status: "loading", _fields: fields("a b") });
  assert.deepEqual([state.fields.map(({ text }) => text), state.shown, state.busy, state.expecting], [["a b"], null, true, true]);
});

test("a new text takes the place of the old one's explanation at once", () => {
  const state = derived(done({ status: "running", _fields: fields("new") }));
  assert.deepEqual([state.fields[0].text, state.shown], ["new", null]);
  // the kernel has not heard of it
  const edited = plain(fields("newer"));
  assert.equal(derived(done(), { edited }).fields, edited);
  assert.equal(derived(done(), { edited }).shown, null);
  // where there is none, nothing takes the old one away
  assert.notEqual(derived(done(), { edited, live: false }).shown, null);
});

test("after a failure what is shown is what is edited, and nothing of an old text stands under it", () => {
  const ways = [{ name: "unit", value: "sentence" }];
  const traits = done({ status: "failed", _fields: fields("new"), error: "Budget is 3.", ways });
  const state = derived(traits);
  assert.deepEqual([state.fields[0].text, state.shown, state.errors[0], state.ways], ["new", null, "Budget is 3.", ways]);
  assert.equal(wanted((name) => traits[name], null)[0].text, "new");
  // another question about the same text takes nothing away
  assert.notEqual(derived({ ...traits, _fields: fields("one two three") }).shown, null);
  assert.deepEqual(derived(traits, { live: false }).ways, []);
});

test("a running explanation of the same text is shown", () => {
  const state = derived(done({ status: "running", _fields: fields("one two three"), target: "no" }));
  assert.deepEqual([state.shown?.target, state.shown?.most], [0, 0.25]);
});

test("news are expected of a run, a try that is asked, and rows that wait or run; of none of the others", () => {
  const expecting = (more, live = true) => derived(done(more), { live }).expecting;
  for (const status of ["loading", "running"]) assert.equal(expecting({ status }), true, status);
  for (const status of ["done", "stopped", "failed"]) assert.equal(expecting({ status }), false, status);
  for (const status of ["", "running", "done", "stopped", "failed"]) {
    assert.equal(expecting({ what_if: { status, error: "" }, hidden: [[0, 0, 3]] }), status === "running", status);
  }
  for (const status of ["waiting", "running", "done", "stopped", "failed"]) {
    const wanted = status === "waiting" || status === "running";
    assert.equal(expecting({ others: [{ status: "done" }, { status }] }), wanted, status);
    // also where the first was stopped
    assert.equal(expecting({ status: "stopped", others: [{ status }] }), wanted, status);
  }
  assert.equal(expecting({ status: "running", what_if: { status: "running" }, others: [{ status: "running" }] }, false), false);
});

test("a try that failed says why, and there is nothing more to come", () => {
  const state = derived(done({ hidden: [[0, 0, 3]], what_if: { status: "failed", error: "The model answered NaN." } }));
  assert.deepEqual([state.refused, state.tried, state.trying, state.expecting], ["The model answered NaN.", null, false, false]);
  // and the next one's status takes it away
  assert.equal(derived(done({ what_if: { status: "running", error: "" } })).refused, "");
});

test("the try on show is the one that is asked for; without a kernel the explanation tells", () => {
  const hidden = [[0, 4, 7]];
  const tries = [{ texts: ["one two three"], hidden, prediction: { no: 0.4, yes: 0.6 }, change: {} }];
  assert.equal(derived(done({ hidden, tries, at: 0 })).tried, tries[0]);
  assert.equal(derived(done({ hidden: [], tries, at: 0 })).tried, null);
  assert.deepEqual(derived(done({ hidden, tries, at: 0 }), { live: false }).tried?.prediction, { no: 0.5, yes: 0.5 });
  assert.deepEqual(derived(done({ hidden, tries, at: 9 })).tried, null);
});

test("hidden spans that are no features are kept, and strike what they touch", () => {
  const state = derived({ explanation: pair(), status: "done", hidden: [[0, 4, 7], [1, 0, 1], [7, 0, 9]] });
  assert.deepEqual([state.out, state.hidden.length], [[0, 1], 3]);
});

test("what is pointed at and selected is of the features that there are", () => {
  const here = { pointed: [2], selection: [1, 2] };
  assert.deepEqual([derived(done(), here).pointed, derived(done(), here).selection], [[2], [1, 2]]);
  const short = derived(done({ explanation: classifier("one") }), here);
  assert.deepEqual([short.pointed, short.selection], [null, null]);
  const none = derived(done({ status: "running", _fields: fields("new") }), here);
  assert.deepEqual([none.pointed, none.selection], [null, null]);
});

test("the classes keep their places while a new text has no scores yet", () => {
  const state = derived(done({ status: "running", _fields: fields("new"), target: "no" }));
  assert.deepEqual(state.classes, { names: ["no", "yes"], chosen: "no" });
  assert.deepEqual(derived({ status: "loading", _menu: { targets: ["a", "b"] } }).classes.names, ["a", "b"]);
});

test("terms that stand beside the weights are shown as part of them where that is wanted, and only there", () => {
  const beside = { joint_weights: [[0.5, 0, 0], [-0.5, 0, 0]], joint_intercepts: [0.1, 0.9], terms: [[0, 1]], term_weights: [[0.2], [-0.2]] };
  const explanation = classifier("one two three", { ...beside, term_intervals: [[[0.1, 0.3]], [[-0.3, -0.1]]], joint: false, fit: { r2: [0.2, 0.2], together: [0.8, 0.8] } });
  const alone = derived(done({ explanation }));
  assert.deepEqual([alone.together, alone.shown.explanation.joint, alone.shown.explanation.fit.r2], [false, false, [0.2, 0.2]]);
  const both = derived(done({ explanation, together: true }));
  const { joint, weights, fit, document } = both.shown.explanation;
  assert.deepEqual([both.together, joint, weights[0], fit.r2, fit.alone], [true, true, [0.5, 0, 0], [0.8, 0.8], [0.2, 0.2]]);
  // what is saved from the page says the same, and is drawn the same again
  assert.deepEqual([document.joint, document.weights, document.fit.r2, document.joint_weights], [true, beside.joint_weights, [0.8, 0.8], undefined]);
  // the same explanation, not another at every draw
  assert.equal(derived(done({ explanation, together: true })).shown.explanation, both.shown.explanation);
  // an explanation without such weights stays what it is
  assert.equal(derived(done({ together: true })).together, false);
});

test("something can be stopped while it runs, and a try once it takes long", () => {
  const stoppable = (more, here = {}) => derived(done(more), here).stoppable;
  assert.equal(stoppable({ status: "running" }), true);
  assert.equal(stoppable({ others: [{ status: "waiting" }] }), true);
  assert.deepEqual([stoppable({ what_if: { status: "running" } }), stoppable({ what_if: { status: "running" } }, { slow: true })], [false, true]);
  assert.equal(stoppable({ status: "running" }, { live: false }), false);
  assert.equal(stoppable({}), false);
});

test("without a kernel there is no menu, and units of several fields have one name", () => {
  const traits = done({ _menu: { targets: ["no", "yes"] }, explanation: pair({ unit: { premise: "word", hypothesis: "sentence" } }) });
  assert.deepEqual(derived(traits, { live: false }).menu, {});
  assert.deepEqual(derived(traits).menu, { targets: ["no", "yes"] });
  assert.equal(derived(traits).unit, "word + sentence");
  assert.equal(derived({ unit: "token" }).unit, "token");
});
