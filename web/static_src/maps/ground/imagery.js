// Orthophotos and maps that lie beneath: tiles of our own service, each to be switched on with an opacity of its own.
import * as L from "leaflet";
import { dataOf, element, fill } from "../../ui/page.js";
/** @import { ImageryLayer, Words } from "../../wire.js" */

/** Returns what the page says lies beneath: those of the town first. @returns {ImageryLayer[]} */
export function imageryOfPage() {
  return document.getElementById("imagery") ? dataOf("imagery") : [];
}

/** @param {L.Map} map @param {ImageryLayer} imagery @returns {L.TileLayer} */
export function imageryTiles(map, { url, zooms: [first, last], around: [west, south, east, north] }) {
  if (!map.getPane("gridplan-imagery")) map.createPane("gridplan-imagery").style.zIndex = "150"; // beneath all else
  return L.tileLayer(url, { pane: "gridplan-imagery", minNativeZoom: first, maxNativeZoom: last, maxZoom: 21, bounds: [[south, west], [north, east]], noWrap: true });
}

/**
 * Returns a row of a legend: a switch, and once it is on a slider.
 * @param {L.Map} map @param {ImageryLayer} imagery @param {Words} words
 * @param {(tiles: L.TileLayer) => void} made Called with the layer before it is shown.
 */
export function imagerySwitch(map, imagery, words, made) {
  const tiles = imageryTiles(map, imagery);
  made(tiles);
  const range = element("input", { type: "range", min: "10", max: "100", value: "100", "aria-label": fill(words.imagery_opacity, { name: imagery.name }), hidden: "" });
  range.addEventListener("input", () => tiles.setOpacity(Number(range.value) / 100));
  const box = element("input", { type: "checkbox", "data-imagery": String(imagery.id) });
  box.addEventListener("change", () => {
    if (box.checked) tiles.addTo(map);
    else tiles.remove();
    range.hidden = !box.checked;
  });
  return element("div", { class: "imagery" }, element("label", { class: "switch" }, box, imagery.name), range);
}
