// The map on a page: a part of the map of the town. What the page is about is chosen on it; the page's lists and the map
// point each other out, and what is clicked on the map opens its own page.
import * as L from "leaflet";
import { baseLayersOf } from "../maps/ground/basemap.js";
import { setContactViews } from "../maps/contact.js";
import { openTown } from "../maps/open_town.js";
import { asker, unpacked } from "../maps/places.js";
import { NOTHING, residentsOf } from "../maps/selection.js";
import { allOf, byId, dataOf, element, fill } from "../ui/page.js";
import { ask } from "../ui/request.js";
import { markRow, workRows } from "../ui/rows.js";
/** @import { Selection } from "../maps/selection.js" */
/** @import { Town } from "../maps/town.js" */
/** @import { CoverageMap, LiveTownMap, SmallMap } from "../wire.js" */

const place = byId("small-map");
start();

async function start() {
  const map = L.map(place, { preferCanvas: true, zoomControl: false, attributionControl: false, maxZoom: 21, zoomSnap: 0.25, scrollWheelZoom: false });
  const town = place.dataset.outlines === undefined ? await ofPage(map, dataOf("small-map-data")) : await ofCoverage(map, dataOf("small-map-data"));
  followLists(town);
  openByKeyboard(town);
  place.dataset.ready = "true";
}

/** Draws the map that a page carries whole. @param {L.Map} map @param {SmallMap} answer */
async function ofPage(map, answer) {
  const data = /** @type {LiveTownMap} */ (unpacked(answer));
  const { places, chosen } = answer;
  const town = openTown(map, data, places ? async (village) => places[village] : asker(place, data), { beneath: () => baseLayersOf(place), isSmall: true });
  if (answer.contact) setContactViews(town, answer.contact);
  await town.select(chosen, { animate: false });
  if (answer.home) showHome(map, answer.home);
  const walks = (answer.walks ?? []).filter((walk) => walk.length);
  for (const walk of walks) showWalk(map, walk);
  if (walks.length) map.fitBounds(L.latLngBounds(walks.flat().map(([, lon, lat]) => [lat, lon])).pad(0.15), { animate: false, maxZoom: 19 });
  leadOn(town, chosen, { village: null, grid: "/grids", household: "/households" });
  return town;
}

/** Draws a map of outlines, coloured by contact; what the page is about stands out. @param {L.Map} map @param {CoverageMap} answer */
async function ofCoverage(map, { about, told, ...contact }) {
  const { outlines = "", coverage = "", asOf = "" } = place.dataset;
  const data = /** @type {LiveTownMap} */ (unpacked(await ask(outlines)));
  const town = openTown(map, data, async () => [], { beneath: () => baseLayersOf(place), isSmall: true, isFolded: false });
  /** @type {Record<string, string>} */ const day = asOf ? { as_of: asOf } : {};
  /** @type {Record<string, string>} */ const within = about.village === null ? {} : { village: String(about.village) };
  town.listOf = (view, key) => `${coverage}/grids?${new URLSearchParams({ ...within, [view]: key, ...day })}`;
  town.contact = told;
  const missing = setContactViews(town, contact);
  town.colour(data.views[0].key);
  const chosen = { village: about.village === null ? null : data.villages.features.findIndex(({ properties: { id } }) => id === about.village), grid: null, household: null };
  const grids = data.grids.features.flatMap(({ properties: { number } }, index) => (about.grids.includes(number) ? [index] : []));
  const own = { ...chosen, grid: grids.length === 1 ? grids[0] : null };
  if (own.grid !== null) await town.select(own, { animate: false });
  if (grids.length > 1) town.limit(grids);
  const notes = [[data.words.grids_gone, missing.gone], [data.words.grids_new, missing.added]].flatMap(([text, n]) => (n && asOf ? [fill(String(text), { n: town.format(Number(n)) })] : []));
  if (notes.length) place.after(element("p", { class: "quiet" }, notes.join(" ")));
  if (!town.boundsOf(null).isValid()) place.hidden = true; // nothing of it has a place
  pointFromLists(town);
  leadOn(town, own, { village: `${coverage}/villages`, grid: `${coverage}/grids`, household: null }, new URLSearchParams(day));
  return town;
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

/** What a list is at is pointed out on the map: the first link of a row says what it is about. @param {Town} town */
function pointFromLists({ data, point }) {
  /** @param {Event} event @returns {Partial<Selection>} */
  function about({ target }) {
    const row = target instanceof Element ? target.closest("tr") : null;
    const [, level, first, second] = /\/(villages|grids)\/(\d+)(?:\/(\d+))?$/.exec(row?.querySelector("a")?.pathname ?? "") ?? [];
    const index = level === "grids" ? data.grids.features.findIndex(({ properties: { number } }) => number === Number(second)) : data.villages.features.findIndex(({ properties: { id } }) => id === Number(first));
    return index < 0 ? NOTHING : level === "grids" ? { grid: index } : { village: index };
  }
  for (const list of allOf("table", ".listing")) {
    for (const kind of ["pointerover", "focusin"]) list.addEventListener(kind, (event) => point(about(event)));
    for (const kind of ["pointerleave", "focusout"]) list.addEventListener(kind, () => point(NOTHING));
  }
}

/** @typedef {{ village: string | null, grid: string | null, household: string | null }} Pages Where the pages of each kind are; null: nowhere. */

/**
 * Lets what is chosen on a map open its page, unless that is this one; those who have no other pages stay.
 * @param {Town} town @param {Selection} own What the page is about. @param {Pages} pages @param {URLSearchParams} query
 */
function leadOn({ map, data }, own, pages, query = new URLSearchParams()) {
  const to = (/** @type {(string | number)[]} */ ...parts) => location.assign([parts.join("/"), String(query)].filter(Boolean).join("?"));
  map.on("gridplan:selected", ({ selection: { village, grid, household } }) => {
    if (place.dataset.leads === undefined) return;
    if (pages.household && household !== null && household !== own.household) to(pages.household, household);
    else if (pages.grid && grid !== null && grid !== own.grid) to(pages.grid, Number(data.grids.features[grid].properties.plan), data.grids.features[grid].properties.number);
    else if (pages.village && grid === null && village !== null && village !== own.village) to(pages.village, Number(data.villages.features[village].properties.id));
  });
}

/** Names what is in the middle of the map, or next to it, for who is at it with the keyboard; Enter chooses it. @param {Town} town */
function openByKeyboard({ map, data, at, point, select }) {
  if (place.dataset.leads === undefined) return;
  const name = element("p", { class: "in-middle", role: "status", hidden: "" });
  let isHere = false;
  /** @returns {Selection} */
  function inMiddle() {
    const middle = map.getCenter();
    const found = at(middle);
    if (found.village !== null) return found;
    const isTown = data.villages.features.length > 1;
    const far = (isTown ? data.villages : data.grids).features.map(({ properties: { label } }) => (label ? middle.distanceTo([label[1], label[0]]) : Infinity));
    const nearest = far.indexOf(Math.min(...far));
    return { ...NOTHING, village: isTown ? nearest : 0, grid: isTown ? null : nearest };
  }
  function tell() {
    const { village, grid } = isHere ? inMiddle() : NOTHING;
    name.hidden = village === null;
    name.textContent = village === null ? "" : [data.villages.features[village].properties.name, grid === null ? "" : fill(data.words.grid, { number: data.grids.features[grid].properties.number })].filter(Boolean).join(" · ");
    point({ village, grid });
  }
  place.append(name);
  const follow = (/** @type {boolean} */ now) => {
    if (isHere === now) return;
    isHere = now;
    tell();
  };
  place.addEventListener("focus", () => follow(place.matches(":focus-visible")));
  place.addEventListener("blur", () => follow(false));
  place.addEventListener("pointerdown", () => follow(false));
  map.on("moveend", () => isHere && tell());
  place.addEventListener("keydown", ({ key, target }) => {
    if (target !== place) return;
    follow(true);
    if (key === "Enter") select(inMiddle(), { move: "none" });
  });
}
