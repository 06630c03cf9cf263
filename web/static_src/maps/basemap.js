// What a map may stand on: the town's own basemap, and the tiles of a host that the town has chosen.
import * as L from "leaflet";
import { shifted } from "./gcj02.js";
/** @import { PaintRule, PaintSymbolizer } from "protomaps-leaflet" */

const LAND = { water: "#dbe8f1", stream: "#b9d3e6", building: "#e4e2de", road: "#c9c5bd" };
const DATA_ZOOM = 15;

/** @typedef {{ name: "tiles" | "basemap", layer: L.Layer }} BaseLayer `name`: that of its words. */

/** Returns the layers that the element of a map names in data-base-layers. @param {HTMLElement} place */
export async function baseLayersOf(place) {
  /** @type {{ basemap?: string | null, tiles?: string | null, frame?: string | null }} */
  const { basemap, tiles, frame } = JSON.parse(place.dataset.baseLayers ?? "{}");
  /** @type {BaseLayer[]} */ const found = [];
  if (tiles) found.push({ name: "tiles", layer: tileLayer(tiles, frame) });
  if (basemap) found.push({ name: "basemap", layer: await ownBasemap(basemap) });
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
  const { leafletLayer, LineSymbolizer, PolygonSymbolizer, GeomType, exp } = await import("protomaps-leaflet");
  /**
   * @param {string} kind @param {number} shape @param {PaintSymbolizer} symbolizer @param {number} [minzoom]
   * @returns {PaintRule}
   */
  const rule = (kind, shape, symbolizer, minzoom) => ({
    dataLayer: "town",
    minzoom,
    symbolizer,
    filter: (_zoom, feature) => feature?.props.kind === kind && feature?.geomType === shape,
  });
  const line = (/** @type {string} */ color, /** @type {number[][]} */ stops) => new LineSymbolizer({ color, width: exp(1.6, stops), lineCap: "round", lineJoin: "round" });
  const area = (/** @type {string} */ fill) => new PolygonSymbolizer({ fill });
  const layer = leafletLayer({
    url,
    pane: "tilePane",
    attribution: "",
    noWrap: true,
    maxDataZoom: DATA_ZOOM,
    maxZoom: 21,
    paintRules: [
      rule("water", GeomType.Polygon, area(LAND.water)),
      rule("water", GeomType.Line, line(LAND.stream, [[10, 0.8], [15, 2.5], [19, 10]])),
      rule("building", GeomType.Polygon, area(LAND.building), 13),
      rule("road", GeomType.Line, line(LAND.road, [[10, 0.5], [14, 1.2], [19, 12]])),
      rule("road", GeomType.Polygon, area(LAND.road)),
    ],
    labelRules: [],
  });
  return /** @type {L.Layer} */ (/** @type {unknown} */ (layer)); // its types do not say that it extends L.GridLayer
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
