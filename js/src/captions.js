// What the page says of its own accord: one file a language, which Python reads too, by the same rules as
// src/limelight/captions/__init__.py.

// generated from CAPTIONS: tables
import en from "../../src/limelight/captions/en.json" with { type: "json" };
import es from "../../src/limelight/captions/es.json" with { type: "json" };
import zh from "../../src/limelight/captions/zh.json" with { type: "json" };
const TABLES = { en, es, zh };
// end of generated

/** @typedef {keyof typeof en} Caption  every language has the same: tests compare them */
/** @typedef {Record<string, string | number>} Values  numbers that count as such, any other written */
/** @typedef {{code: string, values: Values, text: string}} Note  of the kernel's; `text` is English */
/** @typedef {ReturnType<typeof speaker>} Captions  what parts are given to speak with */

const FROM_THE_RIGHT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]/;
// by numbers that no build makes signs of: in the bundle they would be invisible
const [APART, AGAIN] = String.fromCharCode(...[0x2068, 0x2069]);

/**
 * A value inside a sentence; a name written from the right must not turn the numbers beside it.
 * @param {string | number} value
 */
function written(value) {
  const text = typeof value === "number" ? value.toLocaleString("en") : value;
  return FROM_THE_RIGHT.test(text) && !text.includes(APART) ? `${APART}${text}${AGAIN}` : text;
}

/**
 * Captions that are called with the name of one and what stands in its places.
 * @param {Record<string, string | {one: string, other: string}>} table
 */
function speaker(table) {
  /**
   * Cuts a caption into stretches: what it says, or the name of a place.
   * @param {Caption} caption
   * @param {Values} [values]
   * @returns {{text: string, place: string}[]}
   */
  const parts = (caption, values = {}) => {
    const found = table[caption];
    const template = typeof found === "string" ? found : found[values.count === 1 ? "one" : "other"];
    // split at a group gives text and places in turn
    const pieces = template.split(/\{(\w+)\}/).map((piece, at) => (at % 2 ? { text: "", place: piece } : { text: piece, place: "" }));
    return pieces.filter(({ text, place }) => text || place);
  };
  /** @param {Caption} caption @param {Values} [values] */
  const say = (caption, values = {}) =>
    parts(caption, values)
      .map(({ text, place }) => (place ? written(values[place]) : text))
      .join("");
  /**
   * What one of several is called; one that has no caption is called `otherwise`, or by its name.
   * @param {string} group
   * @param {string} name
   * @param {string} [otherwise]
   * @param {Values} [values]
   */
  const of = (group, name, otherwise = name, values = {}) => {
    const caption = `${group}.${name}`;
    return Object.hasOwn(table, caption) ? say(/** @type {Caption} */ (caption), values) : otherwise;
  };
  /** What scores and weights are measured in, for one class. @param {string} scale @param {string} target */
  const quantity = (scale, target) => of("quantity", scale, `${scale} · ${target}`, { target });
  /** Several units, each once; one of somebody's own making by its name. @param {string[]} names */
  const units = (names) => [...new Set(names)].map((name) => of("unit", name)).join(say("listed"));
  /**
   * A note of the kernel's in this language; one without a caption, or of another version, as it was said.
   * @param {string | Note} note
   */
  const told = (note) => {
    if (typeof note === "string") return note;
    const named = Object.entries(note.values).map(([name, value]) => [name, name.endsWith("units") && typeof value === "string" ? of("unit", value) : value]);
    const values = Object.fromEntries(named);
    const caption = /** @type {Caption} */ (`warning.${note.code}`);
    const known = Object.hasOwn(table, caption) && parts(caption, values).every(({ place }) => !place || Object.hasOwn(values, place));
    return known ? say(caption, values) : note.text;
  };
  return Object.assign(say, {
    lang: say("lang"),
    parts,
    of,
    quantity,
    /** What weights are, as a caption. @param {string} scale @param {string} target */
    effect: (scale, target) => of("effect", scale, say("effect", { what: quantity(scale, target) })),
    units,
    told,
    /** Of which units some were taken out, and how. @param {string[]} names @param {string} masker */
    removal: (names, masker) => {
      const [named, how] = [units(names), of("masker", masker)];
      return named && how ? say("removal", { units: named, masker: how }) : named || how;
    },
  });
}

/** By the first part of a language tag. @type {Record<string, Captions>} */
export const CAPTIONS = Object.fromEntries(Object.entries(TABLES).map(([name, table]) => [name, speaker(table)]));

/**
 * The captions of a language that limelight speaks, else English.
 * @param {string} [lang]  a language tag; empty for the browser's
 * @param {string} [browser]
 */
export function captions(lang, browser = globalThis.navigator?.language ?? "") {
  const name = (lang || browser).split("-")[0].toLowerCase();
  return Object.hasOwn(CAPTIONS, name) ? CAPTIONS[name] : CAPTIONS.en; // "__proto__" is no language
}

/** Units of which one can be opened into finer ones. @type {string[]} */
// generated from UNITS: opens
export const OPENS = ["word", "sentence", "paragraph", "source"];
// end of generated
