// Words against layers: what the head would say of each word's state at each layer, and of the whole text's.
// Of an answer its words, with what each layer would have said in their place.

import { gridKeys, h, rove, set, setText, svg, theirs } from "../dom.js";
import { decimals, number } from "../model/display.js";

/** @typedef {import("../captions.js").Captions} Captions */
/** @typedef {import("../deep.js").Drawn} Drawn */
/**
 * @typedef {object} Reading  what Python's layers_record writes
 * @property {string[]} names
 * @property {string[]} columns  words, or targets where there are no cells
 * @property {number} size  of all columns
 * @property {string[]} targets
 * @property {boolean} probability
 * @property {number[][]} whole  by layer, then by target
 * @property {number[][][] | null} cells  by layer, then by word, then by target
 * @property {[string, number][][][] | null} others  by layer, then by target: what is likeliest there
 * @property {number[]} decided  by target
 * @property {{layer: number, index: number, effect: number, word: string}[]} neurons
 * @property {string} carried  target that they carry; "" for a whole answer
 * @property {[number, number][][][] | null} [looks]  by layer, then by word: the words that it looks at most, with shares
 * @property {number} seconds
 */

const UNDECIDED = 0.05; // of a probability, on both sides of a half
const MOST_TITLE = 60;
const MANY = 16; // layers, from which on rows are lower
const SAID = 9; // letters of a word in a cell

/**
 * @param {Captions} say
 * @param {{choose: (target: string) => void, dream: (at: number) => void}} on  a target, and what a neuron wants
 * @param {AbortSignal} signal
 */
export function layersPart(say, on, signal) {
  const grid = h("table", { class: "ll-layers", role: "grid", "aria-label": say("deep.layers") });
  const reading = h("p", { class: "ll-reading", "aria-live": "polite" });
  const key = h("p", { class: "ll-chips" });
  const scroll = h("div", { class: "ll-wide" }, grid);
  const carried = h("h4", { class: "ll-caption" });
  const neurons = h("ol", { class: "ll-neurons" });
  const carriers = h("div", { class: "ll-section" }, carried, neurons);
  const element = h("div", {}, scroll, h("div", { class: "ll-under" }, reading, key), carriers);
  /** @type {Reading | null} */
  let record = null;
  let at = 0;
  let drawn = "";
  /** Row by row, the last layer first. @type {HTMLElement[][]} */
  let steps = [];

  for (const type of ["pointerover", "focusin"]) {
    grid.addEventListener(type, (event) => {
      const cell = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest?.("td[data-layer]"));
      if (cell) tell(Number(cell.dataset.layer), cell.dataset.column === undefined ? null : Number(cell.dataset.column));
    }, { signal });
  }
  for (const type of ["pointerleave", "focusout"]) grid.addEventListener(type, () => tell(null, null), { signal });
  grid.addEventListener("click", (event) => pick(/** @type {HTMLElement} */ (event.target)), { signal });
  gridKeys(grid, () => steps, pick, signal);

  neurons.addEventListener("click", (event) => {
    const button = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("button"));
    if (button) on.dream(Number(button.dataset.at));
  }, { signal });

  /** A column of a target chooses it. @param {HTMLElement} target */
  function pick(target) {
    const column = /** @type {HTMLElement | null} */ (target.closest("[data-column]"))?.dataset.column;
    if (record && !record.cells && column !== undefined) on.choose(record.targets[Number(column)]);
  }

  /** @param {number} layer */
  const named = (layer) => (layer ? say("deep.layer", { at: layer }) : say("deep.input"));

  /** What stands in the reading line. @param {number | null} layer @param {number | null} column */
  function tell(layer, column) {
    for (const cell of grid.querySelectorAll(".ll-here")) cell.classList.remove("ll-here");
    if (!record || layer === null) return setText(reading, say("deep.rest"));
    const row = record.names.length - 1 - layer;
    grid.tBodies[0].rows[row].cells[0].classList.add("ll-here");
    if (column !== null) grid.tFoot?.rows[0].cells[column + 1].classList.add("ll-here");
    setText(reading, said(record, layer, column));
  }

  /** @param {Reading} of @param {number} layer @param {number | null} column */
  function said({ whole, cells, targets, columns, others, probability, looks }, layer, column) {
    const digits = probability ? 2 : decimals(largest(whole));
    const text = (/** @type {number} */ value) => number(value, digits);
    if (column === null) return say("deep.text", { layer: named(layer), target: targets[at], score: text(whole[layer][at]) });
    const word = columns[column];
    if (cells) {
      const read = say("deep.cell", { layer: named(layer), word, target: targets[at], score: text(cells[layer][column][at]), whole: text(whole[layer][at]) });
      // the words' own vectors look nowhere
      const seen = layer ? (looks?.[layer - 1]?.[column] ?? []).filter(([to]) => to < columns.length) : [];
      return seen.length ? `${read} · ${say("deep.attends", { words: seen.map(([to, share]) => `${columns[to]} ${number(share, 2)}`).join(say("listed")) })}` : read;
    }
    const score = text(whole[layer][column]);
    if (!others) return say("deep.place", { layer: named(layer), word, score });
    const likely = others[layer][column].map(([other, share]) => `${other} ${number(share, 2)}`).join(say("listed"));
    return say("deep.says", { layer: named(layer), word, score, others: likely });
  }

  /** @param {Reading} own */
  function lay(own) {
    const { names, columns, whole, cells, targets, others, probability, decided } = own;
    const most = largest(cells ? [...whole, ...cells.map((row) => row.map((cell) => cell[at]))] : whole);
    const digits = probability ? 2 : decimals(most);
    const order = names.map((_, layer) => names.length - 1 - layer);
    const low = probability ? 0 : Math.min(0, ...whole.map((row) => row[at]));
    const high = probability ? 1 : Math.max(low + 1e-9, ...whole.map((row) => row[at]));
    const place = (/** @type {number} */ layer) => (whole[layer][at] - low) / (high - low || 1);
    const rows = order.map((layer) => {
      const cellsOf = columns.map((_, column) => {
        const value = cells ? cells[layer][column][at] : whole[layer][column];
        const first = others?.[layer][column]?.[0]?.[0];
        const shown = first === undefined ? number(value, digits) : [...first].slice(0, SAID).join("");
        return h("td", { class: "ll-state", tabindex: -1, "data-layer": layer, "data-column": column, "data-chosen": !cells && column === at, ...litBy(value, most, cells === null, probability), "aria-label": said(own, layer, column), ...(first === undefined ? {} : theirs) }, shown);
      });
      const curve = h("td", { class: "ll-curve", tabindex: -1, "data-layer": layer, "aria-label": said(own, layer, null) }, line(layer, place, names.length), h("i", { "--at": place(layer).toFixed(4) }), h("span", { class: "ll-num" }, number(whole[layer][at], digits)));
      return h("tr", { "data-decided": layer === decided[at] }, h("th", { scope: "row" }, named(layer)), ...cellsOf, curve);
    });
    steps = rows.map((row) => /** @type {HTMLElement[]} */ ([...row.querySelectorAll("td")]));
    const heads = columns.map((name, column) => h("th", { scope: "col", "data-column": column, "data-chosen": !cells && column === at, title: name, ...theirs }, h("span", {}, name)));
    const end = h("th", { scope: "col", class: "ll-curve" }, cells ? say("deep.whole") : h("bdi", {}, targets[at]));
    grid.replaceChildren(h("tbody", {}, ...rows), h("tfoot", {}, h("tr", {}, h("td"), ...heads, end)));
    set(grid, { "aria-rowcount": names.length, "aria-colcount": columns.length + 1, "data-words": others !== null, "data-many": names.length > MANY });
    const first = steps[0]?.[0];
    if (first) first.tabIndex = 0;
    key.replaceChildren(...keys(own), h("span", { class: "ll-turn" }, h("i"), say("deep.here")));
    if (!reading.textContent) setText(reading, say("deep.rest"));
  }

  /** @param {Reading} own */
  function keys({ cells, probability }) {
    const chip = (/** @type {{[name: string]: string | null}} */ how, /** @type {string} */ text) => h("span", { class: "ll-state", "--w": "0.5", ...how }, text);
    if (!probability) return [chip({ "data-sign": "raises" }, say("deep.above")), chip({ "data-sign": "lowers" }, say("deep.below"))];
    if (!cells) return [chip({ "data-sign": "raises" }, say("deep.likely"))];
    return [chip({ "data-sign": "raises" }, say("deep.over")), chip({ "data-sign": "lowers" }, say("deep.under")), chip({ "data-sign": "raises", "data-doubt": "" }, say("deep.half"))];
  }

  /** @param {Reading} own @param {boolean} opens */
  function list({ neurons: some, carried: target }, opens) {
    carriers.hidden = !some.length;
    if (!some.length) return;
    carried.replaceChildren(...(target ? say.parts("deep.carry", { target: 0 }).map(({ text }) => text || h("b", theirs, target)) : [say("deep.carryAnswer")]));
    const digits = decimals(Math.abs(some[0].effect) || 1);
    neurons.replaceChildren(...some.map(({ layer, index, effect, word }, at) => {
      const name = say("deep.neuron", { layer: named(layer), index: String(index) });
      const parts = [h("span", {}, name), " ", h("b", { "data-sign": effect < 0 ? "lowers" : "raises" }, number(effect, digits, true)), " ", h("span", { class: "ll-dim", ...theirs }, word)];
      return h("li", {}, opens ? h("button", { type: "button", "data-at": at, title: say("deep.wants") }, ...parts) : h("span", { class: "ll-neuron" }, ...parts));
    }));
    set(neurons, { "aria-label": carried.textContent });
  }

  return {
    element,

    /** @param {Reading} told @param {{target: string, opens: boolean}} state @returns {Drawn} */
    update(told, { target, opens }) {
      const { targets, whole, names, probability, decided, seconds, size, columns, cells } = told;
      const last = whole[whole.length - 1];
      const found = targets.indexOf(target);
      at = found >= 0 ? found : cells ? last.indexOf(Math.max(...last)) : 0;
      record = told;
      const now = JSON.stringify([told, at, opens]);
      if (now !== drawn) {
        const held = grid.contains(element.ownerDocument.activeElement);
        const focus = held ? steps.flat().indexOf(/** @type {HTMLElement} */ (element.ownerDocument.activeElement)) : -1;
        lay(told);
        list(told, opens);
        const again = steps.flat()[focus];
        if (again) {
          rove(steps.flat(), again);
          again.focus();
        }
        drawn = now;
      }
      const digits = probability ? 2 : decimals(largest(whole));
      const rest = [say(told.neurons.length ? "deep.passes" : "deep.pass"), say("seconds", { number: seconds.toFixed(seconds < 0.1 ? 3 : 2) })];
      if (size > columns.length) rest.push(say("deep.cut", { count: columns.length, size }));
      rest.push(say("deep.early"));
      const name = [...targets[at]].slice(0, MOST_TITLE).join("");
      return { pills: cells ? targets : [], chosen: targets[at], scores: last.map((one) => number(one, digits)), facts: [say("deep.decided", { target: name, layer: named(Math.min(decided[at], names.length - 1)) }), rest], done: 0 };
    },
  };
}

/** The largest size of any number. @param {number[][]} rows */
function largest(rows) {
  return Math.max(1e-6, ...rows.map((row) => Math.max(0, ...row.map(Math.abs))));
}

/**
 * How a state is lit: on which side of a half it is, and how far; of an answer how likely; of values how far from 0.
 * @param {number} value @param {number} most @param {boolean} share @param {boolean} probability
 * @returns {Record<string, string | null>}
 */
export function litBy(value, most, share, probability) {
  if (!probability) return { "data-sign": value < 0 ? "lowers" : "raises", "--w": (Math.abs(value) / most).toFixed(3) };
  if (share) return { "data-sign": "raises", "--w": value.toFixed(3) };
  return { "data-sign": value < 0.5 ? "lowers" : "raises", "data-doubt": Math.abs(value - 0.5) < UNDECIDED ? "" : null, "--w": Math.abs(2 * value - 1).toFixed(3) };
}

/** A layer's piece of the curve, to half way to its neighbours. @param {number} layer @param {(layer: number) => number} place @param {number} count */
function line(layer, place, count) {
  const here = 100 * place(layer);
  const half = (/** @type {number} */ other) => (here + 100 * place(other)) / 2;
  const points = [...(layer + 1 < count ? [`${half(layer + 1)},0`] : []), `${here},50`, ...(layer ? [`${half(layer - 1)},100`] : [])];
  return svg("svg", { viewBox: "0 0 100 100", preserveAspectRatio: "none", "aria-hidden": "true" }, svg("polyline", { points: points.join(" ") }));
}
