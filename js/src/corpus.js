// Which words in general: the view of a corpus, as its hosts load it.

import { h, set, setText, theirs } from "./dom.js";
import { decimals } from "./model/display.js";
import { hosted } from "./host.js";
import { chosen, joined, NOTHING, unpacked } from "./model/words.js";
import { examplesPart } from "./parts/examples.js";
import { pillsPart } from "./parts/pills.js";
import { wordsPart } from "./parts/words.js";
import { followTheme } from "./theme.js";
import { observe, oncePerFrame } from "./wire/observe.js";

/** @typedef {import("./wire/protocol.js").Model} Model */
/** @typedef {import("./captions.js").Captions} Captions */
/** @typedef {import("./model/words.js").Order} Order */

const TRAITS = ["target", "table", "found", "progress", "word", "examples", "beside", "parts", "error", "explains"];
const ASKING = 250; // ms without a key, after which the kernel is asked for a word
const SEEN = 12; // words on each side that set the scale
const LEAST = 5; // texts that a word stands in at first, where there are words of so many

/** @param {Model} model @param {HTMLElement} el @param {Captions} say @param {AbortSignal} signal */
function view(model, el, say, signal) {
  const alone = !model.send; // in a page, where nobody answers
  const { later, now } = oncePerFrame(draw, signal);
  /** @param {Record<string, any>} values */
  const put = (values) => {
    for (const [name, value] of Object.entries(values)) model.set(name, value);
    model.save_changes();
    now();
  };

  const stop = h("button", { type: "button", class: "ll-button" }, say("corpus.stop"));
  const save = h("button", { type: "button", class: "ll-button ll-quiet" }, say("corpus.save"));
  const name = h("span", { class: "ll-model", ...theirs });
  const rule = h("div", { class: "ll-rule" }, h("i"));
  const classes = pillsPart(say, (target) => put({ target }), signal);
  const search = h("input", { type: "search", class: "ll-search", placeholder: say("corpus.find"), "aria-label": say("corpus.find"), spellcheck: "false", autocomplete: "off" });
  const order = h("select", { class: "ll-pick" }, ...["strongest", "surest", "texts", "context", "apart"].map((value) => h("option", { value }, say.of("corpus.order", value))));
  const least = h("input", { type: "number", class: "ll-least", min: 1, value: LEAST, inputmode: "numeric" });
  const depends = h("input", { type: "checkbox" });
  const part = h("select", { class: "ll-pick" });
  const parts = h("label", { hidden: true }, say("corpus.beside"), " ", part);
  const raising = wordsPart(say, "raises", choose, signal);
  const lowering = wordsPart(say, "lowers", choose, signal);
  const examples = examplesPart(say, alone ? null : (id) => model.send?.({ kind: "explain", id }), signal);
  const error = h("p", { class: "ll-error", role: "alert" });
  const key = h("p", { class: "ll-besides" });
  const facts = h("p", { class: "ll-facts" });
  const root = h(
    "section",
    { class: "ll-sheet ll-corpus", "data-testid": "limelight-corpus", lang: say.lang, "aria-label": say("corpus.title") },
    h("div", { class: "ll-tools" }, name, h("span", { class: "ll-gap" }), save, stop),
    rule,
    h("div", { class: "ll-question" }, h("b", {}, say("corpus.title")), classes.element, search),
    h("div", { class: "ll-filters" }, h("label", {}, say("corpus.orderBy"), " ", order), h("label", {}, say("corpus.least"), " ", least, " ", say("corpus.texts")), h("label", {}, depends, " ", say("corpus.depends")), parts),
    key,
    h("div", { class: "ll-sides" }, raising.element, lowering.element),
    examples.element,
    error,
    facts,
  );
  el.replaceChildren(root);
  followTheme(root, signal);

  let table = NOTHING;
  let [told, found] = /** @type {any[]} */ ([undefined, undefined]);
  let typed = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let asking;
  signal.addEventListener("abort", () => clearTimeout(asking));
  search.addEventListener("input", () => {
    now();
    clearTimeout(asking);
    // what is not among the strongest words the kernel knows
    if (!alone) asking = setTimeout(() => put({ query: search.value.trim() }), ASKING);
  }, { signal });
  for (const control of [order, depends]) control.addEventListener("change", now, { signal });
  part.addEventListener("change", () => put({ part: part.value ? JSON.parse(part.value) : [] }), { signal });
  least.addEventListener("input", () => {
    typed = true;
    now();
  }, { signal });
  // JupyterLab would take keys for its own
  root.addEventListener("keydown", (event) => {
    if (event.target instanceof HTMLInputElement && event.key !== "Escape") event.stopPropagation();
  }, { signal });
  stop.addEventListener("click", () => model.send?.({ kind: "stop" }), { signal });
  save.addEventListener("click", () => download(), { signal });
  observe(model, TRAITS, later, signal);

  /** @param {string} word */
  function choose(word) {
    put({ word: model.get("word") === word ? "" : word });
  }

  function targets() {
    return Object.keys(table.byTarget);
  }

  /** The rows that are shown, in their order. */
  function asked() {
    const target = targets().includes(model.get("target")) ? model.get("target") : targets()[0];
    const own = { query: search.value, least: Number(least.value) || 1, depends: depends.checked, order: /** @type {Order} */ (order.value) };
    return { target, own, ...chosen(table, target, own) };
  }

  function draw() {
    if (model.get("table") !== told || model.get("found") !== found) {
      [told, found] = [model.get("table"), model.get("found")];
      table = joined(unpacked(told), unpacked(found));
      const most = Math.max(1, ...Object.values(table.byTarget).map(({ texts }) => texts.reduce((a, b) => Math.max(a, b), 0)));
      if (!typed) least.value = String(Math.min(LEAST, most));
    }
    const progress = model.get("progress") ?? {};
    const beside = model.get("beside") ?? [];
    const running = ["running", "pooling"].includes(progress.state);
    setText(name, model.get("name"));
    stop.hidden = alone || !running || !model.get("stops");
    save.hidden = !table.words.length;
    set(rule, { "--done": running && progress.size ? (progress.texts / progress.size).toFixed(4) : 0 });
    const { target, own, raising: up, lowering: down } = asked();
    classes.update(targets(), target);
    /** @type {HTMLOptionElement} */ (order.lastElementChild).hidden = !beside.length;
    key.hidden = !beside.length;
    offer(model.get("parts") ?? {});
    if (beside.length) key.replaceChildren(...["ll-first", "ll-beside"].flatMap((kind, at) => [h("i", { class: kind }), h("span", theirs, beside[at])]));
    const rows = table.byTarget[target];
    const most = rows ? reach(rows, [...up.slice(0, SEEN), ...down.slice(0, SEEN)]) : 1;
    const empty = table.words.length ? say("corpus.none") : say("corpus.nothing");
    const word = model.get("word");
    const state = { table, target, most, word, beside, empty, key: JSON.stringify([target, own]) };
    raising.update({ ...state, rows: up });
    lowering.update({ ...state, rows: down });
    const given = model.get("examples") ?? {};
    const texts = alone ? (given[word]?.[target] ?? []) : given.word === word && given.target === target ? given.texts : null;
    examples.update({ word, examples: texts, most, digits: decimals(most), explaining: Boolean(model.get("explains")) });
    setText(error, model.get("error") ?? "");
    error.hidden = !error.textContent;
    tell(progress, running);
  }

  /**
   * How far bars reach: the longest, and its interval where that is not much longer.
   * @param {import("./model/words.js").Rows} rows
   * @param {number[]} shown
   */
  function reach(rows, shown) {
    const [longest, farthest] = [0, 1].map((halves) =>
      shown.reduce((most, at) => Math.max(most, Math.abs(rows.effect[at]) + halves * rows.half[at], Math.abs(rows.other?.[at] || 0)), 0),
    );
    return Math.min(farthest, 1.5 * longest) || 1;
  }

  /**
   * What can stand beside all texts: those of one value of a column.
   * @param {Record<string, string[]>} columns
   */
  function offer(columns) {
    const names = Object.keys(columns);
    parts.hidden = alone || !names.length;
    if (part.dataset.names === names.join("\n")) return;
    part.dataset.names = names.join("\n");
    const groups = names.map((name) => h("optgroup", { label: name }, ...columns[name].map((value) => h("option", { value: JSON.stringify([name, value]) }, value))));
    part.replaceChildren(h("option", { value: "" }, say("corpus.alone")), ...groups);
  }

  /** @param {any} progress @param {boolean} running */
  function tell(progress, running) {
    const { texts = 0, size, speed = 0, evaluations = 0, failed = 0, state } = progress;
    const count = (/** @type {number} */ value) => Math.round(value).toLocaleString("en");
    const known = running && size ? say("corpus.textsOf", { count: texts, size: count(size) }) : say("corpus.textsDone", { count: texts });
    const seconds = size && speed ? (size - texts) / speed : 0;
    const first = [known];
    if (state === "running" && speed >= 0.05) first.push(say("corpus.speed", { speed: speed < 10 ? speed.toFixed(1) : count(speed) }));
    if (state === "running" && seconds) first.push(seconds < 90 ? say("corpus.seconds", { left: count(seconds) }) : say("corpus.minutes", { left: count(seconds / 60) }));
    const rest = [say("corpus.evaluations", { count: evaluations, masks: String(model.get("masks") ?? "") })];
    if (failed) rest.push(say("corpus.failed", { count: failed }));
    if (state === "pooling") rest.push(say("corpus.pooling"));
    if (state === "stopped") rest.push(say("corpus.stopped"));
    if (state === "running") rest.push(say("corpus.safe"));
    facts.replaceChildren(h("b", {}, first.join(" · ")), ` · ${rest.join(" · ")}`);
  }

  /** What is shown, as a file. */
  function download() {
    const { target, raising: up, lowering: down } = asked();
    const rows = table.byTarget[target];
    const cell = (/** @type {string} */ text) => `"${(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
    const lines = [...up, ...down].map((at) => [cell(table.words[rows.word[at]]), cell(target), rows.effect[at], rows.effect[at] - rows.half[at], rows.effect[at] + rows.half[at], rows.texts[at], rows.share[at], rows.context[at]].join(","));
    const blob = new Blob([`word,target,effect,low,high,texts,share_raises,context\r\n${lines.join("\r\n")}\r\n`], { type: "text/csv" });
    const link = h("a", { href: URL.createObjectURL(blob), download: "words.csv" });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  draw();
}

export default hosted(view);
