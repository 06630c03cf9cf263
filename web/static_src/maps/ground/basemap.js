// What a map may stand on: the town's own basemap, and the tiles of a host that the town has chosen.
import * as L from "leaflet";
import { shifted } from "./gcj02.js";
import { BUILDINGS_ZOOM, colours, onColours } from "../drawing/marks.js";
/** @import { LabelRule, PaintRule, PaintSymbolizer } from "protomaps-leaflet" */

/** @typedef {"road" | "water" | "building"} LandKind */
/** @typedef {{ name: "tiles" | "basemap", layer: L.Layer, kinds: LandKind[] }} BaseLayer `name`: that of its words; `kinds`: what of the land is in it. */

const NAMES = 16; // of roads
const DATA_ZOOM = 15;

/** Returns the layers that the element of a map names in data-base-layers. @param {HTMLElement} place */
export async function baseLayersOf(place) {
  /** @type {{ basemap?: string | null, kinds?: LandKind[], tiles?: string | null, frame?: string | null }} */
  const { basemap, kinds = [], tiles, frame } = JSON.parse(place.dataset.baseLayers ?? "{}");
  /** @type {BaseLayer[]} */ const found = [];
  if (tiles) found.push({ name: "tiles", layer: tileLayer(tiles, frame), kinds: [] });
  if (basemap) found.push({ name: "basemap", layer: await ownBasemap(basemap), kinds });
  return found;
}

/** Puts all of them on a map, without a choice. @param {L.Map} map @param {HTMLElement} place */
export async function addBaseLayers(map, place) {
  const baseLayers = await baseLayersOf(place);
  baseLayers.forEach(({ layer }) => layer.addTo(map));
  return baseLayers;
}

/** Returns the town's own roads, water and buildings, painted so that they do not speak up. @param {string} url */
async function ownBasemap(url) {
  if (!("L" in window)) Object.assign(window, { L }); // protomaps-leaflet looks for it there; Geoman has added to the one that is there
  const { leafletLayer, GeomType, LineLabelSymbolizer, LineSymbolizer, PolygonSymbolizer, exp } = await import("protomaps-leaflet");
  /** @param {LandKind} kind @param {number} shape */
  const only = (kind, shape) => (/** @type {number} */ _zoom, /** @type {import("protomaps-leaflet").Feature | undefined} */ feature) => feature?.props.kind === kind && feature.geomType === shape;
  /** @param {LandKind} kind @param {number} shape @param {PaintSymbolizer} symbolizer @param {number} [minzoom] @returns {PaintRule} */
  const rule = (kind, shape, symbolizer, minzoom) => ({ dataLayer: "town", minzoom, symbolizer, filter: only(kind, shape) });
  const line = (/** @type {() => string} */ color, /** @type {number[][]} */ stops) => new LineSymbolizer({ color, width: exp(1.6, stops), lineCap: "round", lineJoin: "round" });
  const area = (/** @type {() => string} */ fill) => new PolygonSymbolizer({ fill });
  const water = () => colours().land.water;
  const road = () => colours().land.road;
  const roadEdge = () => colours().land.road_edge;
  /** @type {LabelRule} */
  const names = {
    dataLayer: "town",
    minzoom: NAMES,
    filter: only("road", GeomType.Line),
    symbolizer: new LineLabelSymbolizer({ fill: () => colours().quiet, stroke: () => colours().halo, width: 2, font: `11px ${getComputedStyle(document.documentElement).fontFamily}`, repeatDistance: 400 }),
  };
  const layer = leafletLayer({
    url,
    pane: "gridplan-land",
    attribution: "",
    noWrap: true,
    updateWhenIdle: true, // tiles are painted by the page itself, which has to move the map meanwhile
    updateWhenZooming: false,
    maxDataZoom: DATA_ZOOM,
    maxZoom: 21,
    paintRules: [
      rule("water", GeomType.Polygon, area(water)),
      rule("water", GeomType.Line, line(water, [[10, 0.8], [15, 2.5], [19, 10]])),
      rule("building", GeomType.Polygon, area(() => colours().land.building), BUILDINGS_ZOOM),
      rule("road", GeomType.Line, line(roadEdge, [[10, 0.6], [14, 2], [19, 12]])),
      rule("road", GeomType.Line, line(road, [[10, 0.4], [14, 1.2], [19, 10]])),
      rule("road", GeomType.Polygon, area(road)),
    ],
    labelRules: [names],
  });
  const redraw = () => {
    layer.clearLayout();
    layer.rerenderTiles();
  };
  onColours(redraw);
  document.fonts.addEventListener("loadingdone", redraw); // a canvas does not draw itself again, as text does
  Object.assign(layer, { beforeAdd: landPane });
  return /** @type {L.Layer} */ (/** @type {unknown} */ (layer)); // its types do not say that it extends L.GridLayer
}

/** Makes the pane of roads and water: above pictures of the ground and the colours of grids. @param {L.Map} map */
function landPane(map) {
  if (!map.getPane("gridplan-land")) map.createPane("gridplan-land").style.zIndex = "240";
}

/** @param {string} url @param {string | null | undefined} frame */
function tileLayer(url, frame) {
  const options = { maxZoom: 21, maxNativeZoom: 18, subdomains: "01234567", opacity: 0.9 };
  return frame === "gcj02" ? new ShiftedTiles(url, options) : L.tileLayer(url, options);
}

/**
 * Tiles of a host whose map is shifted to GCJ-02, put back in their place: whatever decides which tiles are shown and
 * where is told the shifted middle of the view. Exact in the middle; the shift changes by less than 3 m in a km, so at
 * the edge of a screen the tiles are 2 or 3 pixels off, at every zoom.
 */
class ShiftedTiles extends L.TileLayer {
  /** @param {L.LatLng} center */
  _getTiledPixelBounds(center) {
    return super._getTiledPixelBounds(shifted(center));
  }

  /** @param {unknown} level @param {L.LatLng} center @param {number} zoom */
  _setZoomTransform(level, center, zoom) {
    super._setZoomTransform(level, shifted(center), zoom);
  }

  _onMoveEnd() {
    super._onMoveEnd();
    if (!this._map._animatingZoom) this._setZoomTransforms(this._map.getCenter(), this._map.getZoom());
  }
}
