// A form with a map: a click on the map fills longitude and latitude in.
import * as L from "leaflet";
import { openGround } from "../maps/drawing_ground.js";
import { ACCENT } from "../maps/palette.js";

const at = (id) => document.getElementById(id);

openGround(at("map"), pickSpot);

/** A click fills longitude and latitude in; what is typed there moves the mark. */
function pickSpot(map) {
  const [lon, lat] = [at("f-lon"), at("f-lat")];
  let dot = null;
  const show = (move) => {
    dot?.remove();
    dot = null;
    const spot = [Number.parseFloat(lat.value), Number.parseFloat(lon.value)];
    if (!(Math.abs(spot[0]) <= 90 && Math.abs(spot[1]) <= 180)) return;
    dot = L.circleMarker(spot, { radius: 8, color: ACCENT, weight: 3, fillOpacity: 0.3 }).addTo(map);
    if (move) map.setView(spot, Math.max(map.getZoom(), 17), { animate: false });
  };
  map.on("click", ({ latlng }) => {
    const { lng, lat: north } = latlng.wrap();
    lon.value = lng.toFixed(7);
    lat.value = north.toFixed(7);
    show(false);
  });
  for (const field of [lon, lat]) field.addEventListener("input", () => show(false));
  show(true);
}
