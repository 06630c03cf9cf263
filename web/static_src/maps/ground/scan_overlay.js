// A scanned map or a picture from above that lies where its corners do, turned and stretched as they say.
import * as L from "leaflet";
/** @import { LonLat } from "../../wire.js" */

export class ScanOverlay extends L.ImageOverlay {
  /**
   * @param {string} url @param {LonLat[]} corners The first of the top row, its last, and the first of the bottom row.
   * @param {L.ImageOverlayOptions} options
   */
  constructor(url, corners, options) {
    const [top, last, bottom] = corners.map(([lon, lat]) => L.latLng(lat, lon));
    const opposite = L.latLng(last.lat + bottom.lat - top.lat, last.lng + bottom.lng - top.lng);
    super(url, L.latLngBounds([top, last, bottom, opposite]), options);
    this.corners = [top, last, bottom];
  }

  _initImage() {
    super._initImage();
    L.DomEvent.on(this._image, "load", this._reset, this);
  }

  _reset() {
    this.lay(this.corners.map((corner) => this._map.latLngToLayerPoint(corner)));
  }

  /** @param {{ center: L.LatLng, zoom: number }} event */
  _animateZoom({ center, zoom }) {
    this.lay(this.corners.map((corner) => this._map._latLngToNewLayerPoint(corner, zoom, center)));
  }

  /** @param {L.Point[]} points */
  lay([top, last, bottom]) {
    const { naturalWidth: width, naturalHeight: height, style } = this._image;
    if (!width) return;
    Object.assign(style, { width: `${width}px`, height: `${height}px`, maxWidth: "none", maxHeight: "none" });
    const across = last.subtract(top).divideBy(width);
    const down = bottom.subtract(top).divideBy(height);
    style.transform = `matrix(${[across.x, across.y, down.x, down.y, top.x, top.y].join(",")})`;
  }
}
