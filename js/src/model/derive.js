// From traits, and what is only of this page, to what is on show: everything that a draw needs to know, worked out in one place.

import { chosenBy, ofStretch, over, stretchOf } from "./answer.js";
import { chosenTarget, extent, fullColour } from "./display.js";
import { decode, plain, sameTexts, unitsOf, withTerms } from "./document.js";
import { answered, guessed, struck } from "./what_if.js";

/** @typedef {import("./document.js").Explanation} Explanation */
/** @typedef {import("./document.js").Field} Field */
/** @typedef {import("../wire/protocol.js").Other} Other */
/** @typedef {import("../wire/protocol.js").Span} Span */
/** @typedef {import("../wire/protocol.js").Try} Try */

/**
 * What this page knows, and no trait: it is gone when the page is.
 * @typedef {object} Here
 * @property {boolean} live  whether there is a kernel
 * @property {import("../wire/kernel.js").Silence} silence  of it
 * @property {Field[] | null} edited  the kernel has not heard of it yet
 * @property {boolean} asking  something was hidden of which it has not heard
 * @property {boolean} slow  a try takes so long that it can be stopped
 * @property {boolean} editing
 * @property {boolean} history  whether the tries are listed
 * @property {[number, number] | null} selection  first and last of the selected features
 * @property {number[] | null} pointed  the feature that is pointed at, or those of a term
 * @property {number | null} heard  the word of the answer that is pointed at
 * @property {boolean} looking  whether that is read; not right after a click, which has its own answer
 * @property {string} trouble  what went wrong in this page
 */

/**
 * What is on show.
 * @typedef {object} Derived
 * @property {Field[]} fields  as they are to be read
 * @property {Shown | null} shown  null while it is of other texts
 * @property {{names: string[], chosen: string}} classes  also before there are scores
 * @property {string} status  of the first explanation
 * @property {boolean} busy  whether that is being worked out
 * @property {boolean} expecting  whether the kernel will have news
 * @property {boolean} stoppable  whether something can be stopped
 * @property {boolean} examining  whether a widget explained this, which examines what it finds; a file may be of `explain`
 * @property {number} progress
 * @property {string} waiting  what the work waits for, in a sentence
 * @property {string[]} errors
 * @property {import("../wire/protocol.js").Way[]} ways  out of the first of them
 * @property {import("../captions.js").Note | null} forecast  what waits for a word of the reader
 * @property {boolean} together  whether terms that stand beside the weights are shown as part of them
 * @property {Span[]} hidden
 * @property {number[]} out  features that are out
 * @property {Try | null} tried  what is said without them; null while that is not known
 * @property {boolean} trying  whether the model is being asked for it
 * @property {string} refused  why that failed
 * @property {Try[]} tries
 * @property {number} at  which of them is on show
 * @property {Other[]} others
 * @property {boolean} rowsBusy  whether one of these is being worked out, or is to be
 * @property {import("../wire/protocol.js").Menu} menu
 * @property {string} method
 * @property {string[]} compared  methods that stand under it
 * @property {string} unit
 * @property {boolean} regrouped  whether features were joined or cut
 * @property {string} view  the question that is open
 * @property {import("../wire/protocol.js").FlipRecord | null} flips  what was found to flip it
 * @property {string | null} into  what it is to flip into
 * @property {string[]} learnt  what the reader has done once, and is suggested no more
 */
/** @typedef {Derived & Here} ViewState */

/**
 * The explanation on show, and how.
 * @typedef {object} Shown
 * @property {Explanation} explanation  of a generated answer that of the chosen stretch alone
 * @property {number} target
 * @property {number} most  the weight that gets the full colour
 * @property {import("./document.js").Answer | null} answer  of a generating model, written or being written
 * @property {Explanation & {answer: import("./document.js").Answer} | null} all  of all words of an answer
 * @property {import("./answer.js").Stretch} stretch  that is chosen of them; none while there are none
 * @property {string} other  what is set against it, or ""
 * @property {number} every  the weight that gets the full colour where each word stands by itself
 */

/** A page on which nothing has happened. @type {Here} */
export const FRESH = {
  live: true,
  silence: "",
  edited: null,
  asking: false,
  slow: false,
  editing: false,
  history: false,
  selection: null,
  pointed: null,
  heard: null,
  looking: true,
  trouble: "",
};

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
 * @param {Here} here
 * @returns {ViewState}
 */
export function derive(get, here) {
  const { live, edited } = here;
  const status = get("status") ?? "";
  const busy = live && (status === "loading" || status === "running");
  const explanation = decode(get("explanation"));
  // what is shown, what is edited and what `text` holds are the same, whatever became of it
  const asked = wanted(get, live ? edited : null);
  const own = explanation && sameTexts(explanation.fields, asked) ? explanation : null;
  const together = get("together") === true && Boolean(own?.beside || own?.joint);
  const found = together && own?.beside ? withTerms(own) : own;
  const shown = found && onShow(found, get("target"), get("contrast"));
  const fields = found?.fields ?? asked;
  /** @type {Span[]} */
  const hidden = get("hidden") ?? [];
  /** @type {Try[]} */
  const tries = get("tries") ?? [];
  const at = get("at") ?? 0;
  const { status: tryStatus = "", error: refused = "" } = get("what_if") ?? {};
  const trying = live && tryStatus === "running";
  /** @type {Other[]} */
  const others = get("others") ?? [];
  /** @type {import("../wire/protocol.js").FlipRecord | null} */
  const flips = get("findings")?.flip ?? null;
  const seeking = live && flips?.status === "running";
  const rowsBusy = live && others.some((other) => other.status === "waiting" || other.status === "running");
  const given = get("answer") ?? null; // else nothing is set against what the model says
  const said = shown && (hidden.length || (live && given !== null)) ? (live ? answered(shown.explanation, hidden, tries[at]) : guessed(shown.explanation, hidden)) : null;
  const menu = (live && get("_menu")) || {};
  const { all = null, stretch = /** @type {import("./answer.js").Stretch} */ ([0, -1]) } = shown ?? {};
  const name = shown?.explanation.targets[0] ?? "";
  // of the features that were, none may be left
  const { pointed, selection } = { ...here, ...(shown ? {} : { pointed: null, selection: null }) };
  return {
    ...here,
    pointed: pointed && pointed.every((one) => found?.features[one] !== undefined) ? pointed : null,
    selection: selection && found?.features[selection[1]] !== undefined ? selection : null,
    fields,
    shown,
    // until there are scores the names hold the place
    classes: { names: found?.targets ?? menu.targets ?? explanation?.targets ?? [], chosen: shown?.explanation.targets[shown.target] ?? get("target") ?? "" },
    status,
    busy,
    expecting: busy || trying || rowsBusy || seeking,
    stoppable: live && (busy || rowsBusy || seeking || (trying && here.slow)),
    examining: get("_menu") !== undefined,
    progress: get("progress") ?? 0,
    waiting: get("waiting") ?? "",
    errors: [get("error") ?? "", here.trouble].filter(Boolean),
    ways: (live && get("ways")) || [],
    forecast: (status === "ready" && get("forecast")) || null,
    together: together && Boolean(own?.beside),
    hidden,
    out: found ? struck(found, hidden) : [],
    tried: said && live && all ? ofStretch(said, all.targets, stretch, name) : said,
    trying,
    refused: live && tryStatus === "failed" && !here.asking ? refused : "",
    tries: all && here.history ? tries.map((one) => ofStretch(one, all.targets, stretch, name)) : tries,
    at,
    others,
    rowsBusy,
    menu,
    method: get("method") ?? explanation?.method ?? "",
    compared: get("compare") ?? [],
    unit: (explanation?.units ?? unitsOf(get("unit") ?? "")).join(" + "),
    regrouped: (get("phrases") ?? []).length + (get("opened") ?? []).length > 0,
    view: get("view") ?? "",
    flips,
    into: get("into") ?? null,
    learnt: get("learnt") ?? [],
  };
}

/**
 * An explanation and its target; of an answer the chosen stretch.
 * @param {Explanation} found
 * @param {import("./answer.js").Chosen} chosen
 * @param {[import("./answer.js").Chosen, string] | null} [contrast]  of a stretch of an answer and what could have stood there
 * @returns {Shown}
 */
export function onShow(found, chosen, contrast) {
  const { answer, targets } = found;
  if (!answer?.spans.length || found.contrast || targets.length < Math.max(2, answer.spans.length)) {
    const target = chosenTarget(targets, found.scores, /** @type {string | number | null} */ (chosen), found.contrast);
    const asked = answer && contrast && found.contrast ? stretchOf({ answer, targets: [] }, contrast[0]) : null;
    return { explanation: found, target, most: fullColour(found), every: fullColour(found), answer, all: null, stretch: asked ?? [0, -1], other: asked && contrast ? contrast[1] : "" };
  }
  const all = /** @type {NonNullable<Shown["all"]>} */ (found);
  const stretch = stretchOf(all, chosen);
  const explanation = over(all, stretch);
  // all words share one scale, which a longer stretch may exceed
  const every = Math.max(fullColour(all), extent(all.answer.earlier, all.scale));
  return { explanation, target: 0, most: Math.max(every, fullColour(explanation)), every, answer, all, stretch, other: "" };
}

/** What is on show, as the kernel takes a target. @param {Shown | null} shown */
export function targetOf(shown) {
  return shown?.all ? chosenBy(shown.all, shown.stretch) : shown?.target;
}
