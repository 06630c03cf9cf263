// The marks of a map: their colours, the same as Python's, their size at a scale, and which of them a legend explains.
import palette from "../../../gridplan/exchange/palette.json" with { type: "json" };
import { onMedium, onPaper } from "./medium.js";
/** @import { TownMap, View } from "../wire.js" */
/** @import { Map } from "leaflet" */

/** @typedef {typeof palette.light} Colours */

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

export const { tints: TINTS, ramp: RAMP, ramp_line: RAMP_LINE, hatching: HATCHING, paper: PAPER, ink: INK, quiet: QUIET, accent: ACCENT, broken: BROKEN } = palette.light;

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

/** Returns which marks the map of a town has. @param {TownMap} data */
export function marksOf({ grids, villages, households }) {
  const spots = households.features.map(({ properties }) => properties.households);
  return {
    broken: grids.features.some(({ properties }) => properties.broken.length > 0),
    unplanned: villages.features.some(({ properties }) => properties.planned === false),
    households: spots.length > 0,
    flats: spots.some((rows) => rows.length > 1),
    leftOut: spots.some((rows) => rows.some(([, grid]) => grid === null)),
    notDrawn: grids.features.filter(({ geometry }) => !geometry).length,
  };
}

/** The classes that a legend lists: the whole of a ramp, and of the others those that some grid is in. @param {View} view */
export function explainedClasses({ classes }) {
  return classes.filter(({ mark, count }) => count > 0 || mark === "ramp" || mark === "plain");
}
