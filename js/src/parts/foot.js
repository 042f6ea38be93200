// The foot: the key, what was done, how far it fits, and Stop.

import { fill, h, set, setText } from "../dom.js";
import { decimals, forecast, number, precision, together } from "../model/display.js";

/** @typedef {import("../captions.js").Captions} Captions */
/** @typedef {import("../model/document.js").Explanation} Explanation */
/** @typedef {import("../model/derive.js").ViewState} ViewState */

/** Below this share of the model's variation the weights say little of it. */
const LITTLE = 0.35;

/** @typedef {import("../wire/protocol.js").Menu} Menu */

/** @param {Captions} say @param {number} seconds */
export function duration(say, seconds) {
  return say("seconds", { number: seconds.toFixed(seconds < 10 ? 1 : 0) });
}

/**
 * @param {Captions} say
 * @param {(kind: "cancel" | "explain") => void} onAsk
 * @param {(method: string) => void} onMethod
 * @param {(method: string) => void} onCompare  another method is to stand under the first
 * @param {(unit: string) => void} onUnit
 * @param {AbortSignal} signal
 */
export function footPart(say, onAsk, onMethod, onCompare, onUnit, signal) {
  const bar = h("i");
  const progress = h("div", { class: "ll-progress", role: "progressbar", "aria-label": say("spent"), "aria-valuemin": 0, "aria-valuemax": 100 }, bar);
  const full = h("span", { class: "ll-full" });
  const key = h(
    "span",
    { class: "ll-key" },
    h("span", { class: "ll-word", "data-sign": "raises", "--w": 0.6 }, say("raises")),
    h("span", { class: "ll-word", "data-sign": "lowers", "--w": 0.6 }, say("lowers")),
    h("span", { class: "ll-word", "data-sign": "none", "data-doubt": "", "--w": 0.15 }, say("doubtful")),
    full,
  );
  const sum = h("span", { class: "ll-sum" });
  const fit = h("span", { class: "ll-fit" });
  const methods = h("select", { class: "ll-select", "aria-label": say("methods") });
  const beside = h("select", { class: "ll-select", "aria-label": say("compare") });
  const units = h("select", { class: "ll-select", "aria-label": say("unit") });
  const spent = h("span", { class: "ll-spent" });
  const button = h("button", { class: "ll-button", type: "button" });
  const line = h("div", { class: "ll-foot" }, key, h("span", { class: "ll-push" }), sum, fit, methods, beside, units, spent, button);
  const said = h("div", { class: "ll-said", role: "status" });
  const element = h("div", {}, progress, line, said);
  button.addEventListener("click", () => onAsk(button.dataset.kind === "cancel" ? "cancel" : "explain"), { signal });

  methods.addEventListener("change", () => onMethod(methods.value), { signal });
  // hosts have shortcuts on plain letters
  beside.addEventListener("change", () => onCompare(beside.value), { signal });
  units.addEventListener("change", () => onUnit(units.value), { signal });
  for (const select of [methods, beside, units]) select.addEventListener("keydown", (event) => event.stopPropagation(), { signal });

  /**
   * @param {HTMLSelectElement} select
   * @param {{name: string, title?: string, reason: string}[]} listed
   * @param {string} chosen  one of one's own making may not be listed
   * @param {(item: {name: string, title?: string}) => string} named
   */
  function choices(select, listed = [], chosen, named) {
    select.hidden = listed.length === 0;
    const all = listed.some(({ name }) => name === chosen) ? listed : [...listed, { name: chosen, reason: "" }];
    const options = all.map((item) => ({ value: item.name, text: item.reason ? say("needsModel", { title: named(item) }) : named(item), title: item.reason }));
    fill(select, options, chosen);
  }

  return {
    element,
    line,

    /**
     * @param {ViewState} state
     * @param {{live: boolean, silence: import("../wire/kernel.js").Silence, stoppable: boolean, progress: number, waiting: string, method: string, compared: string[]}} now
     */
    update({ shown, status, busy, expecting, rowsStopped, menu, unit: wanted }, { live, silence, stoppable, progress: share, waiting, method: chosen, compared }) {
      const { explanation = null, target = 0, most = 1 } = shown ?? {};
      progress.hidden = !busy;
      set(progress, { "aria-valuenow": Math.round(100 * share), "data-waiting": status === "loading" });
      set(bar, { "--done": share });
      key.hidden = !explanation?.weights || explanation.scale === "attention";
      choices(methods, live ? menu.methods : [], chosen, ({ name, title = name }) => say.of("method", name, title));
      const rest = (live && menu.methods ? menu.methods : []).filter(({ name }) => name !== chosen && !compared.includes(name));
      choices(beside, rest.length ? [{ name: "", title: say("compareWith"), reason: "" }, ...rest] : [], "", ({ name, title = name }) => say.of("method", name, title));
      const named = (/** @type {string} */ name) => say.units(name.split(" + "));
      choices(units, live ? menu.units : [], wanted, ({ name }) => named(name));
      button.hidden = !live || (!stoppable && status === "done" && !rowsStopped);
      set(button, { "data-kind": stoppable ? "cancel" : "explain" });
      setText(button, stoppable ? say("stop") : say("again"));
      const silent = say.of("silence", silence, "");
      setText(said, silence === "gone" ? silent : live ? (say.of("status", status, "")) : "");
      // what the work waits for; of its own accord it waits for the model
      const held = silent || (expecting && waiting) || (busy && status === "loading" ? say("loading") : "");
      if (!explanation) {
        for (const part of [full, sum, fit]) setText(part, "");
        return setText(spent, held);
      }
      const { weights, intercepts, fit: fits, scale, targets, method, title, masker, evaluations, seconds, scores } = explanation;
      const digits = Math.max(2, decimals(most));
      setText(full, weights ? say("fullColour", { most: number(most, decimals(most)) }) : "");
      const row = weights?.[target];
      if (row && intercepts) {
        const whole = row.reduce((a, b) => a + b, intercepts[target] + together(explanation, target));
        const total = number(whole, digits);
        const score = number(scores[target], digits);
        const pairs = explanation.terms.every((term) => term.length === 2);
        const terms = !row.length ? "none" : !explanation.joint ? "weights" : pairs ? "pairs" : "terms";
        setText(sum, say.of("sum", terms, "", { what: say.quantity(scale, targets[target]), base: number(intercepts[target], digits), total, score }));
        set(sum, { title: say("sumTitle", { total, score }) });
      } else setText(sum, "");
      const r2 = fits.r2?.[target];
      const rank = fits.rank?.[target];
      const known = r2 !== undefined && explanation.state !== "draft";
      const little = known && r2 < LITTLE && evaluations >= ENOUGH;
      const missed = fits.convergence?.[target];
      const much = missed !== undefined ? say("missed", { much: number(missed, digits) }) : known ? say("r2", { value: number(Math.max(r2, 0), 2) }) : "";
      setText(fit, little ? say("little", { fit: much }) : much);
      set(fit, { "data-little": little, title: known ? say(explanation.state === "exact" ? "fitTitle.exact" : "fitTitle.held", { rank: rank === undefined ? "" : say("fitRank", { rank: number(rank, 2) }) }) : null });
      const how = say.removal(units.hidden ? wanted.split(" + ") : [], masker);
      const what = methods.hidden ? `${say.of("method", method, title)} · ${how}` : how;
      const work = `${say("evaluations", { count: evaluations })} · ${duration(say, seconds)}`;
      const state = busy && weights ? sharpening(say, explanation) : (explanation.state === "exact" && !explanation.intervals ? "" : (say.of("end", explanation.state, "")));
      setText(spent, held || [what, state, work].filter(Boolean).join(" · "));
    },
  };
}

/** With fewer evaluations R² is too uncertain to judge by. */
const ENOUGH = 100;

/** How precise a running explanation is, and when it will be better. @param {Captions} say @param {Explanation} explanation */
function sharpening(say, explanation) {
  const now = precision(explanation.intervals);
  if (explanation.state === "draft" || now === null) return say("sharpening.draft");
  if (now === 0) return say("sharpening");
  const next = forecast(now, explanation);
  const precise = number(now, decimals(now));
  if (!next) return say("sharpening.now", { now: precise });
  return say("sharpening.next", { now: precise, seconds: duration(say, next.seconds), next: number(next.precision, decimals(next.precision)) });
}
