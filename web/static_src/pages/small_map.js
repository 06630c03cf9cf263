// The small map on a page: the grids and households that the page is about.
import * as L from "leaflet";
import { addBaseLayers } from "../maps/basemap.js";
import { keepRoom } from "../maps/crowding.js";
import { addPrinting, titleOfPage } from "../maps/print.js";
import { byId, dataOf, element, say, wordsOf } from "../ui/page.js";
import { ACCENT, BROKEN, INK, PAPER, TINTS, metresPerPixel } from "../maps/marks.js";
/** @import { SmallDot, SmallMap } from "../wire.js" */

const ROOM_PX = 9;
const place = byId("small-map");
/** @type {SmallMap} */ const data = dataOf("small-map-data");
const map = L.map(place, { preferCanvas: true, attributionControl: false, maxZoom: 21, zoomSnap: 0.25, zoomControl: false, scrollWheelZoom: false });
L.control.zoom({ zoomInTitle: say("map.zoom_in"), zoomOutTitle: say("map.zoom_out") }).addTo(map);
L.control.scale({ imperial: false }).addTo(map);
const bounds = L.latLngBounds([]);
addPrinting(map, { words: wordsOf("map."), title: titleOfPage, note: () => say("map.planner_copy"), extent: () => bounds });
const at = (/** @type {[number, number, ...unknown[]]} */ [lon, lat]) => L.latLng(lat, lon);
const still = { interactive: false };
addBaseLayers(map, place).then((baseLayers) => draw(baseLayers.length > 0)).catch((problem) => (console.error(problem), draw(false)));

/** @param {boolean} isVeiled Whether a layer beneath is to be seen through the grids. */
function draw(isVeiled) {
  const names = L.layerGroup(hamlets());
  const layers = [...outlines(isVeiled), ...data.dots.map(dot), names, ...marks()];
  keepRoom(map, names);
  if (bounds.isValid()) map.fitBounds(bounds, { padding: [16, 16], maxZoom: data.grids.length || data.dots.length ? 18 : 16, animate: false });
  else map.setView([0, 0], 2);
  layers.forEach((layer) => layer.addTo(map)); // after the view: a canvas can draw nothing before the map knows where it is
  map.fire("zoomend"); // some numbers have no room
  place.dataset.ready = "true";
}

/** @param {boolean} isVeiled */
function outlines(isVeiled) {
  /** @type {L.Layer[]} */ const layers = [];
  if (data.boundary) {
    const layer = L.geoJSON(data.boundary, { ...still, style: { fill: false, color: INK, weight: 2, opacity: 0.75 } });
    if (!data.grids.length) bounds.extend(layer.getBounds());
    layers.push(layer);
  }
  for (const { shape, tint, here, href, label, number } of data.grids) {
    const { fill, line } = TINTS[tint];
    const style = { color: line, weight: here ? 2 : 0.8, fillColor: fill, fillOpacity: (here ? 0.85 : 0.35) * (isVeiled ? 0.6 : 1) };
    const layer = L.geoJSON(shape, { style, interactive: href !== null });
    if (href) layer.on("click", () => location.assign(href));
    if (here) bounds.extend(layer.getBounds());
    const text = href ? element("a", { href, class: here ? "" : "quiet" }, String(number)) : element("span", {}, String(number));
    const mark = L.marker(at(label), { keyboard: false, icon: L.divIcon({ className: "small-map-number", html: text, iconSize: [28, 20] }) });
    map.on("zoomend", () => mark.setOpacity(label[2] / metresPerPixel(map) < ROOM_PX ? 0 : 1));
    layers.push(layer, mark);
  }
  return layers;
}

/** @param {SmallDot} home */
function dot({ at: spot, text, door, loose }) {
  bounds.extend(at(spot));
  const style = { radius: 4, weight: 1.5, color: loose ? BROKEN : INK, fillColor: loose ? PAPER : INK, fillOpacity: 0.9 };
  return L.circleMarker(at(spot), style).bindTooltip(element("span", {}, [text, door].filter(Boolean).join(" · ")));
}

/** Returns the hamlets, those first that the page is about. */
function hamlets() {
  return [...data.anchors].sort((a, b) => b[3] - a[3]).map(([name, lon, lat, households]) => {
    bounds.extend([lat, lon]);
    const text = !households ? name : name ? say("map.anchor", { hamlet: name, n: households }) : say("map.here", { n: households });
    const className = households ? "hamlet-mark chosen" : "hamlet-mark";
    return L.marker([lat, lon], { ...still, icon: L.divIcon({ className, html: element("span", {}, text), iconSize: [0, 0] }) });
  });
}

/** Returns the marks of the household the page is about, and of the home of a member. */
function marks() {
  /** @type {L.Layer[]} */ const layers = [];
  if (data.here) layers.push(L.circleMarker(at(data.here), { ...still, radius: 9, weight: 3, color: ACCENT, fill: false }));
  if (data.home) {
    const home = L.circleMarker(at(data.home), { radius: 7, weight: 3, color: ACCENT, fillColor: PAPER, fillOpacity: 1 });
    layers.push(home.bindTooltip(element("span", {}, place.dataset.home ?? "")));
  }
  for (const spot of [data.here, data.home]) if (spot) bounds.extend(at(spot));
  return layers;
}
