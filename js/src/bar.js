// A weight as a bar with its interval, and as a number beside it.

import { h, set, setText } from "./dom.js";
import { doubtful, number } from "./model/display.js";

/** A bar and a number, to be drawn. @returns {[HTMLElement, HTMLElement]} */
export function barAndNumber() {
  return [h("span", { class: "ll-bar" }, h("i"), h("s")), h("span", { class: "ll-num" })];
}

/**
 * @param {[item: HTMLElement, bar: HTMLElement, num: HTMLElement]} nodes
 * @param {number} value
 * @param {[number, number] | undefined} interval
 * @param {{low: number, high: number, most: number, digits: number, signed: boolean, say: import("./captions.js").Captions}} how  where the bars end, the full colour, and how numbers are written
 */
export function drawBar([item, bar, num], value, interval, { low, high, most, digits, signed, say }) {
  const place = (/** @type {number} */ at) => ((at - low) / (high - low)).toFixed(4);
  const weight = Number.isFinite(value) ? value : 0;
  set(bar, { "data-sign": weight < 0 ? "lowers" : "raises", "--zero": place(0), "--from": place(Math.min(0, weight)), "--to": place(Math.max(0, weight)) });
  setText(num, number(value, digits, signed));
  const whisker = /** @type {HTMLElement} */ (bar.lastElementChild);
  whisker.hidden = !interval || interval[1] - interval[0] < 0.004 * most;
  if (interval) set(whisker, { "--low": place(interval[0]), "--high": place(interval[1]) });
  set(item, { "data-doubt": doubtful(interval), title: interval ? say("interval", { low: number(interval[0], digits, true), high: number(interval[1], digits, true) }) : null });
}
