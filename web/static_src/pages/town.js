// The map of the town beside its villages. What is selected stands in the address, so that it can be sent to a colleague.
import * as L from "leaflet";
import { ask } from "../ui/request.js";
import { baseLayersOf } from "../maps/basemap.js";
import { element } from "../ui/element.js";
import { foldPanel, openTown } from "../maps/open_town.js";
import { sortable } from "../ui/sortable.js";
import { listGrids } from "../maps/grid_list.js";
import { allOf, byId, firstOf } from "../ui/page.js";
import { say } from "../ui/words.js";

/** @typedef {import("../maps/town.js").Town} Town */

const place = byId("map");
allOf("table", ".sortable").forEach(sortable);
start().catch((problem) => {
  console.error(problem);
  place.replaceChildren(element("p", { class: "empty", role: "alert" }, say("town.failed")));
});

async function start() {
  const map = L.map(place, { preferCanvas: true, zoomControl: false, attributionControl: false, maxZoom: 21, zoomSnap: 0.25 });
  foldPanel(firstOf("button", ".fold"), byId("panel"), map);
  /** @type {[import("../wire.js").LiveTownMap, import("../maps/basemap.js").BaseLayer[]]} */
  const [data, baseLayers] = await Promise.all([ask(place.dataset.source ?? ""), baseLayersOf(place)]);
  const town = openTown(map, data, null, baseLayers);
  const lists = followLists(town);
  keepAddress(town, lists);
  place.dataset.ready = "true";
}

/**
 * Lets lists and map show the same: villages of the table, or the grids of the one that is chosen.
 * @param {Town} town
 */
function followLists(town) {
  const { map, data } = town;
  const villages = data.villages.features.map(({ properties }) => properties);
  const indexOf = new Map(villages.map(({ id }, index) => [id, index]));
  const table = byId("villages");
  const inside = byId("inside");
  const crumbs = byId("crumbs");
  /** @type {number | null} */
  let village = null;
  /** @type {number | null} */
  let grid = null;

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

/**
 * Writes what is chosen into the address, and shows what an address says.
 * @param {Town} town
 * @param {ReturnType<typeof followLists>} lists
 */
function keepAddress(town, { chosen, indexOf }) {
  const { map, data } = town;
  const grids = data.grids.features.map(({ properties }) => properties);
  let view = "";
  let reading = false;
  let shown = ""; // what the address said when it was last read; the map begins with all of the town

  const gridAt = (/** @type {number} */ plan, /** @type {number} */ number) => grids.findIndex((grid) => grid.plan === plan && grid.number === number);
  function address() {
    const { village, grid } = chosen();
    const query = new URLSearchParams();
    if (village !== null) query.set("village", String(data.villages.features[village].properties.id));
    if (grid !== null) query.set("grid", `${grids[grid].plan}-${grids[grid].number}`);
    if (view) query.set("view", view);
    return query;
  }
  /** @param {"pushState" | "replaceState"} change */
  function write(change) {
    if (reading) return;
    const query = address();
    const { lat, lng } = map.getCenter();
    query.set("at", `${map.getZoom()},${lat.toFixed(6)},${lng.toFixed(6)}`);
    history[change](null, "", `?${query}`);
  }
  const selection = (/** @type {string | URLSearchParams} */ search) => ["village", "grid", "view"].map((name) => new URLSearchParams(search).get(name) ?? "").join();
  const remember = () => selection(location.search) !== selection(address()) && write("pushState");

  function read() {
    reading = true;
    const query = new URLSearchParams(location.search);
    const [plan, number] = (query.get("grid") ?? "").split("-").map(Number);
    const grid = gridAt(plan, number);
    const village = indexOf.get(Number(query.get("village")));
    map.closePopup();
    if (grid >= 0) town.showGrid(grid, false);
    else if (village !== undefined) town.showVillage(village, false);
    else if (shown) town.showAll();
    shown = location.search;
    if ((query.get("view") ?? "") !== view) town.colour(query.get("view"));
    const [zoom, lat, lng] = (query.get("at") ?? "").split(",").map(Number);
    if ([zoom, lat, lng].every(Number.isFinite) && query.has("at")) map.setView([lat, lng], zoom, { animate: false });
    reading = false;
  }
  map.on("gridplan:colour", (colours) => {
    view = colours.view?.key ?? "";
    remember();
  });
  map.on("gridplan:village gridplan:grid", remember);
  map.on("moveend", () => write("replaceState"));
  addEventListener("popstate", read);
  addEventListener("gridplan:found", (found) => {
    if (showFound(/** @type {CustomEvent<import("../wire.js").SearchAnswer>} */ (found).detail)) found.preventDefault();
  });
  read();

  /**
   * Shows what the search in the bar found; returns whether this map has it.
   * @param {import("../wire.js").SearchAnswer} found
   */
  function showFound({ kind, ids }) {
    const village = kind === "village" ? indexOf.get(ids[0]) : undefined;
    const grid = kind === "grid" ? gridAt(ids[0], ids[1]) : -1;
    const home = kind === "household" ? data.households.features.findIndex(({ properties }) => properties.ids?.includes(ids[0])) : -1;
    if (village !== undefined) town.showVillage(village);
    else if (grid >= 0) town.showGrid(grid);
    else if (home >= 0) town.showPlace(home);
    else return false;
    map.fire("gridplan:chosen");
    return true;
  }
}
