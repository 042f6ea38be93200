// The view: puts the parts together and the state into them.

import { OPENS } from "./captions.js";
import { h, set } from "./dom.js";
import { derive, wanted } from "./model/derive.js";
import { plain } from "./model/document.js";
import { fieldToggled, hiddenNames, ordered, toggled } from "./model/what_if.js";
import { barsPart } from "./parts/bars.js";
import { classSwitches } from "./parts/classes.js";
import { downloadPart } from "./parts/download.js";
import { editorPart } from "./parts/editor.js";
import { examPart } from "./parts/exam.js";
import { footPart } from "./parts/foot.js";
import { notesPart } from "./parts/notes.js";
import { rowsPart } from "./parts/rows.js";
import { textPart } from "./parts/text.js";
import { tipPart } from "./parts/tip.js";
import { triesPart } from "./parts/tries.js";
import { followTheme } from "./theme.js";
import { attentionPart } from "./views/attention.js";
import { kernelLine } from "./wire/kernel.js";
import { observe, oncePerFrame } from "./wire/observe.js";

/** @typedef {import("./model/derive.js").ViewState} ViewState */
/** @typedef {import("./wire/protocol.js").Model} Model */
/** @typedef {import("./wire/protocol.js").Span} Span */

const DRAWN = ["explanation", "target", "status", "progress", "error", "ways", "method", "unit", "_fields", "_menu", "compare", "others"];
DRAWN.push("hidden", "tries", "at", "what_if", "waiting", "phrases", "opened");
/** With these the kernel has heard of an edit, or refused it. */
const HEARD = ["_fields", "text", "error"];
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
  /** What was edited here and the kernel has not heard of. @type {import("./model/document.js").Field[] | null} */
  let edited = null;
  const line = kernelLine(model, el, () => state().expecting, later, (message) => download.take(message), signal);
  const get = (/** @type {string} */ name) => model.get(name);
  const state = () => derive(get, line.live, edited);

  /** Sends what was set; but for a class, which is switched here, it is work for a kernel that may be busy or gone. */
  const send = (work = true) => {
    model.save_changes();
    if (work) line.ask("poll", { seen: model.get("serial") });
    drawNow();
  };
  /** @param {string} name @param {any} value */
  const choose = (name, value) => {
    model.set(name, value);
    send(name !== "target");
  };
  const classes = classSwitches(
    say,
    (target) => choose("target", target),
    (pair) => choose("contrast", pair),
    signal,
  );
  /** @type {{feature: number, word: HTMLElement} | null} */
  let pinned = null;
  /** First and last of the selected features. @type {[number, number] | null} */
  let selection = null;
  /** Of which features these two are. */
  let key = "";
  /** Whether something was hidden here of which the kernel has not heard. */
  let asking = false;
  /** @param {Span[]} hidden */
  const hide = (hidden) => {
    selection = null;
    asking = line.live;
    choose("hidden", hidden);
  };
  /** As Python takes the texts of fields. @param {string[]} texts */
  const given = (texts) => (texts.length > 1 ? Object.fromEntries(wanted(get, edited).map(({ name }, at) => [name, texts[at]])) : texts[0]);
  /** @param {number} [field] */
  const edit = (field) => {
    if (!line.live) return;
    selection = null;
    text.element.hidden = tries.element.hidden = true;
    editor.open(wanted(get, edited), field);
  };
  const text = textPart(
    say,
    {
      point: (feature, word) => point(feature, word),
      pin: (feature, word) => {
        pinned = pinned?.feature === feature ? null : { feature, word };
        point(feature, word);
      },
      hide: (feature) => {
        const { shown, hidden } = state();
        if (shown?.explanation.spans[feature]) hide(toggled(shown.explanation, hidden, feature));
      },
      hideField: (field) => {
        const { fields, hidden } = state();
        if (fields[field]) hide(fieldToggled(fields, hidden, field));
      },
      select: (first, last) => {
        selection = [first, last];
        draw();
      },
      edit,
    },
    signal,
  );
  /** Of the selected features. @returns {Span[]} */
  const chosen = () => (selection ? (state().shown?.explanation.spans.slice(selection[0], selection[1] + 1) ?? []) : []);
  /** Adds the selected stretch of text to the phrases, or to what is cut finer. @param {"phrases" | "opened"} name */
  const regroup = (name) => {
    const spans = chosen();
    if (!spans.length) return;
    const [field, start] = spans[0];
    selection = null;
    choose(name, [...(model.get(name) ?? []), [field, start, spans[spans.length - 1][2]]]);
  };
  const tries = triesPart(
    say,
    {
      restore: () => hide([]),
      at: (at) => {
        const { tries, fields } = state();
        const again = tries[at];
        if (!again) return;
        // struck through at once; the kernel does the same of its own
        if (JSON.stringify(again.texts) === JSON.stringify(fields.map(({ text }) => text))) model.set("hidden", again.hidden);
        asking = line.live;
        // of a text that could not be explained there is no try: the one before it is still on show
        if (at === model.get("at") && !state().shown) choose("text", given(again.texts));
        else choose("at", at);
      },
      edit,
      hide: () => hide(ordered([...state().hidden, ...chosen()])),
      join: () => regroup("phrases"),
      open: () => regroup("opened"),
      ungroup: () => {
        model.set("phrases", []);
        choose("opened", []);
      },
    },
    signal,
  );
  const editor = editorPart(
    say,
    (texts) => {
      model.set("text", given(texts));
      edited = plain(wanted(get, edited).map((field, at) => ({ ...field, text: texts[at] })));
      send();
    },
    () => {
      text.element.hidden = tries.element.hidden = false;
      tries.focus();
    },
    signal,
  );
  const bars = barsPart(say, (feature) => point(feature, null), signal);
  const exam = examPart(say);
  bars.element.append(exam.element);
  /** @returns {string[]} */
  const compared = () => model.get("compare") ?? [];
  const foot = footPart(
    say,
    line.ask,
    (method) => choose("method", method),
    (method) => method && choose("compare", [...compared(), method]),
    (unit) => choose("unit", unit),
    signal,
  );
  let trouble = "";
  const download = downloadPart(
    say,
    (format) => line.ask("export", { format, target: state().shown?.target, lang: say.lang }),
    (said) => {
      trouble = said;
      draw();
    },
    signal,
  );
  foot.line.append(download.element);
  const rows = rowsPart(
    say,
    textPart,
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
  const attention = attentionPart(say, () => point(null, null), signal);
  const tip = tipPart(say);
  const notes = notesPart(say, ({ name, value }) => (name === "explain" ? line.ask("explain") : choose(name, value)), signal);
  const main = h("div", { class: "ll-main" }, h("div", {}, text.element, editor.element, tries.element, attention.element, rows.element), bars.element);
  const root = h("div", { class: "limelight", "data-testid": "limelight", lang: say.lang, dir: "ltr" }, notes.element, classes.element, main, foot.element, tip.element);
  const unpin = () => {
    pinned = null;
    point(null, null);
  };
  root.addEventListener(
    "click",
    (event) => {
      if (pinned && !(/** @type {Element} */ (event.target).closest("[data-feature], .ll-attention"))) unpin();
    },
    { signal },
  );
  root.addEventListener(
    "keydown",
    (event) => {
      if (event.key !== "Escape" || (tip.element.hidden && !pinned && !selection)) return;
      event.stopPropagation();
      selection = null;
      unpin();
      draw();
    },
    { signal },
  );

  /** @param {number | null} feature @param {HTMLElement | null} word */
  function point(feature, word) {
    const { shown, out, hidden } = state();
    // what is pointed at, or was pinned, may be of features that are no more
    const at = [word && feature !== null ? { feature, word } : null, pinned].find((one) => one && shown?.explanation.features[one.feature] !== undefined) ?? null;
    const marked = feature ?? pinned?.feature ?? null;
    text.mark(marked);
    bars.mark(marked);
    const looks = shown && attention.row(shown.explanation, marked);
    if (looks) text.look(looks);
    else if (shown?.explanation.attention && shown.explanation.weights) text.update(shown.explanation, shown.target, shown.most, out, selection, hidden);
    if (shown && at && !looks) tip.show(shown.explanation, at.feature, at.word, shown.target, shown.most);
    else tip.hide();
  }

  /** When the try that is being asked began, and the draw that will offer to stop it. */
  let since = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let slow;
  /** @param {boolean} trying */
  function tooSlow(trying) {
    if (trying && !since) {
      since = performance.now();
      slow = setTimeout(later, SLOW);
    } else if (!trying) {
      since = 0;
      clearTimeout(slow);
    }
    return since > 0 && performance.now() - since >= SLOW;
  }
  signal.addEventListener("abort", () => clearTimeout(slow));

  function draw() {
    const now = state();
    const { fields, shown, busy, hidden, out, tried, rowsBusy, others, menu } = now;
    const { live, silence } = line;
    if (shown?.explanation.key !== key) {
      key = shown?.explanation.key ?? "";
      pinned = selection = null;
    }
    notes.update({ errors: [now.error, trouble].filter(Boolean), warnings: shown?.explanation.warnings ?? [], ways: now.ways });
    download.update(shown && shown.explanation, menu.formats);
    classes.element.hidden = !shown;
    set(root, { "aria-busy": String(busy), "data-alone": !live });
    foot.update(now, {
      live,
      silence,
      stoppable: live && (busy || rowsBusy || tooSlow(now.trying)),
      progress: model.get("progress") ?? 0,
      waiting: model.get("waiting") ?? "",
      method: model.get("method") ?? "",
      compared: compared(),
    });
    if (!shown) {
      tip.hide();
      text.plain(fields);
      for (const part of [bars, attention, rows]) part.element.hidden = true;
      drawTries(now);
      return;
    }
    const { explanation, target, most } = shown;
    drawTries(now);
    // a guess on a scale that the switches do not show stays beside the text
    classes.update(explanation, target, menu.targets ?? [], live || explanation.scale === "probability" ? tried : null);
    attention.update(explanation);
    exam.update(explanation, target);
    rows.update(explanation, target, others);
    text.update(explanation, target, most, out, selection, hidden);
    bars.update(explanation, target, most);
    if (pinned?.word.isConnected) tip.show(explanation, pinned.feature, pinned.word, target, most);
    else if (pinned) point(null, null);
  }

  /** @param {ViewState} now */
  function drawTries(now) {
    const { shown, fields, hidden, tried, refused, menu, regrouped, tries: all, at } = now;
    if (!shown) {
      // a text that could not be explained can be changed, or left for one that was tried
      tries.element.hidden = !editor.element.hidden || now.busy || !line.live;
      return tries.update({ what: "", target: "", now: null, hidden: [], refused: "", tries: all, at, selection: [], joinable: false, openable: false, regrouped: false, live: line.live });
    }
    const { explanation, target } = shown;
    const { targets, contrast, scale, weights } = explanation;
    tries.element.hidden = !editor.element.hidden || (!weights && now.busy);
    const words = selection ? explanation.features.slice(selection[0], selection[1] + 1) : [];
    const { live } = line;
    // a try from before the contrast knows the classes alone
    const old = live && contrast !== null && tried !== null && !(targets[target] in tried.prediction);
    const name = (old && contrast && menu.targets?.[contrast[0]]) || targets[target];
    const openable = explanation.units.some((unit) => OPENS.includes(unit));
    tries.update({
      what: say.quantity(live && scale !== "value" && (old || !contrast) ? "probability" : scale, name),
      target: name,
      now: tried,
      hidden: hiddenNames(fields, hidden),
      refused: asking ? "" : refused,
      tries: all,
      at,
      selection: words,
      joinable: live && words.length > 1,
      openable: live && openable && words.some((word) => word.length > 1),
      regrouped: live && regrouped,
      live,
    });
  }

  observe(model, DRAWN, later, signal);
  observe(model, HEARD, () => (edited = null), signal);
  observe(model, ["serial"], () => (asking = false), signal);
  // by its own name: other widgets' pictures may have no widget that lives
  const still = model.get("_still");
  const rule = `.${still} { display: none }`;
  el.replaceChildren(root, ...(still ? [h("style", {}, rule)] : []));
  followTheme(root, signal);
  draw();
}
