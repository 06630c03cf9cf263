// The marks of a map: their colours, the same as Python's, their size at a scale, and which of them a legend explains.
import palette from "../../../../gridplan/exchange/palette.json" with { type: "json" };
import { onMedium, onPaper } from "./medium.js";
/** @import { BrokenRule, TownMap, View, ViewClass } from "../../wire.js" */
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

/** @typedef {"slants" | "dots" | "bars"} Pattern Lines that slant across a fill, dots on it, upright lines. */
/** @typedef {{ fill: string, line: string, pattern?: Pattern, ink?: string }} Paint `ink`: the colour of the pattern. */

/** Returns how a grid is filled and outlined: as its class in a view is, or else so that neighbours differ. @param {number} tint @param {ViewClass | undefined} viewClass @returns {Paint} */
export function paintOf(tint, viewClass) {
  const { tints, ramp, ramp_line: line, paper, empty, hatching: ink } = colours();
  switch (viewClass?.mark) {
    case undefined: return { fill: tints[tint].fill, line };
    case "ramp": return { fill: ramp[viewClass.step], line };
    case "plain": return { fill: ramp[1], line };
    case "empty": return { fill: empty, line };
    case "hatched": return { fill: paper, line, ink, pattern: "slants" };
    case "dotted": return { fill: paper, line, ink, pattern: "dots" };
    case "barred": return { fill: paper, line, ink, pattern: "bars" };
    default: return { fill: paper, line };
  }
}

/** Returns how a grid is drawn while another village is chosen: nearer to the ground. @param {Paint} paint @returns {Paint} */
export function faded({ fill, line, pattern, ink }) {
  return { fill: towardsGround(fill), line: towardsGround(line), pattern, ...(ink ? { ink: towardsGround(ink) } : {}) };
}

/** @param {string} colour */
function towardsGround(colour) {
  const [from, to] = [colour, colours().ground].map((hex) => [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)));
  return `#${from.map((value, i) => Math.round(value + (to[i] - value) * FADING).toString(16).padStart(2, "0")).join("")}`;
}

/** The zoom from which on buildings are worth their ink. */
export const BUILDINGS_ZOOM = 15;

const CIRCUMFERENCE = 40075016.686;

// How near a map is seen from: the whole town, with villages; a village with its grids and their numbers, households
// standing among them as specks; a hamlet, where households are told apart; doors, where flats have their count.
const SPECKS = 6;
const APART = 3.5;
const COUNTED = 1.6;
/** Metres per pixel beyond which outlines of grids run together: of a lone village, which is never one of a town. */
const RUN_TOGETHER = 25;
/** Pixels of room in most villages: with less, a map is one of villages. */
const VILLAGE_ROOM = 80;

/** @typedef {{ name: "town" | "village" | "hamlet" | "doors", dot: number, flats: number, line: number, boundary: number, number: number, village: number }} Distance Radii, widths and sizes of letters, in pixels. */

/**
 * Returns what is drawn at a scale, and how large: the nearer, the more.
 * @param {number} scale Metres per pixel. @param {number} room Metres around the label of most villages.
 * @returns {Distance}
 */
export function distanceAt(scale, room) {
  if (room / scale < VILLAGE_ROOM) return { name: "town", dot: 0, flats: 0, line: 0, boundary: room / scale < 12 ? 0.75 : 1.5, number: 0, village: 14 };
  const dot = scale > SPECKS ? 0 : Math.min(5, 3.6 / Math.sqrt(Math.max(scale, 0.4)));
  if (scale > APART) return { name: "village", dot, flats: 1.5 * dot, line: scale > RUN_TOGETHER ? 0 : 1, boundary: scale > RUN_TOGETHER ? 1.5 : 2.5, number: 11, village: 16 };
  if (scale > COUNTED) return { name: "hamlet", dot, flats: 2 * dot, line: 1, boundary: 2.5, number: 12, village: 17 };
  return { name: "doors", dot, flats: 8, line: 1.5, boundary: 3, number: 14, village: 17 };
}

/** @param {Pick<Map, "getCenter" | "getZoom">} map */
export function metresPerPixel(map) {
  const latitude = (map.getCenter().lat * Math.PI) / 180;
  return (CIRCUMFERENCE * Math.cos(latitude)) / (256 * 2 ** map.getZoom());
}

/** Returns which marks the map of a town has, and how many grids are too large, too small or in pieces. @param {TownMap} data */
export function marksOf({ grids, villages, hamlets, counts_only: countsOnly }) {
  const all = villages.features.map(({ properties }) => properties);
  const broken = grids.features.flatMap(({ properties }) => properties.broken);
  const count = (/** @type {BrokenRule["mark"]} */ kind) => broken.filter(({ mark }) => mark === kind).length;
  return {
    rules: { large: count("large"), small: count("small"), pieces: count("pieces") },
    wrong: all.some(({ wrong }) => wrong.length > 0),
    unplanned: all.some(({ planned, label }) => planned === false && label !== null),
    boundaries: villages.features.some(({ type }) => type !== null),
    households: all.some(({ placed }) => placed > 0),
    flats: all.some(({ flats }) => flats),
    leftOut: !countsOnly && all.some(({ placed, in_no_grid: loose }) => placed > 0 && loose > 0),
    hamlets: hamlets.some(({ at }) => at !== null),
    notDrawn: grids.features.filter(({ type }) => type === null).length,
  };
}

/** The classes that a legend lists: the whole of a ramp, and of the others those that some grid is in. @param {View} view */
export function explainedClasses({ classes }) {
  return classes.filter(({ mark, count }) => count > 0 || mark === "ramp");
}
