import assert from "node:assert/strict";
import { test } from "node:test";
import { brightness } from "../../js/src/theme.js";

test("a colour's brightness is read in every notation that browsers compute", () => {
  for (const white of ["rgb(255, 255, 255)", "color(srgb 1 1 1)", "color(display-p3 1 1 1)", "lab(100 0 -1e-05)", "oklch(1 0 0)"]) {
    assert.ok(Math.abs(brightness(white).bright - 1) < 1e-6, white);
    assert.equal(brightness(white).opacity, 1);
  }
  assert.ok(brightness("color(srgb 0.0941176 0.109804 0.101961)").bright < 0.12);
  assert.ok(brightness("oklab(0.2 -0.1 0.05 / 0.75)").bright === 0.2 && brightness("oklab(0.2 -0.1 0.05 / 0.75)").opacity === 0.75);
  assert.equal(brightness("rgba(0, 0, 0, 0)").opacity, 0);
  assert.equal(brightness("transparent").opacity, 0);
});
