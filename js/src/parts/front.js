// Texts that a target wants ever more: a front of score against what it cost, and each text with what changed in it.

import { h, set, setText, svg, theirs } from "../dom.js";
import { decimals, number } from "../model/display.js";

/** @typedef {import("../captions.js").Captions} Captions */
/** @typedef {import("../deep.js").Drawn} Drawn */
/** @typedef {{text: string, score: number, changed: number, fluency: number | null, pieces: [string, string | null][]}} Row */
/**
 * @typedef {object} Found  what Python's dreams_record writes
 * @property {string} target
 * @property {Row[]} rows
 * @property {[string, number][]} real  texts of people, best first
 * @property {boolean} probability
 * @property {number} evaluations
 * @property {number} budget
 * @property {number} seconds
 */

const [WIDE, HIGH] = [300, 210];
const INSET = { left: 34, right: 16, top: 12, bottom: 28 };
const COPIED = 1500; // ms for which a button says so

/**
 * @param {Captions} say
 * @param {(at: number) => void} onExplain
 * @param {AbortSignal} signal
 */
export function frontPart(say, onExplain, signal) {
  const caption = h("h4", { class: "ll-caption" });
  const plot = svg("svg", { class: "ll-chart", viewBox: `0 0 ${WIDE} ${HIGH}`, "aria-hidden": "true" });
  const list = h("ol", { class: "ll-dreams" });
  const best = h("h4", { class: "ll-caption" }, say("deep.best"));
  const real = h("ol", { class: "ll-dreams" });
  const others = h("div", { class: "ll-section" }, h("h4", { class: "ll-caption" }, say("deep.real")), real);
  const element = h("div", { class: "ll-front" }, h("div", { class: "ll-charted" }, caption, plot), h("div", { class: "ll-listed" }, best, list, others));
  let drawn = "";
  let here = -1;
  /** @type {Row[]} */
  let rows = [];
  /** @type {Set<ReturnType<typeof setTimeout>>} */
  const timers = new Set();
  signal.addEventListener("abort", () => timers.forEach(clearTimeout));

  const look = (/** @type {Event} */ event) => {
    const at = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("[data-at]"))?.dataset.at;
    point(at === undefined ? -1 : Number(at));
  };
  for (const part of [list, plot]) {
    part.addEventListener("pointerover", look, { signal });
    part.addEventListener("pointerleave", () => point(-1), { signal });
  }
  list.addEventListener("focusin", look, { signal });
  list.addEventListener("focusout", () => point(-1), { signal });
  list.addEventListener("click", (event) => {
    const button = /** @type {HTMLButtonElement | null} */ (/** @type {Element} */ (event.target).closest("button"));
    if (!button) return;
    const at = Number(/** @type {HTMLElement} */ (button.closest("[data-at]")).dataset.at);
    if (button.dataset.does === "explain") onExplain(at);
    else navigator.clipboard?.writeText(rows[at].text).then(() => {
      setText(button, say("deep.copied"));
      const timer = setTimeout(() => setText(button, say("deep.copy")), COPIED);
      timers.add(timer);
    }).catch(() => {});
  }, { signal });

  /** @param {number} at */
  function point(at) {
    here = at;
    for (const one of [...list.children, ...plot.querySelectorAll("[data-at]")]) one.classList.toggle("ll-here", Number(/** @type {HTMLElement} */ (one).dataset.at) === here);
  }

  /** @param {Found} record */
  function chart({ target, probability }) {
    const read = rows.length > 0 && rows.every((row) => row.fluency !== null);
    caption.replaceChildren(...say.parts(read ? "deep.reading" : "deep.against", { target: 0 }).map(({ text }) => text || h("b", theirs, target)));
    const scores = rows.map((row) => row.score);
    const [low, high] = probability ? [0, 1] : [Math.min(0, ...scores), Math.max(1e-9, ...scores)];
    const across = rows.map((row) => (read ? Math.log(Math.max(1e-3, row.fluency ?? 0)) : row.changed));
    const [least, most] = [Math.min(0, ...across), Math.max(read ? 0 : 1, ...across)];
    const x = (/** @type {number} */ value) => INSET.left + ((value - least) / (most - least || 1)) * (WIDE - INSET.left - INSET.right);
    const y = (/** @type {number} */ value) => HIGH - INSET.bottom - ((value - low) / (high - low || 1)) * (HIGH - INSET.top - INSET.bottom);
    const text = (/** @type {number} */ left, /** @type {number} */ top, /** @type {string} */ said, /** @type {string} */ anchor) => {
      const node = svg("text", { x: left, y: top, "text-anchor": anchor });
      node.textContent = said;
      return node;
    };
    const digits = probability ? 0 : decimals(Math.max(Math.abs(low), Math.abs(high)));
    const nodes = [
      svg("path", { class: "ll-axes", d: `M${INSET.left} ${INSET.top}V${HIGH - INSET.bottom}H${WIDE - INSET.right}` }),
      text(INSET.left - 6, y(high) + 4, number(high, digits), "end"),
      text(INSET.left - 6, y(low) + 4, number(low, digits), "end"),
      ...(read ? [text(INSET.left, HIGH - 8, say("deep.badly"), "start"), text(WIDE - INSET.right, HIGH - 8, say("deep.well"), "end")] : [text((INSET.left + WIDE - INSET.right) / 2, HIGH - 8, say("deep.byWords"), "middle"), text(x(0), HIGH - 12, "0", "middle"), text(x(most), HIGH - 12, String(most), "middle")]),
      svg("polyline", { points: rows.map((row, at) => `${x(across[at]).toFixed(1)},${y(row.score).toFixed(1)}`).join(" ") }),
      ...rows.map((row, at) => svg("circle", { cx: x(across[at]).toFixed(1), cy: y(row.score).toFixed(1), r: 5, "data-at": at })),
    ];
    plot.replaceChildren(...nodes);
  }

  /** @param {Found} record @param {boolean} opens */
  function fill({ probability, real: texts }, opens) {
    const digits = probability ? 3 : decimals(Math.max(1e-6, ...rows.map((row) => Math.abs(row.score))));
    list.replaceChildren(...rows.map((row, at) => {
      const pieces = row.pieces.map(([text, was]) => (was === null ? text : h("ins", { title: say("deep.was", { word: was }) }, text)));
      const facts = [at ? say("deep.changed", { count: row.changed }) : say("deep.start"), ...(row.fluency === null || !at ? [] : [say("flipReads", { share: number(row.fluency, 2) })])];
      const buttons = [
        ...(opens ? [h("button", { class: "ll-button", type: "button", "data-does": "explain", "aria-label": `${say("deep.explain")}: ${row.text}` }, say("deep.explain"))] : []),
        h("button", { class: "ll-button", type: "button", "data-does": "copy", "aria-label": `${say("deep.copy")}: ${row.text}` }, say("deep.copy")),
      ];
      return h("li", { "data-at": at }, h("span", { class: "ll-num" }, number(row.score, digits)), h("div", {}, h("p", { class: "ll-dream", ...theirs }, ...pieces), h("p", { class: "ll-dim" }, facts.join(" · "))), h("div", { class: "ll-buttons" }, ...buttons));
    }));
    set(list, { "aria-label": best.textContent });
    others.hidden = !texts.length;
    real.replaceChildren(...texts.map(([text, score]) => h("li", {}, h("span", { class: "ll-num" }, number(score, digits)), h("p", { class: "ll-dream", ...theirs }, text))));
    set(real, { "aria-label": say("deep.real") });
  }

  return {
    element,

    /** @param {Found} record @param {{status: string, opens: boolean}} state @returns {Drawn} */
    update(record, { status, opens }) {
      const now = JSON.stringify([record.rows, record.real, record.target, opens]);
      if (now !== drawn) {
        drawn = now;
        ({ rows } = record);
        chart(record);
        fill(record, opens);
        point(here);
      }
      const { evaluations: count, budget } = record;
      const spent = status === "running" ? say("deep.seeking", { count, budget }) : say("evaluations", { count });
      const rest = [say("seconds", { number: record.seconds.toFixed(1) }), ...(status === "stopped" ? [say("deep.stopped")] : []), say("deep.people")];
      return { pills: [record.target], chosen: record.target, scores: [], facts: [spent, rest], done: budget ? Math.min(1, count / budget) : 0 };
    },
  };
}
