// When it is decided, where each head looks, and what the model looks for: the view as its hosts load it.

import { h, set, setText } from "./dom.js";
import { hosted } from "./host.js";
import { frontPart } from "./parts/front.js";
import { headsPart } from "./parts/heads.js";
import { layersPart } from "./parts/layers.js";
import { pillsPart } from "./parts/pills.js";
import { followTheme } from "./theme.js";
import { observe, oncePerFrame } from "./wire/observe.js";

/** @typedef {import("./wire/protocol.js").Model} Model */
/** @typedef {import("./captions.js").Captions} Captions */
/** @typedef {{pills: string[], chosen: string, scores: string[], facts: [string, string[]], done: number}} Drawn  what a part says of itself: its first fact is bold */

/** @param {Model} model @param {HTMLElement} el @param {Captions} say @param {AbortSignal} signal */
function view(model, el, say, signal) {
  const alone = !model.send; // in a page, where nobody answers
  const kind = /** @type {"layers" | "heads" | "dream"} */ (model.get("kind"));
  const dreaming = kind === "dream";
  const { later, now } = oncePerFrame(draw, signal);
  const choose = (/** @type {string} */ target) => {
    model.set("target", target);
    model.save_changes();
    now();
  };
  const title = say(dreaming ? "deep.dream" : kind === "heads" ? "deep.heads" : "deep.layers");
  const stop = h("button", { type: "button", class: "ll-button" }, say("deep.stop"));
  const rule = h("div", { class: "ll-rule" }, h("i"));
  const pills = pillsPart(say, choose, signal);
  const part = parts(kind);
  const error = h("p", { class: "ll-error", role: "alert" });
  const facts = h("p", { class: "ll-facts" });
  const root = h(
    "section",
    { class: "ll-sheet ll-deep", "data-testid": "limelight-deep", lang: say.lang, "aria-label": title },
    h("div", { class: "ll-question" }, h("b", {}, title), pills.element, h("span", { class: "ll-gap" }), stop),
    rule,
    part.element,
    error,
    facts,
  );
  el.replaceChildren(root);
  followTheme(root, signal);
  stop.addEventListener("click", () => {
    stop.disabled = true;
    model.send?.({ kind: "stop" });
  }, { signal });
  observe(model, ["record", "target", "status", "error", "opens"], later, signal);

  /** @param {"layers" | "heads" | "dream"} of */
  function parts(of) {
    if (of === "dream") return frontPart(say, (at) => model.send?.({ kind: "explain", at }), signal);
    if (of === "layers") return layersPart(say, { choose, dream: (at) => model.send?.({ kind: "dream", at }) }, signal);
    const ask = (/** @type {[number, number][]} */ heads) => {
      model.send?.({ kind: "off", of: heads });
      return !alone;
    };
    return headsPart(say, ask, later, signal);
  }

  function draw() {
    const running = model.get("status") === "running" && !alone;
    // nothing to press, nothing to wait for
    rule.hidden = stop.hidden = !dreaming || alone;
    set(stop, { "data-ended": !running });
    const drawn = part.update(model.get("record"), { target: model.get("target"), status: model.get("status"), opens: Boolean(model.get("opens")) && !alone, alone });
    pills.element.hidden = !drawn.pills.length;
    pills.update(drawn.pills, drawn.chosen, drawn.scores);
    set(rule, { "--done": running ? drawn.done.toFixed(3) : 0 });
    setText(error, model.get("error") ?? "");
    error.hidden = !error.textContent;
    const [first, rest] = drawn.facts;
    facts.replaceChildren(h("b", {}, first), ...rest.map((one) => ` · ${one}`));
  }

  now();
}

export default hosted(view);
