"use strict";
(() => {
  // src/captions.js
  var FROM_THE_RIGHT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]/;
  var [APART, AGAIN] = String.fromCharCode(8296, 8297);
  function apart(name) {
    return FROM_THE_RIGHT.test(name) ? `${APART}${name}${AGAIN}` : name;
  }
  var UNITS = { word: "words", token: "tokens", sentence: "sentences", character: "characters", phrase: "phrases" };
  var MASKERS = { delete: "deleted", mask: "masked" };
  var EFFECTS = { raises: "raises", lowers: "lowers", doubt: "not distinguishable from no effect on", none: "no effect on" };
  var EN = {
    lang: "en",
    // classes
    classes: "Class",
    why: "why",
    rather: "rather than",
    anyOther: "any other",
    find: (count) => `find a class among ${count}`,
    more: (count) => `and ${count} more`,
    moreClasses: (count) => `and ${count} more classes`,
    /** What scores and weights are measured in, for one class. @param {string} scale @param {string} target */
    quantity(scale, target) {
      if (scale === "probability") return `P(${apart(target)})`;
      if (scale === "attention") return "what the model looks at";
      return scale === "value" ? apart(target) : `${scale} of ${apart(target)}`;
    },
    /** What weights say, as a caption. @param {string} scale @param {string} target @returns {string} */
    effect(scale, target) {
      return scale === "attention" ? "share of what the model looks at" : `effect on ${this.quantity(scale, target)}`;
    },
    // words and their weights
    text: "Text",
    stops: "the model stops reading here",
    raises: "raises",
    lowers: "lowers",
    doubtful: "not distinguishable from 0",
    fullColour: (most) => `full colour ±${most}`,
    /** @param {string} text @param {string} weight @param {string} effect  "raises", "lowers", "doubt" or "none" @param {string} what */
    weighs: (text, weight, effect, what) => `${text}: ${weight}, ${EFFECTS[effect]} ${what}`,
    strongest: (effect) => `Strongest words: ${effect}`,
    interval: (low, high) => `95 %: ${low} to ${high}`,
    together: "together: ",
    togetherTitle: "What two words do together beyond what each does alone, on average over what else is left in the text.",
    beside: (word, weight) => `with ${apart(word)} ${weight}`,
    // attention
    layer: "layer",
    head: "head",
    all: "all",
    pointAtWord: "point at a word to see where it looks",
    // the exam
    strongestFirst: "strongest first",
    weakestFirst: "weakest first",
    anyOrder: "any order",
    gap: (gap2) => `removal gap ${gap2}`,
    asWordsGo: (what) => `${what} as words go`,
    /** @param {string} what @param {string} whole @param {string} first @param {string} last @param {string} random @param {string} gap */
    examined: (what, whole, first, last, random, gap2) => `As words are taken out, ${what} goes from ${whole} to ${first} at half of them with the strongest first, ${last} with the weakest first, ${random} in any order. Removal gap ${gap2}; 0 is what a random order has.`,
    // other methods
    /** A method's name for readers. @param {string} _name @param {string} title  as the kernel says it */
    method: (_name, title) => title,
    methods: "Method",
    compare: "Compare with",
    compareWith: "compare with…",
    needsModel: (title) => `${title}: needs the model itself`,
    remove: "Remove",
    removeMethod: (title) => `Remove ${title}`,
    waiting: "waiting for its turn",
    best: "best on the exam",
    agrees: (rank, shared, top) => `agrees by ${rank} in rank, ${shared} of the first ${top} words shared`,
    // the foot
    spent: "Evaluations spent",
    stop: "Stop",
    again: "Explain again",
    loading: "loading the model…",
    queued: "queued until the running cell finishes",
    /** What screen readers are told. @type {Record<string, string>} */
    status: { loading: "Loading the model", running: "Explaining", done: "Explained", stopped: "Stopped" },
    /** How an explanation ended, where that is not as it should. @type {Record<string, string>} */
    ends: { draft: "stopped at a draft", partial: "stopped early", exact: "every thinned text asked: exact" },
    /** @param {string} what @param {string} base @param {string} terms  "", "weights" or "pairs" @param {string} total @param {string} score */
    sum: (what, base, terms, total, score) => `${what} ≈ ${base} base ${terms && (terms === "pairs" ? "+ Σ weights and pairs " : "+ Σ weights ")}= ${total}, model ${score}`,
    sumTitle: (total, score) => `The base value is the surrogate's answer with every feature removed; with all of them it says ${total}, the model ${score}.`,
    r2: (value) => `R² ${value}`,
    missed: (much) => `misses its sum by ${much}`,
    little: (fit) => `${fit}: these weights explain little of the model here`,
    /** @param {boolean} exact @param {string} rank  "" where it is not known */
    fitTitle: (exact, rank) => `How much of the model's variation the weights explain, on ${exact ? "all thinned texts" : "thinned texts that were not fitted"}; 1 is all of it.${rank && ` Rank correlation with the model there: ${rank}.`}`,
    draftSharpening: "draft, sharpening",
    /** @param {string} now  precision, "" where nothing is in doubt @param {string} seconds  "" where it will not get better @param {string} next */
    sharpening: (now, seconds, next) => `sharpening${now && `: ±${now} now`}${seconds && `, about ${seconds} more for ±${next}`}`,
    /** @param {string} unit @param {string} masker */
    removal: (unit, masker) => [UNITS[unit] ?? unit, MASKERS[masker] ?? masker].filter(Boolean).join(" "),
    evaluations: (count, time) => `${count} evaluations · ${time}`,
    seconds: (number2) => `${number2} s`,
    // what if
    unit: "Unit",
    units: UNITS,
    hide: "Hide",
    hidden: "hidden",
    restoreAll: "Restore all",
    without: (words) => `without: ${words}`,
    moves: "the prediction moves",
    edit: "Edit text",
    editing: "Edit the text",
    run: "Run",
    cancelEdit: "Cancel",
    tries: "Tries",
    back: "Back",
    forward: "Forward",
    open: "Open",
    download: "Download…"
  };
  var ZH_UNITS = { word: "词语", token: "词元", sentence: "句子", character: "字符", phrase: "短语" };
  var ZH_MASKERS = { delete: "删除", mask: "遮蔽" };
  var ZH_SCALES = { "log-odds": "对数几率" };
  var ZH_EFFECTS = {
    raises: (what) => `提高 ${what}`,
    lowers: (what) => `降低 ${what}`,
    doubt: (what) => `对 ${what} 的影响与零无法区分`,
    none: (what) => `对 ${what} 没有影响`
  };
  var ZH_METHODS = {
    surrogate: "词与词对",
    lime: "LIME",
    shapley: "Shapley 值",
    occlusion: "遮挡法",
    integrated_gradients: "积分梯度",
    gradient_x_input: "梯度 × 输入",
    attention_rollout: "注意力展开"
  };
  var ZH = {
    lang: "zh-CN",
    classes: "类别",
    why: "为何是",
    rather: "而不是",
    anyOther: "任何其他类别",
    find: (count) => `在 ${count} 个类别中查找`,
    more: (count) => `另有 ${count} 个`,
    moreClasses: (count) => `另有 ${count} 个类别`,
    quantity(scale, target) {
      if (scale === "probability") return `P(${apart(target)})`;
      if (scale === "attention") return "模型的注意力";
      return scale === "value" ? apart(target) : `${apart(target)} 的 ${ZH_SCALES[scale] ?? scale}`;
    },
    effect(scale, target) {
      return scale === "attention" ? "占模型注意力的份额" : `对 ${this.quantity(scale, target)} 的影响`;
    },
    text: "文本",
    stops: "模型只读到这里",
    raises: "提高",
    lowers: "降低",
    doubtful: "与 0 无法区分",
    fullColour: (most) => `最深色 ±${most}`,
    weighs: (text, weight, effect, what) => `${text}：${weight}，${ZH_EFFECTS[effect](what)}`,
    strongest: (effect) => `影响最大的词：${effect}`,
    interval: (low, high) => `95 %：${low} 至 ${high}`,
    together: "共同作用：",
    togetherTitle: "两个词在各自作用之外共同产生的影响，按文本其余部分的各种留存情况取平均。",
    beside: (word, weight) => `与 ${apart(word)} 一起 ${weight}`,
    layer: "层",
    head: "头",
    all: "全部",
    pointAtWord: "指向一个词，看它关注哪里",
    strongestFirst: "由强到弱",
    weakestFirst: "由弱到强",
    anyOrder: "任意顺序",
    gap: (gap2) => `移除落差 ${gap2}`,
    asWordsGo: (what) => `逐词移除时的 ${what}`,
    examined: (what, whole, first, last, random, gap2) => `逐词移除时，${what} 从 ${whole} 起变化；移除一半词语后，由强到弱为 ${first}，由弱到强为 ${last}，任意顺序为 ${random}。移除落差 ${gap2}；随机顺序的落差为 0。`,
    method: (name, title) => ZH_METHODS[name] ?? title,
    methods: "方法",
    compare: "对比方法",
    compareWith: "对比…",
    needsModel: (title) => `${title}：需要模型本身`,
    remove: "移除",
    removeMethod: (title) => `移除 ${title}`,
    waiting: "等待中",
    best: "检验中最佳",
    agrees: (rank, shared, top) => `排序一致度 ${rank}，前 ${top} 个词中有 ${shared} 个相同`,
    spent: "已用评估次数",
    stop: "停止",
    again: "重新解释",
    loading: "正在加载模型…",
    queued: "正在排队，等待运行中的单元格结束",
    status: { loading: "正在加载模型", running: "正在解释", done: "解释完成", stopped: "已停止" },
    ends: { draft: "停在草稿", partial: "提前停止", exact: "所有删减文本均已询问：精确" },
    sum: (what, base, terms, total, score) => `${what} ≈ 基准值 ${base} ${terms && (terms === "pairs" ? "+ Σ 权重与词对 " : "+ Σ 权重 ")}= ${total}，模型 ${score}`,
    sumTitle: (total, score) => `基准值是移除所有特征后代理模型的回答；保留所有特征时，代理模型为 ${total}，模型为 ${score}。`,
    r2: (value) => `R² ${value}`,
    missed: (much) => `与应有的总和相差 ${much}`,
    little: (fit) => `${fit}：这些权重在这里几乎解释不了模型`,
    fitTitle: (exact, rank) => `权重在${exact ? "全部删减文本" : "未参与拟合的删减文本"}上解释了模型变化的多少；1 为全部。${rank && `与模型的秩相关：${rank}。`}`,
    draftSharpening: "草稿，正在细化",
    sharpening: (now, seconds, next) => `正在细化${now && `：目前 ±${now}`}${seconds && `，约 ${seconds}后达到 ±${next}`}`,
    removal: (unit, masker) => (ZH_MASKERS[masker] ?? masker) + (ZH_UNITS[unit] ?? unit),
    evaluations: (count, time) => `${count} 次评估 · ${time}`,
    seconds: (number2) => `${number2} 秒`,
    unit: "单位",
    units: ZH_UNITS,
    hide: "隐藏",
    hidden: "已隐藏",
    restoreAll: "全部恢复",
    without: (words) => `去掉：${words}`,
    moves: "预测随之变化",
    edit: "编辑文本",
    editing: "编辑文本",
    run: "运行",
    cancelEdit: "取消",
    tries: "尝试记录",
    back: "后退",
    forward: "前进",
    open: "展开",
    download: "下载…"
  };
  var CAPTIONS = { en: EN, zh: ZH };
  function captions(lang, browser = globalThis.navigator?.language ?? "") {
    return CAPTIONS[(lang || browser).split("-")[0].toLowerCase()] ?? EN;
  }

  // src/dom.js
  var theirs = { dir: "auto", lang: "" };
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
      if (name.startsWith("--")) element.style.setProperty(name, String(value));
      else if (value === null || value === false) element.removeAttribute(name);
      else element.setAttribute(name, value === true ? "" : String(value));
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

  // src/observe.js
  function observe(model, names, callback, signal) {
    for (const name of names) {
      model.on(`change:${name}`, callback);
      signal.addEventListener("abort", () => model.off(`change:${name}`, callback));
    }
  }
  function oncePerFrame(callback, signal) {
    let asked = false;
    return () => {
      if (asked) return;
      asked = true;
      requestAnimationFrame(() => {
        asked = false;
        if (!signal.aborted) callback();
      });
    };
  }
  function themeBehind(element) {
    let at = element.parentNode;
    while (at) {
      if (at instanceof ShadowRoot) at = at.host;
      if (at instanceof Element) {
        const parts = (getComputedStyle(at).backgroundColor.match(/[\d.]+/g) ?? []).map(Number);
        const [red, green, blue, alpha = 1] = parts;
        if (parts.length >= 3 && alpha > 0.5) return 0.3 * red + 0.59 * green + 0.11 * blue < 128 ? "dark" : "light";
      }
      at = at.parentNode;
    }
    return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  }
  function followTheme(element, signal) {
    const update = () => {
      if (element.isConnected) element.dataset.theme = themeBehind(element);
    };
    const later = oncePerFrame(update, signal);
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
  function attentionPart(say, onChange, signal) {
    const layer = h("select", { class: "ll-select", "aria-label": say.layer });
    const head = h("select", { class: "ll-select", "aria-label": say.head });
    const element = h("p", { class: "ll-attention" }, say.layer, " ", layer, " ", say.head, " ", head, ` · ${say.pointAtWord}`);
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
        fill(layer, attention.layers, say.all);
        fill(head, attention.heads, say.all);
        set(head, { disabled: attention.heads === 1 });
      },
      /** Where a word looks, or null where that is not known. @param {Explanation} explanation @param {number | null} feature */
      row({ attention, features }, feature) {
        if (!attention || feature === null) return null;
        return looks(attention, bytes, features.length, feature, layer.value, head.value);
      }
    };
  }
  function fill(select, count, all) {
    const numbers = Array.from({ length: count }, (_, i) => h("option", { value: i }, String(i + 1)));
    select.replaceChildren(h("option", { value: ALL }, all), ...numbers);
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
  function surePairs({ pairs, pair_weights: weights, pair_intervals: intervals }, target, feature, most) {
    if (!weights || !intervals) return [];
    return pairs.map((pair, at) => ({ pair, weight: weights[target][at], interval: intervals[target][at] })).filter(({ pair, interval }) => !doubtful(interval) && (feature === null || pair.includes(feature))).sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight)).slice(0, most);
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
  function barsPart(say, onPoint, signal) {
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
        setText(caption, say.effect(scale, targets[target]));
        set(list, { "aria-label": say.strongest(say.effect(scale, targets[target])) });
        while (list.children.length > order.length) list.lastElementChild?.remove();
        while (list.children.length < order.length) {
          list.append(h("li", {}, h("span", { class: "ll-name", ...theirs }), h("span", { class: "ll-bar" }, h("i"), h("s")), h("span", { class: "ll-num" })));
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
          set(item, { "data-doubt": doubtful(interval), title: interval ? say.interval(number(interval[0], digits, true), number(interval[1], digits, true)) : null });
        });
        drawPairs(say, pairs, explanation, target, digits);
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
  function drawPairs(say, element, explanation, target, digits) {
    const { features } = explanation;
    const found = surePairs(explanation, target, null, MOST_PAIRS);
    element.hidden = found.length === 0;
    const named = found.map(({ pair: [a, b], weight }) => [features[a], features[b], number(weight, digits, true)]);
    const now = JSON.stringify(named);
    if (element.dataset.now === now) return;
    element.dataset.now = now;
    element.title = say.togetherTitle;
    const name = (text) => h("b", theirs, text);
    const parts = named.map(([a, b, weight]) => h("span", {}, name(a), " + ", name(b), ` ${weight}`));
    element.replaceChildren(say.together, ...parts.flatMap((part, at) => at ? [" · ", part] : [part]));
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
  function classSwitches(say, onChoose, onContrast, signal) {
    const group = h("div", { class: "ll-radios", role: "radiogroup", "aria-label": say.classes });
    const search = h("input", { class: "ll-search", type: "search", autocomplete: "off", spellcheck: "false" });
    const more = h("span", { class: "ll-dim" });
    const others = h("select", { class: "ll-select", "aria-label": say.rather });
    const rather = h("label", { class: "ll-rather" }, say.rather, " ", others);
    const element = h("div", { class: "ll-classes" }, h("span", { class: "ll-why", "aria-hidden": "true" }, say.why), group, search, more, rather);
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
      if (folded) set(search, { "aria-label": say.find(targets.length), placeholder: say.find(targets.length) });
      const { shown, more: left } = shownTargets(targets, scores, chosen, search.value);
      setText(more, left ? say.more(left) : "");
      const probability = probabilities !== null || scale === "probability";
      const digits = probability ? 2 : decimals(Math.max(...scores.map(Math.abs), 1e-6));
      const old = (
        /** @type {HTMLElement[]} */
        [...group.children]
      );
      const same = old.length === shown.length && shown.every((i, at) => old[at].dataset.target === targets[i]);
      const radios = same ? old : shown.map((i) => radio(targets[i]));
      if (!same) group.replaceChildren(...radios);
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
        others.replaceChildren(h("option", { value: "" }, say.anyOther), ...rest.map(({ name, i }) => h("option", { value: i }, name)));
      }
      const value = contrast ? String(contrast[1]) : "";
      if (others.value !== value) others.value = value;
    }
    return { element, update };
  }
  function radio(target) {
    const name = h("b", theirs, target);
    return h("button", { class: "ll-class", type: "button", role: "radio", "data-target": target }, h("i"), name, " ", h("span"));
  }

  // src/parts/exam.js
  var WIDTH = 280;
  var HEIGHT = 64;
  var EDGE = 3;
  function examPart(say) {
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
      h("span", { class: "ll-first" }, say.strongestFirst),
      h("span", { class: "ll-random" }, say.anyOrder),
      h("span", { class: "ll-last" }, say.weakestFirst)
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
        const what = say.quantity(contrast ? "logit" : scale === "value" ? "value" : "probability", targets[target]);
        setText(caption, `${say.asWordsGo(what)} · ${say.gap(gap2)}`);
        const half = exam.shares.findIndex((share2) => share2 >= 0.5);
        const [whole, first, last, random] = [curves.first[0], curves.first[half], curves.last[half], curves.random[half]].map((value) => number(value, 2));
        const told = say.examined(what, whole, first, last, random, gap2);
        set(plot, { "aria-label": told });
        set(element, { title: told });
      }
    };
  }

  // src/parts/foot.js
  var LITTLE = 0.35;
  function duration(say, seconds) {
    return say.seconds(seconds.toFixed(seconds < 10 ? 1 : 0));
  }
  function footPart(say, onAsk, onMethod, onCompare, signal) {
    const bar = h("i");
    const progress = h("div", { class: "ll-progress", role: "progressbar", "aria-label": say.spent, "aria-valuemin": 0, "aria-valuemax": 100 }, bar);
    const full = h("span", { class: "ll-full" });
    const key = h(
      "span",
      { class: "ll-key" },
      h("span", { class: "ll-word", "data-sign": "raises", "--w": 0.6 }, say.raises),
      h("span", { class: "ll-word", "data-sign": "lowers", "--w": 0.6 }, say.lowers),
      h("span", { class: "ll-word", "data-sign": "none", "data-doubt": "", "--w": 0.15 }, say.doubtful),
      full
    );
    const sum = h("span", { class: "ll-sum" });
    const fit = h("span", { class: "ll-fit" });
    const methods = h("select", { class: "ll-select", "aria-label": say.methods });
    const beside = h("select", { class: "ll-select", "aria-label": say.compare });
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
       * @param {{status: string, progress: number, live: boolean, queued: boolean, menu: Menu, method: string, compared: string[]}} state
       */
      update(explanation, target, most, { status, progress: share2, live, queued, menu, method: chosen, compared }) {
        const busy = live && (status === "loading" || status === "running");
        progress.hidden = !busy;
        set(progress, { "aria-valuenow": Math.round(100 * share2), "data-waiting": status === "loading" });
        set(bar, { "--done": share2 });
        key.hidden = !explanation?.weights || explanation.scale === "attention";
        const listed = (live ? menu.methods ?? [] : []).map((method2) => ({ ...method2, title: say.method(method2.name, method2.title) }));
        drawMethods(say, methods, listed, chosen);
        const rest = listed.filter(({ name }) => name !== chosen && !compared.includes(name));
        drawMethods(say, beside, rest.length ? [{ name: "", title: say.compareWith, reason: "" }, ...rest] : [], "");
        button.hidden = !live || status === "done";
        set(button, { "data-kind": busy ? "cancel" : "explain" });
        setText(button, busy ? say.stop : say.again);
        setText(said, live ? say.status[status] ?? "" : "");
        if (queued) return setText(spent, say.queued);
        if (!explanation) return setText(spent, status === "loading" ? say.loading : "");
        const { weights, intercepts, fit: fits, scale, targets, method, title, unit, masker, evaluations, seconds, scores } = explanation;
        const digits = Math.max(2, decimals(most));
        setText(full, weights ? say.fullColour(number(most, decimals(most))) : "");
        const row = weights?.[target];
        if (row && intercepts) {
          const together = explanation.joint ? (explanation.pair_weights?.[target] ?? []).reduce((a, b) => a + b, 0) / 4 : 0;
          const total = number(row.reduce((a, b) => a + b, intercepts[target] + together), digits);
          const score = number(scores[target], digits);
          const terms = !row.length ? "" : explanation.joint ? "pairs" : "weights";
          setText(sum, say.sum(say.quantity(scale, targets[target]), number(intercepts[target], digits), terms, total, score));
          set(sum, { title: say.sumTitle(total, score) });
        } else setText(sum, "");
        const r2 = fits.r2?.[target];
        const rank = fits.rank?.[target];
        const known = r2 !== void 0 && explanation.state !== "draft";
        const little = known && r2 < LITTLE && evaluations >= ENOUGH;
        const missed = fits.convergence?.[target];
        const much = missed !== void 0 ? say.missed(number(missed, digits)) : known ? say.r2(number(Math.max(r2, 0), 2)) : "";
        setText(fit, little ? say.little(much) : much);
        set(fit, { "data-little": little, title: known ? say.fitTitle(explanation.state === "exact", rank === void 0 ? "" : number(rank, 2)) : null });
        const how = say.removal(unit, masker);
        const what = methods.hidden ? `${say.method(method, title)} · ${how}` : how;
        const work = say.evaluations(evaluations.toLocaleString("en"), duration(say, seconds));
        const state2 = busy && weights ? sharpening(say, explanation) : explanation.state === "exact" && !explanation.intervals ? "" : say.ends[explanation.state] ?? "";
        setText(spent, status === "loading" && busy ? say.loading : [what, state2, work].filter(Boolean).join(" · "));
      }
    };
  }
  function drawMethods(say, element, methods, chosen) {
    element.hidden = methods.length === 0;
    const listed = methods.some(({ name }) => name === chosen) ? methods : [...methods, { name: chosen, title: chosen, reason: "" }];
    const now = JSON.stringify(listed);
    if (element.dataset.now !== now) {
      element.dataset.now = now;
      element.replaceChildren(
        ...listed.map(
          ({ name, title, reason }) => h("option", { value: name, disabled: reason !== "", title: reason || null }, reason ? say.needsModel(title) : title)
        )
      );
    }
    if (element.value !== chosen) element.value = chosen;
  }
  var ENOUGH = 100;
  function sharpening(say, explanation) {
    const now = precision(explanation.intervals);
    if (explanation.state === "draft" || now === null) return say.draftSharpening;
    if (now === 0) return say.sharpening("", "", "");
    const next = forecast(now, explanation);
    const more = next ? { seconds: duration(say, next.seconds), precision: number(next.precision, decimals(next.precision)) } : { seconds: "", precision: "" };
    return say.sharpening(number(now, decimals(now)), more.seconds, more.precision);
  }

  // src/parts/rows.js
  var TOP = 5;
  function rowsPart(say, textPart2, onRemove, signal) {
    const element = h("div", { class: "ll-rows" });
    const rows = /* @__PURE__ */ new Map();
    function row(method) {
      const title = h("b");
      const told = h("span", { class: "ll-dim" });
      const remove = h("button", { class: "ll-button", type: "button", "data-method": method }, say.remove);
      const text = textPart2(say, () => {
      }, () => {
      }, signal);
      const item = h("div", { class: "ll-row", role: "group" }, h("p", { class: "ll-row-head" }, title, told, remove), text.element);
      remove.addEventListener("click", () => onRemove(method), { signal });
      return { item, title, told, remove, text };
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
        for (const [method, { item }] of rows) {
          if (!others.some((other) => other.method === method)) {
            item.remove();
            rows.delete(method);
          }
        }
        const best = bestOf(first, target, others);
        others.forEach(({ method, title: given, explanation, error }, at) => {
          const title = say.method(method, given);
          const own = rows.get(method) ?? row(method);
          rows.set(method, own);
          if (element.children[at] !== own.item) element.insertBefore(own.item, element.children[at] ?? null);
          setText(own.title, title);
          set(own.item, { "aria-label": title });
          set(own.remove, { "aria-label": say.removeMethod(title) });
          const weights = explanation?.weights?.[target];
          own.text.element.hidden = !weights;
          if (error || !explanation || !weights) {
            setText(own.told, error || say.waiting);
            return;
          }
          own.text.update(explanation, target, extent(explanation.weights, explanation.scale));
          setText(own.told, [method === best ? say.best : "", gap(say, explanation, target), agrees(say, first, explanation, target)].filter(Boolean).join(" · "));
        });
      }
    };
  }
  function gap(say, explanation, target) {
    const at = examined(explanation, target);
    return at >= 0 ? say.gap(number(explanation.exam?.srg[at] ?? NaN, 2)) : "";
  }
  function agrees(say, first, other, target) {
    const mine = first.weights?.[target];
    const theirs2 = other.weights?.[target];
    if (!mine || !theirs2 || mine.length !== theirs2.length) return "";
    const tops = strongest(mine, TOP);
    const shared = strongest(theirs2, TOP).filter((feature) => tops.includes(feature)).length;
    return say.agrees(number(agreement(mine, theirs2), 2), shared, tops.length);
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
  function textPart(say, onPoint, onPin, signal) {
    const element = h("div", { class: "ll-text", ...theirs, role: "group", "aria-label": say.text });
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
          const nodes = runs(text, spans, read).map((run, at, all) => {
            if (run.unread) {
              const mark = h("span", { class: "ll-stop", "data-label": say.stops, role: "note", "aria-label": say.stops, lang: say.lang, dir: "ltr" });
              return [mark, h("span", { class: "ll-unread" }, run.text)];
            }
            if (run.feature === null) return [run.text];
            const touches = [all[at - 1], all[at + 1]].some((other) => other && other.feature !== null);
            const word = h("span", { class: touches ? "ll-word ll-touches" : "ll-word", role: "button", tabindex: -1, "data-feature": run.feature }, run.text);
            words.push(word);
            return [word];
          });
          element.replaceChildren(...nodes.flat());
          rove(words, words[0]);
        }
        const row = weights?.[target];
        const what = say.quantity(scale, targets[target]);
        const digits = decimals(most);
        words.forEach((word, feature) => {
          const weight = row ? row[feature] : 0;
          const sign = !row || number(weight, digits) === number(0, digits) ? null : weight > 0 ? "raises" : "lowers";
          const doubt = sign !== null && doubtful(intervals?.[target][feature]);
          const effect = doubt ? "doubt" : sign ?? "none";
          set(word, {
            "data-sign": sign,
            "data-doubt": doubt,
            "--w": Math.abs(weight / most).toFixed(3),
            "aria-label": row ? say.weighs(word.textContent ?? "", number(weight, digits, true), effect, what) : null
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
  function tipPart(say) {
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
            h("th", { scope: "row", ...theirs }, targets[i]),
            h("td", {}, bar),
            h("td", { class: "ll-num" }, number(weight, digits, true)),
            h("td", { class: "ll-num" }, intervals ? `±${number(margin(intervals[i][feature]), digits)}` : "")
          );
        });
        const left = targets.length - rows.length;
        const pairs = surePairs(explanation, target, feature, MOST_PAIRS2).map(
          ({ pair: [a, b], weight }) => h("span", { class: "ll-with" }, say.beside(features[a === feature ? b : a], number(weight, digits, true)))
        );
        element.replaceChildren(
          h("b", theirs, features[feature]),
          h("table", {}, h("tbody", {}, ...rows)),
          ...pairs,
          ...left > 0 ? [h("span", { class: "ll-dim" }, say.moreClasses(left))] : []
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

  // src/protocol.js
  function request(kind, msg = {}) {
    return { id: Math.random().toString(36).slice(2), kind, msg };
  }

  // src/widget.js
  var POLL_AFTER = 300;
  var QUEUED_AFTER = 500;
  function render({ model, el, signal: hostSignal }) {
    const ending = new AbortController();
    hostSignal?.addEventListener("abort", () => ending.abort(), { once: true });
    let drawn = new AbortController();
    const build = () => {
      drawn.abort();
      drawn = new AbortController();
      view(model, el, captions(model.get("lang")), drawn.signal);
    };
    observe(model, ["lang"], build, ending.signal);
    ending.signal.addEventListener("abort", () => drawn.abort());
    build();
    return () => ending.abort();
  }
  function view(model, el, say, signal) {
    const live = typeof model.send === "function";
    const waiting = /* @__PURE__ */ new Map();
    let queued = false;
    const ask = (kind, msg) => {
      const message = request(kind, msg);
      if (kind !== "poll") {
        const late = () => {
          queued = true;
          draw();
        };
        waiting.set(message.id, setTimeout(late, QUEUED_AFTER));
      }
      model.send?.(message);
    };
    const choose = (name, value) => {
      model.set(name, value);
      model.save_changes();
      draw();
    };
    const classes = classSwitches(
      say,
      (target) => choose("target", target),
      (pair) => choose("contrast", pair),
      signal
    );
    let pinned = null;
    const text = textPart(
      say,
      (feature, word) => point(feature, word),
      (feature, word) => {
        pinned = pinned?.feature === feature ? null : { feature, word };
        point(feature, word);
      },
      signal
    );
    const bars = barsPart(say, (feature) => point(feature, null), signal);
    const exam = examPart(say);
    bars.element.append(exam.element);
    const compared = () => model.get("compare") ?? [];
    const foot = footPart(
      say,
      ask,
      (method) => choose("method", method),
      (method) => method && choose("compare", [...compared(), method]),
      signal
    );
    const rows = rowsPart(say, textPart, (method) => choose("compare", compared().filter((name) => name !== method)), signal);
    const attention = attentionPart(say, () => point(null, null), signal);
    const tip = tipPart(say);
    const notes = h("div", { class: "ll-notes" });
    const main = h("div", { class: "ll-main" }, h("div", {}, text.element, attention.element, rows.element), bars.element);
    const root = h("div", { class: "limelight", "data-testid": "limelight", lang: say.lang, dir: "ltr" }, notes, classes.element, main, foot.element, tip.element);
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
    const seen = () => {
      const explanation = (
        /** @type {Explanation | null} */
        model.get("explanation")
      );
      if (!explanation) return null;
      const target = chosenTarget(explanation.targets, explanation.scores, model.get("target"));
      return { explanation, target, most: extent(explanation.weights, explanation.scale) };
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
      const stale = now !== null && now.explanation.text !== wanted && (status === "loading" || status === "running");
      const menu = live && model.get("_menu") || {};
      const state2 = { status, progress: model.get("progress"), live, queued, menu, method: model.get("method") ?? "", compared: compared() };
      drawNotes(notes, error, now && !stale ? now.explanation.warnings : []);
      classes.element.hidden = !now || stale;
      root.setAttribute("aria-busy", String(live && (status === "loading" || status === "running")));
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
    const later = oncePerFrame(draw, signal);
    observe(model, ["explanation", "target", "status", "progress", "error", "text", "method", "_menu", "compare", "others"], later, signal);
    if (live) {
      listen(model, waiting, () => {
        queued = false;
        later();
      }, signal);
      poll(model, ask, signal);
    }
    signal.addEventListener("abort", () => {
      for (const timer of waiting.values()) clearTimeout(timer);
    });
    el.replaceChildren(root);
    followTheme(root, signal);
    draw();
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
  function listen(model, waiting, onAnswer, signal) {
    const heard = (message) => {
      if (!waiting.has(message?.id)) return;
      clearTimeout(waiting.get(message.id));
      waiting.delete(message.id);
      onAnswer();
    };
    model.on("msg:custom", heard);
    signal.addEventListener("abort", () => model.off("msg:custom", heard));
  }
  function poll(model, ask, signal) {
    let serial = model.get("serial");
    const timer = setInterval(() => {
      const status = model.get("status");
      const now = model.get("serial");
      if ((status === "loading" || status === "running") && now === serial) ask("poll", { seen: now });
      serial = now;
    }, POLL_AFTER);
    signal.addEventListener("abort", () => clearInterval(timer));
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
