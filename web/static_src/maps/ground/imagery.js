// Orthophotos and maps that lie beneath: tiles of our own service, each to be switched on with an opacity of its own.
import * as L from "leaflet";
import { dataOf, element, fill } from "../../ui/page.js";
/** @import { CarriedImagery, ImageryLayer, Words } from "../../wire.js" */

const NOTHING = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"; // a pixel that is seen through

/** Returns what the page says lies beneath: those of the town first. @returns {ImageryLayer[]} */
export function imageryOfPage() {
  return document.getElementById("imagery") ? dataOf("imagery") : [];
}

/** @param {L.Map} map @param {ImageryLayer | CarriedImagery} imagery @returns {L.TileLayer} */
export function imageryTiles(map, imagery) {
  const { zooms: [first, last], around: [west, south, east, north] } = imagery;
  if (!map.getPane("gridplan-imagery")) map.createPane("gridplan-imagery").style.zIndex = "150"; // beneath all else
  const layer = L.tileLayer("url" in imagery ? imagery.url : "", { pane: "gridplan-imagery", minNativeZoom: first, maxNativeZoom: last, maxZoom: 21, bounds: [[south, west], [north, east]], noWrap: true });
  if ("tiles" in imagery) layer.getTileUrl = ({ x, y, z }) => imagery.tiles[`${z}/${x}/${y}`] ?? NOTHING;
  return layer;
}

/**
 * Returns a row of a legend: a switch, and once it is on a slider. What a file carries is on: it was asked for.
 * @param {L.Map} map @param {ImageryLayer | CarriedImagery} imagery @param {Words} words
 * @param {(tiles: L.TileLayer) => void} made Called with the layer before it is shown.
 */
export function imagerySwitch(map, imagery, words, made) {
  const tiles = imageryTiles(map, imagery);
  made(tiles);
  const range = element("input", { type: "range", min: "10", max: "100", value: "100", "aria-label": fill(words.imagery_opacity, { name: imagery.name }), hidden: "" });
  range.addEventListener("input", () => tiles.setOpacity(Number(range.value) / 100));
  const box = element("input", { type: "checkbox", "data-imagery": String(imagery.id) });
  const show = () => {
    if (box.checked) tiles.addTo(map);
    else tiles.remove();
    range.hidden = !box.checked;
  };
  box.addEventListener("change", show);
  if ("tiles" in imagery) {
    box.checked = true;
    show();
  }
  return element("div", { class: "imagery" }, element("label", { class: "switch" }, box, imagery.name), range);
}
