// Taking the result away: as a file made here from state, or by the kernel.

import { h } from "../dom.js";
import { bytesOf } from "../model/document.js";

/** @typedef {import("../captions.js").Captions} Captions */
/** @typedef {import("../model/document.js").Explanation} Explanation */

/** What needs no kernel. @type {Record<string, {mime: string, make: (explanation: Explanation) => string}>} */
const HERE = {
  json: { mime: "application/json", make: (explanation) => JSON.stringify(explanation.document) },
  csv: { mime: "text/csv", make: csv },
};

/**
 * @param {Captions} say
 * @param {(format: string) => void} onAsk  the kernel is to make one
 * @param {(said: string) => void} onTrouble  what went wrong, or ""
 * @param {AbortSignal} signal
 */
export function downloadPart(say, onAsk, onTrouble, signal) {
  const list = h("span", { class: "ll-formats" });
  const element = h("details", { class: "ll-download" }, h("summary", { class: "ll-tool" }, say("download")), list);
  /** @type {Explanation | null} */
  let shown = null;

  list.addEventListener(
    "click",
    (event) => {
      const button = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("button"));
      const format = button?.dataset.format;
      if (!format || !shown) return;
      onTrouble("");
      const { mime, make } = HERE[format] ?? {};
      if (make) save(`limelight.${format}`, mime, make(shown));
      else onAsk(format);
    },
    { signal },
  );
  element.addEventListener(
    "keydown",
    (event) => {
      if (event.key !== "Escape" || !element.open) return;
      event.stopPropagation();
      element.open = false;
      /** @type {HTMLElement} */ (element.firstElementChild).focus();
    },
    { signal },
  );

  /** @param {string} name @param {string} mime @param {BlobPart} content */
  function save(name, mime, content) {
    try {
      const url = URL.createObjectURL(new Blob([content], { type: mime }));
      h("a", { href: url, download: name }).click();
      // a browser may begin to read only after the click
      setTimeout(() => URL.revokeObjectURL(url), 10_000);
      if (sandboxed()) onTrouble(say("maybeNotSaved", { name }));
    } catch (problem) {
      onTrouble(say("notSaved", { name, problem: String(problem) }));
    }
  }

  return {
    element,

    /** @param {import("../model/derive.js").ViewState} state */
    update({ shown: latest, menu }) {
      shown = latest?.explanation ?? null;
      // its place is kept
      element.toggleAttribute("data-empty", !shown?.weights);
      // those of the kernel; without one, what can be made here
      const listed = menu.formats ?? Object.keys(HERE).map((name) => ({ name, title: name.toUpperCase(), reason: "" }));
      const now = JSON.stringify(listed);
      if (list.dataset.now === now) return;
      list.dataset.now = now;
      list.replaceChildren(
        ...listed.map(({ name, title, reason }) =>
          h("button", { class: "ll-button", type: "button", "data-format": name, disabled: reason !== "", title: reason || null, "aria-label": say("downloadAs", { title }) }, title),
        ),
      );
    },

    /** The kernel's answer. @param {{kind: string, response?: {name: string, mime: string, data: string}, error?: string}} message */
    take({ kind, response, error }) {
      if (kind === "export-error" && error) onTrouble(error);
      if (kind !== "export-response" || !response) return;
      save(response.name, response.mime, bytesOf(response.data));
    },
  };
}

/** Whether the frame is cut off from its page, where a download may be dropped without a word. */
function sandboxed() {
  return self.origin === "null" && self !== top;
}

/** As `Explanation.to_csv` writes it: with several fields the name of each after its words. @param {Explanation} explanation */
export function csv({ fields, features, spans, targets, weights }) {
  const several = fields.length > 1;
  const table = features.map((feature, i) => {
    const [field, start, stop] = spans[i];
    return [cell(feature), ...(several ? [cell(fields[field].name)] : []), start, stop, ...(weights ?? []).map((row) => row[i])];
  });
  /** @param {string | number} value */
  const quoted = (value) => (/[",\r\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value));
  return [["feature", ...(several ? ["field"] : []), "start", "stop", ...targets.map(cell)], ...table].map((row) => `${row.map(quoted).join(",")}\r\n`).join("");
}

/** Text, with an apostrophe before what a spreadsheet would take for a formula: see `limelight.render.files.cell`. @param {string} text */
function cell(text) {
  return /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
}
