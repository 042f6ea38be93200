// The one reader of documents: arrays become rows, optional keys get their defaults. All else works on what it gives.

import { count } from "./runs.js";

/** @typedef {import("../wire/protocol.js").Document} Document */

/** The name of the field of an input that is one text. */
const ONLY = "text";
/** @typedef {import("../wire/protocol.js").Span} Span */

/**
 * A field of the input.
 * @typedef {object} Field
 * @property {string} name
 * @property {string} text
 * @property {string} group  "" where it has none; the same for role and title
 * @property {string} role
 * @property {string} title
 * @property {number} length  of the text, in code points
 * @property {number} read  code points that the model reads
 * @property {[number, number][]} spans  of its features
 */

/**
 * An explanation, ready to be drawn.
 * @typedef {object} Explanation
 * @property {Document} document  that it was read from
 * @property {Field[]} fields
 * @property {number[]} explained  fields that are cut into features
 * @property {string} key  the same for the same features of the same texts
 * @property {string[]} features
 * @property {Span[]} spans
 * @property {Span[]} pinned  never taken out
 * @property {Span[]} only  of targets that alone are explained; none where all are
 * @property {string[]} targets  their names
 * @property {string[]} groups  of the targets, "" where one has none
 * @property {(Span | null)[]} anchors  where a target stands in the input
 * @property {number[]} scores  one a target
 * @property {number[] | null} probabilities
 * @property {number[][] | null} weights  a row a target, a column a feature
 * @property {number[] | null} intercepts
 * @property {[number, number][][] | null} intervals  95 %, a row a target
 * @property {number[][]} terms  features that count together
 * @property {number[][] | null} termWeights  a row a target, a column a term
 * @property {[number, number][][] | null} termIntervals
 * @property {boolean} joint  whether terms are part of the prediction
 * @property {{weights: number[][], intercepts: number[], intervals: [number, number][][] | null} | null} beside  where they are not: what stands in place of these once they are
 * @property {{r2?: number[], rank?: number[], convergence?: number[], together?: number[], alone?: number[]}} fit
 * @property {string} state  "prediction", "draft", "partial", "settled", "spent", "exact" or "answering"
 * @property {string} method
 * @property {string} title  of the method, for readers
 * @property {string[]} units  of the explained fields, each once
 * @property {string} masker
 * @property {string} scale  "probability", "logit", "log-odds", "value" or "attention"
 * @property {[number, number] | null} contrast  positions of the two targets whose difference is explained
 * @property {number} evaluations
 * @property {number} budget
 * @property {(string | import("../captions.js").Note)[]} warnings
 * @property {number} seconds
 * @property {{layers: number, heads: number, bytes: Uint8Array} | null} attention  (layers, heads, words, words)
 * @property {{targets: number[], shares: number[], first: number[][], last: number[][], random: number[][], srg: number[]} | null} exam
 * @property {Answer | null} answer  what a generating model said: its words are the targets, and maybe its end
 * @property {number[][]} removals  sets of features that were taken out together, each of the whole input
 * @property {number[][] | null} removalScores  a row a target, a column a set: what the model said without it
 * @property {number[][] | null} margins  cumulated over the targets from 0 on
 * @property {number[][] | null} residuals  a row an evaluation, cumulated over the targets from 0 on
 * @property {number[][] | null} leverages  a row an evaluation, a column a feature: what its squared residual adds to the squared half of an interval
 */

/**
 * @typedef {object} Answer
 * @property {string} text
 * @property {[number, number][]} spans  of its words, in code points
 * @property {number[]} probabilities  of each word; none where they are not known
 * @property {{text: string, probability: number}[][]} alternatives  what else was likely, by word
 * @property {string} end  the target "it ends here", or ""
 * @property {[number, number][]} sentences  of words: the first, and the one after the last
 * @property {number[][] | null} earlier  a row a target, a number for each word of the answer before it: what that does to it
 */

/** Each document is read once. @type {WeakMap<Document, Explanation>} */
const known = new WeakMap();

/** @param {Document | null | undefined} document @returns {Explanation | null} */
export function decode(document) {
  if (!document) return null;
  if (!known.has(document)) known.set(document, read(document));
  return known.get(document) ?? null;
}

/** @param {Document} document @returns {Explanation} */
function read(document) {
  const { features = [], spans = [], targets, exam = null, attention = null, fit = {} } = document;
  const fields = plain(document.fields).map((field, at) => {
    const own = spans.filter((span) => span[0] === at).map(([, start, stop]) => /** @type {[number, number]} */ ([start, stop]));
    return { ...field, read: document.read?.[at] ?? field.length, spans: own };
  });
  const bytes = attention ? bytesOf(attention.data) : null;
  const whole = attention && bytes && bytes.length === attention.layers * attention.heads * features.length ** 2;
  return {
    document,
    fields,
    explained: document.explained ?? fields.map((_, at) => at),
    key: JSON.stringify([fields.map(({ name, text }) => [name, text]), spans]),
    features,
    spans,
    pinned: document.pinned ?? [],
    only: document.only ?? [],
    targets: targets.map(({ name }) => name),
    groups: targets.map(({ group = "" }) => group),
    anchors: targets.map(({ span = null }) => (span?.length === 3 ? span : null)),
    scores: nested(document.scores),
    probabilities: nested(document.probabilities),
    weights: nested(document.weights),
    intercepts: nested(document.intercepts),
    intervals: nested(document.intervals),
    terms: document.terms ?? [],
    termWeights: nested(document.term_weights),
    termIntervals: nested(document.term_intervals),
    joint: document.joint ?? false,
    beside: document.joint_weights ? { weights: nested(document.joint_weights), intercepts: nested(document.joint_intercepts), intervals: nested(document.joint_intervals) } : null,
    fit: Object.fromEntries(Object.entries(fit).map(([name, values]) => [name, nested(values)])),
    state: document.state ?? "settled",
    method: document.method ?? "",
    title: document.title ?? "",
    units: unitsOf(document.unit ?? ""),
    masker: document.masker ?? "",
    scale: document.scale ?? "value",
    contrast: document.contrast ?? null,
    evaluations: document.evaluations ?? 0,
    budget: document.budget ?? 0,
    warnings: document.warnings ?? [],
    seconds: document.seconds ?? 0,
    attention: attention && bytes && whole ? { layers: attention.layers, heads: attention.heads, bytes } : null,
    exam: exam && { ...exam, first: nested(exam.first), last: nested(exam.last), random: nested(exam.random) },
    answer: answered(document.answer),
    removals: document.removals ?? [],
    removalScores: nested(document.removal_scores),
    margins: nested(document.removal_margins),
    residuals: nested(document.residuals),
    leverages: nested(document.leverages),
  };
}

/** @param {Document["answer"]} answer @returns {Answer | null} */
function answered(answer) {
  const { text = "", spans = [], probabilities = [], alternatives = [], end = "", sentences = [], earlier = null } = answer ?? {};
  return answer ? { text, spans, probabilities, alternatives, end, sentences, earlier } : null;
}

/** Each is made once. @type {WeakMap<Explanation, Explanation>} */
const joined = new WeakMap();

/**
 * The explanation whose terms are part of it, from what is known already, as `with_terms` of the kernel gives it. Its exam
 * was of the weights alone, and stays behind; how much these explain by themselves is kept to be told.
 * @param {Explanation} explanation
 * @returns {Explanation}
 */
export function withTerms(explanation) {
  const { beside, fit, document } = explanation;
  if (!beside) return explanation;
  const { joint_weights: weights, joint_intercepts: intercepts, joint_intervals: intervals, exam: _, ...rest } = document;
  const wire = { ...rest, weights, intercepts, ...(intervals ? { intervals } : {}), joint: true, fit: { ...document.fit, ...(fit.together ? { r2: document.fit?.together } : {}) } };
  const found = joined.get(explanation) ?? { ...explanation, ...beside, document: wire, joint: true, beside: null, exam: null, fit: { ...fit, r2: fit.together ?? fit.r2, alone: fit.r2 } };
  joined.set(explanation, found);
  return found;
}

/**
 * Fields of which nothing is known but what they say.
 * @param {import("../wire/protocol.js").Field[] | null | undefined} fields
 * @returns {Field[]}
 */
export function plain(fields) {
  return (fields ?? []).map(({ name, text, group = "", role = "", title = "" }) => {
    const length = count(text);
    return { name, text, group, role, title, length, read: length, spans: [] };
  });
}

/**
 * What Python would be given for these fields: `given_of` in src/limelight/text/fields.py says the same.
 * @param {Field[]} fields
 * @returns {string | Record<string, any> | {role: string, content: string}[]}
 */
export function givenOf(fields) {
  const [first] = fields;
  if (fields.length === 1 && first.name === ONLY && !first.group && !first.role && !first.title) return first.text;
  if (fields.every(({ role }) => role)) return fields.map(({ role, text }) => ({ role, content: text }));
  /** @type {Map<string, any>} */
  const given = new Map();
  for (const { name, text, group, title } of fields) {
    if (!group) given.set(name, text);
    else given.set(group, [...(given.get(group) ?? []), title ? { title, text } : text]);
  }
  return Object.fromEntries(given);
}

/** Whether fields say the same under the same names. @param {Field[]} some @param {Field[]} others */
export function sameTexts(some, others) {
  return some.length === others.length && some.every(({ name, text }, at) => name === others[at].name && text === others[at].text);
}

/**
 * The units of a text, each once: one for all fields, or one by the name of each.
 * @param {string | Record<string, string>} unit
 */
export function unitsOf(unit) {
  return typeof unit === "string" ? [unit] : [...new Set(Object.values(unit))];
}

/**
 * An array as nested lists: many numbers travel as bytes.
 * @param {any} array  lists already, or `{shape, float32}` in base64, little-endian
 * @returns {any}
 */
export function nested(array) {
  if (!array || Array.isArray(array)) return array ?? null;
  /** @type {number[]} */
  const shape = array.shape;
  const view = new DataView(bytesOf(array.float32).buffer);
  let at = 0;
  /** @param {number} axis @returns {any[]} */
  const cut = (axis) => {
    const list = [];
    const last = axis === shape.length - 1;
    // a plain loop: there may be a million
    for (let i = 0; i < shape[axis]; i += 1) list.push(last ? view.getFloat32(4 * at++, true) : cut(axis + 1));
    return list;
  };
  return cut(0);
}

/** @param {string} base64 */
export function bytesOf(base64) {
  const signs = atob(base64);
  const bytes = new Uint8Array(signs.length);
  for (let i = 0; i < signs.length; i += 1) bytes[i] = signs.charCodeAt(i);
  return bytes;
}
