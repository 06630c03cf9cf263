// The list of a village's grids beside the map: each row is the grid on the map.
import { element } from "../ui/element.js";
import { sortable } from "../ui/sortable.js";
import { say } from "../ui/words.js";

/** @typedef {import("../wire.js").Grid & { index: number }} ListedGrid */

/**
 * Returns what stands beside the map when a village is chosen.
 * @param {import("./town.js").Town} town
 * @param {number} village
 */
export function listGrids({ data, format, point, showGrid }, village) {
  const { properties } = data.villages.features[village];
  const page = element("p", {}, element("a", { class: "button small", href: `/villages/${properties.id}` }, say("town.open_village")));
  const figures = element("p", { class: "quiet" }, say("town.village_figures", { households: format(properties.households), grids: format(properties.grids) }));
  const grids = data.grids.features.map((feature, index) => ({ ...feature.properties, index })).filter((grid) => grid.village === village);
  if (!grids.length) return [element("div", { class: "about" }, figures, element("p", {}, say("town.not_planned")), page)];
  const broken = (/** @type {ListedGrid} */ grid) => grid.broken.map((sentence) => element("span", { class: "broken" }, ` ! ${sentence}`));
  const row = (/** @type {ListedGrid} */ grid) =>
    element(
      "tr",
      { "data-grid": String(grid.index), onmouseenter: () => point(grid.index), onmouseleave: () => point(null) },
      element("th", { scope: "row", "data-value": String(grid.number).padStart(4, "0") }, element("button", { type: "button", class: "link", onclick: () => showGrid(grid.index) }, String(grid.number)), ...broken(grid)),
      element("td", { "data-value": grid.lead ?? "" }, grid.lead ?? data.words.no_lead),
      element("td", { class: "figure", "data-value": String(grid.size) }, format(grid.size)),
      element("td", { class: "figure", "data-value": String(grid.walk_m ?? -1) }, grid.walk ?? "–"),
    );
  const heading = (/** @type {string} */ text, /** @type {string | null} */ kind, order = "none") => element("th", { scope: "col", class: kind, "aria-sort": order }, element("button", { type: "button" }, text));
  const headings = [
    heading(say("town.number"), null, "ascending"),
    heading(say("map.lead"), null),
    heading(say("map.households"), "figure"),
    heading(say("map.walk"), "figure"),
  ];
  const table = element(
    "table",
    { class: "sortable", "aria-label": properties.name },
    element("thead", {}, element("tr", {}, ...headings)),
    element("tbody", {}, ...grids.map(row)),
  );
  sortable(table);
  return [element("div", { class: "about" }, figures, page), table];
}
