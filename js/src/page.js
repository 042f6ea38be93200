// A static page: the same widget over a stand-in for the model, from state alone.

import { render } from "./widget.js";

/** @param {Record<string, any>} state @returns {import("./protocol.js").Model} */
function standIn(state) {
  const target = new EventTarget();
  /** @type {Map<Function, EventListener>} */
  const listeners = new Map();
  return {
    get: (name) => state[name],
    set(name, value) {
      state[name] = value;
      target.dispatchEvent(new Event(`change:${name}`));
    },
    save_changes() {},
    on(event, callback) {
      const listener = () => callback();
      listeners.set(callback, listener);
      target.addEventListener(event, listener);
    },
    off(event, callback) {
      target.removeEventListener(event, /** @type {EventListener} */ (listeners.get(callback)));
    },
    send: undefined,
  };
}

const state = JSON.parse(/** @type {HTMLElement} */ (document.getElementById("limelight-state")).textContent ?? "{}");
render({ model: standIn(state), el: /** @type {HTMLElement} */ (document.getElementById("limelight-view")) });
