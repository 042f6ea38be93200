// A model without a kernel, over state alone.

/**
 * @param {Record<string, any>} state
 * @returns {import("./protocol.js").Model}
 */
export function standIn(state) {
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
