// WCAG 2.2 AA as numbers: axe does not judge text over a translucent highlight.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const css = readFileSync(new URL("../../js/src/root.css", import.meta.url), "utf8");
const blocks = { light: css.match(/\.limelight \{([^}]*)\}/)[1], dark: css.match(/\[data-theme="dark"\] \{([^}]*)\}/)[1] };
// the grounds of our own themes and of JupyterLab's
const grounds = { light: ["#ffffff"], dark: ["#15181c", "#111111"] };

const hex = (text) => [1, 3, 5].map((i) => parseInt(text.slice(i, i + 2), 16));
const value = (theme, name) => (blocks[theme].match(new RegExp(`--ll-${name}: ([^;]+);`)) ?? blocks.light.match(new RegExp(`--ll-${name}: ([^;]+);`)))[1];
const colour = (theme, name) => (value(theme, name).startsWith("#") ? hex(value(theme, name)) : value(theme, name).split(" ").map(Number));
const over = (top, alpha, ground) => top.map((c, i) => alpha * c + (1 - alpha) * ground[i]);
const luminance = (rgb) =>
  rgb
    .map((c) => c / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
const contrast = (a, b) => {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
};

for (const theme of ["light", "dark"]) {
  for (const ground of grounds[theme].map(hex)) {
    test(`${theme}: text is readable on every highlight`, () => {
      const ink = Number(value(theme, "ink"));
      for (const sign of ["raises", "lowers"]) {
        for (let w = 0; w <= 1; w += 0.05) {
          const mixed = over(colour(theme, sign), w * ink, ground);
          assert.ok(contrast(colour(theme, "fg"), mixed) >= 4.5, `${sign} at ${w}: ${contrast(colour(theme, "fg"), mixed)}`);
        }
      }
    });
    test(`${theme}: small print, bars, edges and focus can be seen`, () => {
      const soft = colour(theme, "soft");
      assert.ok(contrast(colour(theme, "dim"), ground) >= 4.5);
      assert.ok(contrast(colour(theme, "dim"), soft) >= 4.5);
      assert.ok(contrast(colour(theme, "dim"), over(colour(theme, "raises"), 0.16, soft)) >= 4.5, "number on a filled switch");
      assert.ok(contrast(colour(theme, "fg"), soft) >= 4.5);
      for (const name of ["raises", "lowers"]) assert.ok(contrast(over(colour(theme, name), 0.78, ground), ground) >= 3, name);
      for (const name of ["edge", "focus"]) assert.ok(contrast(colour(theme, name), ground) >= 3, name);
    });
  }
}

test("the two hues differ for colour-blind eyes: one is bluer, by far", () => {
  for (const theme of ["light", "dark"]) {
    const [raises, lowers] = [colour(theme, "raises"), colour(theme, "lowers")];
    // deuteranopes and protanopes keep the blue-yellow axis
    assert.ok(raises[2] - (raises[0] + raises[1]) / 2 > 60);
    assert.ok(lowers[2] - (lowers[0] + lowers[1]) / 2 < -60);
  }
});
