// What a click on the map tells, built of text nodes.
import { element, fill } from "../ui/page.js";
/** @import { HouseholdRow, Place } from "../wire.js" */
/** @import { Town } from "./town.js" */

/** @param {[string, string | Node | null | undefined][]} rows */
function facts(rows) {
  const known = rows.flatMap(([name, value]) => (value === null || value === undefined ? [] : [element("dt", {}, name), element("dd", {}, value)]));
  return element("dl", { class: "facts" }, ...known);
}

/** @param {string | number | null | undefined} id None in the single file. @param {string} path @param {string} text */
function pageLink(id, path, text) {
  return id === null || id === undefined ? text : element("a", { href: `/${path}/${id}` }, text);
}

/** @param {string} text @param {() => void} onclick */
function linkButton(text, onclick) {
  return element("button", { type: "button", class: "link", onclick }, text);
}

/** @param {Town} town @param {number} index */
export function gridPopup({ data: { words, grids, villages }, format, showVillage }, index) {
  const grid = grids.features[index].properties;
  return element(
    "div",
    { class: "popup" },
    element("h2", {}, fill(words.grid, { number: grid.number })),
    facts([
      [words.village, linkButton(villages.features[grid.village].properties.name, () => showVillage(grid.village))],
      [words.households, format(grid.size)],
      [words.walk, grid.walk],
      [words.lead, grid.lead ? pageLink(grid.lead_id, "members", grid.lead) : words.no_lead],
    ]),
    grid.label ? null : element("p", { class: "quiet" }, words.not_drawn),
    ...grid.broken.map((sentence) => element("p", { class: "broken" }, `! ${sentence}`)),
    grid.plan ? element("p", {}, pageLink(`${grid.plan}/${grid.number}`, "grids", words.open_grid)) : null,
  );
}

/** @param {Town} town @param {Place} place */
export function householdPopup({ data: { words, grids }, showGrid }, { households: rows, ids = [] }) {
  const several = rows.length > 1 ? element("h2", {}, fill(words.here, { n: rows.length })) : null;
  return element("div", { class: "popup" }, several, element("div", { class: "households", tabindex: several && "0" }, ...rows.map(household)));

  /** @param {HouseholdRow} row @param {number} index */
  function household([code, grid, name, door, hamlet, leftOut], index) {
    const where = grid === null ? leftOut : linkButton(grids.features[grid].properties.id, () => showGrid(grid));
    return element(
      "section",
      {},
      element("h3", {}, pageLink(ids[index], "households", name ?? code)),
      facts([[words.code, name ? code : null], [words.door, door], [words.hamlet, hamlet], [words.in_grid, where]]),
    );
  }
}
