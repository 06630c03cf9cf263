// A town on a Leaflet map: what is drawn of it, what is chosen, and what a click means.
import * as L from "leaflet";
import { element } from "../ui/page.js";
import { Drawing } from "./drawing/drawing.js";
import { hamletBounds, hamletLayer } from "./drawing/hamlets.js";
import { addCorner } from "./legend.js";
import { metresPerPixel, onColours } from "./drawing/marks.js";
import { Places } from "./places.js";
import { NOTHING, residentsOf } from "./selection.js";
import { Shapes, around } from "./drawing/shapes.js";
/** @import { Selection } from "./selection.js" */
/** @import { Distance } from "./drawing/marks.js" */
/** @import { PlaceFeature } from "./places.js" */
/** @import { PlaceAnswer, TownMap, View } from "../wire.js" */

/** @typedef {{ move?: "fit" | "none", animate?: boolean }} Showing Whether the map goes to what is chosen, and how. */

/**
 * @typedef {object} Town The drawn town: its layers, what is chosen, and what moves the map and colours it.
 * @property {L.Map} map Fires gridplan:selected, gridplan:pointed (what the mouse is over), gridplan:colour, gridplan:views (there are others), gridplan:day (to show contact as of a day) and gridplan:contact (that is shown).
 * @property {TownMap} data
 * @property {(n: number) => string} format
 * @property {{ grids: L.Layer, villages: L.Layer, households: L.Layer, hamlets: L.LayerGroup }} layers Of the first three what is drawn is on the map.
 * @property {Selection} selection
 * @property {View | null} view What colours mean; otherwise neighbours differ.
 * @property {string | null} contact How contact stands in what is chosen, where that is said.
 * @property {{ shown: string, first: string, last: string } | null} day As of which day contact is shown, and of which it can be.
 * @property {((view: string, key: string) => string) | null} listOf Returns the address of the list of the grids of a class, where there are lists.
 * @property {(selection: Partial<Selection>, showing?: Showing) => Promise<void>} select
 * @property {(selection: Partial<Selection>) => void} point Points out what a list is at: NOTHING to end it.
 * @property {(village: number) => Promise<PlaceFeature[]>} placesOf Where the households of a village stand.
 * @property {(village: number | null) => L.LatLngBounds} boundsOf Of a village, or of all.
 * @property {(bounds: L.LatLngBounds) => void} show Goes there at once, beside what covers the map.
 * @property {(key: string | null) => void} colour By one of data.views; otherwise neighbours differ.
 * @property {(grids: number[]) => void} limit Goes to these grids and lets all others step back.
 * @property {(at: L.LatLng) => Selection} at What is meant by a spot of the map.
 * @property {() => Distance} distance What is drawn at the distance that the map is seen from.
 * @property {(isBanded: boolean) => void} band Fills grids along their edges only, so that the ground beneath is seen.
 */

const calm = matchMedia("(prefers-reduced-motion: reduce)");
// Metres per pixel beyond which a click means a grid, and no household.
const GRIDS_FROM = 3.5;
const TOLERANCE = L.Browser.mobile ? 8 : 2;

/**
 * @param {L.Map} map @param {TownMap} data @param {(n: number) => string} format
 * @param {() => number} margin What covers the map's right side, in pixels.
 * @param {(village: number) => Promise<PlaceAnswer[]>} ask Asks for the households of a village.
 * @returns {Town}
 */
export function drawTown(map, data, format, margin, ask) {
  const shapes = new Shapes(data);
  const places = new Places(data, ask);
  const layers = { grids: L.layerGroup(), villages: L.layerGroup(), households: L.layerGroup(), hamlets: L.layerGroup() };
  const state = { layers: { grids: true, villages: true, households: true }, view: /** @type {View | null} */ (null), limits: /** @type {Set<number> | null} */ (null), isBanded: false, selection: NOTHING, pointed: NOTHING };
  const drawing = new Drawing(map, data, shapes, places, state);
  const redraw = () => drawing.draw();

  /** @param {string | null} key */
  function colour(key) {
    state.view = town.view = data.views.find((other) => other.key === key) ?? null;
    redraw();
    map.fire("gridplan:colour", { view: state.view });
  }
  /** @param {number[]} grids */
  function limit(grids) {
    state.limits = new Set(grids);
    redraw();
    const boxes = grids.flatMap((grid) => (shapes.grids[grid] ? [shapes.grids[grid].box] : []));
    if (boxes.length) map.fitBounds(shapes.bounds(around(boxes)).pad(0.2), { ...padded(0), maxZoom: 18, animate: false });
  }
  /** @param {boolean} isBanded */
  function band(isBanded) {
    state.isBanded = isBanded;
    redraw();
  }

  // ---- households come as one nears

  /** Asks for the households of the villages in sight, once they can be told apart. */
  function askForPlaces() {
    if (!drawing.showsHouseholds()) return;
    for (const village of drawing.villagesInSight()) if (!places.known(village)) placesOf(village).catch(console.error);
  }
  /** @param {number} village */
  async function placesOf(village) {
    const isNew = !places.known(village);
    const found = await places.of(village);
    if (isNew) redraw();
    return found;
  }

  // ---- what is chosen

  let latest = NOTHING;
  /** @param {Partial<Selection>} wanted @returns {Selection} */
  function whole({ village = null, grid = null, household = null }) {
    return { village: grid === null ? village : data.grids.features[grid].properties.village, grid, household };
  }
  /** Returns a household's selection with its grid, which who found it may not know. @param {Selection} wanted */
  async function withGrid(wanted) {
    if (wanted.village === null) return wanted;
    const homes = (await placesOf(wanted.village)).flatMap(({ properties }) => residentsOf(properties));
    return { ...wanted, grid: homes.find(({ key }) => key === wanted.household)?.grid ?? null };
  }
  /** Returns where a household stands, unless that is not known. @param {Selection} wanted */
  async function spotOf({ village, household }) {
    if (village === null || household === null) return null;
    await placesOf(village);
    return drawing.spotOf(village, household);
  }
  /** @param {Partial<Selection>} wanted @param {Showing} showing */
  async function select(wanted, { move = "fit", animate = !calm.matches } = {}) {
    const asked = (latest = whole(wanted));
    const chosen = asked.household !== null && asked.grid === null ? await withGrid(asked) : asked;
    if (asked !== latest) return;
    state.selection = town.selection = chosen;
    state.pointed = NOTHING;
    redraw();
    map.fire("gridplan:selected", { selection: chosen }); // first: a panel that opens for it may leave the map another size
    if (move === "fit" && chosen.household === null) fit(chosen, animate);
    const spot = await spotOf(chosen);
    if (chosen.household === null || chosen !== state.selection) return;
    redraw();
    if (spot && move === "fit") map.setView(latLng(spot), Math.max(18, map.getZoom()), { animate });
    else if (move === "fit") fit(chosen, animate);
  }
  /** @param {Partial<Selection>} wanted */
  async function point(wanted) {
    const now = whole(wanted);
    if (JSON.stringify(now) === JSON.stringify(state.pointed)) return;
    state.pointed = now;
    drawing.marks.draw();
    if (await spotOf(now)) drawing.marks.draw();
  }

  // ---- where the map goes

  const latLng = (/** @type {[number, number]} */ [x, y]) => shapes.bounds([x, y, x, y]).getCenter();
  /** @param {number} padding @returns {L.FitBoundsOptions} */
  const padded = (padding) => ({ paddingTopLeft: [padding, padding], paddingBottomRight: [padding + margin(), padding] });
  /** @param {number | null} village */
  function boundsOf(village) {
    const shown = village === null ? data.around : data.villages.features[village].properties.around;
    const box = shown && L.latLngBounds([shown[1], shown[0]], [shown[3], shown[2]]);
    if (box && village !== null) return box;
    const labels = data.villages.features.flatMap(({ properties: { label } }, index) => (label && (village ?? index) === index ? [L.latLng(label[1], label[0])] : []));
    const bounds = L.latLngBounds(labels).extend(hamletBounds(data, village));
    return box ? bounds.extend(box) : bounds;
  }
  /** Goes to what is chosen: of a grid or village that is not drawn to what it is part of. @param {Selection} chosen @param {boolean} animate */
  function fit({ village, grid }, animate) {
    const shape = grid === null ? null : shapes.grids[grid];
    const bounds = boundsOf(village);
    if (shape) map.fitBounds(shapes.bounds(shape.box).pad(1), { ...padded(0), maxZoom: 18, animate });
    else if (bounds.isValid()) map.fitBounds(bounds, { ...padded(village === null ? 16 : shapes.villages[village] ? 24 : 60), maxZoom: village === null || shapes.villages[village] ? 18 : 16, animate });
    else if (village === null) map.setView([0, 0], 2); // nothing is on the map
  }

  /** @param {L.LatLngBounds} bounds */
  const show = (bounds) => void map.fitBounds(bounds, { ...padded(24), maxZoom: 17, animate: false });

  // ---- what the mouse means

  /** Returns what is meant by a spot of the map at this distance. @param {L.LatLng} at @returns {Selection} */
  function meant(at) {
    const spot = shapes.at(at.lng, at.lat);
    const grid = state.layers.grids ? drawing.gridAt(spot) : null;
    const village = drawing.villageAt(spot) ?? (grid === null ? null : data.grids.features[grid].properties.village);
    if (drawing.isFar()) return whole({ village });
    const place = drawing.placeAt(spot, TOLERANCE);
    if (!place) return grid === null ? whole({ village: state.layers.grids ? village : null }) : whole({ grid });
    const residents = residentsOf(place.properties);
    const { grid: own, key } = residents.find((one) => one.grid === state.selection.grid) ?? residents[0]; // of several one of the chosen grid
    return metresPerPixel(map) > GRIDS_FROM && own !== null ? whole({ grid: own }) : whole({ village: place.properties.village, grid: own, household: key });
  }
  /** @param {Selection} now */
  function pointAt(now) {
    if (JSON.stringify(now) === JSON.stringify(state.pointed)) return;
    map.getContainer().classList.toggle("leaflet-interactive", now.village !== null);
    point(now);
    map.fire("gridplan:pointed", { selection: now });
  }
  map.on("click", ({ latlng }) => {
    const chosen = meant(latlng);
    if (chosen.village !== null) select(chosen, { move: drawing.isFar() ? "fit" : "none" });
  });
  let isMoving = false;
  map.on("movestart", () => (isMoving = true));
  map.on("moveend", () => (isMoving = false));
  map.on("mousemove", ({ latlng }) => !isMoving && pointAt(meant(latlng)));
  map.on("mouseout", () => pointAt(NOTHING));

  // ---- what is drawn

  const here = element("p", { class: "here", hidden: "" });
  drawing.on("named", ({ village }) => {
    here.hidden = village === null;
    here.textContent = village === null ? "" : data.villages.features[village].properties.name;
  });
  map.on("layeradd layerremove", ({ layer }) => {
    const name = /** @type {("grids" | "villages" | "households")[]} */ (["grids", "villages", "households"]).find((key) => layers[key] === layer);
    if (!name) return;
    state.layers[name] = map.hasLayer(layer);
    redraw();
  });
  onColours(redraw);

  /** @type {Town} */
  const town = { map, data, format, layers, selection: NOTHING, view: null, contact: null, day: null, listOf: null, select, point, placesOf, boundsOf, show, colour, limit, at: meant, band, distance: () => drawing.distance() };
  layers.hamlets = hamletLayer(town);
  fit(NOTHING, false);
  addCorner(map, "topleft", here);
  Object.values(layers).forEach((layer) => layer.addTo(map));
  drawing.begin();
  map.on("moveend", askForPlaces);
  askForPlaces();
  map.getContainer().querySelector(".loading")?.remove();
  return town;
}
