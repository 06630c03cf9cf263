// The marks of a map: their colours, the same as Python's, their size at a scale, and which of them a legend explains.
import palette from "../../../gridplan/exchange/palette.json" with { type: "json" };
import { onMedium, onPaper } from "./medium.js";
/** @import { BrokenRule, TownMap, View, ViewClass } from "../wire.js" */
/** @import { Map, Path } from "leaflet" */

/** @typedef {typeof palette.light} Colours */

// How far what is not chosen goes towards the ground.
const FADING = 0.65;

const darkScreen = globalThis.matchMedia?.("screen and (prefers-color-scheme: dark)");

/** Returns the colours of every map, for a light screen and paper or for a dark screen. @returns {Colours} */
export function colours() {
  return darkScreen?.matches && !onPaper() ? palette.dark : palette.light;
}

/** Calls whenever `colours` changes its answer. @param {() => void} redraw */
export function onColours(redraw) {
  darkScreen?.addEventListener("change", redraw);
  onMedium(redraw);
}

/** Keeps what is drawn on a map in the colours of the screen: what had one of the old palette gets its counterpart. @param {Map} map */
export function followColours(map) {
  onColours(() => {
    const [before, now] = colours() === palette.dark ? [palette.light, palette.dark] : [palette.dark, palette.light];
    const was = flat(before);
    const is = flat(now);
    const counterpart = (/** @type {string | undefined} */ colour) => (colour && was.includes(colour) ? is[was.indexOf(colour)] : colour);
    map.eachLayer((layer) => {
      const path = /** @type {Path} */ (layer);
      if ("setStyle" in layer && "redraw" in layer) path.setStyle({ color: counterpart(path.options.color), fillColor: counterpart(path.options.fillColor) });
    });
  });
}

/** Returns the colours of a palette in their order. @param {object} part @returns {string[]} */
function flat(part) {
  return Object.values(part).flatMap((value) => (typeof value === "string" ? [value] : flat(value)));
}

export const { tints: TINTS, paper: PAPER, ink: INK, accent: ACCENT, broken: BROKEN } = colours();

/**
 * What tells that a grid breaks a rule, also without colour: a sign before its number, the width and dashes of its outline.
 * @type {Record<BrokenRule["mark"], { sign: string, weight: number, dashes: string | undefined }>}
 */
export const RULES = {
  large: { sign: "▲", weight: 3.5, dashes: undefined },
  small: { sign: "▼", weight: 3, dashes: "9 6" },
  pieces: { sign: "◆", weight: 3, dashes: "3 3" },
};

/** Returns the sentence about a rule that is broken, after its sign. @param {BrokenRule} broken */
export function ruleText({ mark, text }) {
  return `${RULES[mark].sign} ${text}`;
}

/** @typedef {{ fill: string, line: string, hatching?: string }} Paint `hatching`: of lines that slant across the fill. */

/** Returns how a grid is filled and outlined: as its class in a view is, or else so that neighbours differ. @param {number} tint @param {ViewClass | undefined} viewClass @returns {Paint} */
export function paintOf(tint, viewClass) {
  const { tints, ramp, ramp_line: line, paper, hatching } = colours();
  switch (viewClass?.mark) {
    case undefined: return tints[tint];
    case "ramp": return { fill: ramp[viewClass.step], line };
    case "plain": return { fill: ramp[1], line };
    case "hatched": return { fill: paper, line, hatching };
    default: return { fill: paper, line };
  }
}

/** Returns how a grid is drawn while another village is chosen: nearer to the ground. @param {Paint} paint @returns {Paint} */
export function faded({ fill, line, hatching }) {
  return { fill: towardsGround(fill), line: towardsGround(line), ...(hatching ? { hatching: towardsGround(hatching) } : {}) };
}

/** @param {string} colour */
function towardsGround(colour) {
  const [from, to] = [colour, colours().ground].map((hex) => [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)));
  return `#${from.map((value, i) => Math.round(value + (to[i] - value) * FADING).toString(16).padStart(2, "0")).join("")}`;
}

const CIRCUMFERENCE = 40075016.686;

// A dot is 6 px where households can be told apart, and a speck where they cannot; lines thin out with them.
const DETAILS = [
  { metresPerPixel: 1.6, radius: 3, flats: 8, opacity: 0.9, outline: 1, boundary: 2.5 },
  { metresPerPixel: 3.5, radius: 2.25, flats: 5, opacity: 0.75, outline: 1, boundary: 2.5 },
  { metresPerPixel: 8, radius: 1.4, flats: 2.5, opacity: 0.5, outline: 0.8, boundary: 2.5 },
  { metresPerPixel: 40, radius: 0.8, flats: 1.2, opacity: 0.3, outline: 0.5, boundary: 2 },
  { metresPerPixel: Infinity, radius: 0.6, flats: 0.6, opacity: 0.1, outline: 0.25, boundary: 0.8 },
];

/** @param {Pick<Map, "getCenter" | "getZoom">} map */
export function metresPerPixel(map) {
  const latitude = (map.getCenter().lat * Math.PI) / 180;
  return (CIRCUMFERENCE * Math.cos(latitude)) / (256 * 2 ** map.getZoom());
}

/** Returns how dots and lines are drawn at a scale. @param {number} scale Metres per pixel. */
export function detailAt(scale) {
  return DETAILS.find((detail) => scale <= detail.metresPerPixel) ?? DETAILS[DETAILS.length - 1];
}

/** Returns which marks the map of a town has, and how many grids are too large, too small or in pieces. @param {TownMap} data */
export function marksOf({ grids, villages, households, hamlets }) {
  const spots = households.features.flatMap(({ properties }) => (properties.at_hamlet ? [] : [properties.households]));
  const broken = grids.features.flatMap(({ properties }) => properties.broken);
  const count = (/** @type {BrokenRule["mark"]} */ kind) => broken.filter(({ mark }) => mark === kind).length;
  return {
    rules: { large: count("large"), small: count("small"), pieces: count("pieces") },
    unplanned: villages.features.some(({ properties }) => properties.planned === false),
    households: spots.length > 0,
    flats: spots.some((rows) => rows.length > 1),
    leftOut: spots.some((rows) => rows.some(([, grid]) => grid === null)),
    hamlets: hamlets.some(({ at }) => at !== null),
    notDrawn: grids.features.filter(({ geometry }) => !geometry).length,
  };
}

/** The classes that a legend lists: the whole of a ramp, and of the others those that some grid is in. @param {View} view */
export function explainedClasses({ classes }) {
  return classes.filter(({ mark, count }) => count > 0 || mark === "ramp");
}
