// What is chosen on the map of a town, and which households a place has.
/** @import { HouseholdRow, Place } from "../wire.js" */

/** @typedef {number | string} HouseholdKey Its id; in the single file, which has none, its code. */
/**
 * @typedef {object} Selection A village, a grid of it, a household of that.
 * @property {number | null} village Index of data.villages.
 * @property {number | null} grid Index of data.grids.
 * @property {HouseholdKey | null} household With its village, and its grid if it is in one.
 */
/** @typedef {{ key: HouseholdKey, code: string, grid: number | null, name: string | null, door: string | null, hamlet: string | null, leftOut: string | null }} Resident A household of a place. */

/** @type {Selection} */ export const NOTHING = { village: null, grid: null, household: null };

/** Returns the households of a place. @param {Place} place @returns {Resident[]} */
export function residentsOf({ households, ids }) {
  return households.map(([code, grid, name = null, door = null, hamlet = null, leftOut = null], index) => ({ key: ids?.[index] ?? code, code, grid, name, door, hamlet, leftOut }));
}
