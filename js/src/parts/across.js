// Words of two fields against each other: a cell for each two that do something together.

import { arrows, h, rove, set, setText, theirs } from "../dom.js";
import { across, opposite } from "../model/across.js";
import { decimals, number } from "../model/display.js";
import { clipped } from "../model/runs.js";

/** @typedef {import("../captions.js").Captions} Captions */
/** @typedef {import("../model/derive.js").ViewState} ViewState */
/** @typedef {ReturnType<typeof across>} Table */

/** Letters of a word at the edge of the table. */
const MOST_NAME = 16;

/**
 * @param {Captions} say
 * @param {(features: number[] | null) => void} onPoint
 * @param {AbortSignal} signal
 */
export function acrossPart(say, onPoint, signal) {
  const caption = h("h4", { class: "ll-caption", title: say("togetherTitle") });
  const grid = h("table", { class: "ll-grid" });
  const later = h("p", { class: "ll-later" });
  const element = h("div", { class: "ll-column ll-across" }, caption, h("div", { class: "ll-scroll" }, grid), later);
  /** @param {EventTarget | null} from */
  const termOf = (from) => {
    const cell = /** @type {HTMLElement | null} */ (/** @type {Element} */ (from).closest("[data-of]"));
    return cell ? (cell.dataset.of ?? "").split(" ").map(Number) : null;
  };
  for (const event of ["pointerover", "focusin"]) grid.addEventListener(event, ({ target }) => onPoint(termOf(target)), { signal });
  for (const event of ["pointerleave", "focusout"]) grid.addEventListener(event, () => onPoint(null), { signal });
  arrows(grid, "[data-of]", () => {}, signal);

  return {
    element,

    /** @param {ViewState} state */
    update({ shown, pointed, busy }) {
      const explanation = shown?.explanation;
      const fields = explanation && opposite(explanation);
      setText(caption, fields ? `${fields.map((field) => explanation.fields[field].name).join(" × ")} · ${say("beyondSum")}` : say("beyondSum"));
      const known = explanation?.termWeights && explanation.termIntervals;
      const table = shown && known ? across(shown.explanation, shown.target) : { rows: [], columns: [], cells: [] };
      grid.hidden = !table.cells.length;
      later.hidden = !grid.hidden;
      setText(later, !grid.hidden ? "" : known ? say("nothingTogether") : busy ? say("togetherComes") : explanation?.weights ? say("notLookedFor") : "");
      if (!shown || grid.hidden) return;
      const { features } = shown.explanation;
      const digits = decimals(shown.most);
      const now = JSON.stringify([table, shown.most, table.rows.map((row) => features[row]), table.columns.map((column) => features[column])]);
      if (grid.dataset.now !== now) {
        const focused = grid.contains(document.activeElement) || grid.contains(/** @type {ShadowRoot} */ (grid.getRootNode()).activeElement);
        grid.dataset.now = now;
        set(grid, { "aria-label": caption.textContent });
        grid.replaceChildren(...drawn(table, features, shown.most, digits));
        const buttons = /** @type {HTMLElement[]} */ ([...grid.querySelectorAll("[data-of]")]);
        rove(buttons, buttons[0]);
        if (focused) buttons[0]?.focus();
      }
      for (const cell of /** @type {HTMLElement[]} */ ([...grid.querySelectorAll("[data-of]")])) {
        const own = (cell.dataset.of ?? "").split(" ").map(Number);
        cell.classList.toggle("ll-here", pointed !== null && pointed.every((one) => own.includes(one)));
      }
    },
  };
}

/** @param {Table} table @param {string[]} features @param {number} most @param {number} digits */
function drawn({ rows, columns, cells }, features, most, digits) {
  /** @param {number} feature @param {"row" | "col"} scope */
  const head = (feature, scope) => {
    const name = clipped(features[feature], MOST_NAME);
    return h("th", { scope, title: name === features[feature] ? null : features[feature], ...theirs }, name);
  };
  const top = h("tr", {}, h("td"), ...columns.map((column) => head(column, "col")));
  const lines = rows.map((row) =>
    h("tr", {}, head(row, "row"), ...columns.map((column) => {
      const cell = cells.find((one) => one.row === row && one.column === column);
      return h("td", {}, ...(cell ? [button(cell, most, digits)] : []));
    })),
  );
  return [h("thead", {}, top), h("tbody", {}, ...lines)];
}

/** @param {Table["cells"][number]} cell @param {number} most @param {number} digits */
function button({ term, weight, interval: [low, high] }, most, digits) {
  const made = h("button", { class: "ll-cell", type: "button", "data-of": term.join(" "), "data-sign": weight < 0 ? "lowers" : "raises" }, number(weight, digits, true));
  set(made, { "--w": Math.min(1, Math.abs(weight) / most).toFixed(3), title: `±${number((high - low) / 2, digits)}` });
  return made;
}
