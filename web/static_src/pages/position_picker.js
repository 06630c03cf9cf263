// A form with a map: a click on the map fills longitude and latitude in.
import * as L from "leaflet";
import { isNear, openBackgroundMap } from "../maps/ground/map_background.js";
import { colours } from "../maps/drawing/marks.js";
import { FAR_KM, kilometresOutside } from "../maps/strays.js";
import { byId, element, say } from "../ui/page.js";
/** @import { Box } from "../maps/strays.js" */
/** @import { MapBackground } from "../wire.js" */

// What is less than that outside of a village can be seen with it where the map is moved there.
const SEEN_KM = 2;

openBackgroundMap(byId("map"), pickSpot);

/**
 * A click fills longitude and latitude in; what is typed there moves the mark, and is said where it is off the village.
 * @param {L.Map} map @param {L.GeoJSON} _land @param {MapBackground["around"]} around
 */
function pickSpot(map, _land, around) {
  const [lon, lat] = [byId("f-lon", "input"), byId("f-lat", "input")];
  /** @type {L.CircleMarker | null} */ let dot = null;
  const show = (/** @type {boolean} */ move) => {
    dot?.remove();
    dot = null;
    off.remove();
    const [north, east] = [Number.parseFloat(lat.value), Number.parseFloat(lon.value)];
    if (!(Math.abs(north) <= 90 && Math.abs(east) <= 180)) return;
    dot = L.circleMarker([north, east], { radius: 8, color: colours().accent, weight: 3, fillOpacity: 0.3 }).addTo(map);
    const away = around ? kilometresOutside(around, [east, north]) : 0;
    if (around && away > SEEN_KM) showOff(around, away, dot.getLatLng());
    else if (move) map.setView([north, east], Math.max(map.getZoom(), 17), { animate: false });
  };
  const off = element("p", { class: "notice due", role: "status" });
  /** Shows the village with the place, or without it where that would show neither. @param {Box} box @param {number} away @param {L.LatLng} spot */
  const showOff = ([west, south, east, north], away, spot) => {
    const km = away.toLocaleString(document.documentElement.lang, { maximumFractionDigits: away < 10 ? 1 : 0 });
    off.textContent = say(away > FAR_KM ? "placement.far_off" : "placement.off_map", { km });
    map.getContainer().before(off);
    const village = L.latLngBounds([south, west], [north, east]);
    map.fitBounds(away > FAR_KM ? village : village.extend(spot), { padding: [24, 24], maxZoom: 18, animate: false });
  };
  const tooFar = element("p", { class: "notice bad", role: "alert" }, say("placement.too_far"));
  map.on("click", ({ latlng }) => {
    if (!isNear(map)) return map.getContainer().before(tooFar);
    tooFar.remove();
    const spot = latlng.wrap();
    lon.value = spot.lng.toFixed(7);
    lat.value = spot.lat.toFixed(7);
    show(false);
  });
  for (const field of [lon, lat]) field.addEventListener("input", () => show(false));
  const home = map.getContainer().dataset.home?.split(" ").map(Number);
  if (home) showHome(map, [home[1], home[0]]);
  show(true);
}

/** Marks where a household stands before it is put elsewhere. @param {L.Map} map @param {[number, number]} spot */
function showHome(map, spot) {
  map.setView(spot, Math.max(map.getZoom(), 17), { animate: false });
  L.circleMarker(spot, { radius: 8, color: colours().quiet, weight: 3, dashArray: "4 4", fill: false, interactive: false }).addTo(map);
}
