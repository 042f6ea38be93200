// Listening that ends with a signal, and redraws at most once a frame.

/** @typedef {import("./protocol.js").Model} Model */

/**
 * Calls back when one of a model's traits changes, until the signal aborts.
 * @param {Model} model
 * @param {string[]} names
 * @param {() => void} callback
 * @param {AbortSignal} signal
 */
export function observe(model, names, callback, signal) {
  for (const name of names) {
    model.on(`change:${name}`, callback);
    signal.addEventListener("abort", () => model.off(`change:${name}`, callback));
  }
}

/**
 * Runs a callback once in the next frame however often it is asked for, or now, and then not again in that frame.
 * @param {() => void} callback
 * @param {AbortSignal} signal
 */
export function oncePerFrame(callback, signal) {
  let asked = 0;
  const now = () => {
    cancelAnimationFrame(asked);
    asked = 0;
    if (!signal.aborted) callback();
  };
  const later = () => {
    asked ||= requestAnimationFrame(now);
  };
  return { later, now };
}

/**
 * Tells whether something has gone on for long, and calls once it has.
 * @param {number} most  milliseconds
 * @param {() => void} onLate
 * @param {AbortSignal} signal
 * @returns {(going: boolean) => boolean}
 */
export function overdue(most, onLate, signal) {
  let since = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let late;
  signal.addEventListener("abort", () => clearTimeout(late));
  return (going) => {
    if (going && !since) {
      since = performance.now();
      late = setTimeout(onLate, most);
    } else if (!going) {
      since = 0;
      clearTimeout(late);
    }
    return since > 0 && performance.now() - since >= most;
  };
}
