// What would flip it: each way as the text with its edits, how far it is proven, and the score edit by edit.

import { fill, h, setText, theirs } from "../dom.js";
import { number } from "../model/display.js";
import { slice } from "../model/runs.js";

/** @typedef {import("../captions.js").Captions} Captions */
/** @typedef {import("../model/derive.js").ViewState} ViewState */
/** @typedef {import("../wire/protocol.js").Flip} Flip */
/** @typedef {import("../wire/protocol.js").Edit} Edit */
/** @typedef {import("../wire/protocol.js").FlipRecord} FlipRecord */

/**
 * @param {Captions} say
 * @param {{into: (name: string | null) => void, take: (text: unknown) => void}} on
 * @param {AbortSignal} signal
 */
export function flipsPart(say, on, signal) {
  const source = h("span", { class: "ll-class" });
  const into = h("select", { class: "ll-other", "aria-label": say("flipInto") });
  const asks = h("span", { class: "ll-rather" }, say("flipInto"), " ", into);
  const question = h("span", { class: "ll-flipped" }, source, asks);
  into.addEventListener("change", () => on.into(into.value || null), { signal });
  into.addEventListener("keydown", (event) => event.key !== "Escape" && event.stopPropagation(), { signal });

  const list = h("ol", { class: "ll-flips", "aria-label": say("question.flip") });
  const later = h("p", { class: "ll-later", role: "status" });
  const trouble = h("p", { class: "ll-refused", role: "alert" });
  const facts = h("p", { class: "ll-later" });
  const element = h("div", { class: "ll-column ll-flip-column" }, trouble, list, later, facts);
  /** @type {Flip[]} */
  let drawn = [];
  list.addEventListener(
    "click",
    (event) => {
      const pressed = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("button"));
      const flip = pressed && drawn[Number(pressed.dataset.at)];
      if (flip) on.take(flip.text);
    },
    { signal },
  );

  return {
    question: {
      element: question,

      /** @param {ViewState} state */
      update({ shown, flips, into: wanted, menu, live }) {
        const { probabilities = null, scores = null, targets = [] } = shown?.explanation ?? {};
        const name = flips?.source ?? "";
        const at = targets.indexOf(name);
        const score = (probabilities ?? scores)?.[at];
        const now = JSON.stringify([name, score]);
        if (source.dataset.now !== now) {
          source.dataset.now = now;
          source.replaceChildren(h("b", theirs, name), ...(score === undefined ? [] : [" ", h("span", {}, number(score, 2))]));
        }
        source.hidden = !name;
        const names = (live && menu.targets) || [];
        asks.hidden = names.length < 2 || shown?.all != null;
        if (asks.hidden) return;
        fill(into, [{ value: "", text: say("anyOther") }, ...names.filter((one) => one !== name).map((value) => ({ value, text: value }))], wanted ?? "");
      },
    },
    column: {
      element,

      /** @param {ViewState} state */
      update({ shown, flips, live }) {
        const { status = "", error = "", evaluations = 0, budget = 0, seconds = 0, read = false, said = [], fields = [] } = flips ?? {};
        drawn = shown ? (flips?.flips ?? []) : [];
        setText(trouble, error);
        trouble.hidden = !error;
        const sought = status === "running" && live;
        setText(later, sought ? say("flipSeeking", { count: evaluations, budget: number(budget, 0) }) : said.map((one) => say.told(one)).join(" "));
        later.hidden = !later.textContent;
        list.hidden = !drawn.length;
        const facing = [say("evaluations", { count: evaluations }), say("seconds", { number: seconds.toFixed(1) })];
        setText(facts, sought || !evaluations ? "" : [...facing, ...(read ? [say("flipJudged")] : [])].join(" · "));
        const now = JSON.stringify([drawn, live]);
        if (list.dataset.now === now) return;
        list.dataset.now = now;
        list.replaceChildren(...drawn.map((flip, i) => item(flip, i, fields, flips?.source ?? "", live)));
      },
    },
  };

  /** @param {Flip} flip @param {number} i @param {{name: string, text: string}[]} fields @param {string} source @param {boolean} live */
  function item(flip, i, fields, source, live) {
    const count = flip.edits.length;
    const proven = count > 1 ? [say(flip.minimal ? "flipParts" : "flipSingles", { count })] : [];
    const heading = h("h4", { class: "ll-caption" }, [say.of("flip", flip.kind), ...proven].join(" · "));
    const texts = fields
      .map((field, at) => ({ ...field, edits: flip.edits.filter(([of]) => of === at) }))
      .filter(({ edits }) => edits.length)
      .map(({ name, text, edits }) => h("p", { class: "ll-flip-text", ...theirs }, ...(fields.length > 1 ? [h("b", { class: "ll-dim" }, `${name}: `)] : []), ...pieces(text, edits)));
    const told = [count_of(flip.edits), ...(flip.fluency === null ? [] : [say("flipReads", { share: number(flip.fluency, 2) })])].join(" · ");
    const ended = h("p", {}, h("b", theirs, `${flip.target} ${number(flip.score, 2)}`));
    const way = h("p", { class: "ll-dim" }, h("span", theirs, source), ` ${flip.path.map((one) => number(one, 2)).join(" → ")}`);
    const take = h("button", { class: "ll-button", type: "button", "data-at": i, hidden: !live, "aria-label": `${say("flipTry")}: ${say.of("flip", flip.kind)}` }, say("flipTry"));
    return h("li", {}, h("div", {}, heading, ...texts), h("div", { class: "ll-flip-facts" }, ended, h("p", { class: "ll-dim" }, told), way), take);
  }

  /** How many words go and come. @param {Edit[]} edits */
  function count_of(edits) {
    const kinds = edits.map(([, start, stop, text]) => (!text ? "deleted" : start === stop ? "inserted" : "replaced"));
    return ["deleted", "replaced", "inserted"]
      .map((kind) => ({ kind, count: kinds.filter((one) => one === kind).length }))
      .filter(({ count }) => count)
      .map(({ kind, count }) => say(/** @type {any} */ (`edits.${kind}`), { count }))
      .join(say("listed"));
  }
}

/** A text with its edits in place. @param {string} text @param {Edit[]} edits @returns {(Node | string)[]} */
function pieces(text, edits) {
  /** @type {(Node | string)[]} */
  const parts = [];
  let end = 0;
  for (const [, start, stop, put] of edits) {
    parts.push(slice(text, end, start));
    if (stop > start) parts.push(h("del", {}, slice(text, start, stop)), put && " ");
    const word = put.trimEnd();
    if (word) parts.push(h("ins", {}, word), put.slice(word.length));
    end = stop;
  }
  return [...parts, slice(text, end, Infinity)];
}
