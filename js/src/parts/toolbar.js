// The toolbar: one row in one order. Narrow, what is not the method or the run goes into the "⋯" menu. Its rule is the progress.

import { fill, h, set, setText } from "../dom.js";

/** @typedef {import("../captions.js").Captions} Captions */
/** @typedef {import("../model/derive.js").ViewState} ViewState */

/**
 * @param {Captions} say
 * @param {HTMLElement} download  a part of its own
 * @param {{method: (name: string) => void, unit: (name: string) => void, compare: (name: string) => void, edit: () => void, run: (kind: "cancel" | "explain") => void}} on
 * @param {AbortSignal} signal
 */
export function toolbarPart(say, download, on, signal) {
  const methods = select(say("methods"));
  const units = select(say("unit"));
  const others = select(say("compare"));
  const edit = h("button", { class: "ll-tool", type: "button" }, say("edit"));
  const named = h("span", { class: "ll-tool ll-named" });
  const action = h("button", { class: "ll-tool ll-run", type: "button" });
  const more = h("button", { class: "ll-tool ll-more", type: "button", "aria-label": say("moreTools"), "aria-expanded": "false" }, "⋯");
  const rest = [units, others, edit, download];
  for (const item of rest) item.classList.add("ll-rest");
  const row = h("div", { class: "ll-tools", role: "group", "aria-label": say("tools") }, methods, named, units, others, edit, h("span", { class: "ll-gap" }), action, download, more);
  const bar = h("i");
  const rule = h("div", { class: "ll-rule", role: "progressbar", "aria-label": say("spent"), "aria-valuemin": 0, "aria-valuemax": 100 }, bar);
  const element = h("div", {}, row, rule);

  methods.addEventListener("change", () => on.method(methods.value), { signal });
  units.addEventListener("change", () => on.unit(units.value), { signal });
  others.addEventListener("change", () => others.value && on.compare(others.value), { signal });
  // hosts have shortcuts on plain letters
  for (const one of [methods, units, others]) one.addEventListener("keydown", (event) => event.key !== "Escape" && event.stopPropagation(), { signal });
  edit.addEventListener("click", on.edit, { signal });
  action.addEventListener("click", () => on.run(action.dataset.kind === "cancel" ? "cancel" : "explain"), { signal });

  /** @param {boolean} open */
  const unfold = (open) => {
    row.toggleAttribute("data-open", open);
    set(more, { "aria-expanded": String(open) });
  };
  const isOpen = () => row.hasAttribute("data-open");
  more.addEventListener("click", () => unfold(!isOpen()), { signal });
  const fold = () => {
    if (!isOpen()) return;
    unfold(false);
    // what was chosen from is folded away with it
    more.focus();
  };
  for (const one of [units, others]) one.addEventListener("change", fold, { signal });
  edit.addEventListener("click", () => unfold(false), { signal });
  row.addEventListener(
    "keydown",
    (event) => {
      if (event.key !== "Escape" || !isOpen()) return;
      event.stopPropagation();
      unfold(false);
      more.focus();
    },
    { signal },
  );
  document.addEventListener("pointerdown", (event) => isOpen() && !event.composedPath().includes(row) && unfold(false), { signal });

  /**
   * @param {HTMLSelectElement} list
   * @param {{name: string, title?: string, reason: string}[]} items
   * @param {string} chosen  one of one's own making may not be listed
   * @param {(item: {name: string, title?: string}) => string} name
   */
  function choices(list, items = [], chosen, name) {
    list.hidden = items.length === 0;
    const all = items.some((item) => item.name === chosen) ? items : [...items, { name: chosen, reason: "" }];
    const options = all.map((item) => ({ value: item.name, text: item.reason ? say("needsModel", { title: name(item) }) : name(item), title: item.reason }));
    fill(list, options, chosen);
  }

  return {
    element,

    /** Where the reader left to edit the text. */
    focus: () => (edit.getClientRects().length ? edit : more).focus(),

    /** @param {ViewState} state */
    update({ shown, live, busy, stoppable, status, progress, menu, method, compared, unit, editing }) {
      const called = (/** @type {{name: string, title?: string}} */ { name, title = name }) => say.of("method", name, title);
      const inWords = (/** @type {string} */ name) => say.units(name.split(" + "));
      const listed = live ? (menu.methods ?? []) : [];
      choices(methods, listed, method, called);
      const free = listed.filter(({ name }) => name !== method && !compared.includes(name));
      choices(others, free.length ? [{ name: "", title: say("compareWith"), reason: "" }, ...free] : [], "", ({ name, title = name }) => (name ? called({ name, title }) : title));
      choices(units, live ? menu.units : [], unit, ({ name }) => inWords(name));
      // without a choice it is said all the same
      const explanation = shown?.explanation;
      const told = [listed.length || !explanation ? "" : say.of("method", explanation.method, explanation.title), units.hidden && explanation ? inWords(unit) : ""];
      setText(named, told.filter(Boolean).join(" · "));
      named.hidden = !named.textContent;
      edit.hidden = !live;
      set(edit, { "aria-pressed": String(editing) });
      action.hidden = !live;
      set(action, { "data-kind": stoppable ? "cancel" : "explain", "aria-label": stoppable ? null : say("again") });
      setText(action, stoppable ? say("stop") : say("againShort"));
      more.hidden = rest.every((item) => item.hidden);
      set(rule, { "data-run": busy, "data-waiting": busy && status === "loading", "aria-hidden": busy ? null : "true", "aria-valuenow": Math.round(100 * progress) });
      set(bar, { "--done": busy ? progress : 0 });
    },
  };
}

/** @param {string} label */
function select(label) {
  return h("select", { class: "ll-tool", "aria-label": label });
}
