"use strict";
(() => {
  // src/dom.js
  function h(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    set(element, attributes);
    element.append(...children);
    return element;
  }
  function svg(tag, attributes = {}, ...children) {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    set(element, attributes);
    element.append(...children);
    return element;
  }
  function set(element, attributes) {
    for (const [name, value] of Object.entries(attributes)) {
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
  function setText(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }
  function arrows(container, selector, onMove, signal) {
    container.addEventListener(
      "keydown",
      (event) => {
        const items = (
          /** @type {HTMLElement[]} */
          [...container.querySelectorAll(selector)]
        );
        const at = items.indexOf(
          /** @type {HTMLElement} */
          event.target
        );
        if (at < 0) return;
        const rtl = getComputedStyle(items[at]).direction === "rtl";
        const to = {
          ArrowRight: at + (rtl ? -1 : 1),
          ArrowLeft: at + (rtl ? 1 : -1),
          ArrowDown: at + 1,
          ArrowUp: at - 1,
          Home: 0,
          End: items.length - 1
        };
        if (!(event.key in to)) return;
        event.preventDefault();
        event.stopPropagation();
        const next = items[(to[event.key] + items.length) % items.length];
        rove(items, next);
        next.focus();
        onMove(next);
      },
      { signal }
    );
  }
  function rove(items, stop) {
    for (const item of items) item.tabIndex = item === stop ? 0 : -1;
  }

  // src/protocol.js
  function request(kind, msg = {}) {
    return { id: Math.random().toString(36).slice(2), kind, msg };
  }

  // src/kernel.js
  var POLL_AFTER = 300;
  var QUEUED_AFTER = 500;
  var SILENT_AFTER = 15e3;
  var WITHOUT_KERNEL = ".jupyter-widgets-disconnected";
  function kernelLine(model, el, onChange, signal) {
    const waiting = /* @__PURE__ */ new Map();
    let patience;
    let silence = "";
    const away = () => el.closest(WITHOUT_KERNEL) !== null;
    let live = typeof model.send === "function" && !away();
    const become = (now) => {
      if (now === silence) return;
      silence = now;
      onChange();
    };
    const calm = () => {
      clearTimeout(patience);
      patience = void 0;
    };
    const forget = () => {
      calm();
      for (const timer of waiting.values()) clearTimeout(timer);
      waiting.clear();
    };
    const lose = () => {
      forget();
      live = false;
      become("gone");
    };
    const ask = (kind, msg, clicked = true) => {
      if (!live) return;
      const message = request(kind, msg);
      if (clicked) waiting.set(message.id, setTimeout(() => silence || become("queued"), QUEUED_AFTER));
      patience ??= setTimeout(() => become("silent"), SILENT_AFTER);
      try {
        model.send?.(message);
      } catch {
        lose();
      }
    };
    if (typeof model.send === "function") {
      const answered = (message) => {
        calm();
        clearTimeout(waiting.get(message?.id));
        waiting.delete(message?.id);
        become("");
      };
      const heard = () => {
        calm();
        if (silence === "silent") become("");
      };
      const moved = () => {
        if (away()) return lose();
        live = true;
        become("");
      };
      const events = [["msg:custom", answered], ["change:serial", heard], ["comm_live_update", moved]];
      for (const [event, callback] of events) model.on(event, callback);
      let serial = model.get("serial");
      const timer = setInterval(() => {
        const status = model.get("status");
        const now = model.get("serial");
        if ((status === "loading" || status === "running") && now === serial) ask("poll", { seen: now }, false);
        serial = now;
      }, POLL_AFTER);
      signal.addEventListener("abort", () => {
        forget();
        clearInterval(timer);
        for (const [event, callback] of events) model.off(event, callback);
      });
    }
    return {
      ask,
      /** Whether there is a kernel to ask. */
      get live() {
        return live;
      },
      get silence() {
        return silence;
      }
    };
  }

  // src/observe.js
  function observe(model, names, callback, signal) {
    for (const name of names) {
      model.on(`change:${name}`, callback);
      signal.addEventListener("abort", () => model.off(`change:${name}`, callback));
    }
  }
  function oncePerFrame(callback, signal) {
    let asked = 0;
    const now = () => {
      cancelAnimationFrame(asked);
      asked = 0;
      if (!signal.aborted) callback();
    };
    const later = () => {
      asked ||= requestAnimationFrame(now);
    };
    return { later, now };
  }
  function brightness(colour) {
    const [first, second, third, opacity = 1] = (colour.match(/(?<![\w.])-?[\d.]+(?:e-?\d+)?/g) ?? []).map(Number);
    if (third === void 0) return { bright: 0, opacity: 0 };
    if (/^(ok)?l/.test(colour)) return { bright: first / (colour.startsWith("ok") ? 1 : 100), opacity };
    return { bright: (0.3 * first + 0.59 * second + 0.11 * third) / (colour.startsWith("rgb") ? 255 : 1), opacity };
  }
  function themeBehind(element) {
    let at = element.parentNode;
    while (at) {
      if (at instanceof ShadowRoot) at = at.host;
      if (at instanceof Element) {
        const { bright, opacity } = brightness(getComputedStyle(at).backgroundColor);
        if (opacity > 0.5) return bright < 0.5 ? "dark" : "light";
      }
      at = at.parentNode;
    }
    return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  }
  function followTheme(element, signal) {
    const update = () => {
      if (element.isConnected) element.dataset.theme = themeBehind(element);
    };
    const { later } = oncePerFrame(update, signal);
    const watcher = new MutationObserver(later);
    for (const node of [document.documentElement, document.body]) {
      watcher.observe(node, { attributes: true, attributeFilter: ["class", "style", "data-jp-theme-name", "data-theme", "theme"] });
    }
    const preference = matchMedia("(prefers-color-scheme: dark)");
    preference.addEventListener("change", later, { signal });
    const again = setTimeout(update, 500);
    signal.addEventListener("abort", () => {
      watcher.disconnect();
      clearTimeout(again);
    });
    element.dataset.theme = preference.matches ? "dark" : "light";
    later();
  }

  // src/parts/attention.js
  var ALL = "all";
  function looks({ layers, heads }, bytes, words, from, layer, head) {
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
    return total.map((share2) => share2 / Math.max(1, counted));
  }
  function attentionPart(onChange, signal) {
    const layer = h("select", { class: "ll-select", "aria-label": "Layer" });
    const head = h("select", { class: "ll-select", "aria-label": "Head" });
    const element = h("p", { class: "ll-attention" }, "layer ", layer, " head ", head, " · point at a word to see where it looks");
    let bytes = new Uint8Array();
    let key = "";
    for (const select of [layer, head]) {
      select.addEventListener("change", onChange, { signal });
      select.addEventListener("keydown", (event) => event.key !== "Escape" && event.stopPropagation(), { signal });
    }
    return {
      element,
      /** @param {Explanation} explanation */
      update({ attention }) {
        element.hidden = !attention;
        if (!attention || attention.data === key) return;
        key = attention.data;
        bytes = Uint8Array.from(atob(key), (sign) => sign.charCodeAt(0));
        fill(layer, attention.layers);
        fill(head, attention.heads);
        set(head, { disabled: attention.heads === 1 });
      },
      /** Where a word looks, or null where that is not known. @param {Explanation} explanation @param {number | null} feature */
      row({ attention, features }, feature) {
        if (!attention || feature === null) return null;
        return looks(attention, bytes, features.length, feature, layer.value, head.value);
      }
    };
  }
  function fill(select, count) {
    const numbers = Array.from({ length: count }, (_, i) => h("option", { value: i }, String(i + 1)));
    select.replaceChildren(h("option", { value: ALL }, ALL), ...numbers);
  }

  // src/scale.js
  var LEAST_PROBABILITY = 0.05;
  function extent(weights, scale) {
    let most = scale === "probability" ? LEAST_PROBABILITY : 0;
    for (const row of weights ?? []) {
      for (const weight of row) most = Math.max(most, Math.abs(weight));
    }
    return most || 1;
  }
  function decimals(most) {
    return Math.min(6, Math.max(0, 1 - Math.floor(Math.log10(most))));
  }
  function number(value, digits, signed = false) {
    const text = Math.abs(value).toFixed(digits);
    const sign = Number(text) === 0 ? "" : value < 0 ? "−" : signed ? "+" : "";
    return sign + text;
  }
  function quantity(scale, target) {
    if (scale === "probability") return `P(${target})`;
    if (scale === "attention") return "what the model looks at";
    return scale === "value" ? target : `${scale} of ${target}`;
  }
  function effect(scale, target) {
    return scale === "attention" ? "share of what the model looks at" : `effect on ${quantity(scale, target)}`;
  }
  function doubtful(interval) {
    return interval !== void 0 && interval[0] <= 0 && interval[1] >= 0;
  }
  function margin([low, high]) {
    return (high - low) / 2;
  }
  function precision(intervals) {
    if (!intervals) return null;
    let most = 0;
    for (const row of intervals) for (const interval of row) most = Math.max(most, margin(interval));
    return most;
  }
  var SHRINKS = 0.7;
  function forecast(now, { evaluations, budget, seconds }) {
    const tens = 10 ** Math.floor(Math.log10(now / 1.5));
    const next = (
      /** @type {number} */
      [5, 2, 1].map((x) => x * tens).find((x) => x <= now / 1.5)
    );
    const needed = evaluations * (now / next) ** (1 / SHRINKS);
    if (!Number.isFinite(needed) || needed > budget) return null;
    return { precision: next, seconds: seconds / evaluations * (needed - evaluations) };
  }
  function surePairs({ pairs, pair_weights: weights, pair_intervals: intervals }, target, feature, most, digits) {
    if (!weights || !intervals) return [];
    return pairs.map((pair, at) => ({ pair, weight: weights[target][at], interval: intervals[target][at] })).filter(({ pair, weight, interval }) => Number(weight.toFixed(digits)) !== 0 && !doubtful(interval) && (feature === null || pair.includes(feature))).sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight)).slice(0, most);
  }
  function strongest(row, most) {
    return row.map((weight, feature) => ({ weight: Math.abs(weight), feature })).sort((a, b) => b.weight - a.weight || a.feature - b.feature).slice(0, most).map((item) => item.feature);
  }
  function examined(explanation, target) {
    return explanation?.exam ? explanation.exam.targets.indexOf(target) : -1;
  }
  function agreement(one, other) {
    const ranks = [one, other].map((row) => {
      const sorted = [...row].sort((a, b) => a - b);
      return row.map((weight) => (sorted.indexOf(weight) + sorted.lastIndexOf(weight)) / 2 - (row.length - 1) / 2);
    });
    const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);
    const size = Math.sqrt(dot(ranks[0], ranks[0]) * dot(ranks[1], ranks[1]));
    return size > 0 ? dot(ranks[0], ranks[1]) / size : 0;
  }
  function chosenTarget(targets, scores, chosen) {
    const found = typeof chosen === "number" ? chosen : targets.indexOf(
      /** @type {string} */
      chosen
    );
    if (found >= 0 && found < targets.length) return found;
    return scores.indexOf(Math.max(...scores));
  }

  // src/parts/bars.js
  var MOST_BARS = 8;
  var MOST_PAIRS = 3;
  function barsPart(onPoint, signal) {
    const caption = h("p", { class: "ll-caption" });
    const list = h("ol", { class: "ll-bars" });
    const pairs = h("p", { class: "ll-pairs" });
    const element = h("div", { class: "ll-side" }, caption, list, pairs);
    let held = false;
    let drawn = null;
    list.addEventListener(
      "pointerover",
      (event) => {
        held = true;
        const row = (
          /** @type {HTMLElement | null} */
          /** @type {Element} */
          event.target.closest("li")
        );
        onPoint(row ? Number(row.dataset.of) : null);
      },
      { signal }
    );
    list.addEventListener(
      "pointerleave",
      () => {
        held = false;
        onPoint(null);
      },
      { signal }
    );
    return {
      element,
      /**
       * @param {Explanation} explanation
       * @param {number} target
       * @param {number} most  the weight whose bar is as long as bars get
       */
      update(explanation, target, most) {
        const { text, features, weights, intervals, scale, targets } = explanation;
        element.hidden = !weights;
        if (!weights) return;
        const row = weights[target];
        const keep = held && drawn && drawn.target === target && drawn.text === text;
        const order = keep && drawn ? drawn.order : strongest(row, MOST_BARS);
        drawn = { target, order, text };
        setText(caption, effect(scale, targets[target]));
        set(list, { "aria-label": `Strongest words: ${effect(scale, targets[target])}` });
        while (list.children.length > order.length) list.lastElementChild?.remove();
        while (list.children.length < order.length) {
          list.append(h("li", {}, h("span", { class: "ll-name", dir: "auto" }), h("span", { class: "ll-bar" }, h("i"), h("s")), h("span", { class: "ll-num" })));
        }
        const digits = decimals(most);
        order.forEach((feature, at) => {
          const item = (
            /** @type {HTMLElement} */
            list.children[at]
          );
          const [name, bar, num] = (
            /** @type {HTMLElement[]} */
            [...item.children]
          );
          set(item, { "data-of": feature });
          setText(name, features[feature]);
          set(name, { title: features[feature].length > 14 ? features[feature] : null });
          set(bar, { "data-sign": row[feature] < 0 ? "lowers" : "raises", "--w": Math.abs(row[feature] / most).toFixed(3) });
          setText(num, number(row[feature], digits, true));
          const interval = intervals?.[target][feature];
          const whisker = (
            /** @type {HTMLElement} */
            bar.lastElementChild
          );
          whisker.hidden = !interval || interval[1] - interval[0] < 4e-3 * most;
          if (interval) set(whisker, { "--low": share(interval[0], most), "--high": share(interval[1], most) });
          set(item, { "data-doubt": doubtful(interval), title: interval ? `95 %: ${number(interval[0], digits, true)} to ${number(interval[1], digits, true)}` : null });
        });
        drawPairs(pairs, explanation, target, digits);
      },
      /** @param {number | null} feature */
      mark(feature) {
        for (
          const item of
          /** @type {HTMLElement[]} */
          [...list.children]
        ) {
          item.classList.toggle("ll-here", feature !== null && Number(item.dataset.of) === feature);
        }
      }
    };
  }
  function share(value, most) {
    return ((1 + Math.max(-1, Math.min(1, value / most))) / 2).toFixed(3);
  }
  function drawPairs(element, explanation, target, digits) {
    const { features } = explanation;
    const found = surePairs(explanation, target, null, MOST_PAIRS, digits);
    element.hidden = found.length === 0;
    const named = found.map(({ pair: [a, b], weight }) => [features[a], features[b], number(weight, digits, true)]);
    const now = JSON.stringify(named);
    if (element.dataset.now === now) return;
    element.dataset.now = now;
    element.title = "What two words do together beyond what each does alone, on average over what else is left in the text.";
    const name = (text) => h("b", { dir: "auto" }, text);
    const parts = named.map(([a, b, weight]) => h("span", {}, name(a), " + ", name(b), ` ${weight}`));
    element.replaceChildren("together: ", ...parts.flatMap((part, at) => at ? [" · ", part] : [part]));
  }

  // src/parts/classes.js
  var FOLDED_FROM = 13;
  var SHOWN_WHEN_FOLDED = 6;
  var MOST_FOUND = 40;
  function shownTargets(targets, scores, chosen, wanted) {
    const all = targets.map((_, i) => i);
    if (targets.length < FOLDED_FROM) return { shown: all, more: 0 };
    const needle = wanted.trim().toLocaleLowerCase();
    const found = needle ? all.filter((i) => targets[i].toLocaleLowerCase().includes(needle)) : all;
    found.sort((a, b) => scores[b] - scores[a] || a - b);
    const shown = found.slice(0, needle ? MOST_FOUND : SHOWN_WHEN_FOLDED);
    if (!shown.includes(chosen)) shown.push(chosen);
    return { shown, more: needle ? Math.max(0, found.length - MOST_FOUND) : 0 };
  }
  function classSwitches(onChoose, onContrast, signal) {
    const group = h("div", { class: "ll-radios", role: "radiogroup", "aria-label": "Class" });
    const search = h("input", { class: "ll-search", type: "search", autocomplete: "off", spellcheck: "false" });
    const more = h("span", { class: "ll-dim" });
    const others = h("select", { class: "ll-select", "aria-label": "Rather than" });
    const rather = h("label", { class: "ll-rather" }, "rather than ", others);
    const element = h("div", { class: "ll-classes" }, h("span", { class: "ll-why", "aria-hidden": "true" }, "why"), group, search, more, rather);
    let drawn = null;
    const choose = (radio2) => onChoose(
      /** @type {string} */
      radio2.dataset.target
    );
    arrows(group, "[role=radio]", choose, signal);
    group.addEventListener(
      "click",
      (event) => {
        const radio2 = (
          /** @type {Element} */
          event.target.closest("[role=radio]")
        );
        if (radio2) choose(
          /** @type {HTMLElement} */
          radio2
        );
      },
      { signal }
    );
    others.addEventListener(
      "change",
      () => {
        if (!drawn) return;
        const { explanation, chosen, names } = drawn;
        const first = explanation.contrast?.[0] ?? names.indexOf(explanation.targets[chosen]);
        onContrast(others.value === "" ? null : [first, Number(others.value)]);
      },
      { signal }
    );
    others.addEventListener("keydown", (event) => event.stopPropagation(), { signal });
    search.addEventListener("input", () => drawn && update(drawn.explanation, drawn.chosen, drawn.names), { signal });
    search.addEventListener("keydown", (event) => event.stopPropagation(), { signal });
    function update(explanation, chosen, names) {
      drawn = { explanation, chosen, names };
      const { targets, probabilities, scale } = explanation;
      const scores = probabilities ?? explanation.scores;
      const folded = targets.length >= FOLDED_FROM;
      search.hidden = !folded;
      if (folded) set(search, { "aria-label": `Find a class among ${targets.length}`, placeholder: `find among ${targets.length} classes` });
      const { shown, more: left } = shownTargets(targets, scores, chosen, search.value);
      setText(more, left ? `and ${left} more` : "");
      const probability = probabilities !== null || scale === "probability";
      const digits = probability ? 2 : decimals(Math.max(...scores.map(Math.abs), 1e-6));
      const old = (
        /** @type {HTMLElement[]} */
        [...group.children]
      );
      const same = old.length === shown.length && shown.every((i, at) => old[at].dataset.target === targets[i]);
      const kept = new Map(old.map((one) => [one.dataset.target, one]));
      const radios = same ? old : shown.map((i) => kept.get(targets[i]) ?? radio(targets[i]));
      if (!same) {
        for (const one of old) if (!radios.includes(one)) one.remove();
        radios.forEach((one, at) => group.children[at] !== one && group.insertBefore(one, group.children[at] ?? null));
      }
      shown.forEach((i, at) => {
        set(radios[at], { "aria-checked": i === chosen ? "true" : "false", "--p": probability ? scores[i] : 0 });
        setText(
          /** @type {HTMLElement} */
          radios[at].lastElementChild,
          number(scores[i], digits)
        );
      });
      rove(radios, radios[shown.indexOf(chosen)]);
      drawOthers(explanation, chosen, names);
    }
    function drawOthers({ contrast, targets }, chosen, names) {
      rather.hidden = names.length < 2;
      const first = contrast?.[0] ?? names.indexOf(targets[chosen]);
      const now = JSON.stringify([first, names]);
      if (others.dataset.now !== now) {
        others.dataset.now = now;
        const rest = names.map((name, i) => ({ name, i })).filter(({ i }) => i !== first);
        others.replaceChildren(h("option", { value: "" }, "any other"), ...rest.map(({ name, i }) => h("option", { value: i }, name)));
      }
      const value = contrast ? String(contrast[1]) : "";
      if (others.value !== value) others.value = value;
    }
    return { element, update };
  }
  function radio(target) {
    const name = h("b", { dir: "auto" }, target);
    return h("button", { class: "ll-class", type: "button", role: "radio", "data-target": target }, h("i"), name, " ", h("span"));
  }

  // src/parts/exam.js
  var WIDTH = 280;
  var HEIGHT = 64;
  var EDGE = 3;
  function examPart() {
    const lines = {
      random: svg("polyline", { class: "ll-random" }),
      last: svg("polyline", { class: "ll-last" }),
      first: svg("polyline", { class: "ll-first" })
    };
    const plot = svg("svg", { class: "ll-plot", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img" }, lines.random, lines.last, lines.first);
    const caption = h("p", { class: "ll-caption" });
    const key = h(
      "p",
      { class: "ll-plot-key" },
      h("span", { class: "ll-first" }, "strongest first"),
      h("span", { class: "ll-random" }, "any order"),
      h("span", { class: "ll-last" }, "weakest first")
    );
    const element = h("div", { class: "ll-exam" }, caption, plot, key);
    return {
      element,
      /** @param {Explanation} explanation @param {number} target */
      update(explanation, target) {
        const { exam, targets, scale, contrast } = explanation;
        const at = examined(explanation, target);
        element.hidden = at < 0;
        if (!exam || at < 0) return;
        const curves = { first: exam.first[at], last: exam.last[at], random: exam.random[at] };
        const all = [...curves.first, ...curves.last, ...curves.random];
        const fixed = !contrast && scale !== "value";
        const low = fixed ? 0 : Math.min(...all);
        const high = fixed ? 1 : Math.max(...all, low + 1e-9);
        const y = (value) => HEIGHT - EDGE - (value - low) / (high - low) * (HEIGHT - 2 * EDGE);
        for (const [name, curve] of Object.entries(curves)) {
          const points = curve.map((value, i) => `${(exam.shares[i] * WIDTH).toFixed(1)},${y(value).toFixed(1)}`);
          set(
            /** @type {any} */
            lines[name],
            { points: points.join(" ") }
          );
        }
        const gap2 = number(exam.srg[at], 2);
        const what = contrast || scale === "value" ? quantity(contrast ? "logit" : "value", targets[target]) : quantity("probability", targets[target]);
        setText(caption, `${what} as words go · removal gap ${gap2}`);
        const half = exam.shares.findIndex((share2) => share2 >= 0.5);
        const told = `As words are taken out, ${what} goes from ${number(curves.first[0], 2)} to ${number(curves.first[half], 2)} at half of them with the strongest first, ${number(curves.last[half], 2)} with the weakest first, ${number(curves.random[half], 2)} in any order. Removal gap ${gap2}; 0 is what a random order has.`;
        set(plot, { "aria-label": told });
        set(element, { title: told });
      }
    };
  }

  // src/parts/foot.js
  var UNITS = { word: "words", character: "characters" };
  var MASKERS = { delete: "deleted", mask: "masked" };
  var LITTLE = 0.35;
  function duration(seconds) {
    return seconds < 10 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds)} s`;
  }
  function footPart(onAsk, onMethod, onCompare, signal) {
    const bar = h("i");
    const progress = h("div", { class: "ll-progress", role: "progressbar", "aria-label": "Evaluations spent", "aria-valuemin": 0, "aria-valuemax": 100 }, bar);
    const full = h("span", { class: "ll-full" });
    const key = h(
      "span",
      { class: "ll-key" },
      h("span", { class: "ll-word", "data-sign": "raises", "--w": 0.6 }, "raises"),
      h("span", { class: "ll-word", "data-sign": "lowers", "--w": 0.6 }, "lowers"),
      h("span", { class: "ll-word", "data-sign": "none", "data-doubt": "", "--w": 0.15 }, "not distinguishable from 0"),
      full
    );
    const sum = h("span", { class: "ll-sum" });
    const fit = h("span", { class: "ll-fit" });
    const methods = h("select", { class: "ll-select", "aria-label": "Method" });
    const beside = h("select", { class: "ll-select", "aria-label": "Compare with" });
    const spent = h("span", { class: "ll-spent" });
    const button = h("button", { class: "ll-button", type: "button" });
    const line = h("div", { class: "ll-foot" }, key, h("span", { class: "ll-push" }), sum, fit, methods, beside, spent, button);
    const said = h("div", { class: "ll-said", role: "status" });
    const element = h("div", {}, progress, line, said);
    button.addEventListener("click", () => onAsk(button.dataset.kind === "cancel" ? "cancel" : "explain"), { signal });
    methods.addEventListener("change", () => onMethod(methods.value), { signal });
    beside.addEventListener("change", () => onCompare(beside.value), { signal });
    for (const select of [methods, beside]) select.addEventListener("keydown", (event) => event.stopPropagation(), { signal });
    return {
      element,
      /**
       * @param {Explanation | null} explanation
       * @param {number} target
       * @param {number} most
       * @param {{status: string, progress: number, live: boolean, silence: import("../kernel.js").Silence, menu: Menu, method: string, compared: string[]}} state
       */
      update(explanation, target, most, { status, progress: share2, live, silence, menu, method: chosen, compared }) {
        const busy = live && (status === "loading" || status === "running");
        progress.hidden = !busy;
        set(progress, { "aria-valuenow": Math.round(100 * share2), "data-waiting": status === "loading" });
        set(bar, { "--done": share2 });
        key.hidden = !explanation?.weights || explanation.scale === "attention";
        drawMethods(methods, live ? menu.methods ?? [] : [], chosen);
        const rest = (live ? menu.methods ?? [] : []).filter(({ name }) => name !== chosen && !compared.includes(name));
        drawMethods(beside, rest.length ? [{ name: "", title: "compare with…", reason: "" }, ...rest] : [], "");
        button.hidden = !live || status === "done";
        set(button, { "data-kind": busy ? "cancel" : "explain" });
        setText(button, busy ? "Stop" : "Explain again");
        const announced = { loading: "Loading the model", running: "Explaining", done: "Explained", stopped: "Stopped", failed: "" }[status] ?? "";
        const silent = SILENCES[silence];
        setText(said, silence === "gone" ? silent : live ? announced : "");
        if (!explanation) return setText(spent, silent || (status === "loading" ? "loading the model…" : ""));
        const { weights, intercepts, fit: fits, scale, targets, title, unit, masker, evaluations, seconds, scores } = explanation;
        const digits = Math.max(2, decimals(most));
        setText(full, weights ? `full colour ±${number(most, decimals(most))}` : "");
        const row = weights?.[target];
        if (row && intercepts) {
          const together = explanation.joint ? (explanation.pair_weights?.[target] ?? []).reduce((a, b) => a + b, 0) / 4 : 0;
          const total = row.reduce((a, b) => a + b, intercepts[target] + together);
          const what2 = quantity(scale, targets[target]);
          setText(sum, `${what2} ≈ ${number(intercepts[target], digits)} base ${row.length ? explanation.joint ? "+ Σ weights and pairs " : "+ Σ weights " : ""}= ${number(total, digits)}, model ${number(scores[target], digits)}`);
          set(sum, { title: `The base value is the surrogate's answer with every feature removed; with all of them it says ${number(total, digits)}, the model ${number(scores[target], digits)}.` });
        } else setText(sum, "");
        const r2 = fits.r2?.[target];
        const rank = fits.rank?.[target];
        const known = r2 !== void 0 && explanation.state !== "draft";
        const little = known && r2 < LITTLE && evaluations >= ENOUGH;
        const missed = fits.convergence?.[target];
        const much = missed !== void 0 ? `misses its sum by ${number(missed, digits)}` : known ? `R² ${number(Math.max(r2, 0), 2)}` : "";
        setText(fit, little ? `${much}: these weights explain little of the model here` : much);
        set(fit, { "data-little": little, title: known ? fitTitle(explanation.state, rank) : null });
        const how = masker ? `${UNITS[unit] ?? unit} ${MASKERS[masker] ?? masker}` : UNITS[unit] ?? unit;
        const what = methods.hidden ? `${title} · ${how}` : how;
        const work = `${evaluations.toLocaleString("en")} evaluations · ${duration(seconds)}`;
        const state2 = busy && weights ? sharpening(explanation) : explanation.state === "exact" && !explanation.intervals ? "" : ENDS[explanation.state] ?? "";
        setText(spent, silent || (status === "loading" && busy ? "loading the model…" : [what, state2, work].filter(Boolean).join(" · ")));
      }
    };
  }
  function drawMethods(element, methods, chosen) {
    element.hidden = methods.length === 0;
    const listed = methods.some(({ name }) => name === chosen) ? methods : [...methods, { name: chosen, title: chosen, reason: "" }];
    const now = JSON.stringify(listed);
    if (element.dataset.now !== now) {
      element.dataset.now = now;
      element.replaceChildren(
        ...listed.map(
          ({ name, title, reason }) => h("option", { value: name, disabled: reason !== "", title: reason || null }, reason ? `${title}: needs the model itself` : title)
        )
      );
    }
    if (element.value !== chosen) element.value = chosen;
  }
  var SILENCES = {
    "": "",
    queued: "queued until the running cell finishes",
    silent: "no answer from the kernel: it is busy, or gone; class switches still work",
    gone: "the kernel is gone: class switches still work; run the cell again for the rest"
  };
  var ENDS = { draft: "stopped at a draft", partial: "stopped early", exact: "every thinned text asked: exact" };
  var ENOUGH = 100;
  function fitTitle(state2, rank) {
    const where = state2 === "exact" ? "on all thinned texts" : "on thinned texts that were not fitted";
    const order = rank === void 0 ? "" : ` Rank correlation with the model there: ${number(rank, 2)}.`;
    return `How much of the model's variation the weights explain, ${where}; 1 is all of it.${order}`;
  }
  function sharpening(explanation) {
    const now = precision(explanation.intervals);
    if (explanation.state === "draft" || now === null) return "draft, sharpening";
    if (now === 0) return "sharpening";
    const next = forecast(now, explanation);
    const more = next ? `, about ${duration(next.seconds)} more for ±${number(next.precision, decimals(next.precision))}` : "";
    return `sharpening: ±${number(now, decimals(now))} now${more}`;
  }

  // src/parts/rows.js
  var TOP = 5;
  function rowsPart(textPart2, onRemove, signal) {
    const element = h("div", { class: "ll-rows" });
    const rows = /* @__PURE__ */ new Map();
    function row(method) {
      const title = h("b");
      const told = h("span", { class: "ll-dim" });
      const remove = h("button", { class: "ll-button", type: "button", "data-method": method }, "Remove");
      const ending = new AbortController();
      signal.addEventListener("abort", () => ending.abort(), { signal: ending.signal });
      const text = textPart2(() => {
      }, () => {
      }, ending.signal);
      const item = h("div", { class: "ll-row", role: "group" }, h("p", { class: "ll-row-head" }, title, told, remove), text.element);
      remove.addEventListener("click", () => onRemove(method), { signal: ending.signal });
      return { item, title, told, remove, text, ending };
    }
    return {
      element,
      /**
       * @param {Explanation} first
       * @param {number} target
       * @param {Other[]} others
       */
      update(first, target, others) {
        element.hidden = others.length === 0;
        for (const [method, { item, ending }] of rows) {
          if (!others.some((other) => other.method === method)) {
            ending.abort();
            item.remove();
            rows.delete(method);
          }
        }
        const best = bestOf(first, target, others);
        others.forEach(({ method, title, explanation, error }, at) => {
          const own = rows.get(method) ?? row(method);
          rows.set(method, own);
          if (element.children[at] !== own.item) element.insertBefore(own.item, element.children[at] ?? null);
          setText(own.title, title);
          set(own.item, { "aria-label": title });
          set(own.remove, { "aria-label": `Remove ${title}` });
          const weights = explanation?.weights?.[target];
          own.text.element.hidden = !weights;
          if (error || !explanation || !weights) {
            setText(own.told, error || "waiting for its turn");
            return;
          }
          own.text.update(explanation, target, extent(explanation.weights, explanation.scale));
          setText(own.told, [method === best ? "best on the exam" : "", gap(explanation, target), agrees(first, explanation, target)].filter(Boolean).join(" · "));
        });
      }
    };
  }
  function gap(explanation, target) {
    const at = examined(explanation, target);
    return at >= 0 ? `removal gap ${number(explanation.exam?.srg[at] ?? NaN, 2)}` : "";
  }
  function agrees(first, other, target) {
    const mine = first.weights?.[target];
    const theirs = other.weights?.[target];
    if (!mine || !theirs || mine.length !== theirs.length) return "";
    const tops = strongest(mine, TOP);
    const shared = strongest(theirs, TOP).filter((feature) => tops.includes(feature)).length;
    return `agrees by ${number(agreement(mine, theirs), 2)} in rank, ${shared} of the first ${tops.length} words shared`;
  }
  function bestOf(first, target, others) {
    const found = [{ method: first.method, explanation: first }, ...others].map(({ method, explanation }) => {
      return { method, srg: explanation?.exam?.srg[examined(explanation, target)] ?? NaN };
    });
    if (found.some(({ srg }) => Number.isNaN(srg))) return "";
    return found.reduce((a, b) => b.srg > a.srg ? b : a).method;
  }

  // src/runs.js
  function utf16(text, positions) {
    const out = [];
    let points = 0;
    let units = 0;
    for (const position of positions) {
      while (points < position && units < text.length) {
        units += /** @type {number} */
        text.codePointAt(units) > 65535 ? 2 : 1;
        points += 1;
      }
      out.push(units);
    }
    return out;
  }
  function runs(text, spans, read) {
    const edges = utf16(text, [...spans.flat(), read]);
    const end = edges[edges.length - 1];
    const out = [];
    const push = (from, to, feature, unread = false) => {
      if (to > from) out.push({ text: text.slice(from, to), feature, unread });
    };
    let at = 0;
    for (let i = 0; i < spans.length; i += 1) {
      push(at, edges[2 * i], null);
      push(edges[2 * i], edges[2 * i + 1], i);
      at = edges[2 * i + 1];
    }
    push(at, end, null);
    push(end, text.length, null, true);
    return out;
  }

  // src/parts/text.js
  function textPart(onPoint, onPin, signal) {
    const element = h("div", { class: "ll-text", dir: "auto", role: "group", "aria-label": "Text" });
    let words = [];
    let key = "";
    const wordOf = (event) => (
      /** @type {HTMLElement | null} */
      /** @type {Element} */
      event.target.closest?.("[data-feature]")
    );
    for (const type of ["pointerover", "focusin"]) {
      element.addEventListener(
        type,
        (event) => {
          const word = wordOf(event);
          if (word) onPoint(Number(word.dataset.feature), word);
        },
        { signal }
      );
    }
    for (const type of ["pointerleave", "focusout"]) element.addEventListener(type, () => onPoint(null, null), { signal });
    element.addEventListener(
      "pointerout",
      (event) => {
        if (wordOf(event)) onPoint(null, null);
      },
      { signal }
    );
    const pin = (word) => {
      rove(words, word);
      onPin(Number(word.dataset.feature), word);
    };
    element.addEventListener(
      "click",
      (event) => {
        const word = wordOf(event);
        if (word) pin(word);
      },
      { signal }
    );
    element.addEventListener(
      "keydown",
      (event) => {
        const word = wordOf(event);
        if (!word || event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        event.stopPropagation();
        pin(word);
      },
      { signal }
    );
    arrows(element, "[data-feature]", () => {
    }, signal);
    return {
      element,
      /** A text about which nothing is known yet. @param {string} text */
      plain(text) {
        key = "";
        words = [];
        element.textContent = text;
      },
      /**
       * @param {Explanation} explanation
       * @param {number} target
       * @param {number} most  the weight that gets the full colour
       */
      update(explanation, target, most) {
        const { text, spans, read, weights, intervals, scale, targets } = explanation;
        const now = JSON.stringify([text, spans, read]);
        if (now !== key) {
          key = now;
          words = [];
          const nodes = runs(text, spans, read).map((run) => {
            if (run.unread) {
              const mark = h("span", { class: "ll-stop", "data-label": "the model stops reading here", role: "note", "aria-label": "The model stops reading here" });
              return [mark, h("span", { class: "ll-unread" }, run.text)];
            }
            if (run.feature === null) return [run.text];
            const word = h("span", { class: "ll-word", role: "button", tabindex: -1, "data-feature": run.feature }, run.text);
            words.push(word);
            return [word];
          });
          element.replaceChildren(...nodes.flat());
          rove(words, words[0]);
        }
        const row = weights?.[target];
        const what = quantity(scale, targets[target]);
        const digits = decimals(most);
        words.forEach((word, feature) => {
          const weight = row ? row[feature] : 0;
          const sign = !row || number(weight, digits) === number(0, digits) ? null : weight > 0 ? "raises" : "lowers";
          const doubt = sign !== null && doubtful(intervals?.[target][feature]);
          const effect2 = doubt ? "not distinguishable from no effect on" : sign ?? "no effect on";
          set(word, {
            "data-sign": sign,
            "data-doubt": doubt,
            "--w": Math.abs(weight / most).toFixed(3),
            "aria-label": row ? `${word.textContent}: ${number(weight, digits, true)}, ${effect2} ${what}` : null
          });
        });
      },
      /** Lights the words by where another looks, until the next update. @param {number[]} shares */
      look(shares) {
        const most = Math.max(...shares, 1e-9);
        words.forEach((word, feature) => {
          set(word, { "data-sign": "raises", "data-doubt": null, "--w": (shares[feature] / most).toFixed(3) });
        });
      },
      /** Marks the word that is pointed at elsewhere. @param {number | null} feature */
      mark(feature) {
        words.forEach((word, i) => word.classList.toggle("ll-here", i === feature));
      }
    };
  }

  // src/parts/tip.js
  var MOST_CLASSES = 8;
  var MOST_PAIRS2 = 3;
  function tipPart() {
    const element = h("div", { class: "ll-tip", role: "tooltip", hidden: true });
    return {
      element,
      /**
       * @param {Explanation} explanation
       * @param {number} feature
       * @param {HTMLElement} word
       * @param {number} target
       * @param {number} most
       */
      show(explanation, feature, word, target, most) {
        const { features, targets, weights, intervals } = explanation;
        if (!weights) return this.hide();
        const digits = decimals(most);
        const order = targets.map((_, i) => i);
        if (targets.length > MOST_CLASSES) {
          order.sort((a, b) => Math.abs(weights[b][feature]) - Math.abs(weights[a][feature]));
          if (!order.slice(0, MOST_CLASSES).includes(target)) order.unshift(target);
        }
        const rows = order.slice(0, MOST_CLASSES).map((i) => {
          const weight = weights[i][feature];
          const bar = h("span", { class: "ll-bar", "data-sign": weight < 0 ? "lowers" : "raises", "--w": Math.abs(weight / most).toFixed(3) }, h("i"));
          return h(
            "tr",
            { class: i === target ? "ll-on" : null },
            h("th", { scope: "row", dir: "auto" }, targets[i]),
            h("td", {}, bar),
            h("td", { class: "ll-num" }, number(weight, digits, true)),
            h("td", { class: "ll-num" }, intervals ? `±${number(margin(intervals[i][feature]), digits)}` : "")
          );
        });
        const left = targets.length - rows.length;
        const pairs = surePairs(explanation, target, feature, MOST_PAIRS2, digits).map(
          ({ pair: [a, b], weight }) => h("span", { class: "ll-with", dir: "auto" }, `with ${features[a === feature ? b : a]} ${number(weight, digits, true)}`)
        );
        element.replaceChildren(
          h("b", { dir: "auto" }, features[feature]),
          h("table", {}, h("tbody", {}, ...rows)),
          ...pairs,
          ...left > 0 ? [h("span", { class: "ll-dim" }, `and ${left} more classes`)] : []
        );
        element.hidden = false;
        place(element, word);
      },
      hide() {
        element.hidden = true;
      }
    };
  }
  function place(tip, word) {
    const root = (
      /** @type {HTMLElement} */
      tip.parentElement
    );
    const frame = root.getBoundingClientRect();
    const box = word.getClientRects()[0] ?? word.getBoundingClientRect();
    const left = Math.min(Math.max(8, box.left - frame.left), Math.max(8, frame.width - tip.offsetWidth - 8));
    const below = box.bottom - frame.top + 6;
    const above = box.top - frame.top - tip.offsetHeight - 6;
    const fits = box.bottom + 6 + tip.offsetHeight < innerHeight || above < 0;
    tip.style.left = `${left}px`;
    tip.style.top = `${fits ? below : above}px`;
  }

  // src/widget.js
  function render({ model, el, signal: hostSignal }) {
    const ending = new AbortController();
    const { signal } = ending;
    hostSignal?.addEventListener("abort", () => ending.abort(), { once: true });
    const { later, now: drawNow } = oncePerFrame(draw, signal);
    const line = kernelLine(model, el, later, signal);
    const choose = (name, value) => {
      model.set(name, value);
      model.save_changes();
      if (name !== "target") line.ask("poll", { seen: model.get("serial") });
      drawNow();
    };
    const classes = classSwitches(
      (target) => choose("target", target),
      (pair) => choose("contrast", pair),
      signal
    );
    let pinned = null;
    const text = textPart(
      (feature, word) => point(feature, word),
      (feature, word) => {
        pinned = pinned?.feature === feature ? null : { feature, word };
        point(feature, word);
      },
      signal
    );
    const bars = barsPart((feature) => point(feature, null), signal);
    const exam = examPart();
    bars.element.append(exam.element);
    const compared = () => model.get("compare") ?? [];
    const foot = footPart(
      line.ask,
      (method) => choose("method", method),
      (method) => method && choose("compare", [...compared(), method]),
      signal
    );
    const rows = rowsPart(textPart, (method) => choose("compare", compared().filter((name) => name !== method)), signal);
    const attention = attentionPart(() => point(null, null), signal);
    const tip = tipPart();
    const notes = h("div", { class: "ll-notes" });
    const main = h("div", { class: "ll-main" }, h("div", {}, text.element, attention.element, rows.element), bars.element);
    const root = h("div", { class: "limelight", "data-testid": "limelight" }, notes, classes.element, main, foot.element, tip.element);
    const unpin = () => {
      pinned = null;
      point(null, null);
    };
    root.addEventListener(
      "click",
      (event) => {
        if (pinned && !/** @type {Element} */
        event.target.closest("[data-feature], .ll-attention")) unpin();
      },
      { signal }
    );
    root.addEventListener(
      "keydown",
      (event) => {
        if (event.key !== "Escape" || tip.element.hidden && !pinned) return;
        event.stopPropagation();
        unpin();
      },
      { signal }
    );
    const extents = /* @__PURE__ */ new WeakMap();
    const seen = () => {
      const explanation = (
        /** @type {Explanation | null} */
        model.get("explanation")
      );
      if (!explanation) return null;
      const target = chosenTarget(explanation.targets, explanation.scores, model.get("target"));
      const most = extents.get(explanation) ?? extent(explanation.weights, explanation.scale);
      extents.set(explanation, most);
      return { explanation, target, most };
    };
    function point(feature, word) {
      const now = seen();
      text.mark(feature ?? pinned?.feature ?? null);
      bars.mark(feature ?? pinned?.feature ?? null);
      const at = word && feature !== null ? { feature, word } : pinned;
      const looks2 = now && attention.row(now.explanation, feature ?? pinned?.feature ?? null);
      if (looks2) text.look(looks2);
      else if (now?.explanation.attention && now.explanation.weights) text.update(now.explanation, now.target, now.most);
      if (now && at && !looks2) tip.show(now.explanation, at.feature, at.word, now.target, now.most);
      else tip.hide();
    }
    function draw() {
      const status = (
        /** @type {string} */
        model.get("status")
      );
      const error = (
        /** @type {string} */
        model.get("error")
      );
      const wanted = (
        /** @type {string} */
        model.get("text")
      );
      const now = seen();
      const { live, silence } = line;
      const busy = live && (status === "loading" || status === "running");
      const stale = busy && now !== null && now.explanation.text !== wanted;
      const menu = live && model.get("_menu") || {};
      const state2 = { status, progress: model.get("progress"), live, silence, menu, method: model.get("method") ?? "", compared: compared() };
      drawNotes(notes, error, now && !stale ? now.explanation.warnings : []);
      classes.element.hidden = !now || stale;
      set(root, { "aria-busy": String(busy), "data-alone": !live });
      if (!now || stale) {
        pinned = null;
        tip.hide();
        text.plain(wanted);
        bars.element.hidden = true;
        attention.element.hidden = true;
        rows.element.hidden = true;
        foot.update(null, 0, 1, state2);
        return;
      }
      classes.update(now.explanation, now.target, menu.targets ?? []);
      attention.update(now.explanation);
      exam.update(now.explanation, now.target);
      rows.update(now.explanation, now.target, model.get("others") ?? []);
      text.update(now.explanation, now.target, now.most);
      bars.update(now.explanation, now.target, now.most);
      foot.update(now.explanation, now.target, now.most, state2);
      if (pinned?.word.isConnected) tip.show(now.explanation, pinned.feature, pinned.word, now.target, now.most);
      else if (pinned) point(null, null);
    }
    observe(model, ["explanation", "target", "status", "progress", "error", "text", "method", "_menu", "compare", "others"], later, signal);
    el.replaceChildren(root);
    followTheme(root, signal);
    draw();
    return () => ending.abort();
  }
  function drawNotes(notes, error, warnings) {
    const now = JSON.stringify([error, warnings]);
    if (notes.dataset.now === now) return;
    notes.dataset.now = now;
    notes.replaceChildren(
      ...error ? [h("p", { class: "ll-note ll-error", role: "alert" }, sentence(error))] : [],
      ...warnings.map((warning) => h("p", { class: "ll-note" }, warning))
    );
  }
  function sentence(text) {
    return text.charAt(0).toLocaleUpperCase() + text.slice(1);
  }

  // src/page.js
  function standIn(state2) {
    const target = new EventTarget();
    const listeners = /* @__PURE__ */ new Map();
    return {
      get: (name) => state2[name],
      set(name, value) {
        state2[name] = value;
        target.dispatchEvent(new Event(`change:${name}`));
      },
      save_changes() {
      },
      on(event, callback) {
        const listener = () => callback();
        listeners.set(callback, listener);
        target.addEventListener(event, listener);
      },
      off(event, callback) {
        target.removeEventListener(
          event,
          /** @type {EventListener} */
          listeners.get(callback)
        );
      },
      send: void 0
    };
  }
  var state = JSON.parse(
    /** @type {HTMLElement} */
    document.getElementById("limelight-state").textContent ?? "{}"
  );
  render({ model: standIn(state), el: (
    /** @type {HTMLElement} */
    document.getElementById("limelight-view")
  ) });
})();
