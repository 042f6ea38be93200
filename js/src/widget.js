// The widget, as its hosts load it. Nothing is exported beside the default: anywidget warns of a named `render`.

import { captions } from "./captions.js";
import { view } from "./view.js";
import { observe } from "./wire/observe.js";

/** @typedef {import("./wire/protocol.js").Model} Model */

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

export default { render };
