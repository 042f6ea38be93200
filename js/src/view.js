// The view: one frame for every question. It keeps what only this page knows, and gives every part the same state.

import { h, set } from "./dom.js";
import { chosenBy } from "./model/answer.js";
import { derive, FRESH, targetOf, wanted } from "./model/derive.js";
import { givenOf, plain } from "./model/document.js";
import { fieldToggled, ordered, toggled } from "./model/what_if.js";
import { acrossPart } from "./parts/across.js";
import { answerPart } from "./parts/answer.js";
import { barsPart } from "./parts/bars.js";
import { classesPart } from "./parts/classes.js";
import { downloadPart } from "./parts/download.js";
import { earlierPart } from "./parts/earlier.js";
import { editorPart } from "./parts/editor.js";
import { examPart } from "./parts/exam.js";
import { factsPart } from "./parts/facts.js";
import { flipsPart } from "./parts/flips.js";
import { leadPart } from "./parts/lead.js";
import { linesPart } from "./parts/lines.js";
import { notesPart } from "./parts/notes.js";
import { nameOf, readingPart } from "./parts/reading.js";
import { rewrittenPart } from "./parts/rewritten.js";
import { rowsPart } from "./parts/rows.js";
import { saidPart } from "./parts/said.js";
import { sourcesPart } from "./parts/sources.js";
import { stretchPart } from "./parts/stretch.js";
import { tablePart } from "./parts/table.js";
import { textPart } from "./parts/text.js";
import { togetherPart } from "./parts/together.js";
import { toolbarPart } from "./parts/toolbar.js";
import { triesPart } from "./parts/tries.js";
import { followTheme } from "./theme.js";
import { VIEWS } from "./views/index.js";
import { kernelLine } from "./wire/kernel.js";
import { observe, oncePerFrame, overdue } from "./wire/observe.js";

/** @typedef {import("./wire/protocol.js").Model} Model */
/** @typedef {import("./wire/protocol.js").Span} Span */
/** @typedef {import("./views/index.js").Part} Part */

const DRAWN = ["explanation", "target", "status", "progress", "error", "ways", "method", "unit", "_fields", "_menu", "compare", "others", "hidden", "tries", "at", "what_if", "waiting", "forecast", "phrases", "opened", "view", "together", "learnt", "findings", "into"];
const HEARD = ["_fields", "text", "error"]; // with these the kernel has heard of an edit, or refused it
/** What is shown only, and asks nothing of a kernel that may be busy or gone. */
const SHOWN = ["target", "view", "together", "learnt"];
/** A try that takes longer than this many ms can be stopped. */
const SLOW = 500;

/**
 * Draws a model into an element, in one language, until the signal aborts.
 * @param {Model} model
 * @param {HTMLElement} el
 * @param {import("./captions.js").Captions} say
 * @param {AbortSignal} signal
 */
export function view(model, el, say, signal) {
  const { later, now: drawNow } = oncePerFrame(draw, signal);
  const here = { ...FRESH };
  /** @type {number[] | null} */
  let pinned = null;
  /** Of which features the selection is. */
  let key = "";
  const line = kernelLine(model, el, () => state().expecting, later, (message) => download.take(message), signal);
  const get = (/** @type {string} */ name) => model.get(name);
  const state = () => derive(get, Object.assign(here, { live: line.live, silence: line.silence }));

  /** @param {string} name @param {any} value */
  const choose = (name, value) => {
    model.set(name, value);
    model.save_changes();
    if (!SHOWN.includes(name)) line.ask("poll", { seen: model.get("serial") });
    drawNow();
  };
  /** What was done once is suggested no more, in no view of this widget. @param {string} lesson */
  const learn = (lesson) => {
    const learnt = model.get("learnt") ?? [];
    // saved with what comes next: a message of its own would hold that up behind a kernel that is at work
    if (!learnt.includes(lesson)) model.set("learnt", [...learnt, lesson]);
  };
  /** @param {Partial<typeof here>} change */
  const become = (change) => {
    Object.assign(here, change);
    drawNow();
  };
  /** @param {number[] | null} features */
  const point = (features) => {
    const pointed = features ?? pinned;
    if (JSON.stringify(pointed) === JSON.stringify(here.pointed)) return;
    Object.assign(here, { pointed, looking: true });
    if (features) drawNow();
    else later();
  };
  /** @param {Span[]} hidden */
  const hide = (hidden) => {
    learn("hide");
    // the word is still under the pointer: what the click changed is read first
    Object.assign(here, { selection: null, asking: line.live, looking: false });
    choose("hidden", hidden);
  };
  /** Takes a feature out, or brings it back. @param {number} feature */
  const strike = (feature) => {
    const { shown, hidden } = state();
    if (shown?.explanation.spans[feature]) hide(toggled(shown.explanation, hidden, feature));
  };
  /** As Python takes the texts of fields. @param {string[]} texts */
  const given = (texts) => givenOf(wanted(get, here.edited).map((field, at) => ({ ...field, text: texts[at] })));
  /** @param {number} [field] */
  const edit = (field) => {
    if (!line.live || here.editing) return;
    learn("edit");
    become({ editing: true, selection: null, pointed: null });
    editor.open(wanted(get, here.edited), field, get("labels") ?? null);
  };
  /** Of the selected features. @returns {Span[]} */
  const chosen = () => {
    const { shown, selection } = state();
    return shown && selection ? shown.explanation.spans.slice(selection[0], selection[1] + 1) : [];
  };
  /** Adds the selected stretch of text to the phrases, or to what is cut finer. @param {"phrases" | "opened"} name */
  const regroup = (name) => {
    const spans = chosen();
    if (!spans.length) return;
    const [field, start] = spans[0];
    here.selection = null;
    choose(name, [...(model.get(name) ?? []), [field, start, spans[spans.length - 1][2]]]);
  };
  /** @param {number} at */
  const goBack = (at) => {
    const { tries, fields, shown } = state();
    const again = tries[at];
    if (!again) return;
    // struck through at once; the kernel does the same of its own
    if (JSON.stringify(again.texts) === JSON.stringify(fields.map(({ text }) => text))) model.set("hidden", again.hidden);
    here.asking = line.live;
    // of a text that could not be explained there is no try: the one before it is still on show
    if (at === model.get("at") && !shown) choose("text", given(again.texts));
    else choose("at", at);
  };

  const download = downloadPart(
    say,
    (format) => line.ask("export", { format, target: targetOf(state().shown), lang: say.lang }),
    (trouble) => become({ trouble }),
    signal,
  );
  const toolbar = toolbarPart(
    say,
    download.element,
    {
      method: (name) => choose("method", name),
      unit: (name) => (learn("unit"), choose("unit", name)),
      compare: (name) => choose("compare", [...state().compared, name]),
      edit: () => edit(),
      run: line.ask,
    },
    signal,
  );
  const lead = leadPart(
    say,
    (name) => {
      // what was pointed at may be gone with its view
      Object.assign(here, { pointed: null, heard: null });
      choose("view", name);
    },
    signal,
  );
  const text = textPart(
    say,
    {
      point: (feature) => {
        if (settling) return;
        if (feature !== null) learn("point");
        point(feature === null ? null : [feature]);
      },
      pin: (feature) => {
        pinned = pinned?.[0] === feature ? null : [feature];
        here.looking = true;
        become({ pointed: [feature] });
      },
      hide: strike,
      hideField: (field) => {
        const { fields, hidden } = state();
        if (fields[field]) hide(fieldToggled(fields, hidden, field));
      },
      select: (first, last) => {
        learn("select");
        become({ selection: [first, last], looking: false });
      },
      edit,
      choose: (target) => choose("target", target),
    },
    signal,
  );
  /** @param {import("./model/answer.js").Stretch | null} stretch  of the answer; null for all of it */
  const ask = (stretch) => {
    const { shown } = state();
    if (!shown?.answer) return;
    learn("answer");
    if (get("contrast")) model.set("contrast", null);
    choose("target", stretch && chosenBy({ answer: shown.answer, targets: shown.all?.targets ?? [] }, stretch));
  };
  /** Why a word rather than another. @param {import("./model/answer.js").Stretch} stretch @param {string} other */
  const against = ([first, last], other) => {
    const answer = state().shown?.answer;
    if (answer) choose("contrast", [[answer.spans[first][0], answer.spans[last][1]], other]);
  };
  /** @param {number | null} heard */
  const hear = (heard) => heard !== here.heard && become({ heard, looking: true });
  const answer = answerPart(say, { choose: ask, hear }, signal);
  const rewritten = rewrittenPart(say, (texts) => (model.set("answer", null), choose("text", given(texts))), signal);
  const editor = editorPart(
    say,
    (texts, labels) => {
      // what was said stays in question, and what would be said now comes beside it
      const changes = { ...(labels && { labels }), answer: (!state().busy && state().shown?.answer?.text) || get("answer"), text: given(texts) };
      for (const [name, value] of Object.entries(changes)) model.set(name, value);
      here.edited = plain(wanted(get, here.edited).map((field, at) => ({ ...field, text: texts[at] })));
      model.save_changes();
      line.ask("poll", { seen: model.get("serial") });
      drawNow();
    },
    () => {
      become({ editing: false });
      toolbar.focus();
    },
    signal,
  );
  const reading = readingPart(
    say,
    {
      hide: () => hide(ordered([...state().hidden, ...chosen()])),
      join: () => regroup("phrases"),
      open: () => regroup("opened"),
      ask: () => {
        const [first, last, { shown }] = [chosen()[0], chosen().at(-1), state()];
        if (!first || !last || !shown) return;
        here.selection = null;
        const { anchors, targets } = shown.explanation;
        const there = anchors.findIndex((place) => place && place[0] === first[0] && place[1] < last[2] && place[2] > first[1]);
        // what is explained already need only be shown
        if (there >= 0) choose("target", targets[there]);
        else choose("about", [...(model.get("about") ?? []), [first[0], first[1], last[2]]]);
      },
      name: () => {
        const place = nameOf(state());
        if (place) hide(ordered([...state().hidden, place]));
      },
      only: (target, places) => (model.set("target", target), choose("only", places)),
      clear: () => become({ selection: null }),
      restore: () => hide([]),
      ungroup: () => {
        model.set("phrases", []);
        choose("opened", []);
      },
      at: goBack,
      history: () => become({ history: !here.history }),
    },
    signal,
  );
  const tries = triesPart(say, goBack, signal);
  const notes = notesPart(
    say,
    (together) => choose("together", together),
    ({ name, value }) => (name === "explain" ? line.ask("explain") : choose(name, value)),
    signal,
  );
  const cells = { look: (/** @type {number | null} */ heard, /** @type {number | null} */ feature) => become({ heard, pointed: feature === null ? pinned : [feature], looking: true }), choose: ask, redraw: () => later() };
  const frame = {
    say,
    signal,
    redraw: () => later(),
    classes: classesPart(say, (target) => (learn("class"), choose("target", target)), (pair) => choose("contrast", pair), signal),
    stretch: stretchPart(say, ask, against, signal),
    earlier: earlierPart(say, () => choose("earlier", true), hear, signal),
    said: saidPart(say, ask, against, signal),
    bars: barsPart(say, point, signal),
    together: togetherPart(say, point, signal),
    sources: sourcesPart(say, { point, hide: strike }, signal),
    across: acrossPart(say, point, signal),
    table: tablePart(say, cells, linesPart(say, cells, signal), signal),
    flips: flipsPart(say, { into: (name) => choose("into", name), take: (text) => (learn("flip"), choose("text", text)) }, signal),
    exam: examPart(say),
  };
  const rows = rowsPart(
    say,
    textPart,
    point,
    ({ kind, name }, at) => {
      const list = kind === "text" ? "texts" : "compare";
      /** @type {unknown[]} */
      const entries = model.get(list) ?? [];
      // one of several fields has no name to be found by
      const gone = entries.includes(name) ? entries.indexOf(name) : at;
      choose(list, entries.filter((_, i) => i !== gone));
    },
    signal,
  );
  const facts = factsPart(say);
  const question = h("div", { class: "ll-question" }, lead.element);
  const evidence = h("div", { class: "ll-evidence" });
  const parts = [toolbar, lead, text, answer, rewritten, reading, tries, notes, download, rows, facts];
  const order = [toolbar.element, question, text.element, editor.element, answer.element, rewritten.element, reading.element, tries.element, notes.element, evidence, rows.element, facts.element];
  const root = h("div", { class: "limelight", "data-testid": "limelight", lang: say.lang, dir: "ltr" }, ...order);
  /** Views that have been open. @type {Map<string, import("./views/index.js").Drawn>} */
  const made = new Map();
  let opened = "";

  /** The view that is asked for, or the first that has an answer; its elements stand in the frame. @param {import("./model/derive.js").ViewState} now */
  function open(now) {
    const { shown, view } = now;
    const suiting = VIEWS.filter(({ suits }) => !shown || suits(shown.explanation, now));
    // without an explanation nothing changes
    const name = (!shown && opened) || (suiting.find((one) => one.name === view) ?? suiting[0] ?? VIEWS[0]).name;
    const found = made.get(name) ?? /** @type {import("./views/index.js").View} */ (VIEWS.find((one) => one.name === name)).make(frame);
    made.set(name, found);
    if (opened !== name) {
      // what stays is not moved: that would take the focus from the question
      while (lead.element.nextSibling) lead.element.nextSibling.remove();
      question.append(found.question.element);
      evidence.replaceChildren(...found.columns.map(({ element }) => element));
      set(evidence, { "data-columns": found.columns.length });
      set(root, { "data-view": name });
    }
    opened = name;
    return { drawn: found, views: shown ? suiting.map((one) => one.name) : [name] };
  }

  const clear = () => {
    pinned = null;
    become({ selection: null, pointed: null });
  };
  root.addEventListener(
    "keydown",
    (event) => {
      if (event.key !== "Escape" || !(here.pointed || pinned || here.selection)) return;
      event.stopPropagation();
      clear();
    },
    { signal },
  );
  // wherever a reader presses but on words and what is done with them
  document.addEventListener(
    "pointerdown",
    (event) => {
      if (!(pinned || here.selection) || event.composedPath().some((one) => one instanceof Element && one.matches("[data-feature], .ll-answer, .ll-read, .ll-question"))) return;
      clear();
    },
    { signal },
  );

  /** Whether the focus is being put back, which points at nothing. */
  let settling = false;
  /** Puts the focus on the text, which a reader works on, where what had it is gone. @param {Element | null} held */
  function settle(held) {
    if (!held || (held.isConnected && !held.closest("[hidden], [data-empty]"))) return;
    settling = true;
    if (!text.focus()) toolbar.focus();
    settling = false;
  }

  const tooSlow = overdue(SLOW, later, signal);
  /** Whether a try was asked when it was last drawn. */
  let waited = false;
  function draw() {
    let now = state();
    waited = now.trying;
    here.slow = tooSlow(waited);
    if ((now.shown?.explanation.key ?? "") !== key) {
      key = now.shown?.explanation.key ?? "";
      pinned = here.pointed = here.selection = here.heard = null;
      now = state();
    }
    const { shown, busy, live, editing, pointed } = now;
    const { activeElement = null } = /** @type {Document | ShadowRoot} */ (root.getRootNode());
    const held = root.contains(activeElement) ? activeElement : null;
    const { drawn, views } = open(now);
    set(root, { "aria-busy": String(busy), "data-alone": !live, "data-state": shown?.explanation.state ?? "" });
    text.element.hidden = editing;
    evidence.hidden = !shown && !busy;
    const looks = shown && pointed?.length === 1 ? (drawn.looks?.(shown.explanation, pointed[0]) ?? null) : null;
    const all = { ...now, stoppable: now.stoppable || (live && now.trying && here.slow), views, open: opened, looks };
    for (const part of [...parts, drawn.question, ...drawn.columns]) part.update(all);
    settle(held);
  }

  observe(model, DRAWN, later, signal);
  observe(model, HEARD, () => (here.edited = null), signal);
  // a try is waited for: once all its traits are heard of it is drawn, not a frame later
  const news = () => (here.asking || waited) && queueMicrotask(drawNow);
  observe(model, ["serial"], () => (news(), (here.asking = false)), signal);
  // by its own name: other widgets' pictures may have no widget that lives
  const still = model.get("_still");
  const rule = `.${still} { display: none }`;
  el.replaceChildren(root, ...(still ? [h("style", {}, rule)] : []));
  followTheme(root, signal);
  draw();
}
