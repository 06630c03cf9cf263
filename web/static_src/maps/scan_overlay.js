// A picture on the map that lies where its corners do, turned and stretched as they say.
import * as L from "leaflet";

export const LaidPicture = L.ImageOverlay.extend({
  /** `corners`: longitude and latitude of the first of the top row, its last, and the first of the bottom row. */
  initialize(url, corners, options) {
    this.corners = corners.map(([lon, lat]) => L.latLng(lat, lon));
    const [top, last, bottom] = this.corners;
    const opposite = L.latLng(last.lat + bottom.lat - top.lat, last.lng + bottom.lng - top.lng);
    L.ImageOverlay.prototype.initialize.call(this, url, L.latLngBounds([...this.corners, opposite]), options);
  },

  _initImage() {
    L.ImageOverlay.prototype._initImage.call(this);
    L.DomEvent.on(this._image, "load", this._reset, this);
  },

  _reset() {
    this._lay(this.corners.map((corner) => this._map.latLngToLayerPoint(corner)));
  },

  _animateZoom({ center, zoom }) {
    this._lay(this.corners.map((corner) => this._map._latLngToNewLayerPoint(corner, zoom, center)));
  },

  _lay([top, last, bottom]) {
    const { naturalWidth: width, naturalHeight: height, style } = this._image;
    if (!width) return;
    Object.assign(style, { width: `${width}px`, height: `${height}px`, maxWidth: "none", maxHeight: "none" });
    const across = last.subtract(top).divideBy(width);
    const down = bottom.subtract(top).divideBy(height);
    style.transform = `matrix(${[across.x, across.y, down.x, down.y, top.x, top.y].join(",")})`;
  },
});
