// Which word with which: what the words of two fields do together, a row each against a column each.

import { opposite } from "../model/across.js";

/** @typedef {import("./index.js").View} View */

/** @type {View} */
export const acrossFields = {
  name: "across",
  suits: (explanation) => explanation.scale !== "attention" && explanation.answer === null && opposite(explanation) !== null,
  make: ({ classes, across, bars }) => ({ question: classes, columns: [across, bars] }),
};
