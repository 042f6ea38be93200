// From traits to what is on show: everything that a draw needs to know, worked out in one place.

import { chosenTarget, fullColour } from "./display.js";
import { decode, plain, sameTexts, unitsOf } from "./document.js";
import { answered, guessed, struck } from "./what_if.js";

/** @typedef {import("./document.js").Explanation} Explanation */
/** @typedef {import("./document.js").Field} Field */
/** @typedef {import("../wire/protocol.js").Other} Other */
/** @typedef {import("../wire/protocol.js").Span} Span */
/** @typedef {import("../wire/protocol.js").Try} Try */

/**
 * What is on show.
 * @typedef {object} ViewState
 * @property {Field[]} fields  as they are to be read
 * @property {{explanation: Explanation, target: number, most: number} | null} shown  null while it is of other texts
 * @property {string} status  of the first explanation
 * @property {boolean} busy  whether that is being worked out
 * @property {boolean} expecting  whether the kernel will have news
 * @property {Span[]} hidden
 * @property {number[]} out  features that are out
 * @property {Try | null} tried  what is said without them; null while that is not known
 * @property {boolean} trying  whether the model is being asked for it
 * @property {string} refused  why that failed
 * @property {Try[]} tries
 * @property {number} at  which of them is on show
 * @property {Other[]} others
 * @property {boolean} rowsBusy  whether one of these is being worked out, or is to be
 * @property {boolean} rowsStopped
 * @property {string} error  what is wrong
 * @property {import("../wire/protocol.js").Way[]} ways  out of that
 * @property {import("../wire/protocol.js").Menu} menu
 * @property {string} unit
 * @property {boolean} regrouped  whether features were joined or cut
 */

/**
 * What is to be explained, whether or not it is yet.
 * @param {(name: string) => any} get  a trait
 * @param {Field[] | null} edited  here, of which the kernel has not heard yet
 */
export function wanted(get, edited) {
  return edited ?? plain(get("_fields") ?? get("explanation")?.fields);
}

/**
 * @param {(name: string) => any} get  a trait
 * @param {boolean} live  whether there is a kernel
 * @param {Field[] | null} edited  here, of which the kernel has not heard yet
 * @returns {ViewState}
 */
export function derive(get, live, edited) {
  const status = get("status") ?? "";
  const busy = live && (status === "loading" || status === "running");
  const explanation = decode(get("explanation"));
  // what is shown, what is edited and what `text` holds are the same, whatever became of it
  const asked = wanted(get, live ? edited : null);
  const shown = explanation && sameTexts(explanation.fields, asked) ? explanation : null;
  const fields = shown?.fields ?? asked;
  /** @type {Span[]} */
  const hidden = get("hidden") ?? [];
  /** @type {Try[]} */
  const tries = get("tries") ?? [];
  const at = get("at") ?? 0;
  const { status: tryStatus = "", error: refused = "" } = get("what_if") ?? {};
  const trying = live && tryStatus === "running";
  /** @type {Other[]} */
  const others = get("others") ?? [];
  const rowsBusy = live && others.some((other) => other.status === "waiting" || other.status === "running");
  const said = shown && hidden.length ? (live ? answered(shown, hidden, tries[at]) : guessed(shown, hidden)) : null;
  return {
    fields,
    shown: shown && { explanation: shown, target: chosenTarget(shown.targets, shown.scores, get("target"), shown.contrast), most: fullColour(shown) },
    status,
    busy,
    expecting: busy || trying || rowsBusy,
    hidden,
    out: shown ? struck(shown, hidden) : [],
    tried: said,
    trying,
    refused: live && tryStatus === "failed" ? refused : "",
    tries,
    at,
    others,
    rowsBusy,
    rowsStopped: others.some((other) => other.status === "stopped"),
    error: get("error") ?? "",
    ways: (live && get("ways")) || [],
    menu: (live && get("_menu")) || {},
    unit: (explanation?.units ?? unitsOf(get("unit") ?? "")).join(" + "),
    regrouped: (get("phrases") ?? []).length + (get("opened") ?? []).length > 0,
  };
}
