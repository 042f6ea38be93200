// The first words of the question: which one is asked. Where there are several, one chooses.

import { fill, h, setText } from "../dom.js";

/** @typedef {import("../captions.js").Captions} Captions */
/** @typedef {import("../model/derive.js").ViewState} ViewState */

/**
 * @param {Captions} say
 * @param {(view: string) => void} onChoose
 * @param {AbortSignal} signal
 */
export function leadPart(say, onChoose, signal) {
  const alone = h("span", { class: "ll-lead" });
  const several = h("select", { class: "ll-lead", "aria-label": say("question"), hidden: true });
  several.addEventListener("change", () => onChoose(several.value), { signal });
  several.addEventListener("keydown", (event) => event.key !== "Escape" && event.stopPropagation(), { signal });

  return {
    element: h("span", { class: "ll-asks" }, alone, several),

    /** @param {ViewState & {views: string[], open: string}} state */
    update({ views, open }) {
      alone.hidden = views.length > 1;
      several.hidden = !alone.hidden;
      setText(alone, say.of("question", open));
      if (several.hidden) return;
      fill(several, views.map((value) => ({ value, text: say.of("question", value) })), open);
    },
  };
}
