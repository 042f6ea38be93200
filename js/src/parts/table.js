// The words of an answer against those of the prompt: a row is what a word rests on, a column what a word brings about.
// Where it is known what the answer's own earlier words do, they stand beside the prompt's.

import { fill, gridKeys, h, set, setText, theirs } from "../dom.js";
import { said } from "../model/answer.js";
import { decimals, lit, number } from "../model/display.js";
import { clipped } from "../model/runs.js";

/** @typedef {import("../captions.js").Captions} Captions */
/** @typedef {import("../model/answer.js").Stretch} Stretch */
/** @typedef {NonNullable<import("../model/derive.js").Shown["all"]>} All */

/** Letters at the edge of the table. */
const MOST_NAME = 16;
const STRONGEST = "strongest";
const LINES = "lines";

/**
 * Rows and columns as written, or with the strongest first.
 * @param {number[][]} weights
 * @param {string} order
 */
export function laidOut(weights, order) {
  const rows = weights.map((_, at) => at);
  const columns = (weights[0] ?? []).map((_, at) => at);
  if (order !== STRONGEST) return { rows, columns };
  /** @param {number[]} values */
  const size = (values) => Math.max(0, ...values.map((value) => Math.abs(value) || 0));
  const byRow = weights.map(size);
  const byColumn = columns.map((column) => size(weights.map((row) => row[column])));
  rows.sort((a, b) => byRow[b] - byRow[a] || a - b);
  columns.sort((a, b) => byColumn[b] - byColumn[a] || a - b);
  return { rows, columns };
}

/**
 * @param {Captions} say
 * @param {{look: (word: number | null, feature: number | null) => void, choose: (stretch: Stretch) => void, redraw: () => void}} on
 * @param {{element: HTMLElement, update: (state: import("../model/derive.js").ViewState) => void}} lines  the same as lines, instead
 * @param {AbortSignal} signal
 */
export function tablePart(say, on, lines, signal) {
  const order = h("select", { class: "ll-other", "aria-label": say("order") });
  fill(order, [{ value: "", text: say("asWritten") }, { value: STRONGEST, text: say("strongestFirst") }, { value: LINES, text: say("asLines") }], "");
  order.addEventListener("change", on.redraw, { signal });
  order.addEventListener("keydown", (event) => event.key !== "Escape" && event.stopPropagation(), { signal });
  const question = h("span", { class: "ll-attention" }, say("order"), " ", order);
  const grid = h("table", { class: "ll-grid ll-matrix", role: "grid" });
  const element = h("div", { class: "ll-column ll-table" }, h("h4", { class: "ll-caption" }, say("tableCaption")), h("div", { class: "ll-scroll" }, grid, lines.element));
  /** By word of the answer, then by feature. @type {HTMLElement[][]} */
  let cells = [];
  /** Those that can be stepped through, row by row. @type {HTMLElement[][]} */
  let steps = [];
  let drawn = "";
  /** @type {HTMLElement[]} */
  let told = [];
  /** By word of the answer: what each feature does, then what each word before it does. @type {number[][]} */
  let wide = [];
  let prompt = 0;

  /** @param {EventTarget | null} target @returns {[number, number] | null} */
  const cellOf = (target) => {
    const cell = /** @type {HTMLElement | null} */ (/** @type {Element} */ (target).closest?.("td[data-row]"));
    return cell && [Number(cell.dataset.row), Number(cell.dataset.column)];
  };
  for (const type of ["pointerover", "focusin"]) {
    grid.addEventListener(type, (event) => {
      const cell = cellOf(event.target);
      if (cell) on.look(cell[0], cell[1] < prompt ? cell[1] : null);
    }, { signal });
  }
  for (const type of ["pointerleave", "focusout"]) {
    grid.addEventListener(type, () => on.look(null, null), { signal });
  }
  grid.addEventListener("click", (event) => {
    const row = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("[data-row]"));
    if (row) on.choose([Number(row.dataset.row), Number(row.dataset.row)]);
  }, { signal });
  gridKeys(grid, () => steps, (cell) => on.choose([Number(cell.dataset.row), Number(cell.dataset.row)]), signal);

  /** @param {All} all @param {number} most */
  function lay(all, most) {
    const { weights, intervals, features, targets, answer, spans, fields } = all;
    const now = JSON.stringify([all.key, answer.text, all.evaluations, all.state, most, order.value, answer.earlier !== null]);
    if (now === drawn || !weights) return;
    drawn = now;
    told = [];
    const digits = decimals(most);
    const own = answer.earlier ? answer.spans.map((_, at) => said(answer, [at, at])) : [];
    prompt = features.length;
    wide = weights.map((row, at) => [...row, ...own.map((_, word) => answer.earlier?.[at][word] ?? NaN)]);
    const { rows, columns } = laidOut(wide, order.value);
    const nameOf = (/** @type {number} */ column) => (column < prompt ? features[column] : `…${own[column - prompt]}`);
    cells = weights.map(() => []);
    const names = rows.map((row) => said(answer, [row, row]) || say("answerEnd"));
    const top = h("tr", {}, h("td"), ...columns.map((column) => {
      const name = clipped(nameOf(column), MOST_NAME);
      const field = column < prompt && fields.length > 1 ? fields[spans[column][0]] : null;
      const full = column < prompt ? `${features[column]}${field ? ` · ${field.role || field.name}` : ""}` : `${nameOf(column)} · ${say("answer")}`;
      return h("th", { scope: "col", title: full, "data-of": column, ...theirs }, h("span", {}, name));
    }));
    const lines = rows.map((row, at) => h("tr", {}, h("th", { scope: "row", title: names[at], "data-row": row, ...theirs }, clipped(names[at], MOST_NAME)), ...columns.map((column) => {
      const weight = wide[row][column];
      const cell = h("td", {
        class: "ll-word",
        tabindex: -1,
        "data-row": row,
        "data-column": column,
        ...(Number.isNaN(weight) ? { "data-void": "" } : lit(weight, column < prompt ? intervals?.[row][column] : undefined, most)),
        "aria-label": say("cell", { word: names[at], from: nameOf(column), weight: number(weight, digits, true) }),
      });
      cells[row][column] = cell;
      return cell;
    })));
    steps = rows.map((row) => columns.map((column) => cells[row][column]));
    set(grid, { "aria-label": say("tableCaption"), "aria-rowcount": targets.length, "aria-colcount": columns.length });
    grid.replaceChildren(h("thead", {}, top), h("tbody", {}, ...lines));
    if (steps[0]?.[0]) steps[0][0].tabIndex = 0;
  }

  /** Numbers stand in the row and the column that are pointed at. @param {number} most @param {number | null} word @param {number | null} feature */
  function tell(most, word, feature) {
    const now = cells.flatMap((row, at) => (at === word ? row : feature !== null && row[feature] ? [row[feature]] : []));
    for (const cell of told) if (!now.includes(cell)) setText(cell, "");
    const digits = decimals(most);
    for (const cell of now) setText(cell, cell.dataset.void === undefined ? number(wide[Number(cell.dataset.row)][Number(cell.dataset.column)], digits, true) : "");
    told = now;
    for (const head of /** @type {HTMLTableCellElement[]} */ ([...grid.querySelectorAll("th")])) {
      head.classList.toggle("ll-here", head.scope === "row" ? Number(head.dataset.row) === word : Number(head.dataset.of) === feature);
    }
  }

  return {
    question: { element: question, update() {} },
    column: {
      element,

      /** @param {import("../model/derive.js").ViewState} state */
      update(state) {
        const { shown, pointed, heard } = state;
        const all = shown?.all;
        grid.hidden = !all?.weights || order.value === LINES;
        lines.element.hidden = !all?.weights || order.value !== LINES;
        lines.update(state);
        if (!shown || !all?.weights || grid.hidden) return;
        // one scale for the whole table, whatever stretch is chosen
        const most = shown.every;
        lay(all, most);
        tell(most, heard, pointed?.length === 1 ? pointed[0] : null);
      },
    },
  };
}
