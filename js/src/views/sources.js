// Which sources: on which of them each sentence of the answer rests, and what each does to a stretch of it.

import { isOfSources } from "../model/grounds.js";

/** @typedef {import("./index.js").View} View */

/** @type {View} */
export const sources = {
  name: "sources",
  suits: (explanation) => isOfSources(explanation) && explanation.weights !== null && explanation.scale !== "attention",
  make: ({ stretch, sources }) => ({ question: stretch, columns: [sources] }),
};
