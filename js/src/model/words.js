// A table of words, as the kernel packs it: unpacked once, searched and ordered here.

/**
 * Words of one target, a column each; row by row, the strongest first.
 * @typedef {object} Rows
 * @property {Uint32Array} word  positions in `words`
 * @property {Float32Array} effect
 * @property {Float32Array} half  of the 95 % interval
 * @property {Float32Array} share  of texts in which it raises
 * @property {Float32Array} context
 * @property {Uint32Array} texts
 * @property {Uint32Array} depends  1 where what it does depends on context
 * @property {Float32Array} [other]  its effect in what stands beside
 * @property {Float32Array} [otherHalf]
 */

/** @typedef {{words: string[], byTarget: Record<string, Rows>, ordered: boolean}} Table  ordered: the strongest first */
/** @typedef {"strongest" | "surest" | "texts" | "context" | "apart"} Order */

const WHOLE = new Set(["word", "texts", "depends"]);
/** @type {Table} */
export const NOTHING = { words: [], byTarget: {}, ordered: true };

/**
 * The bytes of a trait: a view in a notebook, base64 in a page.
 * @param {DataView | Uint8Array | string | null | undefined} given
 */
function bytesOf(given) {
  if (typeof given === "string") {
    const signs = atob(given);
    const bytes = new Uint8Array(signs.length);
    // a loop, since a page of all words has megabytes, and a call for each byte takes a third of a second
    for (let at = 0; at < bytes.length; at += 1) bytes[at] = signs.charCodeAt(at);
    return bytes;
  }
  if (!given) return new Uint8Array();
  // copied: columns of four bytes have to stand at a multiple of four
  return new Uint8Array(new Uint8Array(given.buffer, given.byteOffset, given.byteLength));
}

/** @param {Parameters<typeof bytesOf>[0]} given @returns {Table} */
export function unpacked(given) {
  const bytes = bytesOf(given);
  if (bytes.length < 4) return NOTHING;
  const { buffer } = bytes;
  const size = new DataView(buffer).getUint32(0, true);
  const { targets, counts, columns, words } = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + size)));
  let at = 4 + size;
  /** @type {Record<string, any>} */
  const byTarget = {};
  targets.forEach((/** @type {string} */ target, /** @type {number} */ position) => {
    /** @type {Record<string, any>} */
    const rows = {};
    for (const name of columns) {
      rows[name] = new (WHOLE.has(name) ? Uint32Array : Float32Array)(/** @type {ArrayBuffer} */ (buffer), at, counts[position]);
      at += 4 * counts[position];
    }
    byTarget[target] = rows;
  });
  return { words, byTarget, ordered: true };
}

/**
 * Two tables as one: rows of the second are taken where the first has none of that word.
 * @param {Table} table
 * @param {Table} more
 * @returns {Table}
 */
export function joined(table, more) {
  if (!more.words.length) return table;
  const place = new Map(table.words.map((word, at) => [word, at]));
  const words = [...table.words];
  const moved = more.words.map((word) => place.get(word) ?? words.push(word) - 1);
  /** @type {Record<string, any>} */
  const byTarget = {};
  for (const [target, rows] of Object.entries(table.byTarget)) {
    const other = more.byTarget[target];
    const known = new Set(rows.word);
    const fresh = other ? [...other.word.keys()].filter((at) => !known.has(moved[other.word[at]])) : [];
    byTarget[target] = Object.fromEntries(
      Object.entries(rows).map(([name, column]) => {
        const added = fresh.map((at) => (name === "word" ? moved[other.word[at]] : /** @type {any} */ (other)[name]?.[at] ?? NaN));
        return [name, new /** @type {any} */ (column.constructor)([...column, ...added])];
      }),
    );
  }
  return { words, byTarget, ordered: false };
}

/** What each order puts first. @type {Record<Order, (rows: Rows, at: number) => number>} */
const ORDERS = {
  // by how far the interval stays from 0; by size alone words of few texts would come first, which err most
  strongest: (rows, at) => Math.max(0, Math.abs(rows.effect[at]) - rows.half[at]) + 1e-6 * Math.abs(rows.effect[at]),
  surest: (rows, at) => Math.abs(rows.effect[at]) / (rows.half[at] || Infinity),
  texts: (rows, at) => rows.texts[at],
  context: (rows, at) => rows.context[at],
  apart: (rows, at) => (rows.other ? Math.abs(rows.effect[at] - rows.other[at]) / Math.hypot(rows.half[at], rows.otherHalf?.[at] ?? 0) || 0 : 0),
};

/**
 * Rows of a target that are asked for: those that raise and those that lower, in order.
 * @param {Table} table
 * @param {string} target
 * @param {{query: string, least: number, depends: boolean, order: Order}} asked
 * @returns {{raising: number[], lowering: number[]}}
 */
export function chosen(table, target, { query, least, depends, order }) {
  const rows = table.byTarget[target];
  /** @type {{raising: number[], lowering: number[]}} */
  const found = { raising: [], lowering: [] };
  if (!rows) return found;
  const wanted = query.trim().toLowerCase();
  const fits = wanted ? Uint8Array.from(table.words, (word) => Number(word.includes(wanted))) : null;
  for (let at = 0; at < rows.word.length; at += 1) {
    if (rows.texts[at] < least || (depends && !rows.depends[at]) || (fits && !fits[rows.word[at]])) continue;
    (rows.effect[at] < 0 ? found.lowering : found.raising).push(at);
  }
  const key = ORDERS[order];
  if (order === "strongest" && table.ordered) return found;
  for (const list of Object.values(found)) {
    const keys = new Map(list.map((at) => [at, key(rows, at)]));
    list.sort((a, b) => (keys.get(b) ?? 0) - (keys.get(a) ?? 0) || a - b);
  }
  return found;
}
