// What the page and the kernel say to each other; src/limelight/protocol.py says the same.

export const SCHEMA = "limelight/2";
export const KINDS = ["explain", "cancel", "poll", "export"];
export const STATUSES = ["loading", "ready", "running", "done", "stopped", "failed"];

/**
 * A stretch of a field: which one, and from where to where in code points of its text.
 * @typedef {[field: number, start: number, stop: number]} Span
 */

/**
 * A part of the input.
 * @typedef {object} Field
 * @property {string} name
 * @property {string} text
 * @property {string} [group]  to which fields belong together
 * @property {string} [role]  who says it
 * @property {string} [title]
 */

/**
 * What `Explanation.to_dict()` writes. An array of many numbers is `{shape, float32}`, with the bytes in base64.
 * Only model/document.js reads it.
 * @typedef {object} Document
 * @property {string} schema
 * @property {Field[]} fields
 * @property {{name: string, group?: string, span?: Span | [number, number]}[]} targets  of a word of an answer the span is in that
 * @property {string[]} [features]
 * @property {Span[]} [spans]  ascending
 * @property {number[]} [explained]
 * @property {Span[]} [pinned]
 * @property {Span[]} [only]
 * @property {number[]} [read]
 * @property {any} scores
 * @property {any} [probabilities]
 * @property {any} [weights]
 * @property {any} [intercepts]
 * @property {any} [intervals]
 * @property {number[][]} [terms]
 * @property {any} [term_weights]
 * @property {any} [term_intervals]
 * @property {boolean} [joint]
 * @property {any} [joint_weights]
 * @property {any} [joint_intercepts]
 * @property {any} [joint_intervals]
 * @property {Record<string, any>} [fit]
 * @property {string} [state]
 * @property {string} [method]
 * @property {string} [title]
 * @property {string | Record<string, string>} [unit]  one, or by the name of a field
 * @property {string} [masker]
 * @property {string} [scale]
 * @property {[number, number] | null} [contrast]
 * @property {number} [evaluations]
 * @property {number} [budget]
 * @property {(string | import("../captions.js").Note)[]} [warnings]  documents of old have sentences
 * @property {number} [seconds]
 * @property {{layers: number, heads: number, data: string} | null} [attention]
 * @property {any} [exam]
 * @property {{text: string, spans?: [number, number][], probabilities?: number[], alternatives?: {text: string, id: number, probability: number}[][], end?: string, sentences?: [number, number][], earlier?: number[][] | null} | null} [answer]
 * @property {any} [residuals]
 * @property {any} [leverages]
 * @property {number[][]} [removals]
 * @property {any} [removal_scores]
 * @property {any} [removal_margins]
 */

/**
 * What can be chosen; empty until the model is there, and in a static page.
 * @typedef {object} Menu
 * @property {{name: string, title: string, reason: string}[]} [methods]  with the reason why one cannot serve
 * @property {{name: string, reason: string}[]} [units]
 * @property {string[]} [targets]  the model's own
 * @property {boolean} [about]  whether any word can be asked about
 * @property {{name: string, title: string, reason: string}[]} [formats]  of files, with the reason where one cannot be made
 */

/**
 * What was tried: the input with some of it hidden.
 * @typedef {object} Try
 * @property {string[]} texts  of the fields, with nothing hidden
 * @property {Span[]} hidden
 * @property {Record<string, number>} prediction  by target
 * @property {Record<string, number>} change  against the input with nothing hidden, or the input before
 * @property {string[]} [left]  the texts without what is hidden, where an answer was written to them
 * @property {string} [answer]  that answer
 */

/**
 * The try that is being asked.
 * @typedef {{status: "" | "running" | "done" | "stopped" | "failed", error: string}} WhatIf
 */

/**
 * A way out of a failure: a trait to set and to what, or to ask once more.
 * @typedef {{name: "unit" | "budget" | "contrast" | "windows" | "text" | "explain", value: any}} Way
 */

/**
 * A row under the first explanation: its own so far, or why it failed.
 * @typedef {object} Other
 * @property {"method" | "text" | "model"} kind  what differs from the first
 * @property {string} name
 * @property {string} title
 * @property {Document | null} explanation
 * @property {string} error
 * @property {string[]} [best]  targets for which it did best on the exam
 * @property {"waiting" | "running" | "done" | "stopped" | "failed"} status
 * @property {number} [evaluations]  while it runs: so many were asked
 * @property {number} [budget]  of so many at most
 */

/**
 * A change of a text: of which field, from where to where, and what stands there then.
 * @typedef {[field: number, start: number, stop: number, text: string]} Edit
 */

/**
 * Edits under which the prediction is another one.
 * @typedef {object} Flip
 * @property {"deleted" | "edited" | "reads" | "other"} kind
 * @property {unknown} text  with the edits, as Python takes it
 * @property {Edit[]} edits
 * @property {number[]} path  the score of what was predicted, edit by edit
 * @property {string} target  what is predicted then
 * @property {number} score
 * @property {boolean} minimal  whether each part was tested
 * @property {number | null} fluency
 */

/**
 * What a search for flips has found.
 * @typedef {object} FlipRecord
 * @property {"running" | "done" | "stopped" | "failed" | "ready"} status
 * @property {string} [error]
 * @property {{name: string, text: string}[]} [fields]
 * @property {string} [source]  what was predicted
 * @property {Flip[]} [flips]
 * @property {number} [evaluations]
 * @property {number} [budget]
 * @property {number} [seconds]
 * @property {boolean} [read]  whether a language model says how well texts read
 * @property {import("../captions.js").Note[]} [said]
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
