// The map of the town beside its villages. What is selected stands in the address, so that it can be sent to a colleague.
import * as L from "leaflet";
import { ask } from "../ui/request.js";
import { groundsOf } from "../maps/basemap.js";
import { element } from "../ui/element.js";
import { foldPanel, openTown } from "../maps/open_town.js";
import { sortable } from "../ui/sortable.js";
import { listGrids } from "../maps/grid_list.js";
import { say } from "../ui/words.js";

const place = document.getElementById("map");
const panel = document.getElementById("panel");
document.querySelectorAll("table.sortable").forEach(sortable);
start().catch((problem) => {
  console.error(problem);
  place.replaceChildren(element("p", { class: "empty", role: "alert" }, say("town.failed")));
});

async function start() {
  const map = L.map(place, { preferCanvas: true, zoomControl: false, attributionControl: false, maxZoom: 21, zoomSnap: 0.25 });
  foldPanel(document.querySelector(".fold"), panel, map);
  const [data, grounds] = await Promise.all([ask(place.dataset.source), groundsOf(place)]);
  const town = openTown(map, data, null, grounds);
  const lists = followLists(town);
  keepAddress(town, lists);
  place.dataset.ready = "true";
}

/** Lets lists and map show the same: villages of the table, or the grids of the one that is chosen. */
function followLists(town) {
  const { map, data } = town;
  const villages = data.villages.features.map(({ properties }) => properties);
  const indexOf = new Map(villages.map(({ id }, index) => [id, index]));
  const table = document.getElementById("villages");
  const inside = document.getElementById("inside");
  const crumbs = document.getElementById("crumbs");
  let village = null;
  let grid = null;

  for (const button of table.querySelectorAll("button[data-village]")) {
    button.addEventListener("click", () => town.showVillage(indexOf.get(Number(button.dataset.village))));
  }
  function show() {
    table.hidden = village !== null;
    inside.hidden = village === null;
    const all = element("button", { type: "button", class: "link", onclick: () => (map.closePopup(), town.showAll()) }, say("town.whole"));
    const trail = village === null ? [] : [all, element("a", { href: `/villages/${villages[village].id}` }, villages[village].name)];
    if (grid !== null) {
      const { plan, number } = data.grids.features[grid].properties;
      trail.push(element("a", { href: `/grids/${plan}/${number}` }, say("map.grid", { number })));
    }
    crumbs.replaceChildren(...trail.flatMap((one, i) => (i ? [" › ", one] : [one])));
    crumbs.hidden = village === null;
    for (const row of inside.querySelectorAll("tbody tr")) row.classList.toggle("shown", Number(row.dataset.grid) === grid);
    inside.querySelector("tr.shown")?.scrollIntoView({ block: "nearest" });
  }
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

/** Writes what is chosen into the address, and shows what an address says. */
function keepAddress(town, { chosen, indexOf }) {
  const { map, data } = town;
  const grids = data.grids.features.map(({ properties }) => properties);
  let view = "";
  let reading = false;
  let shown = ""; // what the address said when it was last read; the map begins with all of the town

  function address() {
    const { village, grid } = chosen();
    const query = new URLSearchParams();
    if (village !== null) query.set("village", data.villages.features[village].properties.id);
    if (grid !== null) query.set("grid", `${grids[grid].plan}-${grids[grid].number}`);
    if (view) query.set("view", view);
    return query;
  }
  function write(change) {
    if (reading) return;
    const query = address();
    const { lat, lng } = map.getCenter();
    query.set("at", `${map.getZoom()},${lat.toFixed(6)},${lng.toFixed(6)}`);
    history[change](null, "", `?${query}`);
  }
  const selection = (search) => ["village", "grid", "view"].map((name) => new URLSearchParams(search).get(name) ?? "").join();
  const remember = () => selection(location.search) !== selection(address()) && write("pushState");

  function read() {
    reading = true;
    const query = new URLSearchParams(location.search);
    const [plan, number] = (query.get("grid") ?? "").split("-").map(Number);
    const grid = grids.findIndex((one) => one.plan === plan && one.number === number);
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
  addEventListener("gridplan:found", (found) => goTo(found));
  read();

  /** Shows what the search in the bar found, where this map has it. */
  function goTo(found) {
    const { kind, ids } = found.detail;
    const village = kind === "village" ? indexOf.get(ids[0]) : undefined;
    const grid = kind === "grid" ? grids.findIndex((one) => one.plan === ids[0] && one.number === ids[1]) : -1;
    const home = kind === "household" ? data.households.features.findIndex(({ properties }) => properties.ids.includes(ids[0])) : -1;
    if (village !== undefined) town.showVillage(village);
    else if (grid >= 0) town.showGrid(grid);
    else if (home >= 0) town.showPlace(home);
    else return;
    found.preventDefault();
    map.fire("gridplan:chosen");
  }
}
