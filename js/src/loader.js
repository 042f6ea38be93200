// What a host is given: the widget and its style, packed. Every widget of a page carries them, and so does a saved
// notebook; a page unpacks them once. Python fills in what is packed, and by what it is known.

const PACKED = "LIMELIGHT_PACKED";
const SIZE = Number("LIMELIGHT_SIZE");
const DIGEST = "LIMELIGHT_DIGEST";
/** Five of these are four bytes; none means anything to JSON or HTML. */
const SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#[]/()*+-;.=,?@^_:{|}~";
const KEY = Symbol.for(`limelight/${DIGEST}`);
/** Frames after which nobody waits any more for a view to be put into its page. */
const MOST_FRAMES = 600;

/** @typedef {Parameters<typeof import("./widget.js").default.render>[0]} Context */

/** The bytes that are packed. */
function bytes() {
  const words = new DataView(new ArrayBuffer((PACKED.length / 5) * 4));
  for (let at = 0; at < PACKED.length; at += 5) {
    let word = 0;
    for (let sign = at; sign < at + 5; sign += 1) word = word * 85 + SIGNS.indexOf(PACKED[sign]);
    words.setUint32((at / 5) * 4, word);
  }
  return new Uint8Array(words.buffer, 0, SIZE);
}

/** @returns {Promise<{widget: typeof import("./widget.js").default, style: string}>} */
async function unpacked() {
  const stream = new Blob([bytes()]).stream().pipeThrough(new DecompressionStream("gzip"));
  const [style, script] = (await new Response(stream).text()).split("\0");
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
