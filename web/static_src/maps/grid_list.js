// The list of a village's grids beside the map: each row is the grid on the map.
import { element } from "../ui/element.js";
import { sortable } from "../ui/sortable.js";
import { say } from "../ui/words.js";

/** Returns what stands beside the map when a village is chosen. */
export function listGrids({ data, point, showGrid }, village) {
  const { properties } = data.villages.features[village];
  const page = element("p", {}, element("a", { class: "button small", href: `/villages/${properties.id}` }, say("town.open_village")));
  const figures = element("p", { class: "quiet" }, say("town.village_figures", { households: data.number(properties.households), grids: data.number(properties.grids) }));
  const grids = data.grids.features.map((feature, index) => ({ ...feature.properties, index })).filter((grid) => grid.village === village);
  if (!grids.length) return [element("div", { class: "about" }, figures, element("p", {}, say("town.not_planned")), page)];
  const broken = (grid) => grid.broken.map((sentence) => element("span", { class: "broken" }, ` ! ${sentence}`));
  const row = (grid) =>
    element(
      "tr",
      { "data-grid": String(grid.index), onmouseenter: () => point(grid.index), onmouseleave: () => point(null) },
      element("th", { scope: "row", "data-value": String(grid.number).padStart(4, "0") }, element("button", { type: "button", class: "link", onclick: () => showGrid(grid.index) }, String(grid.number)), ...broken(grid)),
      element("td", { "data-value": grid.lead ?? "" }, grid.lead ?? data.words.no_lead),
      element("td", { class: "figure", "data-value": String(grid.size) }, data.number(grid.size)),
      element("td", { class: "figure", "data-value": String(grid.walk_m ?? -1) }, grid.walk ?? "–"),
    );
  const heading = (text, kind, sort) => element("th", { scope: "col", class: kind, "aria-sort": sort }, element("button", { type: "button" }, text));
  const headings = [
    heading(say("town.number"), null, "ascending"),
    heading(say("map.lead"), null, "none"),
    heading(say("map.households"), "figure", "none"),
    heading(say("map.walk"), "figure", "none"),
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
