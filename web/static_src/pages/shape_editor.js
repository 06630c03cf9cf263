// Maps to draw on: the boundary of a village, or a road, a barrier, a building.
import * as L from "leaflet";
import "@geoman-io/leaflet-geoman-free";
import "@geoman-io/leaflet-geoman-free/dist/leaflet-geoman.css";
import { element } from "../ui/element.js";
import { openGround } from "../maps/drawing_ground.js";
import { ACCENT } from "../maps/palette.js";
import { say } from "../ui/words.js";

const at = (id) => document.getElementById(id);
const place = at("map");
const OWN = { color: ACCENT, weight: 3, fillOpacity: 0.08 };

openGround(place, start);

function start(map, land) {
  map.pm.setLang(document.documentElement.lang.startsWith("zh") ? "zh" : "en");
  if (place.dataset.draws === "area") drawArea(map);
  if (place.dataset.draws === "feature") drawFeature(map);
  nameFeatures(map, land);
}

function drawArea(map) {
  const shape = at("shape");
  const own = L.featureGroup().addTo(map);
  const keep = () => {
    const areas = own.getLayers().map((layer) => layer.toGeoJSON().geometry);
    shape.value = areas.length === 0 ? "" : JSON.stringify(areas.length === 1 ? areas[0] : { type: "MultiPolygon", coordinates: areas.map(({ coordinates }) => coordinates) });
  };
  const take = (layer) => {
    layer.pm.enable({ allowSelfIntersection: false });
    layer.on("pm:edit pm:update pm:dragend", keep);
  };
  if (shape.value) {
    const given = JSON.parse(shape.value);
    const parts = given.type === "MultiPolygon" ? given.coordinates.map((coordinates) => ({ type: "Polygon", coordinates })) : [given];
    for (const part of parts) L.geoJSON(part, { style: OWN }).eachLayer((layer) => own.addLayer(layer));
    own.eachLayer(take);
    map.fitBounds(own.getBounds(), { padding: [24, 24], animate: false });
  }
  tools(map, { drawPolygon: true, editMode: true, cutPolygon: false });
  map.on("pm:create", ({ layer }) => {
    layer.setStyle(OWN);
    own.addLayer(layer);
    take(layer);
    keep();
  });
  map.on("pm:remove", ({ layer }) => {
    own.removeLayer(layer);
    keep();
  });
}

/** One line, area or spot at a time: a new one takes the place of the one before. */
function drawFeature(map) {
  const made = place.dataset.made.split(",").map(Number);
  const shape = at("shape");
  let own = null;
  const keep = () => {
    shape.value = own ? JSON.stringify(own.toGeoJSON().geometry) : "";
    at("drawn").textContent = say(own ? "upkeep.draw.done" : "upkeep.draw.none");
  };
  tools(map, { drawMarker: made.includes(0), drawPolyline: made.includes(1), drawPolygon: made.includes(2), editMode: true });
  map.on("pm:create", ({ layer }) => {
    own?.remove();
    own = layer;
    layer.setStyle?.(OWN);
    layer.on("pm:edit pm:update pm:dragend", keep);
    keep();
  });
  map.on("pm:remove", ({ layer }) => {
    if (layer !== own) return;
    own = null;
    keep();
  });
}

function tools(map, wanted) {
  const none = { drawMarker: false, drawCircle: false, drawCircleMarker: false, drawPolyline: false, drawRectangle: false, drawPolygon: false, drawText: false, editMode: false, dragMode: false, cutPolygon: false, rotateMode: false };
  map.pm.setGlobalOptions({ allowSelfIntersection: false, snapDistance: 12, limitMarkersToCount: 60, pathOptions: OWN, markerStyle: { icon: L.divIcon({ className: "pin-mark", iconSize: null, html: element("span", {}) }) } });
  map.pm.addControls({ position: "topleft", ...none, ...wanted, removalMode: true });
}

/** A name in the list shows its feature on the map. */
function nameFeatures(map, land) {
  const layers = new Map();
  land.eachLayer((layer) => layers.set(layer.feature.properties.id, layer));
  for (const button of document.querySelectorAll("[data-feature]")) {
    button.addEventListener("click", () => {
      const layer = layers.get(Number(button.dataset.feature));
      if (!layer) return;
      if (layer.getBounds) map.fitBounds(layer.getBounds(), { maxZoom: 17, padding: [24, 24] });
      else map.setView(layer.getLatLng(), 17);
      layer.setStyle({ color: ACCENT, weight: 5 });
      setTimeout(() => land.resetStyle(layer), 1500);
    });
  }
}
