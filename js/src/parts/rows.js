// Other methods, texts and models under the first explanation, each with how it did and how far it agrees.

import { h, set, setText, theirs } from "../dom.js";
import { chosenBy } from "../model/answer.js";
import { onShow } from "../model/derive.js";
import { agreement, decimals, examined, number, strongest } from "../model/display.js";
import { decode } from "../model/document.js";

/** @typedef {import("../captions.js").Captions} Captions */
/** @typedef {import("../model/document.js").Explanation} Explanation */
/** @typedef {import("../wire/protocol.js").Other} Other */

const TOP = 5;

/**
 * @param {Captions} say
 * @param {typeof import("./text.js").textPart} textPart  draws a text: parts do not know each other
 * @param {(features: number[] | null) => void} onPoint  in a row of the same features
 * @param {(other: Other, at: number) => void} onRemove  which, and its place among those of its kind
 * @param {AbortSignal} signal
 */
export function rowsPart(say, textPart, onPoint, onRemove, signal) {
  const element = h("div", { class: "ll-rows" });
  /** @type {Map<string, ReturnType<typeof row>>} */
  const rows = new Map();
  /** @type {Other[]} */
  let drawn = [];

  /** @param {Other} other */
  function row(other) {
    const title = h("b", theirs);
    const told = h("span", { class: "ll-dim" });
    const remove = h("button", { class: "ll-button", type: "button", "data-name": other.name }, say("remove"));
    // a model is given in Python, and stays
    remove.hidden = other.kind === "model";
    // a row that is removed lets go of its listeners, which the widget's own signal would hold
    const ending = new AbortController();
    signal.addEventListener("abort", () => ending.abort(), { signal: ending.signal });
    let linked = false;
    const text = textPart(say, { point: (feature) => linked && onPoint(feature === null ? null : [feature]) }, ending.signal);
    const link = (/** @type {boolean} */ now) => (linked = now);
    const item = h("div", { class: "ll-row", role: "group" }, h("p", { class: "ll-row-head" }, title, told, remove), text.element);
    remove.addEventListener("click", () => onRemove(other, drawn.filter(({ kind }) => kind === other.kind).findIndex((one) => keyOf(one) === keyOf(other))), { signal: ending.signal });
    return { item, title, told, remove, text, ending, link };
  }

  return {
    element,

    /** @param {import("../model/derive.js").ViewState} state */
    update({ shown, others, pointed }) {
      drawn = others;
      element.hidden = others.length === 0 || !shown;
      if (!shown) return;
      const { explanation: first, target, all, stretch } = shown;
      const keys = others.map(keyOf);
      for (const [key, { item, ending }] of rows) {
        if (!keys.includes(key)) {
          ending.abort();
          item.remove();
          rows.delete(key);
        }
      }
      others.forEach((other, at) => {
        const { kind, name, error } = other;
        const whole = decode(other.explanation);
        const title = kind === "method" ? say.of("method", name, other.title) : other.title;
        const own = rows.get(keys[at]) ?? row(other);
        rows.set(keys[at], own);
        // an element that is moved loses the focus: only what stands wrong is put right
        if (element.children[at] !== own.item) element.insertBefore(own.item, element.children[at] ?? null);
        setText(own.title, title);
        set(own.item, { "aria-label": title });
        set(own.remove, { "aria-label": say("removeMethod", { title }) });
        own.text.element.hidden = !whole?.weights;
        if (error || !whole?.weights) {
          setText(own.told, error || doing(say, other));
          return;
        }
        // another model may have other classes: then what it predicts
        const found = onShow(whole, all ? chosenBy(all, stretch) : kind === "method" ? target : first.targets[target]);
        const { explanation, target: same, most } = found;
        const linked = explanation.key === first.key;
        own.link(linked);
        own.text.update({ fields: explanation.fields, shown: found, out: [], selection: null, hidden: [], pointed: linked ? pointed : null, looks: null });
        const { targets, scores, probabilities, scale } = explanation;
        const score = `${say.quantity(probabilities ? "probability" : scale, targets[same])} = ${number((probabilities ?? scores)[same], 2)}`;
        const parts = [doing(say, other), kind === "method" ? "" : score, other.best?.includes(first.targets[target]) ? say("best") : ""];
        // a row's colours are on a scale of its own, unless it says none
        const colour = scale === "attention" ? "" : say("fullColour", { most: number(most, decimals(most)) });
        setText(own.told, [...parts, colour, gap(say, explanation, same), agrees(say, first, target, explanation, same)].filter(Boolean).join(" · "));
      });
    },
  };
}

/** @param {Other} other */
function keyOf({ kind, name }) {
  return `${kind} ${name}`;
}

/** What becomes of a row, and how far it is. @param {Captions} say @param {Other} other */
function doing(say, { status, evaluations, budget }) {
  const spent = status === "running" && evaluations && budget ? say("spentOf", { count: evaluations, budget }) : "";
  return [say.of("rows", status, ""), spent].filter(Boolean).join(" ");
}

/** @param {Captions} say @param {Explanation} explanation @param {number} target */
function gap(say, explanation, target) {
  const at = examined(explanation, target);
  return at >= 0 ? say("gap", { gap: number(explanation.exam?.srg[at] ?? NaN, 2) }) : "";
}

/** @param {Captions} say @param {Explanation} first @param {number} target @param {Explanation} other @param {number} same  the target there */
function agrees(say, first, target, other, same) {
  const mine = first.weights?.[target];
  const others = other.weights?.[same];
  if (!mine || !others || first.key !== other.key || first.targets[target] !== other.targets[same]) return "";
  const tops = strongest(mine, TOP);
  const shared = strongest(others, TOP).filter((feature) => tops.includes(feature)).length;
  return say("agrees", { rank: number(agreement(mine, others), 2), shared, top: tops.length });
}
