// What Leaflet's types leave out: the events of our maps, and the inner parts that our layers replace and our printing draws with.
import type { Selection } from "./maps/selection.js";
import type { View } from "./wire.js";

declare module "leaflet" {
  interface Evented {
    on(type: "gridplan:selected" | "gridplan:pointed", listener: (event: { selection: Selection }) => void): this;
    on(type: "gridplan:day", listener: (event: { day: string | null }) => void): this;
    on(type: "named", listener: (event: { village: number | null }) => void): this;
    on(type: "gridplan:colour", listener: (event: { view: View | null }) => void): this;
  }

  interface Map {
    _animatingZoom: boolean;
    _moveStart(zoomChanged: boolean, noMoveStart: boolean): this;
    _move(center: LatLng, zoom: number): this;
    _moveEnd(zoomChanged: boolean): this;
    _latLngToNewLayerPoint(latlng: LatLng, zoom: number, center: LatLng): Point;
  }

  interface Canvas {
    _bounds: Bounds;
    _container: HTMLCanvasElement;
    _ctx: CanvasRenderingContext2D;
    _redrawBounds: Bounds | null;
    _draw(): void;
  }

  interface Renderer {
    _bounds: Bounds;
    _container: HTMLCanvasElement;
    _update(): void;
    _reset(): void;
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
