// A static page: the widget, which stands before this in the page's script, over state alone.

import { standIn } from "./wire/stand_in.js";

/** @type {{default: typeof import("./widget.js").default}} */
const { default: widget } = /** @type {any} */ (globalThis).limelight;
const state = JSON.parse(/** @type {HTMLElement} */ (document.getElementById("limelight-state")).textContent ?? "{}");
widget.render({ model: standIn(state), el: /** @type {HTMLElement} */ (document.getElementById("limelight-view")) });
