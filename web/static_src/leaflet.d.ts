// What Leaflet's types leave out: the events of our maps, and the inner methods that two of our layers replace.
import type { Selection } from "./maps/selection.js";
import type { View } from "./wire.js";

declare module "leaflet" {
  interface Evented {
    on(type: "gridplan:selected" | "gridplan:pointed", listener: (event: { selection: Selection }) => void): this;
    on(type: "gridplan:colour", listener: (event: { view: View | null }) => void): this;
  }

  interface Map {
    _animatingZoom: boolean;
    _latLngToNewLayerPoint(latlng: LatLng, zoom: number, center: LatLng): Point;
  }

  interface GridLayer {
    _getTiledPixelBounds(center: LatLngLiteral): Bounds;
    _setZoomTransform(level: unknown, center: LatLngLiteral, zoom: number): void;
    _setZoomTransforms(center: LatLngLiteral, zoom: number): void;
    _onMoveEnd(): void;
  }

  interface ImageOverlay {
    _image: HTMLImageElement;
    _initImage(): void;
    _reset(): void;
    _animateZoom(event: { center: LatLng; zoom: number }): void;
  }
}
