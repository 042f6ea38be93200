// Words that raise a class, or lower it, as bars with intervals.

import { h, set, setText, theirs } from "../dom.js";
import { decimals, number } from "../model/display.js";

/** @typedef {import("../captions.js").Captions} Captions */
/** @typedef {import("../model/words.js").Table} Table */

const FEW = 12; // words at first
const MORE = 24; // and then each time

/**
 * @param {Captions} say
 * @param {"raises" | "lowers"} sign
 * @param {(word: string) => void} onChoose
 * @param {AbortSignal} signal
 */
export function wordsPart(say, sign, onChoose, signal) {
  const caption = h("h4", { class: "ll-caption" });
  const head = h("div", { class: "ll-head", "aria-hidden": "true" }, h("span", {}, say("word")), h("span", {}, say("corpus.mean")), h("span"), h("span", {}, say("corpus.texts")));
  const list = h("ol", { class: "ll-words", "data-sign": sign });
  const none = h("p", { class: "ll-later" });
  const more = h("button", { class: "ll-button ll-on", type: "button" }, say("corpus.more"));
  const element = h("div", { class: "ll-side" }, caption, head, list, none, more);
  let many = FEW;
  let key = "";
  let redraw = () => {};
  more.addEventListener("click", () => {
    many += MORE;
    redraw();
  }, { signal });
  list.addEventListener("click", (event) => {
    const row = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("button"));
    if (row) onChoose(row.dataset.word ?? "");
  }, { signal });
  list.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const rows = [...list.querySelectorAll("button")];
    const at = rows.indexOf(/** @type {HTMLButtonElement} */ (event.target));
    if (!step || at < 0) return;
    event.preventDefault();
    // JupyterLab's own arrow keys would move to the next cell
    event.stopPropagation();
    rows[at + step]?.focus();
  }, { signal });

  /** @returns {HTMLLIElement} */
  const row = () =>
    h("li", {}, h("button", { type: "button" }, h("span", { class: "ll-name", ...theirs }), h("span", { class: "ll-bars" }, h("span", { class: "ll-bar" }, h("i"), h("s")), h("span", { class: "ll-bar ll-beside" }, h("i"), h("s"))), h("span", { class: "ll-num" }), h("span", { class: "ll-count" }), h("span", { class: "ll-context" })));

  return {
    element,

    /**
     * @param {{table: Table, target: string, rows: number[], most: number, word: string, beside: string[], empty: string, key: string}} state
     */
    update(state) {
      const { table, target, rows, most, word, beside, empty } = state;
      if (state.key !== key) many = FEW;
      key = state.key;
      redraw = () => this.update(state);
      caption.replaceChildren(...say.parts(sign === "raises" ? "corpus.raise" : "corpus.lower").map(({ text }) => (text ? text : h("b", theirs, target))));
      set(list, { "aria-label": caption.textContent });
      const columns = table.byTarget[target];
      const shown = columns ? rows.slice(0, many) : [];
      setText(none, shown.length ? "" : empty);
      none.hidden = shown.length > 0;
      head.hidden = !shown.length;
      more.hidden = rows.length <= many;
      while (list.children.length > shown.length) list.lastElementChild?.remove();
      while (list.children.length < shown.length) list.append(row());
      const digits = decimals(most);
      shown.forEach((at, place) => {
        const button = /** @type {HTMLButtonElement} */ (list.children[place].firstElementChild);
        const [name, bars, num, count, context] = /** @type {HTMLElement[]} */ ([...button.children]);
        const own = table.words[columns.word[at]];
        const [effect, half] = [columns.effect[at], columns.half[at]];
        const doubt = Math.abs(effect) <= half;
        const interval = say("interval", { low: number(effect - half, digits, true), high: number(effect + half, digits, true) });
        set(button, { "data-word": own, "aria-pressed": String(own === word), "data-doubt": doubt, title: doubt ? `${interval}, ${say("doubtful")}` : interval });
        setText(name, own);
        bar(/** @type {HTMLElement} */ (bars.children[0]), effect, half, most);
        const second = /** @type {HTMLElement} */ (bars.children[1]);
        second.hidden = !columns.other || Number.isNaN(columns.other[at]);
        if (columns.other && columns.otherHalf && !second.hidden) {
          bar(second, columns.other[at], columns.otherHalf[at], most);
          set(second, { title: `${beside[1]}: ${number(columns.other[at], digits, true)}` });
        }
        setText(num, number(effect, digits, true));
        setText(count, columns.texts[at].toLocaleString("en"));
        const raised = Math.round(100 * columns.share[at]);
        context.hidden = !columns.depends[at];
        setText(context, context.hidden ? "" : say(effect < 0 ? "corpus.contextLowers" : "corpus.contextRaises", { raises: String(raised), lowers: String(100 - raised) }));
      });
    },
  };

  /** @param {HTMLElement} element @param {number} effect @param {number} half @param {number} most */
  function bar(element, effect, half, most) {
    // what raises grows to the right, what lowers to the left; a word may do otherwise in what stands beside
    const place = (/** @type {number} */ value) => Math.min(1, Math.max(0, sign === "raises" ? value / most : 1 + value / most)).toFixed(4);
    set(element, { "data-sign": effect < 0 ? "lowers" : "raises" });
    set(element, { "--from": place(Math.min(0, effect)), "--to": place(Math.max(0, effect)), "--low": place(effect - half), "--high": place(effect + half) });
  }
}
