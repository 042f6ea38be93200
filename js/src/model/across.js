// What words of two fields do together: a table, those of the one against those of the other. src/limelight/render/across.py has
// the same rule.

import { doubtful, fullColour, SHOWING } from "./display.js";

/** @typedef {import("./document.js").Explanation} Explanation */

/**
 * What two words do together, beyond what each does by itself, where all the others are there.
 * @typedef {object} Cell
 * @property {number} row  a feature of the one field
 * @property {number} column  and one of the other
 * @property {number} weight
 * @property {[number, number]} interval
 * @property {number[]} term  that says it: the two alone, or the strongest with more
 */

/** The two fields whose words can be set against each other; null where features stand in one field or in more than two. @param {Explanation} explanation @returns {[number, number] | null} */
export function opposite({ spans }) {
  const fields = [...new Set(spans.map(([field]) => field))].sort((a, b) => a - b);
  return fields.length === 2 ? [fields[0], fields[1]] : null;
}

/** Those that surely count, strongest first. @param {Explanation} explanation @param {number} target @returns {Cell[]} */
function cells(explanation, target) {
  const { spans, terms, termWeights: weights, termIntervals: intervals } = explanation;
  const fields = opposite(explanation);
  if (!fields || !weights || !intervals) return [];
  /** @type {Map<string, Cell & {size: number}>} */
  const found = new Map();
  terms.forEach((term, at) => {
    const weight = weights[target][at];
    const [low, high] = intervals[target][at];
    if (doubtful([low, high])) return; // it may be none at all
    const [rows, columns] = fields.map((field) => term.filter((feature) => spans[feature][0] === field));
    for (const row of rows) {
      for (const column of columns) {
        const key = `${row} ${column}`;
        const cell = found.get(key) ?? { row, column, weight: 0, interval: [0, 0], term, size: -1 };
        // of several terms with both their sum, no interval of which is wider than the sum of theirs
        cell.weight += weight;
        cell.interval = [cell.interval[0] + low, cell.interval[1] + high];
        const size = term.length === 2 ? Infinity : Math.abs(weight);
        if (size > cell.size) Object.assign(cell, { term, size });
        found.set(key, cell);
      }
    }
  });
  const least = SHOWING.faint * fullColour(explanation);
  return [...found.values()]
    .filter(({ weight, interval }) => !doubtful(interval) && Math.abs(weight) >= least)
    .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight) || a.row - b.row || a.column - b.column)
    .map(({ size: _, ...cell }) => cell);
}

/**
 * The table of a target: as many rows and columns as there is room for, those with the strongest cells, in the order of the text.
 * @param {Explanation} explanation
 * @param {number} target
 */
export function across(explanation, target) {
  const all = cells(explanation, target);
  const [rows, columns] = /** @type {const} */ ([["row", SHOWING.mostRows], ["column", SHOWING.mostColumns]]).map(([side, most]) =>
    [...new Set(all.map((cell) => cell[side]))].slice(0, most).sort((a, b) => a - b),
  );
  return { rows, columns, cells: all.filter(({ row, column }) => rows.includes(row) && columns.includes(column)) };
}
