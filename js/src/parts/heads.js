// Attention head by head: a small map of each, where a word looks in the one that is chosen, and what it brings.

import { arrows, gridKeys, h, rove, set, setText, theirs } from "../dom.js";
import { decimals, number } from "../model/display.js";

/** @typedef {import("../captions.js").Captions} Captions */
/** @typedef {import("../deep.js").Drawn} Drawn */
/** @typedef {[number, number]} Head  a layer and a head in it, from 1 on */
/**
 * @typedef {object} Heads  what Python's heads_record writes
 * @property {[string, number | null][]} pieces  of the text, each with its word
 * @property {string[]} words
 * @property {number} size  of all words
 * @property {string[]} targets
 * @property {boolean} probability
 * @property {number[]} scores  by target
 * @property {Head[]} off
 * @property {number[]} without  scores without these
 * @property {number[][][]} effects  by layer, head and target: by how much it falls without that head
 * @property {string} data  shares of each word in each, by layer and head, 255 for all
 * @property {number} seconds
 */

const LISTED = 10; // words of which it is told how much they are looked at
const MANY = 16; // layers, from which on maps are smaller

/**
 * @param {Captions} say
 * @param {(off: Head[]) => boolean} onSwitch  asks the model; whether there is one
 * @param {() => void} redraw
 * @param {AbortSignal} signal
 */
export function headsPart(say, onSwitch, redraw, signal) {
  const text = h("p", { class: "ll-seen", ...theirs });
  const grid = h("div", { class: "ll-maps", role: "grid", "aria-label": say("deep.heads") });
  const name = h("b", { "aria-live": "polite" });
  const does = h("p", {});
  const toggle = h("button", { class: "ll-button", type: "button" }, say("deep.switch"));
  const whose = h("h4", { class: "ll-caption" });
  const list = h("ol", { class: "ll-looks" });
  const formula = h("p", { class: "ll-dim" }, say("deep.formula"), " · ", say("deep.rests"));
  const told = h("div", { class: "ll-head" }, h("div", { class: "ll-head-name" }, name, toggle), does, whose, list, formula);
  const key = h("p", { class: "ll-chips" });
  const on = h("button", { class: "ll-button", type: "button" }, say("deep.allOn"));
  const silenced = h("p", { class: "ll-chips ll-silenced" });
  const element = h("div", {}, text, h("div", { class: "ll-headed" }, h("div", { class: "ll-wide" }, grid, key, silenced), told));
  /** @type {Heads | null} */
  let record = null;
  /** @type {Uint8Array} */
  let shares = new Uint8Array();
  /** The head that is told of. @type {Head} */
  let chosen = [1, 1];
  /** The word that is pointed at, and the one that stays when none is. @type {number | null} */
  let pointed = null;
  /** @type {number | null} */
  let pinned = null;
  /** Which heads are to be off; the record says which are. @type {Head[]} */
  let wanted = [];
  let target = 0;
  let drawn = "";
  let lit = "";
  /** Row by row, the last layer first. @type {HTMLElement[][]} */
  let steps = [];

  const headOf = (/** @type {Event} */ event) => /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest?.("[data-layer]"));
  const wordOf = (/** @type {Event} */ event) => {
    const at = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest?.("[data-word]"))?.dataset.word;
    return at === undefined ? null : Number(at);
  };

  for (const type of ["pointerover", "focusin"]) {
    text.addEventListener(type, (event) => {
      pointed = wordOf(event) ?? pointed;
      light();
    }, { signal });
  }
  for (const type of ["pointerleave", "focusout"]) {
    text.addEventListener(type, () => {
      pointed = null;
      light();
    }, { signal });
  }
  text.addEventListener("click", (event) => pin(wordOf(event)), { signal });
  text.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    event.stopPropagation();
    pin(wordOf(event));
  }, { signal });
  arrows(text, "[data-word]", () => {}, signal);

  grid.addEventListener("click", (event) => {
    const cell = headOf(event);
    if (cell) choose(cell);
  }, { signal });
  grid.addEventListener("dblclick", flick, { signal });
  grid.addEventListener("focusin", (event) => {
    const cell = headOf(event);
    if (cell) choose(cell);
  }, { signal });
  // the blank switches, as on any switch; arrows move and choose
  gridKeys(grid, () => steps, flick, signal);
  toggle.addEventListener("click", flick, { signal });
  on.addEventListener("click", () => {
    onSwitch([]);
    show([]);
  }, { signal });

  silenced.addEventListener("click", (event) => {
    const chip = headOf(event);
    if (!chip) return;
    chosen = [Number(chip.dataset.layer), Number(chip.dataset.head)];
    flick();
  }, { signal });

  /** @param {HTMLElement} cell */
  function choose(cell) {
    chosen = [Number(cell.dataset.layer), Number(cell.dataset.head)];
    rove(steps.flat(), cell);
    light();
  }

  /** @param {number | null} word */
  function pin(word) {
    if (word === null) return;
    pinned = pinned === word ? null : word;
    light();
  }

  /** Switches the chosen head off, or on again. */
  function flick() {
    const rest = wanted.filter((one) => one.join() !== chosen.join());
    const several = rest.length === wanted.length ? [...rest, chosen] : rest;
    // where nobody can be asked one at a time: what it does is known
    show(onSwitch(several) ? several : several.slice(-1).filter((one) => one === chosen));
  }

  /** @param {Head[]} off */
  function show(off) {
    wanted = off;
    light();
    redraw();
  }

  /** How much each word is looked at by one, or by all on average. @param {number | null} from */
  function looks(from) {
    const count = record?.words.length ?? 0;
    const heads = record?.effects[0].length ?? 1;
    const start = ((chosen[0] - 1) * heads + chosen[1] - 1) * count * count;
    const rows = from === null ? Array.from({ length: count }, (_, at) => at) : [from];
    return Array.from({ length: count }, (_, to) => rows.reduce((sum, row) => sum + shares[start + row * count + to], 0) / (255 * Math.max(1, rows.length)));
  }

  /** Draws what follows the head, the word and the target that are chosen. */
  function light() {
    if (!record) return;
    const { words, targets, effects, probability } = record;
    const from = pointed ?? pinned;
    const now = JSON.stringify([chosen, from, pinned, target, wanted, drawn]);
    if (now === lit) return;
    lit = now;
    const most = Math.max(1e-6, ...effects.flat().map((row) => Math.abs(row[target])));
    const digits = probability ? 2 : decimals(most);
    const row = looks(from);
    const brightest = Math.max(...row, 1e-9);
    for (const word of text.querySelectorAll("[data-word]")) {
      const at = Number(/** @type {HTMLElement} */ (word).dataset.word);
      set(/** @type {HTMLElement} */ (word), { "--w": (row[at] / brightest).toFixed(3), "data-from": at === from, "aria-pressed": String(at === pinned) });
    }
    for (const cell of steps.flat()) {
      const [layer, head] = [Number(cell.dataset.layer), Number(cell.dataset.head)];
      const effect = effects[layer - 1][head - 1][target];
      const off = wanted.some((one) => one[0] === layer && one[1] === head);
      set(cell, { "data-sign": effect < 0 ? "lowers" : "raises", "--w": (Math.abs(effect) / most).toFixed(3), "data-off": off, "--row": from ?? 0, "data-row": from !== null, "aria-selected": String(layer === chosen[0] && head === chosen[1]) });
      set(cell, { "aria-label": `${named(layer, head)}: ${off ? say("deep.isOff") : brings(effect, digits)}` });
    }
    setText(name, named(...chosen));
    setText(does, brings(effects[chosen[0] - 1][chosen[1] - 1][target], digits));
    const gone = wanted.some((one) => one.join() === chosen.join());
    setText(toggle, say(gone ? "deep.switchOn" : "deep.switch"));
    set(toggle, { "data-off": gone });
    whose.replaceChildren(...(from === null ? [say("deep.mean")] : say.parts("deep.looks", { word: 0 }).map(({ text: said }) => said || h("b", theirs, words[from]))));
    const order = row.map((_, at) => at).sort((a, b) => row[b] - row[a] || a - b).slice(0, LISTED).filter((at) => row[at] >= 0.005);
    const rest = Math.max(0, 1 - row.reduce((sum, share) => sum + share, 0));
    list.replaceChildren(...order.map((at) => line(words[at], row[at], at)), line(say("deep.elsewhere"), rest, null));
    set(list, { "aria-label": whose.textContent });
    key.replaceChildren(...["raises", "lowers"].map((sign) => h("span", { class: "ll-held", "data-sign": sign }, h("i"), say(sign === "raises" ? "deep.holds" : "deep.holdsDown", { target: targets[target] }))));
    silenced.hidden = !wanted.length;
    silenced.replaceChildren(...wanted.map((one) => h("button", { class: "ll-gone", type: "button", "data-layer": one[0], "data-head": one[1], "aria-label": `${say("deep.switchOn")}: ${named(...one)}` }, named(...one), h("span", { "aria-hidden": "true" }, " ×"))), on);
  }

  /** @param {number} layer @param {number} head */
  function named(layer, head) {
    return say("deep.head", { layer: String(layer), head: String(head) });
  }

  /** @param {number} effect @param {number} digits */
  function brings(effect, digits) {
    const amount = number(Math.abs(effect), digits);
    const stays = Number(Math.abs(effect).toFixed(digits)) === 0;
    return say(stays ? "deep.stays" : effect < 0 ? "deep.rises" : "deep.falls", { target: record?.targets[target] ?? "", amount });
  }

  /** @param {string} word @param {number} share @param {number | null} at */
  function line(word, share, at) {
    return h("li", { "--w": share.toFixed(3), "data-rest": at === null }, h("span", at === null ? {} : { title: word, ...theirs }, word), h("i"), h("span", { class: "ll-num" }, number(share, 2)));
  }

  /** @param {Heads} own */
  function lay({ pieces, words, effects, data }) {
    shares = Uint8Array.from(atob(data), (one) => one.charCodeAt(0));
    const [layers, heads, count] = [effects.length, effects[0].length, words.length];
    text.replaceChildren(...pieces.map(([said, at]) => (at === null ? said : h("span", { class: "ll-sees", role: "button", tabindex: -1, "data-word": at }, said))));
    const spots = /** @type {HTMLElement[]} */ ([...text.querySelectorAll("[data-word]")]);
    rove(spots, spots[0]);
    steps = Array.from({ length: layers }, (_, row) => {
      const layer = layers - row;
      return Array.from({ length: heads }, (_, head) => {
        const canvas = h("canvas", { width: count, height: count, "aria-hidden": "true" });
        paint(canvas, shares.subarray(((layer - 1) * heads + head) * count * count, ((layer - 1) * heads + head + 1) * count * count), count);
        return h("div", { class: "ll-map", role: "gridcell", tabindex: -1, "data-layer": layer, "data-head": head + 1 }, h("div", {}, canvas, h("s")), h("i"));
      });
    });
    const named = steps.map((row, at) => h("div", { role: "row" }, h("span", { class: "ll-dim", role: "rowheader" }, say("deep.layer", { at: layers - at })), ...row));
    grid.replaceChildren(...named);
    set(grid, { "--heads": heads, "--words": count, "data-many": layers > MANY });
    const first = steps[layers - chosen[0]]?.[chosen[1] - 1] ?? steps[0][0];
    rove(steps.flat(), first);
  }

  return {
    element,

    /** @param {Heads} own @param {{target: string, status: string, alone: boolean}} state @returns {Drawn} */
    update(own, { target: asked, status, alone }) {
      const { targets, scores, without, off, effects, probability, words, size, seconds } = own;
      const found = targets.indexOf(asked);
      target = found >= 0 ? found : scores.indexOf(Math.max(...scores));
      const fresh = record === null;
      record = own;
      const now = JSON.stringify([own.data, own.pieces]);
      if (now !== drawn) {
        if (fresh) {
          wanted = off;
          chosen = off[0] ?? strongest(effects, target);
        }
        drawn = now;
        lay(own);
      }
      light();
      const digits = probability ? 2 : decimals(Math.max(...scores.map(Math.abs)));
      const known = JSON.stringify(wanted) === JSON.stringify(off);
      // in a page the effect of one is known, and that of several nobody can ask for
      const [[layer, head] = [1, 1]] = wanted;
      const then = known ? without[target] : wanted.length === 1 ? scores[target] - effects[layer - 1][head - 1][target] : null;
      const score = number(scores[target], digits);
      const rest = [say("seconds", { number: seconds.toFixed(2) })];
      if (size > words.length) rest.push(say("deep.cut", { count: words.length, size }));
      rest.push(say("deep.silent"), ...(alone ? [say("deep.several")] : []));
      const first = !wanted.length ? say("deep.asIs", { target: targets[target], score }) : then === null ? say(status === "failed" ? "deep.heads" : "deep.asking") : say("deep.without", { target: targets[target], score, count: wanted.length, other: number(then, digits) });
      return { pills: targets, chosen: targets[target], scores: (known && off.length ? without : scores).map((one) => number(one, digits)), facts: [first, rest], done: 0 };
    },
  };
}

/** The head whose silence changes a target most. @param {number[][][]} effects @param {number} target @returns {Head} */
function strongest(effects, target) {
  /** @type {Head} */
  let best = [1, 1];
  let most = -1;
  effects.forEach((row, layer) =>
    row.forEach((one, head) => {
      if (Math.abs(one[target]) <= most) return;
      most = Math.abs(one[target]);
      best = [layer + 1, head + 1];
    }),
  );
  return best;
}

/** Paints shares, each row's own, as how opaque a colour is. @param {HTMLCanvasElement} canvas @param {Uint8Array} shares @param {number} count */
function paint(canvas, shares, count) {
  const context = canvas.getContext("2d");
  if (!context || !count) return;
  const image = context.createImageData(count, count);
  for (let at = 0; at < shares.length; at += 1) {
    // small shares are told apart, too
    image.data.set([64, 132, 232, Math.round(255 * Math.sqrt(shares[at] / 255))], 4 * at);
  }
  context.putImageData(image, 0, 0);
}
