// The roads, water and buildings that a single file carries, below its grids.
import * as L from "leaflet";
import { colours, onColours } from "../drawing/marks.js";
/** @import { CarriedLand } from "../../wire.js" */
/** @import { BaseLayer } from "./basemap.js" */

const PANE = "gridplan-land";

/** @param {L.Map} map @param {CarriedLand[]} carried @returns {BaseLayer} */
export function carriedLand(map, carried) {
  map.createPane(PANE).style.zIndex = "240";
  const layer = L.layerGroup();
  for (const { kind, shapes } of carried) {
    const drawn = L.geoJSON(/** @type {any} */ (shapes), { pane: PANE, interactive: false, style: () => look(kind) });
    onColours(() => drawn.setStyle(() => look(kind)));
    layer.addLayer(drawn);
  }
  return { name: "basemap", layer, kinds: carried.map(({ kind }) => kind) };
}

/** @param {CarriedLand["kind"]} kind */
function look(kind) {
  const { land } = colours();
  const colour = kind === "road" ? land.road_edge : land[kind];
  return { color: colour, weight: kind === "road" ? 2 : 1, fillColor: colour, fillOpacity: 1 };
}
