// A model without a kernel, over state alone.

/**
 * @param {Record<string, any>} state
 * @returns {import("./protocol.js").Model}
 */
export function standIn(state) {
  /** By event. @type {Map<string, Set<() => void>>} */
  const listeners = new Map();
  return {
    get: (name) => state[name],
    set(name, value) {
      state[name] = value;
      for (const callback of [...(listeners.get(`change:${name}`) ?? [])]) callback();
    },
    save_changes() {},
    on(event, callback) {
      listeners.set(event, (listeners.get(event) ?? new Set()).add(callback));
    },
    off(event, callback) {
      listeners.get(event)?.delete(callback);
    },
    send: undefined,
  };
}
