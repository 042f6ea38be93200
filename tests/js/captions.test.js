import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { CAPTIONS, captions } from "../../js/src/captions.js";

const js = new URL("../../js/", import.meta.url);
const ts = createRequire(new URL("package.json", js))("typescript");

const named = (lang) => JSON.parse(readFileSync(new URL(`../src/limelight/captions/${lang}.json`, js), "utf8"));
const english = named("en");

test("the page speaks every language that has a file", () => {
  const files = readdirSync(new URL("../src/limelight/captions/", js)).filter((name) => name.endsWith(".json"));
  assert.deepEqual(Object.keys(CAPTIONS), files.map((name) => name.slice(0, -5)).sort());
});

test("the language is the asked one, else the browser's, else English", () => {
  const tags = [["zh", "en"], ["zh-TW", "en"], ["", "zh-Hans-CN"], ["", "ZH"], ["en", "zh"], ["", "de-CH"], [undefined, ""]];
  assert.deepEqual(tags.map(([asked, browser]) => captions(asked, browser).lang), ["zh-CN", "zh-CN", "zh-CN", "zh-CN", "en", "en", "en"]);
});

/** The places of a caption, of a group all that its members have. */
const places = (caption) => {
  const own = Object.keys(english).filter((key) => key === caption || (caption.endsWith(".") && key.startsWith(caption)));
  const forms = own.flatMap((key) => (typeof english[key] === "string" ? [english[key]] : Object.values(english[key])));
  return new Set(forms.flatMap((form) => [...form.matchAll(/\{(\w+)\}/g)].map(([, place]) => place)));
};

/** What a source says: the caption, or "group." where it is one of several, and the names of the values, null where they are no literal. */
function said(source) {
  const found = [];
  const visit = (node) => {
    ts.forEachChild(node, visit);
    if (!ts.isCallExpression(node) || !/^say(\.of)?$/.test(node.expression.getText())) return;
    const of = node.expression.getText() === "say.of";
    const values = node.arguments[of ? 3 : 1];
    const names = !values ? [] : ts.isObjectLiteralExpression(values) ? values.properties.map((one) => one.name.text) : null;
    const first = (one) => {
      if (ts.isStringLiteral(one)) found.push({ caption: of ? `${one.text}.` : one.text, names });
      else if (ts.isConditionalExpression(one)) [one.whenTrue, one.whenFalse].forEach(first);
      else if (ts.isTemplateExpression(one)) found.push({ caption: one.head.text, names });
    };
    first(node.arguments[0]);
  };
  visit(ts.createSourceFile("part.js", source, ts.ScriptTarget.ES2022, true));
  return found;
}

test("whatever is said has a caption, and every place of it a value", () => {
  const sources = readdirSync(new URL("src/", js), { recursive: true }).filter((name) => name.endsWith(".js") && name !== "captions.js");
  const calls = sources.flatMap((name) => said(readFileSync(new URL(`src/${name}`, js), "utf8")).map((call) => ({ name, ...call })));
  assert.ok(calls.length > 60);
  for (const { name, caption, names } of calls) {
    const known = Object.keys(english).some((key) => (caption.endsWith(".") ? key.startsWith(caption) : key === caption));
    assert.ok(known, `${name}: ${caption}`);
    if (names) for (const place of places(caption)) assert.ok(names.includes(place), `${name}: ${caption} has {${place}}`);
  }
  assert.deepEqual(said('say(a ? "stop" : "gap", { b: 1 }); say.of("end", c, "")'), [
    { caption: "stop", names: ["b"] },
    { caption: "gap", names: ["b"] },
    { caption: "end.", names: [] },
  ]);
});

test("one of something is said otherwise than two, and thousands are told apart", () => {
  const said = [1, 2, 1412].map((count) => captions("en")("evaluations", { count }));
  assert.deepEqual(said, ["1 evaluation", "2 evaluations", "1,412 evaluations"]);
  assert.equal(captions("zh")("evaluations", { count: 1 }), "1 次评估");
});

test("what stands in a place is not read for places itself", () => {
  assert.equal(captions("en").quantity("probability", "{what} $& {target}"), "P({what} $& {target})");
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
  assert.equal(captions("zh").of("method", "occlusion", "Occlusion"), "遮挡法");
  for (const say of Object.values(CAPTIONS)) assert.equal(say.of("method", "mine", "My own"), "My own");
});

test("a name from the right is kept apart from the number beside it", () => {
  for (const say of Object.values(CAPTIONS)) {
    assert.ok(say("beside.need.two", { words: "סרט", weight: "−0.21" }).includes("\u2068סרט\u2069"));
    assert.ok(say.quantity("probability", "سلبي").includes("\u2068سلبي\u2069"));
    assert.ok(!/[\u2066-\u2069]/.test(say("beside.need.two", { words: "film", weight: "−0.21" })));
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
  // the loader speaks where nothing could be unpacked, captions neither
  const files = sources.filter((name) => name.endsWith(".js") && !["captions.js", "loader.js"].includes(name));
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
  for (const name of ["__proto__", "constructor", "toString"]) assert.equal(captions("en").of("method", name), name);
});
