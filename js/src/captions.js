// Every sentence that the page says of its own accord, in each language it speaks.

/** @typedef {typeof EN} Captions  what parts are given to speak with */

const FROM_THE_RIGHT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]/;
// by numbers that no build makes signs of: in the bundle they would be invisible
const [APART, AGAIN] = String.fromCharCode(...[0x2068, 0x2069]);

/**
 * A name inside a sentence; one written from the right must not turn the numbers beside it.
 * @param {string} name
 */
function apart(name) {
  return FROM_THE_RIGHT.test(name) ? `${APART}${name}${AGAIN}` : name;
}

/** Several of each unit, by language. @type {Record<string, Record<string, string>>} */
// generated from UNITS: titles
const UNITS = {
  en: { character: "characters", token: "tokens", word: "words", sentence: "sentences" },
  zh: { character: "字符", token: "词元", word: "词语", sentence: "句子" },
};
// end of generated
/** Units of which one can be opened into finer ones. @type {string[]} */
// generated from UNITS: opens
export const OPENS = ["word", "sentence"];
// end of generated
/** @type {Record<string, string>} */
const MASKERS = { delete: "deleted", mask: "masked" };
/** What a weight does, by its sign. @type {Record<string, string>} */
const EFFECTS = { raises: "raises", lowers: "lowers", doubt: "not distinguishable from no effect on", none: "no effect on" };
/** How an explanation adds up, by what it adds. @type {Record<string, string>} */
const SUMS = { "": "", weights: "+ Σ weights ", pairs: "+ Σ weights and pairs ", terms: "+ Σ weights and groups " };

const EN = {
  lang: "en",

  // classes
  classes: "Class",
  why: "why",
  rather: "rather than",
  anyOther: "any other",
  find: (/** @type {number} */ count) => `find a class among ${count}`,
  more: (/** @type {number} */ count) => `and ${count} more`,
  moreClasses: (/** @type {number} */ count) => `and ${count} more classes`,

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
  fullColour: (/** @type {string} */ most) => `full colour ±${most}`,
  /** @param {string} text @param {string} weight @param {string} effect  "raises", "lowers", "doubt" or "none" @param {string} what */
  weighs: (text, weight, effect, what) => `${text}: ${weight}, ${EFFECTS[effect]} ${what}`,
  strongest: (/** @type {string} */ effect) => `Strongest words: ${effect}`,
  interval: (/** @type {string} */ low, /** @type {string} */ high) => `95 %: ${low} to ${high}`,
  together: "together",
  togetherTitle: "By how much the words count together beyond what each counts alone: the coefficient of their term. What they are to each other holds on average over what else is left.",
  /** A sentence on words that count together: what stands before, between and after two names, or more. @type {Record<string, {before: string, between: string, two: string, many: string}>} */
  relations: {
    either: { before: "", between: ", ", two: ": either is enough", many: ": any is enough" },
    need: { before: "", between: " + ", two: " need each other", many: ": each needs the others" },
    turns: { before: "", between: " turns ", two: "", many: "" },
    more: { before: "", between: " + ", two: " count more", many: " count more" },
    less: { before: "", between: " + ", two: " count less", many: " count less" },
  },
  /** @param {string} word @param {string} weight @param {string} how  one of `besides` */
  beside: (word, weight, how) => `with ${apart(word)} ${weight}, ${how}`,
  /** The same, said of one word. @type {Record<string, {two: string, many: string}>} */
  besides: {
    either: { two: "either is enough", many: "any is enough" },
    need: { two: "they need each other", many: "each needs the others" },
    more: { two: "more together", many: "more together" },
    less: { two: "less together", many: "less together" },
  },
  turns: (/** @type {string} */ word, /** @type {string} */ weight) => `turns ${apart(word)} ${weight}`,
  turned: (/** @type {string} */ word, /** @type {string} */ weight) => `turned by ${apart(word)} ${weight}`,

  // attention
  layer: "layer",
  head: "head",
  all: "all",
  pointAtWord: "point at a word to see where it looks",

  // the exam
  strongestFirst: "strongest first",
  weakestFirst: "weakest first",
  anyOrder: "any order",
  gap: (/** @type {string} */ gap) => `removal gap ${gap}`,
  asWordsGo: (/** @type {string} */ what) => `${what} as words go`,
  /** @param {string} what @param {string} whole @param {string} first @param {string} last @param {string} random @param {string} gap */
  examined: (what, whole, first, last, random, gap) =>
    `As words are taken out, ${what} goes from ${whole} to ${first} at half of them with the strongest first, ${last} with the weakest first, ${random} in any order. Removal gap ${gap}; 0 is what a random order has.`,

  // other methods
  /** A method's name for readers. @param {string} _name @param {string} title  as the kernel says it */
  method: (_name, title) => title,
  methods: "Method",
  compare: "Compare with",
  compareWith: "compare with…",
  needsModel: (/** @type {string} */ title) => `${title}: needs the model itself`,
  remove: "Remove",
  removeMethod: (/** @type {string} */ title) => `Remove ${title}`,
  /** Of a row that is not done. @type {Record<string, string>} */
  rows: { waiting: "waiting for its turn", running: "explaining…", stopped: "stopped" },
  best: "best on the exam",
  agrees: (/** @type {string} */ rank, /** @type {number} */ shared, /** @type {number} */ top) => `agrees by ${rank} in rank, ${shared} of the first ${top} words shared`,

  // the foot
  spent: "Evaluations spent",
  stop: "Stop",
  again: "Explain again",
  loading: "loading the model…",
  /** What is said of a kernel that does not answer. @type {Record<string, string>} */
  silences: {
    queued: "queued until the running cell finishes",
    silent: "no answer from the kernel: it is busy, or gone; class switches still work",
    gone: "the kernel is gone: class switches still work; run the cell again for the rest",
  },
  /** What screen readers are told. @type {Record<string, string>} */
  status: { loading: "Loading the model", running: "Explaining", done: "Explained", stopped: "Stopped" },
  /** How an explanation ended, where that is not as it should. @type {Record<string, string>} */
  ends: { draft: "stopped at a draft", partial: "stopped early", exact: "every thinned text asked: exact" },
  /** @param {string} what @param {string} base @param {string} terms  "", "weights", "pairs", or "terms" where more than two count together @param {string} total @param {string} score */
  sum: (what, base, terms, total, score) =>
    `${what} ≈ ${base} base ${SUMS[terms]}= ${total}, model ${score}`,
  sumTitle: (/** @type {string} */ total, /** @type {string} */ score) =>
    `The base value is the surrogate's answer with every feature removed; with all of them it says ${total}, the model ${score}.`,
  r2: (/** @type {string} */ value) => `R² ${value}`,
  missed: (/** @type {string} */ much) => `misses its sum by ${much}`,
  little: (/** @type {string} */ fit) => `${fit}: these weights explain little of the model here`,
  /** @param {boolean} exact @param {string} rank  "" where it is not known */
  fitTitle: (exact, rank) =>
    `How much of the model's variation the weights explain, on ${exact ? "all thinned texts" : "thinned texts that were not fitted"}; 1 is all of it.${rank && ` Rank correlation with the model there: ${rank}.`}`,
  draftSharpening: "draft, sharpening",
  /** @param {string} now  precision, "" where nothing is in doubt @param {string} seconds  "" where it will not get better @param {string} next */
  sharpening: (now, seconds, next) => `sharpening${now && `: ±${now} now`}${seconds && `, about ${seconds} more for ±${next}`}`,
  /** @param {string} unit @param {string} masker */
  removal: (unit, masker) => [UNITS.en[unit] ?? unit, MASKERS[masker] ?? masker].filter(Boolean).join(" "),
  evaluations: (/** @type {string} */ count, /** @type {string} */ time) => `${count} evaluation${count === "1" ? "" : "s"} · ${time}`,
  seconds: (/** @type {string} */ number) => `${number} s`,

  // what if
  unit: "Unit",
  units: UNITS.en,
  hide: "Hide",
  join: "One phrase",
  ungroup: "Undo phrases and openings",
  tryHint: "Click a word to hide it; Shift-click to select.",
  hideHint: "Click a word to hide it.",
  editHint: "Enter runs, Shift+Enter breaks the line, Escape restores.",
  selected: (/** @type {string} */ words) => `selected: ${words}`,
  /** @param {string} what @param {string} from @param {string} to @param {string} change */
  moved: (what, from, to, change) => `${what} ${from} → ${to} (${change})`,
  expects: (/** @type {string} */ moved) => `the explanation expects ${moved}`,
  unforeseen: "only the model can tell what that does; run the cell again to ask it",
  hideField: "hide",
  restoreField: "restore",
  wholeField: (/** @type {string} */ name) => `all of ${apart(name)}`,
  restoreAll: "Restore all",
  without: (/** @type {string} */ words) => `without: ${words}`,
  edit: "Edit text",
  editing: "Edit the text",
  run: "Run",
  cancelEdit: "Cancel",
  tries: "Tries",
  back: "Back",
  forward: "Forward",
  open: "Open",
  download: "Download",
  downloadAs: (/** @type {string} */ title) => `Download as ${title}`,
  maybeNotSaved: (/** @type {string} */ name) => `if no ${name} was saved, this frame may not download: open the notebook or page in a tab of its own.`,
  /** @param {string} name @param {string} problem */
  notSaved: (name, problem) => `the file ${name} could not be saved here (${problem}). Save it from Python, or open the notebook in another browser.`,

  // ways out of a failure
  ways: {
    unit: (/** @type {string} */ units) => `Explain ${units}`,
    budget: (/** @type {string} */ evaluations) => `Spend ${evaluations} evaluations`,
    contrast: "Without the contrast",
    text: (/** @type {string} */ text) => (text ? `Back to “${text}”` : "Back to the last text"),
  },
  blank: "The text is empty. Write a word, or press Escape to keep the old text.",
};

/** @type {Record<string, string>} */
const ZH_MASKERS = { delete: "删除", mask: "遮蔽" };
/** @type {Record<string, string>} */
const ZH_SCALES = { "log-odds": "对数几率" };
/** @type {Record<string, string>} */
const ZH_SUMS = { "": "", weights: "+ Σ 权重 ", pairs: "+ Σ 权重与词对 ", terms: "+ Σ 权重与词组 " };
/** @type {Record<string, (what: string) => string>} */
const ZH_EFFECTS = {
  raises: (what) => `提高 ${what}`,
  lowers: (what) => `降低 ${what}`,
  doubt: (what) => `对 ${what} 的影响与零无法区分`,
  none: (what) => `对 ${what} 没有影响`,
};
/** @type {Record<string, string>} */
const ZH_METHODS = {
  interactions: "词与词间作用",
  lime: "LIME",
  shapley: "Shapley 值",
  occlusion: "遮挡法",
  integrated_gradients: "积分梯度",
  gradient_x_input: "梯度 × 输入",
  attention_rollout: "注意力展开",
};

/** @type {Captions} */
const ZH = {
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
  together: "共同作用",
  togetherTitle: "几个词在各自作用之外共同产生的影响，即该词组的系数。彼此关系按其余文字的各种留存情况平均而言。",
  relations: {
    either: { before: "", between: "、", two: "：有其一即可", many: "：有其一即可" },
    need: { before: "", between: " + ", two: "：缺一不可", many: "：缺一不可" },
    turns: { before: "“", between: "”反转“", two: "”", many: "”" },
    more: { before: "", between: " + ", two: "：合起来更强", many: "：合起来更强" },
    less: { before: "", between: " + ", two: "：合起来更弱", many: "：合起来更弱" },
  },
  beside: (word, weight, how) => `与 ${apart(word)} 一起 ${weight}，${how}`,
  besides: {
    either: { two: "有其一即可", many: "有其一即可" },
    need: { two: "缺一不可", many: "缺一不可" },
    more: { two: "合起来更强", many: "合起来更强" },
    less: { two: "合起来更弱", many: "合起来更弱" },
  },
  turns: (word, weight) => `反转 ${apart(word)} ${weight}`,
  turned: (word, weight) => `被 ${apart(word)} 反转 ${weight}`,

  layer: "层",
  head: "头",
  all: "全部",
  pointAtWord: "指向一个词，看它关注哪里",

  strongestFirst: "由强到弱",
  weakestFirst: "由弱到强",
  anyOrder: "任意顺序",
  gap: (gap) => `移除落差 ${gap}`,
  asWordsGo: (what) => `逐词移除时的 ${what}`,
  examined: (what, whole, first, last, random, gap) =>
    `逐词移除时，${what} 从 ${whole} 起变化；移除一半词语后，由强到弱为 ${first}，由弱到强为 ${last}，任意顺序为 ${random}。移除落差 ${gap}；随机顺序的落差为 0。`,

  method: (name, title) => ZH_METHODS[name] ?? title,
  methods: "方法",
  compare: "对比方法",
  compareWith: "对比…",
  needsModel: (title) => `${title}：需要模型本身`,
  remove: "移除",
  removeMethod: (title) => `移除 ${title}`,
  rows: { waiting: "等待中", running: "正在解释…", stopped: "已停止" },
  best: "检验中最佳",
  agrees: (rank, shared, top) => `排序一致度 ${rank}，前 ${top} 个词中有 ${shared} 个相同`,

  spent: "已用评估次数",
  stop: "停止",
  again: "重新解释",
  loading: "正在加载模型…",
  silences: {
    queued: "正在排队，等待运行中的单元格结束",
    silent: "内核没有回应：正忙或已退出；类别切换仍然可用",
    gone: "内核已退出：类别切换仍然可用；其余功能请重新运行单元格",
  },
  status: { loading: "正在加载模型", running: "正在解释", done: "解释完成", stopped: "已停止" },
  ends: { draft: "停在草稿", partial: "提前停止", exact: "所有删减文本均已询问：精确" },
  sum: (what, base, terms, total, score) =>
    `${what} ≈ 基准值 ${base} ${ZH_SUMS[terms]}= ${total}，模型 ${score}`,
  sumTitle: (total, score) => `基准值是移除所有特征后代理模型的回答；保留所有特征时，代理模型为 ${total}，模型为 ${score}。`,
  r2: (value) => `R² ${value}`,
  missed: (much) => `与应有的总和相差 ${much}`,
  little: (fit) => `${fit}：这些权重在这里几乎解释不了模型`,
  fitTitle: (exact, rank) => `权重在${exact ? "全部删减文本" : "未参与拟合的删减文本"}上解释了模型变化的多少；1 为全部。${rank && `与模型的秩相关：${rank}。`}`,
  draftSharpening: "草稿，正在细化",
  sharpening: (now, seconds, next) => `正在细化${now && `：目前 ±${now}`}${seconds && `，约 ${seconds}后达到 ±${next}`}`,
  removal: (unit, masker) => (ZH_MASKERS[masker] ?? masker) + (UNITS.zh[unit] ?? unit),
  evaluations: (count, time) => `${count} 次评估 · ${time}`,
  seconds: (number) => `${number} 秒`,

  unit: "单位",
  units: UNITS.zh,
  hide: "隐藏",
  join: "合为短语",
  ungroup: "撤销短语与展开",
  tryHint: "点击词语可将其隐藏；按住 Shift 点击可选取。",
  hideHint: "点击词语可将其隐藏。",
  editHint: "回车运行，Shift+回车换行，Esc 恢复。",
  selected: (words) => `已选取：${words}`,
  moved: (what, from, to, change) => `${what} ${from} → ${to}（${change}）`,
  expects: (moved) => `按此解释预计 ${moved}`,
  unforeseen: "结果只有模型知道；请重新运行单元格来询问",
  hideField: "隐藏",
  restoreField: "恢复",
  wholeField: (name) => `整个 ${apart(name)}`,
  restoreAll: "全部恢复",
  without: (words) => `去掉：${words}`,
  edit: "编辑文本",
  editing: "编辑文本",
  run: "运行",
  cancelEdit: "取消",
  tries: "尝试记录",
  back: "后退",
  forward: "前进",
  open: "展开",
  download: "下载",
  downloadAs: (title) => `下载为 ${title}`,
  maybeNotSaved: (name) => `如果没有保存 ${name}，说明此框架不允许下载：请在单独的标签页中打开笔记本或页面。`,
  notSaved: (name, problem) => `无法在此保存 ${name}（${problem}）。请用 Python 保存，或换一个浏览器打开笔记本。`,

  ways: {
    unit: (units) => `按${units}解释`,
    budget: (evaluations) => `使用 ${evaluations} 次评估`,
    contrast: "取消对比类别",
    text: (text) => (text ? `回到“${text}”` : "回到上一文本"),
  },
  blank: "文本为空。请写入内容，或按 Esc 保留原文本。",
};

/** By the first part of a language tag. @type {Record<string, Captions>} */
export const CAPTIONS = { en: EN, zh: ZH };

/**
 * The captions of a language: Chinese for zh and its kin, else English.
 * @param {string} [lang]  a language tag; empty for the browser's
 * @param {string} [browser]
 */
export function captions(lang, browser = globalThis.navigator?.language ?? "") {
  const name = (lang || browser).split("-")[0].toLowerCase();
  return Object.hasOwn(CAPTIONS, name) ? CAPTIONS[name] : EN; // "__proto__" is no language
}
