// Taking the result away: as a file made here from state, or by the kernel.

import { h } from "../dom.js";

/** @typedef {import("../protocol.js").Explanation} Explanation */

/** What needs no kernel. @type {Record<string, {title: string, mime: string, make: (explanation: Explanation) => string}>} */
const HERE = {
  json: { title: "JSON", mime: "application/json", make: (explanation) => JSON.stringify(explanation) },
  csv: { title: "CSV", mime: "text/csv", make: csv },
};

/**
 * @param {(format: string) => void} onAsk  the kernel is to make one
 * @param {(said: string) => void} onTrouble  what went wrong, or ""
 * @param {AbortSignal} signal
 */
export function downloadPart(onAsk, onTrouble, signal) {
  const list = h("span", { class: "ll-formats" });
  const element = h("details", { class: "ll-download" }, h("summary", { class: "ll-button" }, "Download"), list);
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
      if (sandboxed()) onTrouble(`if no ${name} was saved, this frame may not download: open the notebook or page in a tab of its own.`);
    } catch (problem) {
      onTrouble(`the file ${name} could not be saved here (${problem}). Save it from Python, or open the notebook in another browser.`);
    }
  }

  return {
    element,

    /**
     * @param {Explanation | null} explanation
     * @param {import("../protocol.js").Menu["formats"]} formats  those of the kernel; without one, what can be made here
     */
    update(explanation, formats) {
      shown = explanation;
      element.hidden = !explanation?.weights;
      const listed = formats ?? Object.entries(HERE).map(([name, { title }]) => ({ name, title, reason: "" }));
      const now = JSON.stringify(listed);
      if (list.dataset.now === now) return;
      list.dataset.now = now;
      list.replaceChildren(
        ...listed.map(({ name, title, reason }) =>
          h("button", { class: "ll-button", type: "button", "data-format": name, disabled: reason !== "", title: reason || null, "aria-label": `Download as ${title}` }, title),
        ),
      );
    },

    /** The kernel's answer. @param {{kind: string, response?: {name: string, mime: string, data: string}, error?: string}} message */
    take({ kind, response, error }) {
      if (kind === "export-error" && error) onTrouble(error);
      if (kind !== "export-response" || !response) return;
      save(response.name, response.mime, Uint8Array.from(atob(response.data), (sign) => sign.charCodeAt(0)));
    },
  };
}

/** Whether the frame is cut off from its page, where a download may be dropped without a word. */
function sandboxed() {
  return self.origin === "null" && self !== top;
}

/** As `Explanation.to_csv` writes it. @param {Explanation} explanation */
function csv({ features, spans, targets, weights }) {
  const table = features.map((feature, i) => [feature, ...spans[i], ...(weights ?? []).map((row) => row[i])]);
  /** @param {string | number} cell */
  const quoted = (cell) => (/[",\r\n]/.test(String(cell)) ? `"${String(cell).replaceAll('"', '""')}"` : String(cell));
  return [["feature", "start", "stop", ...targets], ...table].map((row) => `${row.map(quoted).join(",")}\r\n`).join("");
}
