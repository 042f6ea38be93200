// Why this class: what each word does, what words do together, and the prediction as words go.

/** @typedef {import("./index.js").View} View */

/** @type {View} */
export const why = {
  name: "why",
  suits: ({ scale, answer }) => scale !== "attention" && answer === null,
  make: ({ classes, bars, together, exam }) => ({ question: classes, columns: [bars, together, exam] }),
};
