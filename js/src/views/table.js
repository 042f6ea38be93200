// Which word of an answer comes from which of the prompt: all at once, a cell for each two.

/** @typedef {import("./index.js").View} View */

/** @type {View} */
export const table = {
  name: "table",
  suits: ({ answer, weights, scale, contrast }) => answer !== null && weights !== null && contrast === null && scale !== "attention",
  make: ({ table }) => ({ question: table.question, columns: [table.column] }),
};
