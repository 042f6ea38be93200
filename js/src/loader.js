// What a host is given: the widget and its style, packed. Every widget of a page carries them, and so does a saved
// notebook; a page unpacks them once. Python fills in what is packed, and by what it is known.

const PACKED = "LIMELIGHT_PACKED";
const DIGEST = "LIMELIGHT_DIGEST";
const KEY = Symbol.for(`limelight/${DIGEST}`);
/** Frames after which nobody waits any more for a view to be put into its page. */
const MOST_FRAMES = 600;

/** @typedef {Parameters<typeof import("./widget.js").default.render>[0]} Context */

/** @returns {Promise<{widget: typeof import("./widget.js").default, style: string}>} */
async function unpacked() {
  const bytes = Uint8Array.from(atob(PACKED), (sign) => sign.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const { script, style } = JSON.parse(await new Response(stream).text());
  const address = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  try {
    return { widget: (await import(address)).default, style };
  } finally {
    URL.revokeObjectURL(address);
  }
}

/** Puts the style where it reaches an element, once. @param {HTMLElement} el @param {string} style @param {AbortSignal | undefined} signal */
function dress(el, style, signal) {
  const put = (/** @type {Document | ShadowRoot} */ root) => {
    if (root.querySelector(`style[data-limelight="${DIGEST}"]`)) return;
    const element = document.createElement("style");
    element.dataset.limelight = DIGEST;
    element.textContent = style;
    ("head" in root ? root.head : root).append(element);
  };
  put(el.ownerDocument);
  // a view may be drawn before it is put into its page, where it may stand behind a border that no style crosses
  let frames = 0;
  const look = () => {
    const root = el.getRootNode();
    if (root instanceof ShadowRoot) put(root);
    else if (!el.isConnected && !signal?.aborted && frames++ < MOST_FRAMES) requestAnimationFrame(look);
  };
  look();
}

/** @param {Context} context */
async function render(context) {
  const { el, signal } = context;
  try {
    const { widget, style } = await (/** @type {any} */ (globalThis)[KEY] ??= unpacked());
    if (signal?.aborted) return;
    dress(el, style, signal);
    return widget.render(context);
  } catch (problem) {
    // a strict policy, or an old browser: the picture that stands below stays in sight
    el.textContent = `limelight's view cannot run here (${problem}). It takes a browser of 2023 or later, and a page that lets scripts be made of blobs.`;
  }
}

export default { render };
