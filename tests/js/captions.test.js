import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { CAPTIONS, captions } from "../../js/src/captions.js";
import { LANGUAGES } from "../../js/src/wire/protocol.js";

const js = new URL("../../js/", import.meta.url);
const ts = createRequire(new URL("package.json", js))("typescript");

/** What a table holds: for every key its kind, its arity, or the same of what it holds. */
const shape = (value) => {
  if (typeof value === "function") return value.length;
  if (typeof value === "string") return "sentence";
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shape(inner)]));
};

test("every language says the same things of the same things", () => {
  assert.deepEqual(Object.keys(CAPTIONS), LANGUAGES);
  for (const table of Object.values(CAPTIONS)) assert.deepEqual(shape(table), shape(CAPTIONS.en));
});

test("the language is the asked one, else the browser's, else English", () => {
  const tags = [["zh", "en"], ["zh-TW", "en"], ["", "zh-Hans-CN"], ["", "ZH"], ["en", "zh"], ["", "de-CH"], [undefined, ""]];
  assert.deepEqual(tags.map(([asked, browser]) => captions(asked, browser).lang), ["zh-CN", "zh-CN", "zh-CN", "zh-CN", "en", "en", "en"]);
});

test("a caption says every part that it is given", () => {
  const check = (caption, path) => {
    if (typeof caption === "object") return Object.entries(caption).forEach(([key, inner]) => check(inner, `${path}.${key}`));
    if (typeof caption !== "function" || /\.(quantity|effect|method)$/.test(path)) return;
    // "raises", "pairs" and true are keys and choices; what else comes in must come out
    const given = Array.from({ length: caption.length }, (_, i) => `⟨${i}⟩`);
    if (path.endsWith(".weighs")) given[2] = "doubt";
    if (path.endsWith(".sum")) given[2] = "pairs";
    if (path.endsWith(".fitTitle")) given[0] = true;
    const said = caption(...given);
    for (const part of given.filter((part) => `${part}`.startsWith("⟨"))) assert.ok(said.includes(part), `${path}: ${said}`);
  };
  for (const [lang, table] of Object.entries(CAPTIONS)) check(table, lang);
});

test("the quantity is named on every scale, and the effect on it", () => {
  const [en, zh] = [captions("en"), captions("zh")];
  assert.equal(en.quantity("probability", "negative"), "P(negative)");
  assert.equal(en.quantity("value", "stars"), "stars");
  assert.equal(en.quantity("logit", "negative"), "logit of negative");
  assert.equal(en.effect("logit", "negative"), "effect on logit of negative");
  assert.equal(zh.quantity("logit", "负面"), "负面 的 logit");
  assert.equal(zh.effect("probability", "负面"), "对 P(负面) 的影响");
  assert.equal(en.effect("attention", "x"), "share of what the model looks at");
});

test("a method is named by its name, one that the table lacks as its author did", () => {
  assert.equal(captions("zh").method("occlusion", "Occlusion"), "遮挡法");
  for (const say of Object.values(CAPTIONS)) assert.equal(say.method("mine", "My own"), "My own");
});

test("a name from the right is kept apart from the number beside it", () => {
  for (const say of Object.values(CAPTIONS)) {
    assert.ok(say.beside("סרט", "−0.21", "").includes("\u2068סרט\u2069"));
    assert.ok(say.quantity("probability", "سلبي").includes("\u2068سلبي\u2069"));
    assert.ok(!/[\u2066-\u2069]/.test(say.beside("film", "−0.21", "")));
  }
});

/**
 * Words that a source file shows and that do not come from the captions: literals with
 * letters that become a child of an element, its text, or an attribute that is read out;
 * and any literal of several words, wherever it goes.
 */
function spoken(source) {
  const found = [];
  const file = ts.createSourceFile("part.js", source, ts.ScriptTarget.ES2022, true);
  const SEEN = new Set(["aria-label", "title", "placeholder", "data-label", "textContent", "ariaLabel"]);
  const pieces = (node) =>
    ts.isTemplateExpression(node) ? [node.head.text, ...node.templateSpans.map((span) => span.literal.text)] : [node.text];
  const literal = (node) => ts.isStringLiteralLike(node) || ts.isTemplateExpression(node);
  // what an expression can come to: no arguments of calls, no sides of comparisons
  const shown = (node) => {
    if (literal(node) && pieces(node).some((piece) => /\p{L}/u.test(piece))) found.push(node.getText());
    if (ts.isConditionalExpression(node)) [node.whenTrue, node.whenFalse].forEach(shown);
    else if (ts.isBinaryExpression(node) && !/[=<>]/.test(node.operatorToken.getText())) [node.left, node.right].forEach(shown);
    else if (ts.isTemplateExpression(node)) node.templateSpans.forEach((span) => shown(span.expression));
    else if (ts.isParenthesizedExpression(node)) shown(node.expression);
    else if (ts.isArrayLiteralExpression(node)) node.elements.forEach(shown);
  };
  const visit = (node) => {
    if (ts.isCallExpression(node)) {
      const name = node.expression.getText();
      if (name === "h") node.arguments.slice(2).forEach(shown);
      if (name === "setText" || /\.(append|replaceChildren|prepend)$/.test(name)) node.arguments.forEach(shown);
    }
    if (ts.isPropertyAssignment(node) && SEEN.has(node.name.text)) shown(node.initializer);
    if (ts.isBinaryExpression(node) && node.operatorToken.getText() === "=" && SEEN.has(node.left.name?.text)) shown(node.right);
    if (ts.isPropertyAssignment(node) && node.name.text === "class") return;
    // selectors, drawings and media queries have spaces too, but never two plain words in a row
    if (literal(node) && pieces(node).some((piece) => /\p{L}{2,},? \p{L}{2,}/u.test(piece))) found.push(node.getText());
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

test("no part speaks for itself: every sentence comes from the captions", () => {
  const sources = readdirSync(new URL("src/", js), { recursive: true });
  const files = sources.filter((name) => name.endsWith(".js") && name !== "captions.js");
  for (const name of files) assert.deepEqual(spoken(readFileSync(new URL(`src/${name}`, js), "utf8")), [], name);
});

test("a part that spoke for itself would be found", () => {
  const bad = [
    'h("b", {}, "Stop")',
    'h("b", {}, busy ? "Stop" : say.again)',
    "setText(more, `and ${left} more`)",
    'h("i", { title: error || "none" })',
    'element.title = "Oh"',
    'const told = "waiting for its turn"; setText(a, told)',
    'list.append("together: ")',
  ];
  for (const source of bad) assert.equal(spoken(source).length > 0, true, source);
  const good = ['h("b", { class: "ll-note ll-error" }, say.stop, " · ")', 'event.target.closest("[data-feature], .ll-x")', "setText(a, `${b} · ${c}`)"];
  for (const source of good) assert.deepEqual(spoken(source), [], source);
});

test("what is no language, whatever objects have by that name, is English", () => {
  for (const lang of ["__proto__", "constructor", "toString", "xx"]) assert.equal(captions(lang, "zh-CN"), CAPTIONS.en, lang);
});
