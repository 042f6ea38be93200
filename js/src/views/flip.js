// What would flip it: the fewest edits under which the model says something else.

/** @typedef {import("./index.js").View} View */

/** @type {View} */
export const flip = {
  name: "flip",
  // without a kernel there is what was found
  suits: ({ targets, probabilities }, { live, flips }) => (live ? targets.length > 1 || probabilities !== null : Boolean(flips?.flips?.length)),
  make: ({ flips }) => ({ question: flips.question, columns: [flips.column] }),
};
