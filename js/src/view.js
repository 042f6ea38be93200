// The view: puts the parts together and the state into them.

import { h, set } from "./dom.js";
import { kernelLine } from "./wire/kernel.js";
import { observe, oncePerFrame } from "./wire/observe.js";
import { followTheme } from "./theme.js";
import { attentionPart } from "./views/attention.js";
import { barsPart } from "./parts/bars.js";
import { classSwitches } from "./parts/classes.js";
import { downloadPart } from "./parts/download.js";
import { editorPart } from "./parts/editor.js";
import { examPart } from "./parts/exam.js";
import { footPart } from "./parts/foot.js";
import { rowsPart } from "./parts/rows.js";
import { textPart } from "./parts/text.js";
import { tipPart } from "./parts/tip.js";
import { triesPart } from "./parts/tries.js";
import { chosenTarget, extent } from "./model/display.js";
import { answered, guessed } from "./model/what_if.js";

/** @typedef {import("./wire/protocol.js").Model} Model */
/** @typedef {import("./wire/protocol.js").Explanation} Explanation */

/**
 * Draws a model into an element, in one language, until the signal aborts.
 * @param {Model} model
 * @param {HTMLElement} el
 * @param {import("./captions.js").Captions} say
 * @param {AbortSignal} signal
 */
export function view(model, el, say, signal) {
  const { later, now: drawNow } = oncePerFrame(draw, signal);
  /** Whether a run, a row or a try is still to come. */
  const expecting = () => {
    const status = model.get("status");
    return status === "loading" || status === "running" || trying || (status === "done" && others().some((other) => !other.ended));
  };
  const line = kernelLine(model, el, expecting, later, (message) => download.take(message), signal);

  /** @param {string} name @param {any} value */
  const choose = (name, value) => {
    model.set(name, value);
    model.save_changes();
    // a class is switched here; anything else is work for the kernel, which may be busy or gone
    if (name !== "target") line.ask("poll", { seen: model.get("serial") });
    drawNow();
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
  /** @returns {number[]} */
  const hidden = () => model.get("hidden") ?? [];
  /** @param {number[]} features */
  const hide = (features) => {
    selection = null;
    choose("hidden", [...new Set(features)].sort((a, b) => a - b));
  };
  const edit = () => {
    if (!line.live) return;
    selection = null;
    text.element.hidden = tries.element.hidden = true;
    editor.open(model.get("text"));
  };
  const text = textPart(
    say,
    {
      point: (feature, word) => point(feature, word),
      pin: (feature, word) => {
        pinned = pinned?.feature === feature ? null : { feature, word };
        point(feature, word);
      },
      hide: (feature) => hide(hidden().includes(feature) ? hidden().filter((other) => other !== feature) : [...hidden(), feature]),
      select: (first, last) => {
        selection = [first, last];
        draw();
      },
      edit,
    },
    signal,
  );
  /** The selected features. @returns {number[]} */
  const chosen = () => {
    const [first, last] = selection ?? [0, -1];
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  };
  /** Adds the selected stretch of text to the phrases, or to what is cut finer. @param {"phrases" | "opened"} name */
  const regroup = (name) => {
    const spans = seen()?.explanation.spans;
    if (!selection || !spans) return;
    const stretch = [spans[selection[0]][0], spans[selection[1]][1]];
    selection = null;
    choose(name, [...(model.get(name) ?? []), stretch]);
  };
  const tries = triesPart(
    say,
    {
      restore: () => hide([]),
      at: (at) => {
        const chosen = /** @type {import("./wire/protocol.js").Try | undefined} */ ((model.get("tries") ?? [])[at]);
        const explanation = seen()?.explanation;
        if (!chosen) return;
        // struck through at once; the kernel does the same of its own
        if (chosen.text === explanation?.text) {
          const out = JSON.stringify(chosen.hidden);
          model.set("hidden", explanation.spans.flatMap((span, feature) => (out.includes(JSON.stringify(span)) ? [feature] : [])));
        }
        choose("at", at);
      },
      edit,
      hide: () => hide([...hidden(), ...chosen()]),
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
    (changed) => choose("text", changed),
    () => {
      text.element.hidden = tries.element.hidden = false;
      tries.focus();
    },
    signal,
  );
  const bars = barsPart(say, (feature) => point(feature, null), signal);
  const exam = examPart(say);
  bars.element.append(exam.element);
  /** Whether the model is being asked about the text without what is hidden. */
  let trying = false;
  /** @returns {import("./wire/protocol.js").Other[]} */
  const others = () => model.get("others") ?? [];
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
    (format) => line.ask("export", { format, target: seen()?.target, lang: say.lang }),
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
    ({ kind, name }) => {
      const list = kind === "text" ? "texts" : "compare";
      choose(list, model.get(list).filter((/** @type {string} */ other) => other !== name));
    },
    signal,
  );
  const attention = attentionPart(say, () => point(null, null), signal);
  const tip = tipPart(say);
  const notes = h("div", { class: "ll-notes" });
  const main = h("div", { class: "ll-main" }, h("div", {}, text.element, editor.element, tries.element, attention.element, rows.element), bars.element);
  const root = h("div", { class: "limelight", "data-testid": "limelight", lang: say.lang, dir: "ltr" }, notes, classes.element, main, foot.element, tip.element);
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

  /** The largest weight of an explanation, looked for once. @type {WeakMap<Explanation, number>} */
  const extents = new WeakMap();
  /** @returns {{explanation: Explanation, target: number, most: number} | null} */
  const seen = () => {
    const explanation = /** @type {Explanation | null} */ (model.get("explanation"));
    if (!explanation) return null;
    const target = chosenTarget(explanation.targets, explanation.scores, model.get("target"));
    const most = extents.get(explanation) ?? extent(explanation.weights, explanation.scale);
    extents.set(explanation, most);
    return { explanation, target, most };
  };

  /** @param {number | null} feature @param {HTMLElement | null} word */
  function point(feature, word) {
    const now = seen();
    text.mark(feature ?? pinned?.feature ?? null);
    bars.mark(feature ?? pinned?.feature ?? null);
    const at = word && feature !== null ? { feature, word } : pinned;
    const looks = now && attention.row(now.explanation, feature ?? pinned?.feature ?? null);
    if (looks) text.look(looks);
    else if (now?.explanation.attention && now.explanation.weights) text.update(now.explanation, now.target, now.most, hidden(), selection);
    if (now && at && !looks) tip.show(now.explanation, at.feature, at.word, now.target, now.most);
    else tip.hide();
  }

  function draw() {
    const status = /** @type {string} */ (model.get("status"));
    const error = /** @type {string} */ (model.get("error"));
    const wanted = /** @type {string} */ (model.get("text"));
    const now = seen();
    const { live, silence } = line;
    const busy = live && (status === "loading" || status === "running");
    // a new text is shown at once; after a failure the last explanation comes back
    const stale = busy && now !== null && now.explanation.text !== wanted;
    /** @type {import("./wire/protocol.js").Menu} */
    const menu = (live && model.get("_menu")) || {};
    const state = { status, progress: model.get("progress"), live, silence, menu, method: model.get("method") ?? "", unit: model.get("unit") ?? "", compared: compared() };
    drawNotes(notes, [error, trouble].filter(Boolean), now && !stale ? now.explanation.warnings : []);
    download.update(stale ? null : now && now.explanation, menu.formats);
    classes.element.hidden = !now || stale;
    set(root, { "aria-busy": String(busy), "data-alone": !live });
    if (!now || stale) {
      pinned = selection = null;
      tip.hide();
      text.plain(wanted);
      tries.element.hidden = true;
      bars.element.hidden = true;
      attention.element.hidden = true;
      rows.element.hidden = true;
      foot.update(null, 0, 1, state);
      return;
    }
    const { explanation, target, most } = now;
    // the kernel may still be at the features of another unit
    const out = hidden().filter((feature) => feature < explanation.features.length);
    const tried = out.length === 0 ? null : live ? answered(explanation, out, (model.get("tries") ?? [])[model.get("at")]) : guessed(explanation, out);
    trying = live && out.length > 0 && tried === null;
    drawTries(explanation, target, out, tried);
    // a guess on a scale that the switches do not show stays beside the text
    classes.update(explanation, target, menu.targets ?? [], live || explanation.scale === "probability" ? tried : null);
    attention.update(explanation);
    exam.update(explanation, target);
    rows.update(explanation, target, others());
    text.update(explanation, target, most, out, selection);
    bars.update(explanation, target, most);
    foot.update(explanation, target, most, state);
    if (pinned?.word.isConnected) tip.show(explanation, pinned.feature, pinned.word, target, most);
    else if (pinned) point(null, null);
  }

  /** @param {Explanation} explanation @param {number} target @param {number[]} out @param {import("./wire/protocol.js").Try | null} tried */
  function drawTries(explanation, target, out, tried) {
    const { features, targets, contrast, scale, unit, weights } = explanation;
    tries.element.hidden = !editor.element.hidden || !weights;
    const words = chosen().map((feature) => features[feature]);
    const name = contrast ? (model.get("_menu").targets ?? [])[contrast[0]] : targets[target];
    const { live } = line;
    const asked = live && scale !== "value" ? "probability" : scale;
    tries.update({
      what: say.quantity(asked, name),
      target: name,
      now: tried,
      words: out.map((feature) => features[feature]),
      expected: !live,
      tries: model.get("tries") ?? [],
      at: model.get("at") ?? 0,
      selection: words,
      joinable: live && words.length > 1,
      openable: live && (unit === "sentence" || unit === "word") && words.some((word) => word.length > 1),
      regrouped: live && (model.get("phrases") ?? []).length + (model.get("opened") ?? []).length > 0,
      live,
    });
  }

  observe(model, ["explanation", "target", "status", "progress", "error", "text", "method", "_menu", "compare", "others", "hidden", "tries", "at", "phrases", "opened"], later, signal);
  // by its own name: other widgets' pictures may have no widget that lives
  const still = line.live && model.get("_still");
  const rule = `.${still} { display: none }`;
  el.replaceChildren(root, ...(still ? [h("style", {}, rule)] : []));
  followTheme(root, signal);
  draw();
}

/**
 * @param {HTMLElement} notes
 * @param {string[]} errors
 * @param {string[]} warnings
 */
function drawNotes(notes, errors, warnings) {
  const now = JSON.stringify([errors, warnings]);
  if (notes.dataset.now === now) return;
  notes.dataset.now = now;
  notes.replaceChildren(
    ...errors.map((error) => h("p", { class: "ll-note ll-error", role: "alert" }, sentence(error))),
    ...warnings.map((warning) => h("p", { class: "ll-note" }, warning)),
  );
}

/** @param {string} text */
function sentence(text) {
  return text.charAt(0).toLocaleUpperCase() + text.slice(1);
}
