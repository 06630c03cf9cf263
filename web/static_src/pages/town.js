// The map of the town beside its villages. What is selected stands in the address, so that it can be sent to a colleague.
import * as L from "leaflet";
import { ask } from "../ui/request.js";
import { baseLayersOf } from "../maps/basemap.js";
import { allOf, byId, element, firstOf, say } from "../ui/page.js";
import { foldPanel, openTown } from "../maps/open_town.js";
import { sortable } from "../ui/sortable.js";
import { queryOf, readQuery } from "../maps/town_address.js";
/** @import { BaseLayer } from "../maps/basemap.js" */
/** @import { Town } from "../maps/town.js" */
/** @import { Selection } from "../maps/town_address.js" */
/** @import { Grid, LiveTownMap, SearchAnswer } from "../wire.js" */

/** @typedef {Grid & { index: number }} ListedGrid */

const place = byId("map");
allOf("table", ".sortable").forEach(sortable);
start().catch((problem) => {
  console.error(problem);
  place.replaceChildren(element("p", { class: "empty", role: "alert" }, say("town.failed")));
});

async function start() {
  const map = L.map(place, { preferCanvas: true, zoomControl: false, attributionControl: false, maxZoom: 21, zoomSnap: 0.25 });
  foldPanel(firstOf("button", ".fold"), byId("panel"), map);
  /** @type {[LiveTownMap, BaseLayer[]]} */
  const [data, baseLayers] = await Promise.all([ask(place.dataset.source ?? ""), baseLayersOf(place)]);
  const town = openTown(map, data, null, baseLayers);
  const lists = followLists(town, data);
  keepAddress(town, data, lists);
  place.dataset.ready = "true";
}

/** Lists and map show the same: villages, or the grids of one. @param {Town} town @param {LiveTownMap} data */
function followLists(town, data) {
  const { map } = town;
  const villages = data.villages.features.map(({ properties }) => properties);
  const indexOf = new Map(villages.map(({ id }, index) => [id, index]));
  const table = byId("villages");
  const inside = byId("inside");
  const crumbs = byId("crumbs");
  /** @type {number | null} */ let village = null;
  /** @type {number | null} */ let grid = null;

  for (const button of allOf("button", "[data-village]", table)) {
    const index = indexOf.get(Number(button.dataset.village));
    if (index !== undefined) button.addEventListener("click", () => town.showVillage(index));
  }
  function show() {
    table.hidden = village !== null;
    inside.hidden = village === null;
    const all = element("button", { type: "button", class: "link", onclick: () => (map.closePopup(), town.showAll()) }, say("town.whole"));
    /** @type {Node[]} */
    const trail = village === null ? [] : [all, element("a", { href: `/villages/${villages[village].id}` }, villages[village].name)];
    if (grid !== null) {
      const { plan, number } = data.grids.features[grid].properties;
      trail.push(element("a", { href: `/grids/${plan}/${number}` }, say("map.grid", { number })));
    }
    crumbs.replaceChildren(...trail.flatMap((step, i) => (i ? [" › ", step] : [step])));
    crumbs.hidden = village === null;
    for (const row of allOf("tr", "[data-grid]", inside)) row.classList.toggle("shown", Number(row.dataset.grid) === grid);
    inside.querySelector("tr.shown")?.scrollIntoView({ block: "nearest" });
  }
  /** @param {number | null} index */
  function enter(index) {
    if (index === village) return;
    village = index;
    inside.replaceChildren(...(index === null ? [] : listGrids(town, index)));
  }
  map.on("gridplan:village", ({ index }) => {
    enter(index);
    grid = null;
    show();
  });
  map.on("gridplan:grid", ({ index }) => {
    if (index !== null) enter(data.grids.features[index].properties.village);
    grid = index;
    show();
  });
  show();
  return { chosen: () => ({ village, grid }), indexOf };
}

/** Returns what stands beside the map when a village is chosen. @param {Town} town @param {number} village */
function listGrids({ data, format, point, showGrid }, village) {
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

/**
 * Writes what is chosen into the address, and shows what an address says.
 * @param {Town} town @param {LiveTownMap} data @param {ReturnType<typeof followLists>} lists
 */
function keepAddress(town, data, { chosen, indexOf }) {
  const { map } = town;
  const grids = data.grids.features.map(({ properties }) => properties);
  /** @type {string | null} */ let view = null;
  let isReading = false;
  let shown = ""; // what the address said when it was last read; the map begins with all of the town

  const gridAt = (/** @type {number} */ plan, /** @type {number} */ number) => grids.findIndex((grid) => grid.plan === plan && grid.number === number);
  /** @returns {Selection} */
  function selection() {
    const { village, grid } = chosen();
    return { village: village === null ? null : data.villages.features[village].properties.id, grid: grid === null ? null : grids[grid], view };
  }
  /** @param {"pushState" | "replaceState"} change */
  function write(change) {
    if (!isReading) history[change](null, "", queryOf(selection(), { zoom: map.getZoom(), ...map.getCenter() }));
  }
  function remember() {
    if (queryOf(readQuery(location.search)) !== queryOf(selection())) write("pushState");
  }
  function read() {
    isReading = true;
    const { village, grid, view: wanted, extent } = readQuery(location.search);
    const gridIndex = grid ? gridAt(grid.plan, grid.number) : -1;
    const villageIndex = village === null ? undefined : indexOf.get(village);
    map.closePopup();
    if (gridIndex >= 0) town.showGrid(gridIndex, false);
    else if (villageIndex !== undefined) town.showVillage(villageIndex, false);
    else if (shown) town.showAll();
    shown = location.search;
    if (wanted !== view) town.colour(wanted);
    if (extent) map.setView(extent, extent.zoom, { animate: false });
    isReading = false;
  }
  map.on("gridplan:colour", (colours) => {
    view = colours.view?.key ?? null;
    remember();
  });
  map.on("gridplan:village gridplan:grid", remember);
  map.on("moveend", () => write("replaceState"));
  addEventListener("popstate", read);
  addEventListener("gridplan:found", (found) => {
    if (showFound(/** @type {CustomEvent<SearchAnswer>} */ (found).detail)) found.preventDefault();
  });
  read();

  /** Shows what the search in the bar found; returns whether this map has it. @param {SearchAnswer} found */
  function showFound({ kind, ids }) {
    const village = kind === "village" ? indexOf.get(ids[0]) : undefined;
    const grid = kind === "grid" ? gridAt(ids[0], ids[1]) : -1;
    const home = kind === "household" ? data.households.features.findIndex(({ properties }) => properties.ids.includes(ids[0])) : -1;
    if (village !== undefined) town.showVillage(village);
    else if (grid >= 0) town.showGrid(grid);
    else if (home >= 0) town.showPlace(home);
    else return false;
    map.fire("gridplan:chosen");
    return true;
  }
}
