// The reading line: what the word that is pointed at does, what the last click changed, or what one can do.

import { OPENS } from "../captions.js";
import { h, set, setText, theirs } from "../dom.js";
import { bearsOn, instead, probability, said } from "../model/answer.js";
import { decimals, margin, marked, number, scoreWithout, strongest, sureTerms } from "../model/display.js";
import { clipped } from "../model/runs.js";
import { hiddenNames } from "../model/what_if.js";

/** @typedef {import("../captions.js").Captions} Captions */
/** @typedef {import("../model/derive.js").ViewState} ViewState */
/** @typedef {NonNullable<ViewState["shown"]>} Shown */
/** @typedef {(Node | string)[]} Piece */

/** Classes and terms for which there is room beside the word's own weight. */
const MOST_CLASSES = 3;
const MOST_TERMS = 2;
/** Words of an answer on which a word bears most. */
const MOST_BORNE = 2;
/** Words that it looks at most. */
const MOST_SEEN = 4;
/** Less often is no news, more often is past counting. */
const [LEAST_TIMES, MOST_TIMES] = [1.05, 1000];
/** Words of a summary. */
const FIRST = 3;
/** From here on a text is long: sentences come sooner, and are easier to read. */
const LONG = 150;

/**
 * @param {Captions} say
 * @param {{hide: () => void, join: () => void, ask: () => void, name: () => void, only: (target: string, places: import("../wire/protocol.js").Span[]) => void, open: () => void, clear: () => void, restore: () => void, ungroup: () => void, at: (at: number) => void, history: () => void}} on
 * @param {AbortSignal} signal
 */
export function readingPart(say, on, signal) {
  let at = 0;
  /** @type {ReturnType<typeof onlyOf>} */
  let alone = null;
  /** @param {string} text @param {() => void} act @param {string} [label] */
  const button = (text, act, label) => {
    const made = h("button", { class: "ll-button", type: "button", "aria-label": label ?? null }, text);
    made.addEventListener("click", act, { signal });
    return made;
  };
  const buttons = {
    back: button("‹", () => on.at(at - 1), say("back")),
    forward: button("›", () => on.at(at + 1), say("forward")),
    history: button(say("tries"), on.history),
    hide: button(say("hide"), on.hide),
    join: button(say("join"), on.join),
    open: button(say("open"), on.open),
    ask: button(say("whyThis"), on.ask),
    name: button(say("hideName"), on.name),
    only: button("", () => alone && on.only(alone.target, alone.places)),
    clear: button(say("clear"), on.clear),
    ungroup: button(say("ungroup"), on.ungroup),
    restore: button(say("restoreAll"), on.restore),
  };
  const told = h("span", { class: "ll-told", "aria-live": "polite" });
  const row = h("span", { class: "ll-buttons" }, ...Object.values(buttons));
  const element = h("div", { class: "ll-read" }, told, row);
  let now = "";

  /** @param {string} kind @param {Piece[]} pieces  parted by dots */
  function tell(kind, pieces) {
    const nodes = pieces.flatMap((piece, i) => (i ? [" · ", ...piece] : piece));
    const text = nodes.map((node) => (typeof node === "string" ? node : node.textContent)).join("");
    set(element, { "data-kind": kind });
    if (`${kind} ${text}` === now) return;
    now = `${kind} ${text}`;
    told.replaceChildren(...nodes);
    set(told, { title: text.length > LONG ? text : null });
  }

  return {
    element,

    /** @param {ViewState & {open: string, looks: number[] | null}} state */
    update(state) {
      const { shown, pointed, heard, looking, looks, selection, hidden, live, tries, regrouped, editing, history } = state;
      at = state.at;
      alone = onlyOf(state);
      element.hidden = editing;
      if (!shown) tell("rest", []);
      else if (shown.all && heard !== null && pointed?.length === 1 && looking) tell("word", ofCell(say, shown, heard, pointed[0], state.open === "table"));
      else if (shown.all && heard !== null && looking) tell("word", ofSaid(say, shown, heard));
      else if (pointed && looking && looks) tell("word", ofLooks(say, shown, pointed[0], looks));
      else if (pointed && looking) tell("word", pointed.length > 1 ? ofTerm(say, shown, pointed) : ofWord(say, shown, pointed[0]));
      else if (selection) tell("selected", [[say("selected", { words: clipped(shown.explanation.features.slice(selection[0], selection[1] + 1).join(" "), 60) })]]);
      else if (hidden.length || changed(state)) tell("hidden", ofTry(say, state));
      else tell("rest", atRest(say, state));
      const words = shown && selection ? shown.explanation.features.slice(selection[0], selection[1] + 1) : [];
      const stepping = live && tries.length > 1;
      const openable = shown?.explanation.units.some((unit) => OPENS.includes(unit));
      const gone = {
        hide: !words.length,
        join: !live || words.length < 2,
        open: !live || !openable || !words.some((word) => word.length > 1),
        ask: !live || !words.length || !state.menu.about,
        name: !live || words.length > 0 || !nameOf(state),
        only: !live || words.length > 0 || !alone,
        clear: !words.length,
        restore: (!hidden.length && !stepping) || words.length > 0 || !shown,
        ungroup: !live || !regrouped || words.length > 0,
        back: !stepping || words.length > 0,
        forward: !stepping || words.length > 0,
        history: !stepping || words.length > 0,
      };
      for (const [name, away] of Object.entries(gone)) buttons[/** @type {keyof typeof buttons} */ (name)].hidden = away;
      setText(buttons.only, say(shown?.explanation.only.length ? "holdOthers" : "freeOthers"));
      set(element, { "data-buttons": Object.values(gone).includes(false) });
      // beside the tries its place is kept
      buttons.restore.toggleAttribute("data-empty", !hidden.length);
      // disabled would lose the focus of whoever steps through
      set(buttons.back, { "aria-disabled": at === 0 });
      set(buttons.forward, { "aria-disabled": at >= tries.length - 1 });
      set(buttons.history, { "aria-expanded": String(history) });
      setText(buttons.history, `${say("tries")} (${tries.length})`);
    },
  };
}

/** Where the target stands whose own words can be hidden, and are not yet. @param {ViewState} state */
export function nameOf({ shown, menu, hidden }) {
  const place = shown && !shown.explanation.contrast && menu.about ? shown.explanation.anchors[shown.target] : null;
  const same = (/** @type {import("../wire/protocol.js").Span} */ one) => String(one) === String(place);
  return place && shown?.explanation.pinned.some(same) && !hidden.some(same) ? place : null;
}

/** Which targets alone to explain next, and the one that stays on show: that one, so that the words of the others are free, or all again. @param {ViewState} state @returns {{target: string, places: import("../wire/protocol.js").Span[]} | null} */
function onlyOf({ shown }) {
  if (!shown || shown.explanation.contrast) return null;
  const { anchors, only, pinned, targets } = shown.explanation;
  const [place, target] = [anchors[shown.target], targets[shown.target]];
  if (only.length) return { target, places: [] };
  return place && pinned.length > 1 && pinned.some((one) => String(one) === String(place)) ? { target, places: [place] } : null;
}

/** A word's weight for the class that is switched on, for the others, and with other words. @param {Captions} say @param {Shown} shown @param {number} feature @returns {Piece[]} */
function ofWord(say, shown, feature) {
  const { explanation, target, most } = shown;
  const { fields, spans, features, targets, weights, intervals, scale } = explanation;
  if (!weights) return [];
  const digits = decimals(most);
  const field = fields.length > 1 ? ` (${fields[spans[feature][0]].name})` : "";
  const [low, high] = intervals?.[target][feature] ?? [0, 0];
  const much = number(weights[target][feature], digits, scale !== "attention");
  const own = `${much}${intervals ? ` ±${number(margin([low, high]), digits)}` : ""}`;
  const rest = targets.map((_, i) => i).filter((i) => i !== target && scale !== "attention");
  if (rest.length > MOST_CLASSES) rest.sort((a, b) => Math.abs(weights[b][feature]) - Math.abs(weights[a][feature]));
  const others = rest.slice(0, MOST_CLASSES).map((i) => /** @type {Piece} */ ([h("span", theirs, clipped(targets[i])), ` ${number(weights[i][feature], digits, true)}`]));
  const left = rest.length - others.length;
  return [
    [h("b", theirs, clipped(features[feature], 40)), field, ` ${own}`],
    ...(left > 0 ? [...others, [say("moreClasses", { count: left })]] : others),
    ...onAnswer(say, shown, feature, digits),
    ...withOthers(say, explanation, target, feature, digits),
  ];
}

/** Where a word looks, most first. @param {Captions} say @param {Shown} shown @param {number} feature @param {number[]} looks @returns {Piece[]} */
function ofLooks(say, { explanation: { features } }, feature, looks) {
  const seen = strongest(looks, MOST_SEEN).map((to) => `${clipped(features[to])} ${number(looks[to], 2)}`);
  return [[h("b", theirs, clipped(features[feature], 40)), ` → ${seen.join(say("listed"))}`]];
}

/** What a word of the prompt does to the answer: how many times as likely it makes it, or on which of its words it bears most. @param {Captions} say @param {Shown} shown @param {number} feature @param {number} digits @returns {Piece[]} */
function onAnswer(say, { explanation, all, stretch }, feature, digits) {
  const weight = explanation.weights?.[0][feature] ?? NaN;
  if (!all || Number.isNaN(weight)) return [];
  if (stretch[0] === stretch[1]) {
    const times = Math.exp(Math.abs(weight));
    const often = number(times, times < 10 ? 1 : 0);
    return times < LEAST_TIMES ? [] : [[say(weight > 0 ? "timesWith" : "timesWithout", { times: times < MOST_TIMES ? often : `${MOST_TIMES}+` })]];
  }
  const most = bearsOn(all, stretch, feature, MOST_BORNE).filter((one) => marked(one.weight, digits));
  const words = most.map((one) => `${clipped(said(all.answer, [one.word, one.word]) || say("answerEnd"))} ${number(one.weight, digits, true)}`);
  return words.length ? [[say("mostOn", { words: words.join(say("listed")) })]] : [];
}

/** How likely a word of the answer was, and what else was. @param {Captions} say @param {Shown} shown @param {number} word @returns {Piece[]} */
function ofSaid(say, { all }, word) {
  if (!all) return [];
  const { answer } = all;
  const own = said(answer, [word, word]);
  const likely = probability(answer, [word, word]);
  const [next] = instead(answer, [word, word]);
  return [
    [h("b", theirs, clipped(own || say("answerEnd"), 40)), likely === null ? "" : ` ${number(likely, 2)}`],
    ...(next ? [/** @type {Piece} */ ([say("nextLikely"), " ", h("b", theirs, next.text), ` ${number(next.probability, 2)}`])] : []),
    [say("clickToAsk")],
  ];
}

/** What a word of the prompt does to one of the answer. @param {Captions} say @param {Shown} shown @param {number} word @param {number} feature @param {boolean} inTable @returns {Piece[]} */
function ofCell(say, { all, every }, word, feature, inTable) {
  if (!all?.weights) return [];
  const digits = decimals(every);
  const interval = all.intervals?.[word][feature];
  const off = interval ? ` ±${number(margin(interval), digits)}` : "";
  const name = h("b", theirs, clipped(said(all.answer, [word, word]) || say("answerEnd")));
  return [[name, " ← ", h("b", theirs, clipped(all.features[feature])), ` ${number(all.weights[word][feature], digits, true)}${off}`], [say(inTable ? "tableReads" : "clickToAsk")]];
}

/** What counts beside the word's own weight. @param {Captions} say @param {import("../model/document.js").Explanation} explanation @param {number} target @param {number} feature @param {number} digits @returns {Piece[]} */
function withOthers(say, explanation, target, feature, digits) {
  return sureTerms(explanation, target, feature, MOST_TERMS).map(({ term, relation, weight }) => {
    const others = term.filter((other) => other !== feature).map((other) => clipped(explanation.features[other]));
    const words = others.join(say.of("joins", relation));
    const how = relation === "turns" && term[0] !== feature ? "turned" : relation;
    const said = say.of(`beside.${how}`, term.length === 2 ? "two" : "many", "", { words, weight: number(weight, digits, true) });
    return [h("span", { class: "ll-with" }, said)];
  });
}

/** What some words do one by one, beyond that, and what goes with all of them. @param {Captions} say @param {Shown} shown @param {number[]} pointed @returns {Piece[]} */
function ofTerm(say, { explanation, target, most }, pointed) {
  const { terms, termWeights, weights, features, scores, scale, targets } = explanation;
  const found = terms.findIndex((term) => term.length === pointed.length && pointed.every((one) => term.includes(one)));
  if (found < 0 || !termWeights || !weights) return [];
  const digits = decimals(most);
  const each = pointed.map((one) => number(weights[target][one], digits, true)).join(", ");
  // the terms count whether or not they are part of the explanation
  const after = scoreWithout({ ...explanation, joint: true }, target, pointed);
  const moved = say("moved", { what: say.quantity(scale, targets[target]), from: number(scores[target], 2), to: number(after, 2), change: number(after - scores[target], 2, true) });
  return [
    [h("b", theirs, pointed.map((one) => clipped(features[one])).join(" + ")), ` ${say("alone", { weights: each })}`],
    [say("beyond", { weight: number(termWeights[target][found], digits, true) })],
    [say("without", { words: say("allOfThem") }), " ", say("expects", { moved })],
  ];
}

/** Whether an edit moved what was said before. @param {ViewState} state */
function changed({ tried, at }) {
  return at > 0 && Object.values(tried?.change ?? {}).some((change) => number(change, 2) !== number(0, 2));
}

/** What is gone, and what is said without it. @param {Captions} say @param {ViewState} state @returns {Piece[]} */
function ofTry(say, { shown, fields, hidden, tried, refused, live, menu, asking }) {
  if (!shown) return [];
  const { all } = shown;
  const { contrast, scale, targets, weights } = shown.explanation;
  // a try from before the contrast knows the classes alone
  const old = live && contrast !== null && tried !== null && !Object.hasOwn(tried.prediction, targets[shown.target]);
  const target = (old && contrast && menu.targets?.[contrast[0]]) || targets[shown.target];
  const what = say.quantity(live && scale !== "value" && !all && (old || !contrast) ? "probability" : scale, target);
  const names = hiddenNames(fields, hidden).map(({ name, whole }) => (whole ? say("wholeField", { name }) : clipped(name)));
  const score = tried && Object.hasOwn(tried.prediction, target) ? tried.prediction[target] : undefined;
  const change = tried?.change[target] ?? 0;
  const moved = score === undefined ? "" : say("moved", { what, from: number(score - change, 2), to: number(score, 2), change: number(change, 2, true) });
  const said = live ? moved || (refused && !asking ? "" : "…") : moved && weights ? say("expects", { moved }) : say("unforeseen");
  const others = moved && tried ? targets.filter((name) => name !== target && number(tried.change[name] ?? 0, 2) !== number(0, 2)) : [];
  if (others.length > MOST_CLASSES) others.sort((a, b) => Math.abs(tried?.change[b] ?? 0) - Math.abs(tried?.change[a] ?? 0));
  const rest = live ? others.slice(0, MOST_CLASSES).map((name) => `${clipped(name)} ${number(tried?.prediction[name] ?? 0, 2)} (${number(tried?.change[name] ?? 0, 2, true)})`) : [];
  return [names.length ? say("without", { words: names.join(", ") }) : say("edited"), said, ...rest].filter(Boolean).map((text) => [text]);
}

/** What one can do and has not done yet; who has done it all reads the answer. @param {Captions} say @param {ViewState & {open: string}} state @returns {Piece[]} */
function atRest(say, { shown, learnt, live, open, unit }) {
  if (!shown) return [];
  const { explanation, target, most, all } = shown;
  const { features, weights, scale, attention } = explanation;
  if (!weights) return [];
  if (attention && open === "attention") return [[say("pointAtWord")]];
  const lessons = [...(all ? ["answer"] : []), "point", "hide", ...(live ? ["select", "edit"] : []), ...(explanation.targets.length > 1 ? ["class"] : [])];
  if (live && unit === "word" && features.length > LONG) lessons.unshift("unit");
  const next = lessons.find((lesson) => !learnt.includes(lesson));
  if (next) return [[say.of("lesson", next)]];
  const digits = decimals(most);
  return strongest(weights[target], FIRST).map((feature) => [h("b", theirs, clipped(features[feature])), ` ${number(weights[target][feature], digits, scale !== "attention")}`]);
}
