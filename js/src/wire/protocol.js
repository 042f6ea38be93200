// What the page and the kernel say to each other; src/limelight/protocol.py says the same.

export const SCHEMA = "limelight/1";
export const KINDS = ["explain", "cancel", "poll", "export"];
export const STATUSES = ["loading", "running", "done", "stopped", "failed"];
export const LANGUAGES = ["en", "zh"];

/**
 * The document that `Explanation.to_dict()` writes.
 * @typedef {object} Explanation
 * @property {string} schema
 * @property {string} text
 * @property {string[]} features
 * @property {[number, number][]} spans  in code points of `text`
 * @property {string[]} targets
 * @property {number[]} scores  one a target
 * @property {number[][] | null} weights  a row a target, a column a feature
 * @property {number[] | null} intercepts
 * @property {[number, number][][] | null} intervals  95 %, a row a target
 * @property {{r2?: number[], rank?: number[], convergence?: number[]}} fit
 * @property {[number, number][]} pairs  of features
 * @property {number[][] | null} pair_weights  a row a target, a column a pair
 * @property {[number, number][][] | null} pair_intervals
 * @property {string} state  "prediction", "draft", "partial", "settled", "spent" or "exact"
 * @property {boolean} joint  whether pairs are part of the explanation
 * @property {string} method
 * @property {string} title  of the method, for readers
 * @property {[number, number] | null} contrast  positions of the two targets whose difference is explained
 * @property {{layers: number, heads: number, data: string} | null} attention  (layers, heads, words, words) bytes in base64
 * @property {{targets: number[], shares: number[], first: number[][], last: number[][], random: number[][], srg: number[], evaluations: number} | null} exam
 * @property {string} unit
 * @property {string} masker
 * @property {string} scale  "probability", "logit", "log-odds" or "value"
 * @property {number[] | null} probabilities
 * @property {number} evaluations
 * @property {number} budget
 * @property {string} model
 * @property {number} read  code points of `text` that the model reads
 * @property {string[]} warnings
 * @property {number} seconds
 */

/**
 * What can be chosen; empty until the model is there, and in a static page.
 * @typedef {object} Menu
 * @property {{name: string, title: string, reason: string}[]} [methods]  with the reason why one cannot serve
 * @property {{name: string, reason: string}[]} [units]
 * @property {string[]} [targets]  the model's own
 * @property {{name: string, title: string, reason: string}[]} [formats]  of files, with the reason where one cannot be made
 */

/**
 * A text that was tried, with some of its words hidden.
 * @typedef {object} Try
 * @property {string} text
 * @property {[number, number][]} hidden  spans, in code points of `text`
 * @property {string[]} words  that are hidden
 * @property {Record<string, number>} prediction  by target
 * @property {Record<string, number>} change  against the text with nothing hidden, or the text before
 */

/**
 * A row under the first explanation: its own so far, or why it failed.
 * @typedef {object} Other
 * @property {"method" | "text" | "model"} kind  what differs from the first
 * @property {boolean} ended  whether it will not change any more
 * @property {string} name
 * @property {string} title
 * @property {Explanation | null} explanation
 * @property {string} error
 */

/**
 * The part of a widget model that views use; a static page brings its own.
 * @typedef {object} Model
 * @property {(name: string) => any} get
 * @property {(name: string, value: any) => void} set
 * @property {() => void} save_changes
 * @property {(event: string, callback: (...args: any[]) => void) => void} on
 * @property {(event: string, callback: (...args: any[]) => void) => void} off
 * @property {((message: any) => void) | undefined} send  absent where there is no kernel
 */

/**
 * A request to the kernel, which answers every one of them.
 * @param {string} kind
 * @param {object} [msg]
 */
export function request(kind, msg = {}) {
  return { id: Math.random().toString(36).slice(2), kind, msg };
}
