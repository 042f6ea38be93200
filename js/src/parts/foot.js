// The foot: the key, what was done, how far it fits, and Stop.

import { h, set, setText } from "../dom.js";
import { decimals, number, quantity } from "../scale.js";

/** @typedef {import("../protocol.js").Explanation} Explanation */

/** @type {Record<string, string>} */
const TITLES = { lime: "LIME" };
/** @type {Record<string, string>} */
const UNITS = { word: "words", character: "characters" };
/** @type {Record<string, string>} */
const MASKERS = { delete: "deleted", mask: "masked" };

/** @param {number} seconds */
export function duration(seconds) {
  return seconds < 10 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds)} s`;
}

/**
 * @param {(kind: "cancel" | "explain") => void} onAsk
 * @param {AbortSignal} signal
 */
export function footPart(onAsk, signal) {
  const bar = h("i");
  const progress = h("div", { class: "ll-progress", role: "progressbar", "aria-label": "Evaluations spent", "aria-valuemin": 0, "aria-valuemax": 100 }, bar);
  const full = h("span", { class: "ll-full" });
  const key = h(
    "span",
    { class: "ll-key" },
    h("span", { class: "ll-word", "data-sign": "raises", "--w": 0.6 }, "raises"),
    h("span", { class: "ll-word", "data-sign": "lowers", "--w": 0.6 }, "lowers"),
    full,
  );
  const sum = h("span", { class: "ll-sum" });
  const fit = h("span", { class: "ll-fit" });
  const spent = h("span", { class: "ll-spent" });
  const button = h("button", { class: "ll-button", type: "button" });
  const line = h("div", { class: "ll-foot" }, key, h("span", { class: "ll-push" }), sum, fit, spent, button);
  const said = h("div", { class: "ll-said", role: "status" });
  const element = h("div", {}, progress, line, said);
  button.addEventListener("click", () => onAsk(button.dataset.kind === "cancel" ? "cancel" : "explain"), { signal });

  return {
    element,

    /**
     * @param {Explanation | null} explanation
     * @param {number} target
     * @param {number} most
     * @param {{status: string, progress: number, live: boolean, queued: boolean}} state
     */
    update(explanation, target, most, { status, progress: share, live, queued }) {
      const busy = live && (status === "loading" || status === "running");
      progress.hidden = !busy;
      set(progress, { "aria-valuenow": Math.round(100 * share), "data-waiting": status === "loading" });
      set(bar, { "--done": share });
      key.hidden = !explanation?.weights;
      button.hidden = !live || status === "done";
      set(button, { "data-kind": busy ? "cancel" : "explain" });
      setText(button, busy ? "Stop" : "Explain again");
      const announced = { loading: "Loading the model", running: "Explaining", done: "Explained", stopped: "Stopped", failed: "" }[status] ?? "";
      setText(said, live ? announced : "");
      if (queued) return setText(spent, "queued until the running cell finishes");
      if (!explanation) return setText(spent, status === "loading" ? "loading the model…" : "");
      const { weights, intercepts, fit: fits, scale, targets, method, unit, masker, evaluations, seconds, scores } = explanation;
      const digits = Math.max(2, decimals(most));
      setText(full, weights ? `full colour ±${number(most, decimals(most))}` : "");
      const row = weights?.[target];
      if (row && intercepts) {
        const total = row.reduce((a, b) => a + b, intercepts[target]);
        const what = quantity(scale, targets[target]);
        setText(sum, `${what} ≈ ${number(intercepts[target], digits)} base ${row.length ? "+ Σ weights " : ""}= ${number(total, digits)}, model ${number(scores[target], digits)}`);
        set(sum, { title: `The base value is the surrogate's answer with every feature removed; with all of them it says ${number(total, digits)}, the model ${number(scores[target], digits)}.` });
      } else setText(sum, "");
      const r2 = fits.r2?.[target];
      setText(fit, r2 === undefined ? "" : `R² ${number(r2, 2)}`);
      set(fit, { title: "How much of the model's variation on these texts the weights explain; 1 is all of it." });
      const what = `${TITLES[method] ?? method} · ${UNITS[unit] ?? unit} ${MASKERS[masker] ?? masker}`;
      const work = `${evaluations.toLocaleString("en")} evaluations · ${duration(seconds)}`;
      const state = status === "stopped" ? "stopped early · " : busy && weights ? "sharpening · " : "";
      setText(spent, status === "loading" && busy ? "loading the model…" : `${what} · ${state}${work}`);
    },
  };
}
