// Every question that can be asked of an explanation, in the order of the menu: a view is one file, and its line here.

import { acrossFields } from "./across.js";
import { answer } from "./answer.js";
import { attention } from "./attention.js";
import { flip } from "./flip.js";
import { sources } from "./sources.js";
import { table } from "./table.js";
import { why } from "./why.js";

/** @typedef {import("../model/document.js").Explanation} Explanation */
/** @typedef {import("../model/derive.js").ViewState} ViewState */

/**
 * What every part is: an element, and how it follows the state.
 * @typedef {{element: HTMLElement, update: (state: ViewState & {views: string[], open: string, looks: number[] | null}) => void}} Part
 */

/**
 * What a view is made with: the captions, its end, and parts that several views use.
 * @typedef {object} Frame
 * @property {import("../captions.js").Captions} say
 * @property {AbortSignal} signal
 * @property {() => void} redraw  something was chosen in the view itself
 * @property {Part} classes  the class switches
 * @property {Part} stretch  of what in an answer one asks
 * @property {Part} earlier  the strongest of the answer's own words
 * @property {Part} said  what the model could have said there
 * @property {Part} bars  the strongest words
 * @property {Part} together  words that count together
 * @property {Part} sources  a row each
 * @property {Part} across  words of two fields against each other
 * @property {{question: Part, column: Part}} table  words of an answer against those of the prompt
 * @property {{question: Part, column: Part}} flips  what would flip it
 * @property {Part} exam  the prediction as words go
 */

/**
 * @typedef {object} View
 * @property {string} name  of its question in the captions, and in the trait `view`
 * @property {(explanation: Explanation, state: ViewState) => boolean} suits  whether this explanation has an answer
 * @property {(frame: Frame) => Drawn} make
 */

/**
 * @typedef {object} Drawn
 * @property {Part} question  what follows the first words of the question
 * @property {Part[]} columns  of evidence
 * @property {(explanation: Explanation, feature: number) => number[] | null} [looks]  how the text is lit while a word is pointed at
 */

/** @type {View[]} */
// the first that suits is shown until another is chosen: what would flip it is never that
export const VIEWS = [why, sources, answer, table, acrossFields, attention, flip];
