// Positions so far from villages that a map which showed both would show neither.
/** @import { LonLat } from "../wire.js" */

/** @typedef {[west: number, south: number, east: number, north: number]} Box */

/** What is farther from villages, in kilometres, is hardly of them. */
export const FAR_KM = 20;
const KM_A_DEGREE = 111.2;

/** Returns how many kilometres a place lies outside of a box, on a map; 0 for one in it. @param {Box} box @param {LonLat} place */
export function kilometresOutside([west, south, east, north], [lon, lat]) {
  const narrow = Math.cos(((south + north) / 2 / 180) * Math.PI);
  const [across, along] = [Math.max(west - lon, 0, lon - east) * narrow, Math.max(south - lat, 0, lat - north)];
  return Math.hypot(across, along) * KM_A_DEGREE;
}
