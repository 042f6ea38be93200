// The facts: what was done, what is known by now and how long more, and the key.

import { h, setText } from "../dom.js";
import { decimals, forecast, number, precision, total as summed } from "../model/display.js";

/** @typedef {import("../captions.js").Captions} Captions */
/** @typedef {import("../model/document.js").Explanation} Explanation */
/** @typedef {import("../model/derive.js").ViewState} ViewState */

/** @param {Captions} say @param {number} seconds */
export function duration(say, seconds) {
  return say("seconds", { number: seconds.toFixed(seconds < 10 ? 1 : 0) });
}

/** @param {Captions} say */
export function factsPart(say) {
  const facts = h("span", { class: "ll-facts-line" });
  const full = h("span", { class: "ll-full" });
  const doubt = h("span", { class: "ll-word", "data-sign": "none", "data-doubt": "", "--w": 0.15 }, say("doubtful"));
  const key = h(
    "span",
    { class: "ll-key" },
    h("span", { class: "ll-word", "data-sign": "raises", "--w": 0.6 }, say("raises")),
    h("span", { class: "ll-word", "data-sign": "lowers", "--w": 0.6 }, say("lowers")),
    doubt,
    full,
  );
  const said = h("div", { class: "ll-said-aloud", role: "status" });
  const element = h("div", {}, h("div", { class: "ll-facts" }, facts, key), said);

  return {
    element,

    /** @param {ViewState} state */
    update({ shown, status, busy, expecting, live, silence, waiting, menu, unit }) {
      const { explanation = null, target = 0, most = 1 } = shown ?? {};
      const silent = say.of("silence", silence, "");
      setText(said, silence === "gone" ? silent : live ? say.of("status", status, "") : "");
      // what the work waits for; of its own accord it waits for the model
      const asking = Object.keys(menu).length ? say("asking") : say("loading");
      const held = silent || (expecting && waiting) || (busy && status === "loading" ? asking : "");
      key.hidden = explanation?.scale === "attention";
      // its place is kept
      key.toggleAttribute("data-empty", !explanation?.weights);
      doubt.hidden = !explanation?.intervals && !(busy || explanation?.state === "draft");
      // of an answer that is being written there is nothing to tell yet
      if (!explanation?.targets.length) return tell([{ name: "now", text: held || (explanation ? say(busy ? "answering" : "end.answering") : "") }]);
      const { weights, method, title, masker, evaluations, seconds, state, intervals } = explanation;
      if (weights) setText(full, say("fullColour", { most: number(most, decimals(most)) }));
      const ended = state === "exact" && !intervals ? "" : say.of("end", state, "");
      tell([
        { name: "how", text: `${say.of("method", method, title)} · ${say.removal(unit.split(" + "), masker)}` },
        { name: "now", text: held || (busy ? weights && sharpening(say, explanation) : ended) || "" },
        { name: "work", text: `${say("evaluations", { count: evaluations })} · ${duration(say, seconds)}` },
        { name: "sum", ...addedUp(explanation, target, most) },
      ]);
    },
  };

  /** Says them anew where one differs: what follows a longer one has not moved, it is another line. @param {{name: string, text: string, title?: string}[]} all */
  function tell(all) {
    const given = all.filter(({ text }) => text);
    const told = JSON.stringify(given);
    if (facts.dataset.now === told) return;
    facts.dataset.now = told;
    facts.replaceChildren(...given.flatMap(({ name, text, title = "" }, at) => [at ? " · " : "", h(name === "now" ? "b" : "span", { class: `ll-${name}`, title: title || null }, text)]));
  }

  /** @param {Explanation} explanation @param {number} target @param {number} most @returns {{text: string, title?: string}} */
  function addedUp(explanation, target, most) {
    const { weights, intercepts, scale, targets, scores, fit, terms, joint } = explanation;
    const row = weights?.[target];
    // where nothing was fitted, the base is only what makes it add up
    if (!row || !intercepts || !(fit.r2 || joint)) {
      const { probabilities } = explanation;
      return { text: `${say.quantity(probabilities ? "probability" : scale, targets[target])} = ${number((probabilities ?? scores)[target], 2)}` };
    }
    const digits = Math.max(2, decimals(most));
    const total = number(summed(explanation, target), digits);
    const score = number(scores[target], digits);
    const pairs = terms.every((term) => term.length === 2);
    const parts = !row.length ? "none" : !joint || !terms.length ? "weights" : pairs ? "pairs" : "terms";
    const text = say.of("sum", parts, "", { what: say.quantity(scale, targets[target]), base: number(intercepts[target], digits), total, score });
    return { text, title: say("sumTitle", { total, score }) };
  }
}

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
