// Light or dark, as the page around the widget is.

import { oncePerFrame } from "./wire/observe.js";

/**
 * How bright a computed colour is, from 0 to 1, and how opaque. Hosts' styles come in every notation of CSS.
 * @param {string} colour  such as "rgb(255, 255, 255)", "color(srgb 1 1 1 / 0.5)" or "oklch(0.9 0.1 200)"
 */
export function brightness(colour) {
  // not the 3 of display-p3
  const [first, second, third, opacity = 1] = (colour.match(/(?<![\w.])-?[\d.]+(?:e-?\d+)?/g) ?? []).map(Number);
  if (third === undefined) return { bright: 0, opacity: 0 };
  if (/^(ok)?l/.test(colour)) return { bright: first / (colour.startsWith("ok") ? 1 : 100), opacity };
  return { bright: (0.3 * first + 0.59 * second + 0.11 * third) / (colour.startsWith("rgb") ? 255 : 1), opacity };
}

/**
 * "dark" or "light", by the colour that the host really paints behind an element.
 * Hosts name their themes in a dozen ways; all of them paint a background.
 * @param {Element} element
 * @returns {"dark" | "light"}
 */
export function themeBehind(element) {
  /** @type {Node | null} */
  let at = element.parentNode;
  while (at) {
    if (at instanceof ShadowRoot) at = at.host;
    if (at instanceof Element) {
      const { bright, opacity } = brightness(getComputedStyle(at).backgroundColor);
      if (opacity > 0.5) return bright < 0.5 ? "dark" : "light";
    }
    at = at.parentNode;
  }
  return preference()?.matches ? "dark" : "light";
}

/** Whether dark is preferred, which not every host tells. @returns {MediaQueryList | undefined} */
function preference() {
  return globalThis.matchMedia?.("(prefers-color-scheme: dark)");
}

/**
 * Keeps `data-theme` of an element in step with its host.
 * @param {HTMLElement} element
 * @param {AbortSignal} signal
 */
export function followTheme(element, signal) {
  const update = () => {
    if (element.isConnected) element.dataset.theme = themeBehind(element);
  };
  const { later } = oncePerFrame(update, signal);
  const watcher = new MutationObserver(later);
  for (const node of [document.documentElement, document.body]) {
    watcher.observe(node, { attributes: true, attributeFilter: ["class", "style", "data-jp-theme-name", "data-theme", "theme"] });
  }
  const preferred = preference();
  preferred?.addEventListener?.("change", later, { signal });
  // a host may load its theme's colours after it has named the theme
  const again = setTimeout(update, 500);
  signal.addEventListener("abort", () => {
    watcher.disconnect();
    clearTimeout(again);
  });
  element.dataset.theme = preferred?.matches ? "dark" : "light";
  later();
}
