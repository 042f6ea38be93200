// Elements from nodes only: text of users and models never becomes markup.

/** Attributes of what users and models wrote: its own direction, and a language that nobody told. */
export const theirs = { dir: "auto", lang: "" };

/**
 * Makes an element.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, string | number | boolean | null>} [attributes]  null and false are left out
 * @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  set(element, attributes);
  element.append(...children);
  return element;
}

/**
 * Makes an element of a drawing.
 * @template {keyof SVGElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, string | number | boolean | null>} [attributes]
 * @param {Node[]} children
 * @returns {SVGElementTagNameMap[T]}
 */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  set(element, attributes);
  element.append(...children);
  return element;
}

/**
 * Sets, or with null and false removes, attributes; `--x` is a CSS variable.
 * @param {HTMLElement | SVGElement} element
 * @param {Record<string, string | number | boolean | null>} attributes
 */
export function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    // even a value that stays the same would have the browser work out its style again
    if (name.startsWith("--")) {
      if (element.style.getPropertyValue(name) !== String(value)) element.style.setProperty(name, String(value));
      continue;
    }
    const wanted = value === null || value === false ? null : value === true ? "" : String(value);
    if (element.getAttribute(name) === wanted) continue;
    if (wanted === null) element.removeAttribute(name);
    else element.setAttribute(name, wanted);
  }
}

/**
 * Replaces an element's children where the text differs, so that nothing flickers.
 * @param {HTMLElement} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Puts options into a select where they differ from those it has, and chooses one.
 * @param {HTMLSelectElement} select
 * @param {{value: string, text: string, title?: string}[]} options  with a title, which says why, one cannot be chosen
 * @param {string} chosen
 */
export function fill(select, options, chosen) {
  const now = JSON.stringify(options);
  if (select.dataset.now !== now) {
    select.dataset.now = now;
    select.replaceChildren(...options.map(({ value, text, title }) => h("option", { value, disabled: Boolean(title), title: title || null }, text)));
  }
  // never under the reader's hand while the list is open
  if (select.value !== chosen) select.value = chosen;
}

/**
 * A cell of a grid can be tabbed to; arrow keys move among them, Enter and the blank choose.
 * @param {HTMLElement} grid
 * @param {() => HTMLElement[][]} rows  of cells, as they stand
 * @param {(cell: HTMLElement) => void} onChoose
 * @param {AbortSignal} signal
 */
export function gridKeys(grid, rows, onChoose, signal) {
  grid.addEventListener("keydown", (event) => {
    const cell = /** @type {HTMLElement} */ (event.target);
    const steps = rows();
    const row = steps.findIndex((one) => one.includes(cell));
    if (row < 0) return;
    const column = steps[row].indexOf(cell);
    /** @type {Record<string, HTMLElement | undefined>} */
    const to = { ArrowRight: steps[row][column + 1], ArrowLeft: steps[row][column - 1], ArrowDown: steps[row + 1]?.[column], ArrowUp: steps[row - 1]?.[column], Home: steps[row][0], End: steps[row][steps[row].length - 1] };
    if (event.key === "Enter" || event.key === " ") onChoose(cell);
    else if (!(event.key in to)) return;
    event.preventDefault();
    // JupyterLab's own arrow keys would move to the next cell
    event.stopPropagation();
    const next = to[event.key];
    if (!next) return;
    rove(steps.flat(), next);
    next.focus();
  }, { signal });
}

/**
 * One of several elements can be tabbed to; arrow keys move among them.
 * @param {HTMLElement} container
 * @param {string} selector  of the elements
 * @param {(element: HTMLElement) => void} onMove  called with the newly focused one
 * @param {AbortSignal} signal
 */
export function arrows(container, selector, onMove, signal) {
  container.addEventListener(
    "keydown",
    (event) => {
      const items = /** @type {HTMLElement[]} */ ([...container.querySelectorAll(selector)]);
      const at = items.indexOf(/** @type {HTMLElement} */ (event.target));
      if (at < 0) return;
      const rtl = getComputedStyle(items[at]).direction === "rtl";
      /** @type {Record<string, number>} */
      const to = {
        ArrowRight: at + (rtl ? -1 : 1),
        ArrowLeft: at + (rtl ? 1 : -1),
        ArrowDown: at + 1,
        ArrowUp: at - 1,
        Home: 0,
        End: items.length - 1,
      };
      if (!(event.key in to)) return;
      event.preventDefault();
      // JupyterLab's own arrow keys would move to the next cell
      event.stopPropagation();
      const next = items[(to[event.key] + items.length) % items.length];
      rove(items, next);
      next.focus();
      onMove(next);
    },
    { signal },
  );
}

/**
 * Makes one element the tab stop of its group.
 * @param {HTMLElement[]} items
 * @param {HTMLElement | undefined} stop
 */
export function rove(items, stop) {
  for (const item of items) item.tabIndex = item === stop ? 0 : -1;
}
