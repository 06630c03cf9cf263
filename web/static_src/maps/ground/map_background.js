// What pages place and draw on: a quiet map, outlines of villages and the land, the places of households and hamlets.
import * as L from "leaflet";
import { ask, messageOf } from "../../ui/request.js";
import { addBaseLayers } from "./basemap.js";
import { colours, followColours } from "../drawing/marks.js";
import { element, say } from "../../ui/page.js";
/** @import { LandFeature, LonLat, MapBackground } from "../../wire.js" */
/** @import { Feature, Geometry } from "geojson" */

/** Returns how the land is drawn. @param {LandFeature["kind"]} kind @returns {L.PathOptions} */
function landStyle(kind) {
  const { land, hatching } = colours();
  switch (kind) {
    case "water": return { color: land.water, weight: 2, fillColor: land.water, fillOpacity: 1 };
    case "road": return { color: hatching, weight: 2 };
    case "building": return { color: hatching, weight: 1, fillColor: land.building, fillOpacity: 1 };
    case "barrier": return { color: land.barrier, weight: 3, dashArray: "8 4", fillColor: land.barrier, fillOpacity: 0.15 };
    case "crossing": return { color: land.crossing, weight: 4, fillColor: land.crossing, fillOpacity: 0.4 };
  }
}
// Somewhere to begin where nothing is known yet: the whole of the country.
/** @type {L.LatLngBoundsLiteral} */ const COUNTRY = [[18, 74], [53, 134]];

// From where on a click is near what it is meant for: half a screen is some kilometres.
const NEAR_ZOOM = 12;

/** Whether a map is seen from near enough to place something on it. @param {L.Map} map */
export const isNear = (map) => map.getZoom() >= NEAR_ZOOM;

/** Returns a map with our controls, on the base layers of the town. @param {HTMLElement} place */
export function openMap(place) {
  const map = L.map(place, { renderer: L.canvas({ padding: 0.3, tolerance: L.Browser.mobile ? 8 : 2 }), zoomControl: false, attributionControl: false, maxZoom: 21, zoomSnap: 0.25 });
  L.control.zoom({ zoomInTitle: say("placement.zoom_in"), zoomOutTitle: say("placement.zoom_out") }).addTo(map);
  L.control.scale({ imperial: false }).addTo(map);
  followColours(map);
  addBaseLayers(map, place).catch(console.error); // a map without it still does its work
  return map;
}

/** Opens a map that is drawn on. @param {HTMLElement} place @param {(map: L.Map, land: L.GeoJSON, around: MapBackground["around"]) => void} start */
export async function openBackgroundMap(place, start) {
  try {
    const map = openMap(place);
    const { background, land } = await drawBackground(map, Number(place.dataset.village) || null);
    drawPlaces(map, background);
    start(map, land, background.around);
  } catch (problem) {
    console.error(problem);
    place.replaceChildren(element("p", { class: "empty", role: "alert" }, sentenceOf(problem)));
  }
}

/**
 * Asks for what is known around a village, or around all of them; shows and draws it, but for places; returns it.
 * @param {L.Map} map @param {number | null} village
 * @param {((centre: L.LatLng) => void) | null} onBuilding Called with the centre of a building that is clicked.
 */
export async function drawBackground(map, village, onBuilding = null) {
  /** @type {MapBackground} */ const background = await ask(village ? `/api/ground/${village}` : "/api/ground");
  const { around } = background;
  if (!around) map.fitBounds(COUNTRY);
  else map.fitBounds([[around[1], around[0]], [around[3], around[2]]], { padding: [24, 24], maxZoom: 18, animate: false });
  drawVillages(map, background.villages, village);
  return { background, land: drawLand(map, background.features, onBuilding) };
}

/** Returns what the server says of something that went wrong, or that it does not answer. @param {unknown} problem */
export function sentenceOf(problem) {
  return problem instanceof TypeError ? say("placement.no_answer") : messageOf(problem);
}

/** @typedef {Feature<Geometry, LandFeature>} Land */

/** @param {L.Map} map @param {MapBackground["features"]} features @param {((centre: L.LatLng) => void) | null} onBuilding */
export function drawLand(map, features, onBuilding) {
  const isChoosable = (/** @type {Land} */ { properties }) => onBuilding !== null && properties.kind === "building";
  /** @returns {L.PathOptions} */
  const style = (/** @type {Land | undefined} */ feature) => (feature ? { ...landStyle(feature.properties.kind), interactive: isChoosable(feature), bubblingMouseEvents: false } : {});
  const pointToLayer = (/** @type {Land} */ feature, /** @type {L.LatLng} */ latlng) => L.circleMarker(latlng, { ...style(feature), radius: 4 });
  const onEachFeature = (/** @type {Land} */ feature, /** @type {L.Layer} */ layer) => {
    if (isChoosable(feature)) layer.on("click", () => onBuilding?.(latLng(feature.properties.centre)));
  };
  return L.geoJSON(features, { style, pointToLayer, onEachFeature, interactive: onBuilding !== null }).addTo(map);
}

/**
 * Draws the outlines of villages, that of one of them stronger; outlines that nobody gave are dashed.
 * @param {L.Map} map @param {MapBackground["villages"]} villages @param {number | null} own
 */
function drawVillages(map, villages, own = null) {
  /** @returns {L.PathOptions} */
  const style = (/** @type {Feature<Geometry, { id: number, given: boolean }> | undefined} */ village) => {
    const isOwn = village?.properties.id === own;
    return { fill: false, color: isOwn ? colours().ink : colours().quiet, weight: isOwn ? 2.5 : 1, dashArray: village?.properties.given ? undefined : "2 6" };
  };
  return L.geoJSON(villages, { interactive: false, style }).addTo(map);
}

/** Draws households, and the names of hamlets on their anchors. @param {L.Map} map @param {MapBackground} background */
export function drawPlaces(map, { homes, anchors }) {
  for (const home of homes) L.circleMarker(latLng(home), { radius: 3, stroke: false, fillColor: colours().quiet, fillOpacity: 1, interactive: false }).addTo(map);
  for (const { name, lon, lat } of anchors) mark([lat, lon], name || say("placement.no_hamlet"), "anchor-mark").addTo(map);
}

/** Returns a mark that catches no clicks. @param {L.LatLngExpression} at @param {string} text @param {string} className */
export function mark(at, text, className) {
  return L.marker(at, { interactive: false, keyboard: false, icon: L.divIcon({ className, iconSize: undefined, html: element("span", {}, text) }) });
}

const latLng = (/** @type {LonLat} */ [lon, lat]) => L.latLng(lat, lon);
