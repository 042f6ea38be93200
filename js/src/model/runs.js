// Kernel spans count code points, JavaScript strings count UTF-16 units: an emoji
// is one of the former and two of the latter. Only this file knows about both.

/**
 * How many code points a text has.
 * @param {string} text
 */
export function count(text) {
  return [...text].length;
}

/**
 * Positions in UTF-16 units of sorted positions in code points.
 * @param {string} text
 * @param {number[]} positions  ascending
 * @returns {number[]}
 */
export function utf16(text, positions) {
  const out = [];
  let points = 0;
  let units = 0;
  for (const position of positions) {
    while (points < position && units < text.length) {
      units += /** @type {number} */ (text.codePointAt(units)) > 0xffff ? 2 : 1;
      points += 1;
    }
    out.push(units);
  }
  return out;
}

/**
 * The stretch of a text between two positions in code points.
 * @param {string} text
 * @param {number} start
 * @param {number} stop
 */
export function slice(text, start, stop) {
  const [from, to] = utf16(text, [start, stop]);
  return text.slice(from, to);
}

/**
 * A name short enough to stand beside others: of a whole sentence its beginning.
 * @param {string} name
 * @param {number} [most]  characters
 */
export function clipped(name, most = 24) {
  const signs = Array.from(name);
  return signs.length > most ? `${signs.slice(0, most - 1).join("").trimEnd()}…` : name;
}

/**
 * Cuts a text into stretches: a span, or what lies between two of them.
 * Joined, they are the text again. What the model does not read comes last.
 * @param {string} text
 * @param {[number, number][]} spans  ascending, in code points
 * @param {number} read  code points that the model reads
 * @returns {{text: string, span: number | null, unread: boolean}[]}
 */
export function runs(text, spans, read) {
  const edges = utf16(text, [...spans.flat(), read]);
  const end = edges[edges.length - 1];
  /** @type {{text: string, span: number | null, unread: boolean}[]} */
  const out = [];
  /** @param {number} from @param {number} to @param {number | null} span @param {boolean} unread */
  const push = (from, to, span, unread = false) => {
    if (to > from) out.push({ text: text.slice(from, to), span, unread });
  };
  let at = 0;
  for (let i = 0; i < spans.length; i += 1) {
    push(at, edges[2 * i], null);
    push(edges[2 * i], edges[2 * i + 1], i);
    at = edges[2 * i + 1];
  }
  push(at, end, null);
  push(end, text.length, null, true);
  return out;
}
