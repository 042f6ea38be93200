// Attention, head by head: pick a layer and a head, point at a word, and see where it looks.

import { fill, h, set } from "../dom.js";

/** @typedef {import("./index.js").View} View */
/** @typedef {import("../model/document.js").Explanation} Explanation */

const ALL = "all";

/**
 * How much a word looks at every other, as shares of 1.
 * @param {NonNullable<Explanation["attention"]>} attention  its bytes are 255ths
 * @param {number} words
 * @param {number} from  the looking word
 * @param {string} layer  a position or "all"
 * @param {string} head  the same
 */
export function looks({ layers, heads, bytes }, words, from, layer, head) {
  const total = new Array(words).fill(0);
  let counted = 0;
  for (let l = 0; l < layers; l += 1) {
    if (layer !== ALL && Number(layer) !== l) continue;
    for (let a = 0; a < heads; a += 1) {
      if (head !== ALL && Number(head) !== a) continue;
      const start = ((l * heads + a) * words + from) * words;
      for (let to = 0; to < words; to += 1) total[to] += bytes[start + to] / 255;
      counted += 1;
    }
  }
  return total.map((share) => share / Math.max(1, counted));
}

/** @type {View} */
export const attention = {
  name: "attention",
  suits: ({ scale, attention }) => scale === "attention" || attention !== null,
  make({ say, signal, redraw, bars }) {
    const layer = h("select", { class: "ll-other", "aria-label": say("layer") });
    const head = h("select", { class: "ll-other", "aria-label": say("head") });
    const element = h("span", { class: "ll-attention" }, say("layer"), " ", layer, " ", say("head"), " ", head);
    /** @type {Explanation["attention"]} */
    let drawn = null;
    for (const select of [layer, head]) {
      select.addEventListener("change", redraw, { signal });
      select.addEventListener("keydown", (event) => event.key !== "Escape" && event.stopPropagation(), { signal });
    }
    return {
      columns: [bars],
      question: {
        element,
        update({ shown }) {
          const attention = shown?.explanation.attention ?? null;
          for (const select of [layer, head]) select.disabled = !attention;
          if (!attention || attention === drawn) return;
          const same = attention.layers === drawn?.layers && attention.heads === drawn.heads;
          drawn = attention;
          set(head, { disabled: attention.heads === 1 });
          if (same) return;
          fill(layer, numbered(attention.layers, say("all")), ALL);
          fill(head, numbered(attention.heads, say("all")), ALL);
        },
      },
      looks: ({ attention, features }, feature) => attention && looks(attention, features.length, feature, layer.value, head.value),
    };
  },
};

/** @param {number} count @param {string} all */
function numbered(count, all) {
  return [{ value: ALL, text: all }, ...Array.from({ length: count }, (_, i) => ({ value: String(i), text: String(i + 1) }))];
}
