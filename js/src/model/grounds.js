// On what a stretch of an answer rests: the rule of src/limelight/render/grounds.py, which tests compare.

import { SHOWING } from "./display.js";

/** @typedef {import("./document.js").Explanation} Explanation */
/** @typedef {import("../captions.js").Captions} Captions */

/**
 * @typedef {object} Grounds
 * @property {"" | "memory" | "one" | "all" | "any" | "mixed" | "more" | "several" | "doubt"} kind
 * @property {number[]} needed  features without each of which it is hardly said
 * @property {number[]} others  features of which one is enough
 * @property {number} lost  by how much its log-probability falls without all of them
 */

/** Whether it is of an answer, or a stretch of one, and its features are passages rather than words. @param {Explanation} explanation */
export function isOfSources({ answer, contrast, groups, units }) {
  return answer !== null && contrast === null && groups.includes("answer") && units.every((unit) => !SHOWING.small.includes(unit));
}

/**
 * On what a stretch rests, from what the model said without some sources.
 * @param {Explanation} explanation  of all words of the answer
 * @param {import("./answer.js").Stretch} stretch
 * @returns {Grounds}
 */
export function grounds({ removals, removalScores, margins, scores, features }, [first, last]) {
  const total = (/** @type {number[]} */ row) => row.reduce((sum, value) => sum + value, 0);
  const whole = total(scores.slice(first, last + 1));
  const own = (removalScores ?? []).slice(first, last + 1);
  /** @type {Record<string, number>} */
  const lost = Object.fromEntries(removals.map((one, at) => [one, whole - total(own.map((row) => row[at]))]));
  const everything = lost[features.map((_, at) => at).join()];
  const none = /** @type {Grounds} */ ({ kind: "", needed: [], others: [], lost: everything ?? 0 });
  /** From which fall on it fails, and below which it stays. @param {number} from @param {number} below @returns {Grounds} */
  const rule = (from, below) => {
    if (everything < from) return { ...none, kind: "memory" };
    // the smaller come first
    const fails = removals.filter((one) => lost[one.join()] >= from);
    const intact = removals.filter((one) => lost[one.join()] < below);
    /** Whether it stays as soon as any of them is back. @param {number[]} one */
    const least = (one) => one.every((back) => intact.some((set) => one.every((at) => at === back || set.includes(at))));
    const needed = fails.filter(({ length }) => length === 1).flat();
    const sets = fails.filter((one) => one.length > 1 && !one.some((at) => needed.includes(at)));
    let others = sets.find(least) ?? [];
    if (others.length > SHOWING.mostNamed) others = [];
    const fall = lost[[...needed, ...others].sort((a, b) => a - b).join()] ?? everything;
    const some = others.length ? "mixed" : sets.length ? "more" : needed.length === 1 ? "one" : "all";
    const kind = needed.length ? some : others.length ? "any" : "several";
    return { kind, needed, others, lost: fall };
  };
  if (everything === undefined) return none;
  const margin = Math.hypot(...(margins ?? []).map((row) => row[last + 1] - row[first]));
  // as many sets as can be fail and as many stay, or as few
  const ruled = [0, margin, -margin].map((off) => rule(SHOWING.groundedLog - off, SHOWING.groundedLog + off));
  const [, most, least] = ruled.map(({ kind, needed, others }) => `${kind} ${needed} ${others}`);
  return most === least ? ruled[0] : { ...none, kind: "doubt" };
}

/** The number of each feature, from 1. @param {Explanation} explanation @returns {number[]} */
export function numbers({ fields, spans }) {
  const all = fields.flatMap(({ group }, at) => (group ? [at] : []));
  const parts = fields.every(({ role }) => role) ? all.slice(0, -1) : all;
  const owners = spans.map(([field]) => field);
  if (new Set(owners).size === owners.length && owners.every((field) => parts.includes(field))) return owners.map((field) => parts.indexOf(field) + 1);
  return owners.map((_, at) => at + 1);
}

/** A sentence for it; nothing where nobody asked. @param {Grounds} found @param {number[]} named @param {Captions} say */
export function verdict({ kind, needed, others }, named, say) {
  if (!kind) return "";
  const own = needed.length ? needed : others;
  const count = own.length === 2 ? "two" : "many";
  const caption = `verdict.${kind === "all" || kind === "any" ? `${kind}.${count}` : kind}`;
  return say(/** @type {import("../captions.js").Caption} */ (caption), { sources: joined(own, named, say, kind === "any" ? "or" : "and"), others: joined(others, named, say, "or") });
}

/** What is meant by these verdicts. @param {Captions} say */
export function criterion(say) {
  return say("grounds.criterion", { times: String(SHOWING.grounded) });
}

/** @param {number[]} features @param {number[]} named @param {Captions} say @param {"and" | "or"} word */
function joined(features, named, say, word) {
  const own = features.map((at) => `[${named[at]}]`);
  return own.length < 2 ? own.join("") : own.slice(0, -1).join(say("listed")) + say(word === "or" ? "grounds.or" : "grounds.and") + own[own.length - 1];
}
