// The map of the town beside its villages. What is selected stands in the address, so that it can be sent to a colleague.
import * as L from "leaflet";
import { ask } from "../ui/request.js";
import { baseLayersOf } from "../maps/basemap.js";
import { allOf, byId, element, firstOf, say } from "../ui/page.js";
import { foldPanel, openTown } from "../maps/open_town.js";
import { addPanel } from "../maps/panel.js";
import { NOTHING } from "../maps/selection.js";
import { queryOf, readQuery } from "../maps/town_address.js";
import { markRow, workRows } from "../ui/rows.js";
import { sortable } from "../ui/sortable.js";
/** @import { BaseLayer } from "../maps/basemap.js" */
/** @import { Town } from "../maps/town.js" */
/** @import { Address } from "../maps/town_address.js" */
/** @import { LiveTownMap, SearchAnswer } from "../wire.js" */

const place = byId("map");
allOf("table", ".sortable").forEach(sortable);
start().catch((problem) => {
  console.error(problem);
  place.replaceChildren(element("p", { class: "empty", role: "alert" }, say("town.failed")));
});

async function start() {
  const map = L.map(place, { preferCanvas: true, zoomControl: false, attributionControl: false, maxZoom: 21, zoomSnap: 0.25 });
  /** @type {[LiveTownMap, BaseLayer[]]} */
  const [data, baseLayers] = await Promise.all([ask(place.dataset.source ?? ""), baseLayersOf(place)]);
  const town = openTown(map, data, null, baseLayers);
  addPanel(town, byId("chosen"), [byId("villages")]);
  foldPanel(firstOf("button", ".fold"), byId("panel"), map);
  listVillages(town, data);
  keepAddress(town, data);
  place.dataset.ready = "true";
}

/** The table of villages and the map show the same. @param {Town} town @param {LiveTownMap} data */
function listVillages({ map, select, point }, data) {
  const indexOf = new Map(data.villages.features.map(({ properties }, index) => [String(properties.id), index]));
  const table = byId("villages");
  for (const button of allOf("button", "[data-village]", table)) {
    const village = indexOf.get(button.dataset.village ?? "");
    if (village !== undefined) button.addEventListener("click", () => select({ village }));
  }
  workRows(table, (key) => point({ village: indexOf.get(key ?? "") ?? null }));
  map.on("gridplan:pointed", ({ selection: { village } }) => markRow(table, village === null ? null : String(data.villages.features[village].properties.id), "pointed"));
}

/** Writes what is chosen into the address, and shows what an address says. @param {Town} town @param {LiveTownMap} data */
function keepAddress(town, data) {
  const { map } = town;
  const villages = data.villages.features.map(({ properties }) => properties);
  const grids = data.grids.features.map(({ properties }) => properties);
  /** @type {string | null} */ let view = null;
  let isReading = false;

  const gridAt = (/** @type {number} */ plan, /** @type {number} */ number) => grids.findIndex((grid) => grid.plan === plan && grid.number === number);
  const villageAt = (/** @type {number} */ id) => villages.findIndex((village) => village.id === id);
  /** @returns {Address} */
  function address() {
    const { village, grid, household } = town.selection;
    return { village: village === null ? null : villages[village].id, grid: grid === null ? null : grids[grid], household: household === null ? null : Number(household), view };
  }
  /** @param {"pushState" | "replaceState"} change */
  function write(change) {
    if (!isReading) history[change](null, "", queryOf(address(), { zoom: map.getZoom(), ...map.getCenter() }));
  }
  function remember() {
    if (queryOf(readQuery(location.search)) !== queryOf(address())) write("pushState");
  }
  function read() {
    isReading = true;
    const { village, grid, household, view: wanted, extent } = readQuery(location.search);
    const gridIndex = grid ? gridAt(grid.plan, grid.number) : -1;
    const villageIndex = village === null ? -1 : villageAt(village);
    const chosen = { village: villageIndex < 0 ? null : villageIndex, grid: gridIndex < 0 ? null : gridIndex, household: villageIndex < 0 ? null : household };
    town.select(chosen, { animate: false, move: extent ? "none" : "fit" });
    if (wanted !== view) town.colour(wanted);
    if (extent) map.setView(extent, extent.zoom, { animate: false });
    isReading = false;
  }
  map.on("gridplan:colour", (colours) => {
    view = colours.view?.key ?? null;
    remember();
  });
  map.on("gridplan:selected", remember);
  map.on("moveend", () => write("replaceState"));
  addEventListener("popstate", read);
  addEventListener("gridplan:found", (found) => {
    if (showFound(/** @type {CustomEvent<SearchAnswer>} */ (found).detail)) found.preventDefault();
  });
  read();

  /** Shows what the search in the bar found; returns whether this map has it. @param {SearchAnswer} found */
  function showFound({ kind, ids }) {
    const chosen = kind === "village" || kind === "hamlet" ? { village: villageAt(ids[0]) } : kind === "grid" ? { grid: gridAt(ids[0], ids[1]) } : kind === "household" ? homeAt(ids[0]) : null;
    if (!chosen || Object.values(chosen).includes(-1)) return false;
    town.select({ ...NOTHING, ...chosen });
    return true;
  }
  /** @param {number} id */
  function homeAt(id) {
    for (const { properties } of data.households.features) {
      const row = properties.ids.indexOf(id);
      if (row >= 0) return { village: properties.village, grid: properties.households[row][1], household: id };
    }
    return null;
  }
}
