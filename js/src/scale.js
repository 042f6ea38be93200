// From weights to what is drawn: one scale for all classes of an explanation.

/** Below this, a difference of probability is drawn as faint as it is. */
const LEAST_PROBABILITY = 0.05;

/**
 * The weight that gets the full colour: the largest of any class.
 * @param {number[][] | null} weights
 * @param {string} scale
 */
export function extent(weights, scale) {
  let most = scale === "probability" ? LEAST_PROBABILITY : 0;
  for (const row of weights ?? []) {
    for (const weight of row) most = Math.max(most, Math.abs(weight));
  }
  return most || 1;
}

/**
 * Decimals at which numbers up to `most` differ visibly: two digits of the largest.
 * @param {number} most
 */
export function decimals(most) {
  return Math.min(6, Math.max(0, 1 - Math.floor(Math.log10(most))));
}

/**
 * A number with a real minus sign; `signed` adds the plus.
 * @param {number} value
 * @param {number} digits
 */
export function number(value, digits, signed = false) {
  const text = Math.abs(value).toFixed(digits);
  const sign = Number(text) === 0 ? "" : value < 0 ? "−" : signed ? "+" : "";
  return sign + text;
}

/**
 * What scores and weights are measured in, for one class.
 * @param {string} scale
 * @param {string} target
 */
export function quantity(scale, target) {
  return scale === "probability" ? `P(${target})` : target;
}

/**
 * Feature indices by absolute weight, strongest first; equal ones in text order.
 * @param {number[]} row
 * @param {number} most
 */
export function strongest(row, most) {
  return row
    .map((weight, feature) => ({ weight: Math.abs(weight), feature }))
    .sort((a, b) => b.weight - a.weight || a.feature - b.feature)
    .slice(0, most)
    .map((item) => item.feature);
}

/**
 * Position of the chosen target; without a valid choice that of the best score.
 * @param {string[]} targets
 * @param {number[]} scores
 * @param {string | number | null} chosen
 */
export function chosenTarget(targets, scores, chosen) {
  const found = typeof chosen === "number" ? chosen : targets.indexOf(/** @type {string} */ (chosen));
  if (found >= 0 && found < targets.length) return found;
  return scores.indexOf(Math.max(...scores));
}
