// What every host asks of a view: to be drawn into an element, in one language at a time, until it ends.

import { captions } from "./captions.js";
import { observe } from "./wire/observe.js";

/** @typedef {import("./wire/protocol.js").Model} Model */

/**
 * Makes of a view what hosts call.
 * @param {(model: Model, el: HTMLElement, say: import("./captions.js").Captions, signal: AbortSignal) => void} view
 */
export function hosted(view) {
  /**
   * Draws a model into an element and keeps it drawn.
   * @param {{model: Model, el: HTMLElement, signal?: AbortSignal}} context
   * @returns {() => void}  ends it: no listener and no timer stays
   */
  function render({ model, el, signal: hostSignal }) {
    el.classList.add("limelight-host");
    const ending = new AbortController();
    hostSignal?.addEventListener("abort", () => ending.abort(), { once: true });
    let drawn = new AbortController();
    // another language builds the view anew, so that a part's words never change while it lives
    const build = () => {
      drawn.abort();
      drawn = new AbortController();
      view(model, el, captions(model.get("lang")), drawn.signal);
    };
    observe(model, ["lang"], build, ending.signal);
    ending.signal.addEventListener("abort", () => {
      drawn.abort();
      // ipywidgets' models hold on to the element of every view that they ever had: without what was in it
      el.replaceChildren();
    });
    build();
    return () => ending.abort();
  }
  return { render };
}
