// The foot: the key, what was done, how far it fits, and Stop.

import { h, set, setText } from "../dom.js";
import { decimals, forecast, number, precision, quantity } from "../scale.js";

/** @typedef {import("../protocol.js").Explanation} Explanation */

/** @type {Record<string, string>} */
const UNITS = { word: "words", character: "characters" };
/** @type {Record<string, string>} */
const MASKERS = { delete: "deleted", mask: "masked" };

/** Below this share of the model's variation the weights say little of it. */
const LITTLE = 0.35;

/** @typedef {import("../protocol.js").Menu} Menu */

/** @param {number} seconds */
export function duration(seconds) {
  return seconds < 10 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds)} s`;
}

/**
 * @param {(kind: "cancel" | "explain") => void} onAsk
 * @param {(method: string) => void} onMethod
 * @param {(method: string) => void} onCompare  another method is to stand under the first
 * @param {AbortSignal} signal
 */
export function footPart(onAsk, onMethod, onCompare, signal) {
  const bar = h("i");
  const progress = h("div", { class: "ll-progress", role: "progressbar", "aria-label": "Evaluations spent", "aria-valuemin": 0, "aria-valuemax": 100 }, bar);
  const full = h("span", { class: "ll-full" });
  const key = h(
    "span",
    { class: "ll-key" },
    h("span", { class: "ll-word", "data-sign": "raises", "--w": 0.6 }, "raises"),
    h("span", { class: "ll-word", "data-sign": "lowers", "--w": 0.6 }, "lowers"),
    h("span", { class: "ll-word", "data-sign": "none", "data-doubt": "", "--w": 0.15 }, "not distinguishable from 0"),
    full,
  );
  const sum = h("span", { class: "ll-sum" });
  const fit = h("span", { class: "ll-fit" });
  const methods = h("select", { class: "ll-select", "aria-label": "Method" });
  const beside = h("select", { class: "ll-select", "aria-label": "Compare with" });
  const spent = h("span", { class: "ll-spent" });
  const button = h("button", { class: "ll-button", type: "button" });
  const line = h("div", { class: "ll-foot" }, key, h("span", { class: "ll-push" }), sum, fit, methods, beside, spent, button);
  const said = h("div", { class: "ll-said", role: "status" });
  const element = h("div", {}, progress, line, said);
  button.addEventListener("click", () => onAsk(button.dataset.kind === "cancel" ? "cancel" : "explain"), { signal });

  methods.addEventListener("change", () => onMethod(methods.value), { signal });
  // hosts have shortcuts on plain letters
  beside.addEventListener("change", () => onCompare(beside.value), { signal });
  for (const select of [methods, beside]) select.addEventListener("keydown", (event) => event.stopPropagation(), { signal });

  return {
    element,

    /**
     * @param {Explanation | null} explanation
     * @param {number} target
     * @param {number} most
     * @param {{status: string, progress: number, live: boolean, silence: import("../kernel.js").Silence, menu: Menu, method: string, compared: string[]}} state
     */
    update(explanation, target, most, { status, progress: share, live, silence, menu, method: chosen, compared }) {
      const busy = live && (status === "loading" || status === "running");
      progress.hidden = !busy;
      set(progress, { "aria-valuenow": Math.round(100 * share), "data-waiting": status === "loading" });
      set(bar, { "--done": share });
      key.hidden = !explanation?.weights || explanation.scale === "attention";
      drawMethods(methods, live ? (menu.methods ?? []) : [], chosen);
      const rest = (live ? (menu.methods ?? []) : []).filter(({ name }) => name !== chosen && !compared.includes(name));
      drawMethods(beside, rest.length ? [{ name: "", title: "compare with…", reason: "" }, ...rest] : [], "");
      button.hidden = !live || status === "done";
      set(button, { "data-kind": busy ? "cancel" : "explain" });
      setText(button, busy ? "Stop" : "Explain again");
      const announced = { loading: "Loading the model", running: "Explaining", done: "Explained", stopped: "Stopped", failed: "" }[status] ?? "";
      const silent = SILENCES[silence];
      setText(said, silence === "gone" ? silent : live ? announced : "");
      if (!explanation) return setText(spent, silent || (status === "loading" ? "loading the model…" : ""));
      const { weights, intercepts, fit: fits, scale, targets, title, unit, masker, evaluations, seconds, scores } = explanation;
      const digits = Math.max(2, decimals(most));
      setText(full, weights ? `full colour ±${number(most, decimals(most))}` : "");
      const row = weights?.[target];
      if (row && intercepts) {
        // with every word kept, each pair counts a quarter of its weight
        const together = explanation.joint ? (explanation.pair_weights?.[target] ?? []).reduce((a, b) => a + b, 0) / 4 : 0;
        const total = row.reduce((a, b) => a + b, intercepts[target] + together);
        const what = quantity(scale, targets[target]);
        setText(sum, `${what} ≈ ${number(intercepts[target], digits)} base ${row.length ? (explanation.joint ? "+ Σ weights and pairs " : "+ Σ weights ") : ""}= ${number(total, digits)}, model ${number(scores[target], digits)}`);
        set(sum, { title: `The base value is the surrogate's answer with every feature removed; with all of them it says ${number(total, digits)}, the model ${number(scores[target], digits)}.` });
      } else setText(sum, "");
      const r2 = fits.r2?.[target];
      const rank = fits.rank?.[target];
      const known = r2 !== undefined && explanation.state !== "draft";
      const little = known && r2 < LITTLE && evaluations >= ENOUGH;
      const missed = fits.convergence?.[target];
      const much = missed !== undefined ? `misses its sum by ${number(missed, digits)}` : known ? `R² ${number(Math.max(r2, 0), 2)}` : "";
      setText(fit, little ? `${much}: these weights explain little of the model here` : much);
      set(fit, { "data-little": little, title: known ? fitTitle(explanation.state, rank) : null });
      const how = masker ? `${UNITS[unit] ?? unit} ${MASKERS[masker] ?? masker}` : (UNITS[unit] ?? unit);
      const what = methods.hidden ? `${title} · ${how}` : how;
      const work = `${evaluations.toLocaleString("en")} evaluations · ${duration(seconds)}`;
      const state = busy && weights ? sharpening(explanation) : (explanation.state === "exact" && !explanation.intervals ? "" : (ENDS[explanation.state] ?? ""));
      setText(spent, silent || (status === "loading" && busy ? "loading the model…" : [what, state, work].filter(Boolean).join(" · ")));
    },
  };
}

/**
 * @param {HTMLSelectElement} element
 * @param {{name: string, title: string, reason: string}[]} methods
 * @param {string} chosen
 */
function drawMethods(element, methods, chosen) {
  element.hidden = methods.length === 0;
  const listed = methods.some(({ name }) => name === chosen) ? methods : [...methods, { name: chosen, title: chosen, reason: "" }];
  const now = JSON.stringify(listed);
  if (element.dataset.now !== now) {
    element.dataset.now = now;
    element.replaceChildren(
      ...listed.map(({ name, title, reason }) =>
        h("option", { value: name, disabled: reason !== "", title: reason || null }, reason ? `${title}: needs the model itself` : title),
      ),
    );
  }
  // never under the reader's hand while the list is open
  if (element.value !== chosen) element.value = chosen;
}

/** What is said of a kernel that does not answer. */
const SILENCES = {
  "": "",
  queued: "queued until the running cell finishes",
  silent: "no answer from the kernel: it is busy, or gone; class switches still work",
  gone: "the kernel is gone: class switches still work; run the cell again for the rest",
};

/** What is said of an explanation that has ended, by its state. @type {Record<string, string>} */
const ENDS = { draft: "stopped at a draft", partial: "stopped early", exact: "every thinned text asked: exact" };
/** With fewer evaluations R² is too uncertain to judge by. */
const ENOUGH = 100;

/** @param {string} state @param {number | undefined} rank */
function fitTitle(state, rank) {
  const where = state === "exact" ? "on all thinned texts" : "on thinned texts that were not fitted";
  const order = rank === undefined ? "" : ` Rank correlation with the model there: ${number(rank, 2)}.`;
  return `How much of the model's variation the weights explain, ${where}; 1 is all of it.${order}`;
}

/** How precise a running explanation is, and when it will be better. @param {Explanation} explanation */
function sharpening(explanation) {
  const now = precision(explanation.intervals);
  if (explanation.state === "draft" || now === null) return "draft, sharpening";
  if (now === 0) return "sharpening";
  const next = forecast(now, explanation);
  const more = next ? `, about ${duration(next.seconds)} more for ±${number(next.precision, decimals(next.precision))}` : "";
  return `sharpening: ±${number(now, decimals(now))} now${more}`;
}
