// Why the model said that: what each word of the prompt does to a stretch of the answer.

/** @typedef {import("./index.js").View} View */

/** @type {View} */
export const answer = {
  name: "answer",
  suits: ({ answer, scale }) => answer !== null && scale !== "attention",
  make: ({ stretch, bars, earlier, said }) => ({ question: stretch, columns: [bars, earlier, said] }),
};
