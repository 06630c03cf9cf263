// The ground that pages draw on: a quiet map, the land beneath, and the places of households and hamlets.
import * as L from "leaflet";
import { ask } from "../ui/request.js";
import { addGround } from "./basemap.js";
import { INK } from "./palette.js";
import { element } from "../ui/element.js";
import { say } from "../ui/words.js";


const LAND = {
  water: { color: "#8fb6d6", weight: 1, fillColor: "#d5e6f3", fillOpacity: 0.8 },
  road: { color: "#b8b2a6", weight: 2 },
  barrier: { color: "#8a5a44", weight: 3, dashArray: "8 4", fillColor: "#8a5a44", fillOpacity: 0.15 },
  crossing: { color: "#3b7d4b", weight: 4, fillColor: "#3b7d4b", fillOpacity: 0.4 },
  building: { color: "#9aa3ad", weight: 1, fillColor: "#e3e5e8", fillOpacity: 0.9 },
};
// Somewhere to begin where nothing is known yet: the whole of the country.
const COUNTRY = [[18, 74], [53, 134]];

/** Returns a map with our controls, on whatever ground the town has. */
export function openMap(place) {
  const map = L.map(place, { renderer: L.canvas({ padding: 0.3, tolerance: L.Browser.mobile ? 8 : 2 }), zoomControl: false, attributionControl: false, maxZoom: 21, zoomSnap: 0.25 });
  L.control.zoom({ zoomInTitle: say("place.zoom_in"), zoomOutTitle: say("place.zoom_out") }).addTo(map);
  L.control.scale({ imperial: false }).addTo(map);
  addGround(map, place).catch(console.error); // a map without it still does its work
  return map;
}

/** Opens a map on what is known around a village, or around all of them, and hands it over with the land on it. */
export async function openGround(place, start) {
  try {
    const map = openMap(place);
    const village = Number(place.dataset.village) || null;
    const ground = await ask(village ? `/api/ground/${village}` : "/api/ground");
    showAround(map, ground.around);
    drawVillages(map, ground.villages, village);
    const land = drawLand(map, ground.features);
    drawHomes(map, ground.homes);
    drawAnchors(map, ground.anchors);
    start(map, land);
  } catch (problem) {
    console.error(problem);
    place.replaceChildren(element("p", { class: "empty", role: "alert" }, sentenceOf(problem)));
  }
}

/** Returns what to say of something that went wrong: what the server says, or that it does not answer. */
export function sentenceOf(problem) {
  return problem instanceof TypeError ? say("place.no_answer") : problem.message;
}

/** Shows what is known around: bounds as west, south, east, north, or the country. */
export function showAround(map, around) {
  if (!around) map.fitBounds(COUNTRY);
  else map.fitBounds([[around[1], around[0]], [around[3], around[2]]], { padding: [24, 24], maxZoom: 18, animate: false });
}

/** Draws roads, water, barriers, crossings and buildings; `onBuilding` is called with the centre of one that is clicked. */
export function drawLand(map, features, onBuilding = null) {
  const choosable = ({ properties }) => onBuilding !== null && properties.kind === "building";
  const style = (feature) => ({ ...LAND[feature.properties.kind], interactive: choosable(feature), bubblingMouseEvents: false });
  const pointToLayer = (feature, latlng) => L.circleMarker(latlng, { ...style(feature), radius: 4 });
  const onEachFeature = (feature, layer) => {
    if (choosable(feature)) layer.on("click", () => onBuilding(latLng(feature.properties.centre)));
  };
  return L.geoJSON(features, { style, pointToLayer, onEachFeature, interactive: onBuilding !== null }).addTo(map);
}

/** Draws the outlines of villages, that of one of them stronger; outlines that nobody gave are dashed. */
export function drawVillages(map, villages, own = null) {
  const style = ({ properties: { id, given } }) => ({ fill: false, color: INK, weight: id === own ? 2.5 : 1, opacity: id === own ? 0.8 : 0.5, dashArray: given ? null : "2 6" });
  return L.geoJSON(villages, { interactive: false, style }).addTo(map);
}

/** Draws the places of households as quiet dots. */
export function drawHomes(map, homes) {
  for (const home of homes) L.circleMarker(latLng(home), { radius: 3, stroke: false, fillColor: INK, fillOpacity: 0.5, interactive: false }).addTo(map);
}

/** Draws the names of hamlets on their anchors. */
export function drawAnchors(map, anchors) {
  for (const { name, lon, lat } of anchors) mark([lat, lon], name || say("place.no_hamlet"), "anchor-mark").addTo(map);
}

/** Returns a mark that is a short text and does not catch clicks. */
export function mark(at, text, className) {
  return L.marker(at, { interactive: false, keyboard: false, icon: L.divIcon({ className, iconSize: null, html: element("span", {}, text) }) });
}

export const latLng = ([lon, lat]) => L.latLng(lat, lon);
