// The map on a page: a part of the map of the town. What the page is about is chosen on it; the page's lists and the map
// point each other out, and what is clicked on the map opens its own page.
import * as L from "leaflet";
import { baseLayersOf } from "../maps/ground/basemap.js";
import { setContactViews } from "../maps/contact.js";
import { openTown } from "../maps/open_town.js";
import { asker, unpacked } from "../maps/places.js";
import { NOTHING, residentsOf } from "../maps/selection.js";
import { byId, dataOf, element } from "../ui/page.js";
import { markRow, workRows } from "../ui/rows.js";
/** @import { Selection } from "../maps/selection.js" */
/** @import { Town } from "../maps/town.js" */
/** @import { LiveTownMap, SmallMap } from "../wire.js" */

const place = byId("small-map");
/** @type {SmallMap} */ const answer = dataOf("small-map-data");
start();

async function start() {
  const map = L.map(place, { preferCanvas: true, zoomControl: false, attributionControl: false, maxZoom: 21, zoomSnap: 0.25, scrollWheelZoom: false });
  const data = /** @type {LiveTownMap} */ (unpacked(answer));
  const { places } = answer;
  const town = openTown(map, data, places ? async (village) => places[village] : asker(place, data), { beneath: () => baseLayersOf(place), isSmall: true });
  if (answer.contact) setContactViews(town, answer.contact);
  await town.select(answer.chosen, { animate: false });
  if (answer.home) showHome(map, answer.home);
  const walks = (answer.walks ?? []).filter((walk) => walk.length);
  for (const walk of walks) showWalk(map, walk);
  if (walks.length) map.fitBounds(L.latLngBounds(walks.flat().map(([, lon, lat]) => [lat, lon])).pad(0.15), { animate: false, maxZoom: 19 });
  followLists(town);
  map.on("gridplan:selected", ({ selection }) => open(town, selection));
  place.dataset.ready = "true";
}

/** @param {L.Map} map @param {[number, number]} home */
function showHome(map, [lon, lat]) {
  const icon = L.divIcon({ className: "home-mark", html: element("span", {}, place.dataset.home ?? ""), iconSize: [0, 0] });
  L.marker([lat, lon], { icon, interactive: false, keyboard: false }).addTo(map);
  if (!map.getBounds().contains([lat, lon])) map.fitBounds(map.getBounds().extend([lat, lon]), { animate: false });
}

/** Draws the way past the households of a grid, and their numbers in walking order; those of one house stand together.
 * @param {L.Map} map @param {[number, number, number][]} walk */
function showWalk(map, walk) {
  L.polyline(walk.map(([, lon, lat]) => /** @type {[number, number]} */ ([lat, lon])), { color: "#1d5fa8", weight: 3, opacity: 0.7, interactive: false }).addTo(map);
  /** @type {Map<string, [number, number, number[]]>} */ const houses = new Map();
  for (const [number, lon, lat] of walk) {
    const house = houses.get(`${lon} ${lat}`) ?? [lon, lat, []];
    house[2].push(number);
    houses.set(`${lon} ${lat}`, house);
  }
  for (const [lon, lat, numbers] of houses.values()) {
    const icon = L.divIcon({ className: "walk-mark", html: element("span", {}, numbers.join(" ")), iconSize: [0, 0] });
    L.marker([lat, lon], { icon, interactive: false, keyboard: false }).addTo(map);
  }
}

/** @param {Town} town */
function followLists({ map, data, point, placesOf }) {
  /** @type {Map<string, Selection>} */ const homes = new Map();
  const lists = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-rows]"));
  const numbers = data.grids.features.map(({ properties }) => String(properties.number));
  const pointed = { grids: (/** @type {string} */ key) => ({ grid: numbers.indexOf(key) }), households: (/** @type {string} */ key) => homes.get(key) };
  for (const list of lists) {
    const what = /** @type {keyof typeof pointed} */ (list.dataset.rows);
    workRows(list, (key) => point((key && pointed[what](key)) || NOTHING));
    map.on("gridplan:pointed", ({ selection: { grid, household } }) => markRow(list, what === "households" ? String(household) : grid === null ? null : numbers[grid], "pointed"));
  }
  if (![...lists].some((list) => list.dataset.rows === "households")) return;
  data.villages.features.forEach(async (_, village) => {
    for (const { properties } of await placesOf(village)) for (const { key, grid } of residentsOf(properties)) homes.set(String(key), { village, grid, household: key });
  });
}

/** Opens the page of what was clicked, unless it is this one; those who have no other pages stay. @param {Town} town @param {Selection} selection */
function open({ data }, { grid, household }) {
  if (place.dataset.leads === undefined) return;
  if (household !== null && household !== answer.chosen.household) location.assign(`/households/${household}`);
  else if (grid !== null && grid !== answer.chosen.grid) location.assign(`/grids/${data.grids.features[grid].properties.plan}/${data.grids.features[grid].properties.number}`);
}
