// A static page: the same widget over state alone.

import widget from "./widget.js";
import { standIn } from "./wire/stand_in.js";

const state = JSON.parse(/** @type {HTMLElement} */ (document.getElementById("limelight-state")).textContent ?? "{}");
widget.render({ model: standIn(state), el: /** @type {HTMLElement} */ (document.getElementById("limelight-view")) });
