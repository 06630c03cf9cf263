// What a map may stand on: the town's own basemap, and the tiles of a host that the town has chosen.
import * as L from "leaflet";
import { shifted } from "./gcj02.js";

/** @typedef {"road" | "water" | "building"} LandKind */
/** @typedef {{ name: "tiles" | "basemap", layer: L.Layer, kinds: LandKind[] }} BaseLayer `name`: that of its words; `kinds`: what of the land is in it. */

/** Returns the layers that the element of a map names in data-base-layers. @param {HTMLElement} place */
export async function baseLayersOf(place) {
  /** @type {{ basemap?: string | null, kinds?: LandKind[], tiles?: string | null, frame?: string | null }} */
  const { basemap, kinds = [], tiles, frame } = JSON.parse(place.dataset.baseLayers ?? "{}");
  /** @type {BaseLayer[]} */ const found = [];
  if (tiles) found.push({ name: "tiles", layer: tileLayer(tiles, frame), kinds: [] });
  if (basemap) found.push({ name: "basemap", layer: (await import("./land.js")).landCanvas(basemap), kinds });
  return found;
}

/** Puts all of them on a map, without a choice. @param {L.Map} map @param {HTMLElement} place */
export async function addBaseLayers(map, place) {
  const baseLayers = await baseLayersOf(place);
  baseLayers.forEach(({ layer }) => layer.addTo(map));
  return baseLayers;
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
