import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { kernelLine } from "../../js/src/wire/kernel.js";

const ANSWER = 300;
const QUEUED = 500;
const SILENT = 15_000;

/** A model whose messages are kept, and the line to it. */
function setUp({ expecting = () => true, serial = 0 } = {}) {
  const listeners = [];
  const state = { serial };
  const sent = [];
  const model = {
    get: (name) => state[name],
    on: (event, callback) => listeners.push([event, callback]),
    off: (event, callback) => {
      const at = listeners.findIndex((one) => one[0] === event && one[1] === callback);
      if (at >= 0) listeners.splice(at, 1);
    },
    send: (message) => sent.push(message),
  };
  const host = { away: false, closest: () => (host.away ? {} : null) };
  const ending = new AbortController();
  const heard = [];
  const changes = [];
  const line = kernelLine(model, host, expecting, () => changes.push(line.silence), (message) => heard.push(message), ending.signal);
  const fire = (event, message) => listeners.filter((one) => one[0] === event).forEach((one) => one[1](message));
  return {
    line, sent, heard, changes, ending, listeners, model, host, fire,
    answer: (message) => fire("msg:custom", { id: message.id, kind: `${message.kind}-response` }),
    news: () => {
      state.serial += 1;
      fire("change:serial");
    },
  };
}

/** Lets time pass. In small steps: a timer that is set by another counts from the end of a step. @param {number} ms */
function pass(ms) {
  for (let left = ms; left > 0; left -= 50) mock.timers.tick(Math.min(50, left));
}

beforeEach(() => mock.timers.enable({ apis: ["setTimeout", "setInterval"] }));
afterEach(() => mock.timers.reset());

test("a kernel at work is asked for news after 300 ms, and only one question is open however long it is silent", () => {
  const { sent } = setUp({ serial: 4 });
  pass(ANSWER - 1);
  assert.equal(sent.length, 0);
  pass(1);
  assert.deepEqual(sent.map(({ kind, msg }) => [kind, msg]), [["poll", { seen: 4 }]]);
  // a cell that runs for ten minutes
  pass(600_000);
  assert.equal(sent.length, 1);
});

test("the next question goes 300 ms after the last answer", () => {
  const { sent, answer } = setUp();
  pass(ANSWER);
  pass(2_000);
  answer(sent[0]);
  pass(ANSWER - 1);
  assert.equal(sent.length, 1);
  pass(1);
  assert.equal(sent.length, 2);
  assert.notEqual(sent[1].id, sent[0].id);
});

test("news that come by themselves put the question off", () => {
  const { sent, news } = setUp();
  for (let i = 0; i < 20; i += 1) {
    pass(ANSWER - 50);
    news();
  }
  assert.equal(sent.length, 0);
  pass(2 * ANSWER);
  assert.equal(sent.length, 1);
});

test("nothing is asked of a kernel that has nothing to tell, until it has", () => {
  let working = false;
  const { sent } = setUp({ expecting: () => working });
  pass(60_000);
  assert.equal(sent.length, 0);
  working = true;
  pass(ANSWER);
  assert.equal(sent.length, 1);
});

test("clicks while a question is open do not pile up: one question follows its answer", () => {
  const { line, sent, answer } = setUp({ expecting: () => false });
  line.ask("poll", { seen: 0 });
  for (let i = 0; i < 20; i += 1) line.ask("poll", { seen: 0 });
  assert.equal(sent.length, 1);
  answer(sent[0]);
  // the first answer was on its way before the last click: what that click brought about comes with the next
  assert.equal(sent.length, 2);
  answer(sent[1]);
  pass(60_000);
  assert.equal(sent.length, 2);
});

test("verbs are sent at once, whatever is open", () => {
  const { line, sent } = setUp();
  pass(ANSWER);
  line.ask("cancel");
  line.ask("explain");
  assert.deepEqual(sent.map(({ kind }) => kind), ["poll", "cancel", "explain"]);
});

test("a click is queued after 500 ms, silence is said after 15 s, and an answer ends both", () => {
  const { line, sent, changes, answer } = setUp({ expecting: () => false });
  line.ask("cancel");
  pass(QUEUED - 1);
  assert.deepEqual(changes, []);
  pass(1);
  assert.deepEqual(changes, ["queued"]);
  pass(SILENT - QUEUED);
  assert.deepEqual(changes, ["queued", "silent"]);
  answer(sent[0]);
  assert.deepEqual(changes, ["queued", "silent", ""]);
});

test("a click is queued too where a question was open before it", () => {
  const { line, sent, changes, answer } = setUp();
  pass(ANSWER);
  pass(2_000);
  // polls alone are nobody's click
  assert.deepEqual(changes, []);
  line.ask("poll", { seen: 0 });
  pass(QUEUED);
  assert.deepEqual(changes, ["queued"]);
  answer(sent[0]);
  assert.deepEqual(changes, ["queued", ""]);
});

test("an answer is passed on to the view that asked, and to no other", () => {
  const { line, sent, heard, answer, fire } = setUp({ expecting: () => false });
  line.ask("export", { format: "svg" });
  fire("msg:custom", { id: "of another view", kind: "export-response" });
  assert.equal(heard.length, 0);
  answer(sent[0]);
  answer(sent[0]);
  assert.deepEqual(heard.map(({ id }) => id), [sent[0].id]);
});

test("another view's answer does not close a question of this one", () => {
  const { sent, fire } = setUp();
  pass(ANSWER);
  fire("msg:custom", { id: "of another view", kind: "poll-response" });
  pass(10 * ANSWER);
  assert.equal(sent.length, 1);
});

test("an answer to a later question tells that the open one's is lost", () => {
  const { line, sent, answer } = setUp();
  line.ask("explain");
  pass(ANSWER);
  line.ask("cancel");
  assert.deepEqual(sent.map(({ kind }) => kind), ["explain", "poll", "cancel"]);
  // of an earlier one it tells nothing
  answer(sent[0]);
  pass(2 * ANSWER);
  assert.equal(sent.length, 3);
  answer(sent[2]);
  pass(ANSWER);
  assert.deepEqual(sent.slice(3).map(({ kind }) => kind), ["poll"]);
});

test("a file that comes after the answers to later questions is saved all the same", () => {
  const { line, sent, heard, answer } = setUp({ expecting: () => false });
  line.ask("export", { format: "png" });
  line.ask("poll", { seen: 0 });
  answer(sent[1]);
  answer(sent[0]);
  assert.deepEqual(heard.map(({ kind }) => kind), ["poll-response", "export-response"]);
});

test("a channel that is closed is a kernel that is gone; one that comes back is asked again", () => {
  const { line, sent, changes, model, host, fire } = setUp();
  model.send = () => {
    throw new Error("Cannot send");
  };
  pass(ANSWER);
  assert.equal(line.live, false);
  assert.deepEqual(changes, ["gone"]);
  line.ask("explain");
  pass(60_000);
  assert.deepEqual(changes, ["gone"]);
  model.send = (message) => sent.push(message);
  fire("comm_live_update");
  assert.equal(line.live, true);
  pass(ANSWER);
  assert.deepEqual(sent.map(({ kind }) => kind), ["poll"]);
  host.away = true;
  fire("comm_live_update");
  assert.equal(line.live, false);
});

test("a restart is found out though nothing runs and the host marks no view", () => {
  const { line, changes, model, fire } = setUp({ expecting: () => false });
  pass(10 * ANSWER);
  assert.equal(line.live, true);
  model.send = () => {
    throw new Error("Cannot send");
  };
  fire("comm_live_update");
  pass(ANSWER);
  assert.deepEqual([line.live, changes.at(-1)], [false, "gone"]);
});

test("a question that was open when the kernel went does not keep the next one from being asked", () => {
  const { sent, host, fire } = setUp();
  pass(ANSWER);
  host.away = true;
  fire("comm_live_update");
  host.away = false;
  fire("comm_live_update");
  pass(ANSWER);
  assert.equal(sent.length, 2);
});

test("without a way to send there is no kernel and no timer", () => {
  const model = { get: () => 0, on: () => assert.fail("nothing to hear"), off() {}, send: undefined };
  const line = kernelLine(model, { closest: () => null }, () => true, () => {}, () => {}, new AbortController().signal);
  line.ask("poll");
  pass(60_000);
  assert.equal(line.live, false);
});

test("the end leaves no listener and no timer", () => {
  const { line, sent, changes, listeners, ending } = setUp();
  line.ask("explain");
  ending.abort();
  pass(60_000);
  assert.deepEqual(sent.map(({ kind }) => kind), ["explain"]);
  assert.deepEqual([listeners, changes], [[], []]);
});
