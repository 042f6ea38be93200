// Documents for tests, as the kernel writes them.

const words = (text, field) => [...text.matchAll(/[\p{L}\p{N}]+/gu)].map(({ 0: word, index }) => [field, [...text.slice(0, index)].length, [...text.slice(0, index)].length + [...word].length]);
const names = (fields, spans) => spans.map(([field, start, stop]) => [...fields[field].text].slice(start, stop).join(""));

/** One text and two classes. */
export function classifier(text = "one two three", more = {}) {
  const fields = [{ name: "text", text }];
  const spans = words(text, 0);
  const weights = spans.map((_, i) => (i % 2 ? -0.25 : 0.125));
  return {
    schema: "limelight/2", fields, spans, features: names(fields, spans), targets: [{ name: "no" }, { name: "yes" }],
    scores: [0.25, 0.75], weights: [weights, weights.map((weight) => -weight)], intercepts: [0.3, 0.7], scale: "probability",
    state: "settled", unit: "word", masker: "delete", ...more,
  };
}

/** A premise and a hypothesis, with a term across both and one of three. */
export function pair(more = {}) {
  const fields = [{ name: "premise", text: "A man is asleep 😀" }, { name: "hypothesis", text: "A man is awake" }];
  const spans = [[0, 2, 5], [0, 6, 8], [0, 9, 15], [1, 2, 5], [1, 6, 8], [1, 9, 14]];
  const row = [0.1, -0.05, 0.2, 0.02, 0.01, 0.3];
  const weights = [row, row.map((weight) => -weight), row.map(() => 0)];
  return {
    schema: "limelight/2", fields, spans, features: names(fields, spans), explained: [0, 1], read: [17, 14],
    targets: [{ name: "contradicts" }, { name: "follows" }, { name: "neither" }], scores: [0.9, 0.06, 0.04], scale: "probability",
    weights, intercepts: [0.1, 0.5, 0.4], intervals: weights.map((each) => each.map((weight) => [weight - 0.03, weight + 0.03])),
    terms: [[2, 5], [0, 2, 5]], term_weights: [[0.4, -0.2], [-0.4, 0.2], [0, 0]],
    term_intervals: [[[0.3, 0.5], [-0.3, -0.1]], [[-0.5, -0.3], [0.1, 0.3]], [[-0.1, 0.1], [-0.1, 0.1]]],
    joint: true, state: "settled", unit: "word", masker: "delete", ...more,
  };
}

/** As the kernel packs many numbers. */
export function packed(array, shape) {
  const numbers = array.flat(Infinity);
  const view = new DataView(new ArrayBuffer(4 * numbers.length));
  numbers.forEach((value, i) => view.setFloat32(4 * i, value, true));
  return { shape, float32: btoa(String.fromCharCode(...new Uint8Array(view.buffer))) };
}
