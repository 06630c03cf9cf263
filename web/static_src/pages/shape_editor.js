// Maps to draw on: the boundary of a village, or a road, a barrier, a building.
import * as L from "leaflet";
import "@geoman-io/leaflet-geoman-free";
import "@geoman-io/leaflet-geoman-free/dist/leaflet-geoman.css";
import { allOf, byId, element, say } from "../ui/page.js";
import { openBackgroundMap } from "../maps/ground/map_background.js";
import { colours } from "../maps/drawing/marks.js";
/** @import { Area, LandFeature } from "../wire.js" */
/** @import { LineString } from "geojson" */

/** @typedef {L.Polyline | L.Marker} Drawn */

const place = byId("map");
const EDITED = "pm:edit pm:update pm:dragend";
const ownStyle = () => ({ color: colours().accent, weight: 3, fillOpacity: 0.08 });

openBackgroundMap(place, start);

/** @param {L.Map} map @param {L.GeoJSON} land */
function start(map, land) {
  map.pm.setLang(document.documentElement.lang.startsWith("zh") ? "zh" : "en");
  if (place.dataset.draws === "area") drawArea(map);
  if (place.dataset.draws === "feature") drawFeature(map);
  drawPreviewed(map);
  nameFeatures(map, land);
  nameTools(map.getContainer());
}

/** Shows what is in a file before it is added, and goes there. @param {L.Map} map */
function drawPreviewed(map) {
  const shapes = document.getElementById("shapes");
  if (!(shapes instanceof HTMLInputElement)) return;
  const pointToLayer = (/** @type {unknown} */ _, /** @type {L.LatLng} */ at) => L.circleMarker(at, { ...ownStyle(), radius: 5 });
  const drawn = L.geoJSON(JSON.parse(shapes.value), { style: ownStyle, pointToLayer, interactive: false }).addTo(map);
  if (drawn.getBounds().isValid()) map.fitBounds(drawn.getBounds(), { padding: [24, 24], maxZoom: 17, animate: false });
}

/** @param {L.Map} map */
function drawArea(map) {
  const shape = byId("shape", "input");
  const own = L.featureGroup().addTo(map);
  const write = () => {
    const areas = /** @type {L.Polygon[]} */ (own.getLayers()).map((layer) => layer.toGeoJSON().geometry);
    shape.value = areas.length === 0 ? "" : JSON.stringify(areas.length === 1 ? areas[0] : { type: "MultiPolygon", coordinates: areas.map(({ coordinates }) => coordinates) });
  };
  const add = (/** @type {L.Polygon} */ layer) => {
    own.addLayer(layer);
    layer.pm.enable({ allowSelfIntersection: false });
    layer.on(EDITED, write);
  };
  if (shape.value) {
    /** @type {Area} */ const given = JSON.parse(shape.value);
    const parts = given.type === "MultiPolygon" ? given.coordinates : [given.coordinates];
    for (const part of parts) add(L.polygon(L.GeoJSON.coordsToLatLngs(part, 1), ownStyle()));
    map.fitBounds(own.getBounds(), { padding: [24, 24], animate: false });
  }
  tools(map, { drawPolygon: true, editMode: true, cutPolygon: false });
  map.on("pm:create", ({ layer }) => {
    const polygon = /** @type {L.Polygon} */ (layer);
    add(polygon.setStyle(ownStyle()));
    write();
  });
  map.on("pm:remove", ({ layer }) => {
    own.removeLayer(layer);
    write();
  });
}

/** One line, area or spot at a time: a new one takes the place of the one before. @param {L.Map} map */
function drawFeature(map) {
  const dimensions = (place.dataset.made ?? "").split(",").map(Number);
  const shape = byId("shape", "input");
  /** @type {Drawn | null} */ let own = null;
  const write = () => {
    shape.value = own ? JSON.stringify(own.toGeoJSON().geometry) : "";
    byId("drawn").textContent = say(own ? "registry.draw.done" : "registry.draw.none");
  };
  tools(map, { drawMarker: dimensions.includes(0), drawPolyline: dimensions.includes(1), drawPolygon: dimensions.includes(2), editMode: true });
  map.on("pm:create", ({ layer }) => {
    own?.remove();
    own = /** @type {Drawn} */ (layer);
    if (layer instanceof L.Path) layer.setStyle(ownStyle());
    layer.on(EDITED, write);
    write();
  });
  map.on("pm:remove", ({ layer }) => {
    if (layer !== own) return;
    own = null;
    write();
  });
}

/** @param {L.Map} map @param {L.PM.ToolbarOptions} wanted */
function tools(map, wanted) {
  const none = { drawMarker: false, drawCircle: false, drawCircleMarker: false, drawPolyline: false, drawRectangle: false, drawPolygon: false, drawText: false, editMode: false, dragMode: false, cutPolygon: false, rotateMode: false };
  map.pm.setGlobalOptions({ allowSelfIntersection: false, snapDistance: 12, limitMarkersToCount: 60, pathOptions: ownStyle(), markerStyle: { icon: L.divIcon({ className: "pin-mark", iconSize: undefined, html: element("span", {}) }) } });
  map.pm.addControls({ position: "topleft", ...none, ...wanted, removalMode: true });
}

/** Names what Geoman leaves without a name: its buttons, after their tips, and corners. @param {HTMLElement} container */
function nameTools(container) {
  const name = () => {
    for (const button of allOf("a", ".leaflet-buttons-control-button", container)) button.setAttribute("aria-label", button.parentElement?.title ?? "");
    for (const corner of allOf("div", ".marker-icon", container)) corner.setAttribute("aria-label", say("registry.draw.corner"));
  };
  new MutationObserver(name).observe(container, { childList: true, subtree: true });
  name();
}

/** @typedef {L.Polyline<LineString, LandFeature> | L.CircleMarker<LandFeature>} Land */

/** A name in the list shows its feature on the map. @param {L.Map} map @param {L.GeoJSON} land */
function nameFeatures(map, land) {
  const layers = new Map(/** @type {Land[]} */ (land.getLayers()).map((layer) => [layer.feature?.properties.id, layer]));
  for (const button of allOf("button", "[data-feature]")) {
    button.addEventListener("click", () => {
      const layer = layers.get(Number(button.dataset.feature));
      if (!layer) return;
      if ("getLatLng" in layer) map.setView(layer.getLatLng(), 17);
      else map.fitBounds(layer.getBounds(), { maxZoom: 17, padding: [24, 24] });
      layer.setStyle({ color: colours().accent, weight: 5 });
      setTimeout(() => land.resetStyle(layer), 1500);
    });
  }
}
