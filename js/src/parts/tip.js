// The tip beside a word: its weight for every class.

import { clipped, h, theirs } from "../dom.js";
import { decimals, margin, number, sureTerms } from "../model/display.js";

/** @typedef {import("../captions.js").Captions} Captions */
/** @typedef {import("../model/document.js").Explanation} Explanation */

const MOST_CLASSES = 8;
const MOST_TERMS = 3;

/** @param {Captions} say */
export function tipPart(say) {
  const element = h("div", { class: "ll-tip", role: "tooltip", hidden: true });

  return {
    element,

    /**
     * @param {Explanation} explanation
     * @param {number} feature
     * @param {HTMLElement} word
     * @param {number} target
     * @param {number} most
     */
    show(explanation, feature, word, target, most) {
      const { fields, spans, features, targets, weights, intervals } = explanation;
      // the word that is pointed at may be of an explanation that the next frame takes away
      if (!weights || feature >= features.length) return this.hide();
      const digits = decimals(most);
      const order = targets.map((_, i) => i);
      if (targets.length > MOST_CLASSES) {
        order.sort((a, b) => Math.abs(weights[b][feature]) - Math.abs(weights[a][feature]));
        if (!order.slice(0, MOST_CLASSES).includes(target)) order.unshift(target);
      }
      const rows = order.slice(0, MOST_CLASSES).map((i) => {
        const weight = weights[i][feature];
        const bar = h("span", { class: "ll-bar", "data-sign": weight < 0 ? "lowers" : "raises", "--w": Math.abs(weight / most).toFixed(3) }, h("i"));
        return h(
          "tr",
          { class: i === target ? "ll-on" : null },
          h("th", { scope: "row", ...theirs }, targets[i]),
          h("td", {}, bar),
          h("td", { class: "ll-num" }, number(weight, digits, true)),
          h("td", { class: "ll-num" }, intervals ? `±${number(margin(intervals[i][feature]), digits)}` : ""),
        );
      });
      const left = targets.length - rows.length;
      const terms = sureTerms(explanation, target, feature, MOST_TERMS).map(({ term, relation, weight }) => {
        const others = term.filter((other) => other !== feature).map((other) => clipped(features[other]));
        const words = others.join(say.of("joins", relation));
        const how = relation === "turns" && term[0] !== feature ? "turned" : relation;
        const beside = say.of(`beside.${how}`, term.length === 2 ? "two" : "many", "", { words, weight: number(weight, digits, true) });
        return h("span", { class: "ll-with" }, beside);
      });
      const field = fields.length > 1 ? [" ", h("span", { class: "ll-dim", ...theirs }, fields[spans[feature][0]].name)] : [];
      element.replaceChildren(
        h("b", theirs, features[feature]),
        ...field,
        h("table", {}, h("tbody", {}, ...rows)),
        ...terms,
        ...(left > 0 ? [h("span", { class: "ll-dim" }, say("moreClasses", { count: left }))] : []),
      );
      element.hidden = false;
      place(element, word);
    },

    hide() {
      element.hidden = true;
    },
  };
}

/**
 * Puts the tip under the word, inside the widget.
 * @param {HTMLElement} tip
 * @param {HTMLElement} word
 */
function place(tip, word) {
  const root = /** @type {HTMLElement} */ (tip.parentElement);
  const frame = root.getBoundingClientRect();
  // a word broken over two lines has two boxes: stay with the first
  const box = word.getClientRects()[0] ?? word.getBoundingClientRect();
  const left = Math.min(Math.max(8, box.left - frame.left), Math.max(8, frame.width - tip.offsetWidth - 8));
  const below = box.bottom - frame.top + 6;
  const above = box.top - frame.top - tip.offsetHeight - 6;
  const fits = box.bottom + 6 + tip.offsetHeight < innerHeight || above < 0;
  tip.style.left = `${left}px`;
  tip.style.top = `${fits ? below : above}px`;
}
