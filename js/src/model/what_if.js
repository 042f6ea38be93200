// What is hidden, and what the model says, or the explanation expects, without it.

import { scoreWithout } from "./display.js";
import { slice } from "./runs.js";

/** @typedef {import("./document.js").Explanation} Explanation */
/** @typedef {import("./document.js").Field} Field */
/** @typedef {import("../wire/protocol.js").Span} Span */
/** @typedef {import("../wire/protocol.js").Try} Try */

/** @param {Span} a @param {Span} b */
function touch(a, b) {
  return a[0] === b[0] && a[1] < b[2] && b[1] < a[2];
}

/** @param {Span} outer @param {Span} inner */
function covers(outer, inner) {
  return outer[0] === inner[0] && outer[1] <= inner[1] && outer[2] >= inner[2];
}

/**
 * Spans in order, each once, and none that lies in another.
 * @param {Span[]} spans
 */
export function ordered(spans) {
  const sorted = [...spans].sort((a, b) => a[0] - b[0] || a[1] - b[1] || b[2] - a[2]);
  return sorted.filter((span, at) => !sorted.slice(0, at).some((other) => covers(other, span)));
}

/**
 * What is hidden of one field, up to some place: stretches that do not overlap.
 * @param {Span[]} hidden
 * @param {number} field
 * @param {number} end
 */
export function stretches(hidden, field, end) {
  /** @type {[number, number][]} */
  const out = [];
  for (const [, start, stop] of ordered(hidden.filter((span) => span[0] === field))) {
    const from = Math.max(start, out[out.length - 1]?.[1] ?? 0);
    const to = Math.min(stop, end);
    if (from < to) out.push([from, to]);
  }
  return out;
}

/**
 * The features that are out: every one that a hidden span touches.
 * @param {Explanation} explanation
 * @param {Span[]} hidden
 */
export function struck({ spans }, hidden) {
  if (!hidden.length) return [];
  return spans.flatMap((span, feature) => (hidden.some((out) => touch(out, span)) ? [feature] : []));
}

/**
 * Whether hidden spans are whole features, of which the explanation knows what they do.
 * @param {Explanation} explanation
 * @param {Span[]} hidden
 */
export function foreseeable({ spans }, hidden) {
  return hidden.every((out) => {
    const touched = spans.filter((span) => touch(out, span));
    return touched.length > 0 && touched.every((span) => covers(out, span));
  });
}

/**
 * Hides a feature, or brings it back; of a longer hidden stretch its other features stay out.
 * @param {Explanation} explanation
 * @param {Span[]} hidden
 * @param {number} feature
 */
export function toggled({ spans }, hidden, feature) {
  const own = spans[feature];
  const out = hidden.filter((span) => touch(span, own));
  if (!out.length) return ordered([...hidden, own]);
  const rest = out.flatMap((wide) =>
    spans
      .filter((span) => span !== own && touch(wide, span))
      .map(([field, start, stop]) => /** @type {Span} */ ([field, Math.max(start, wide[1]), Math.min(stop, wide[2])])),
  );
  return ordered([...hidden.filter((span) => !out.includes(span)), ...rest]);
}

/**
 * Whether a whole field is hidden, in one piece.
 * @param {Field[]} fields
 * @param {Span[]} hidden
 * @param {number} at  of the field
 */
export function fieldHidden(fields, hidden, at) {
  const { length } = fields[at];
  return length > 0 && hidden.some((span) => covers(span, [at, 0, length]));
}

/**
 * Hides a whole field, or brings back all of it.
 * @param {Field[]} fields
 * @param {Span[]} hidden
 * @param {number} at  of the field
 */
export function fieldToggled(fields, hidden, at) {
  const others = hidden.filter(([field]) => field !== at);
  return fieldHidden(fields, hidden, at) ? others : ordered([...others, [at, 0, fields[at].length]]);
}

/**
 * What hidden spans are called: a field by its name, anything else by what it says.
 * @param {Field[]} fields
 * @param {Span[]} hidden
 */
export function hiddenNames(fields, hidden) {
  return ordered(hidden)
    .filter(([field]) => field < fields.length)
    .map(([field, start, stop]) => {
      const whole = fields.length > 1 && fieldHidden(fields, [[field, start, stop]], field);
      return { name: whole ? fields[field].name : slice(fields[field].text, start, stop), whole };
    });
}

/**
 * The try on show, if it is the one that is asked for.
 * @param {Explanation} explanation
 * @param {Span[]} hidden
 * @param {Try | undefined} shown
 * @returns {Try | null}
 */
export function answered({ fields }, hidden, shown) {
  const same = shown && JSON.stringify([shown.texts, ordered(shown.hidden)]) === JSON.stringify([fields.map(({ text }) => text), ordered(hidden)]);
  return same ? shown : null;
}

/**
 * What the explanation expects, for a page without a model; null where it cannot know.
 * @param {Explanation} explanation
 * @param {Span[]} hidden
 * @returns {Try | null}
 */
export function guessed(explanation, hidden) {
  if (!foreseeable(explanation, hidden)) return null;
  const { fields, targets, scores } = explanation;
  const out = struck(explanation, hidden);
  const expects = targets.map((_, at) => scoreWithout(explanation, at, out));
  // from entries, since a class may be called "__proto__"
  const prediction = Object.fromEntries(targets.map((target, at) => [target, expects[at]]));
  const change = Object.fromEntries(targets.map((target, at) => [target, expects[at] - scores[at]]));
  return { texts: fields.map(({ text }) => text), hidden, prediction, change };
}
