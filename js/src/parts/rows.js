// Other methods' explanations under the first one, each with how it did and how far it agrees.

import { h, set, setText } from "../dom.js";
import { agreement, examined, extent, number, strongest } from "../scale.js";

/** @typedef {import("../protocol.js").Explanation} Explanation */
/** @typedef {import("../protocol.js").Other} Other */

const TOP = 5;

/**
 * @param {typeof import("./text.js").textPart} textPart  draws a text: parts do not know each other
 * @param {(method: string) => void} onRemove
 * @param {AbortSignal} signal
 */
export function rowsPart(textPart, onRemove, signal) {
  const element = h("div", { class: "ll-rows" });
  /** @type {Map<string, ReturnType<typeof row>>} */
  const rows = new Map();

  /** @param {string} method */
  function row(method) {
    const title = h("b");
    const told = h("span", { class: "ll-dim" });
    const remove = h("button", { class: "ll-button", type: "button", "data-method": method }, "Remove");
    // a row that is removed lets go of its listeners, which the widget's own signal would hold
    const ending = new AbortController();
    signal.addEventListener("abort", () => ending.abort(), { signal: ending.signal });
    const text = textPart(() => {}, () => {}, ending.signal);
    const item = h("div", { class: "ll-row", role: "group" }, h("p", { class: "ll-row-head" }, title, told, remove), text.element);
    remove.addEventListener("click", () => onRemove(method), { signal: ending.signal });
    return { item, title, told, remove, text, ending };
  }

  return {
    element,

    /**
     * @param {Explanation} first
     * @param {number} target
     * @param {Other[]} others
     */
    update(first, target, others) {
      element.hidden = others.length === 0;
      for (const [method, { item, ending }] of rows) {
        if (!others.some((other) => other.method === method)) {
          ending.abort();
          item.remove();
          rows.delete(method);
        }
      }
      const best = bestOf(first, target, others);
      others.forEach(({ method, title, explanation, error }, at) => {
        const own = rows.get(method) ?? row(method);
        rows.set(method, own);
        // an element that is moved loses the focus: only what stands wrong is put right
        if (element.children[at] !== own.item) element.insertBefore(own.item, element.children[at] ?? null);
        setText(own.title, title);
        set(own.item, { "aria-label": title });
        set(own.remove, { "aria-label": `Remove ${title}` });
        const weights = explanation?.weights?.[target];
        own.text.element.hidden = !weights;
        if (error || !explanation || !weights) {
          setText(own.told, error || "waiting for its turn");
          return;
        }
        own.text.update(explanation, target, extent(explanation.weights, explanation.scale));
        setText(own.told, [method === best ? "best on the exam" : "", gap(explanation, target), agrees(first, explanation, target)].filter(Boolean).join(" · "));
      });
    },
  };
}

/** @param {Explanation} explanation @param {number} target */
function gap(explanation, target) {
  const at = examined(explanation, target);
  return at >= 0 ? `removal gap ${number(explanation.exam?.srg[at] ?? NaN, 2)}` : "";
}

/** @param {Explanation} first @param {Explanation} other @param {number} target */
function agrees(first, other, target) {
  const mine = first.weights?.[target];
  const theirs = other.weights?.[target];
  if (!mine || !theirs || mine.length !== theirs.length) return "";
  const tops = strongest(mine, TOP);
  const shared = strongest(theirs, TOP).filter((feature) => tops.includes(feature)).length;
  return `agrees by ${number(agreement(mine, theirs), 2)} in rank, ${shared} of the first ${tops.length} words shared`;
}

/** The method with the largest removal gap, where every one has been examined. @param {Explanation} first @param {number} target @param {Other[]} others */
function bestOf(first, target, others) {
  const found = [{ method: first.method, explanation: first }, ...others].map(({ method, explanation }) => {
    return { method, srg: explanation?.exam?.srg[examined(explanation, target)] ?? NaN };
  });
  if (found.some(({ srg }) => Number.isNaN(srg))) return "";
  return found.reduce((a, b) => (b.srg > a.srg ? b : a)).method;
}
