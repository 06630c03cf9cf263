// Canvases that maps are drawn on, on a screen and on paper.
import * as L from "leaflet";
import { onPaper, pixelRatio } from "./medium.js";

const PADDING = 0.25;

/** A canvas that is somewhat larger than the map and moves with it; painted anew when the map has come to rest. */
export class MapCanvas extends L.Renderer {
  /** @param {string} name @param {string} pane @param {(pen: CanvasRenderingContext2D, canvas: MapCanvas, map: L.Map) => void} paint */
  constructor(name, pane, paint) {
    super({ pane, padding: PADDING });
    this.name = name;
    this.paint = paint;
    /** @type {Promise<unknown>} What it waits for before all of it is drawn. */ this.late = Promise.resolve();
  }

  _initContainer() {
    this._container = L.DomUtil.create("canvas", this.name);
    this._container.setAttribute("aria-hidden", "true");
  }

  _destroyContainer() {
    this._container.remove();
  }

  _update() {
    this.options.padding = onPaper() ? 0 : PADDING;
    super._update();
    this.draw();
  }

  _reset() {
    this._update(); // Leaflet would also move it by a part of a pixel, which blurs lines and letters
  }

  draw() {
    if (!this._map || !this._bounds) return;
    const size = this._bounds.getSize();
    const ratio = pixelRatio();
    const canvas = this._container;
    if (onPaper()) canvas.width = 0; // clearing would wipe out what lies beneath
    L.DomUtil.setPosition(canvas, this._bounds.getTopLeft());
    const isEmpty = canvas.width !== size.x * ratio || canvas.height !== size.y * ratio;
    if (isEmpty) Object.assign(canvas, { width: size.x * ratio, height: size.y * ratio });
    Object.assign(canvas.style, { width: `${size.x}px`, height: `${size.y}px` });
    if (!isEmpty) penOf(canvas).clearRect(0, 0, canvas.width, canvas.height);
    this.add(this.paint);
  }

  /** Paints on what is there. @param {(pen: CanvasRenderingContext2D, canvas: MapCanvas, map: L.Map) => void} paint */
  add(paint) {
    if (!this._map || !this._bounds) return;
    const pen = penOf(this._container);
    pen.save();
    paint(pen, this, this._map);
    pen.restore();
  }
}

/** @param {HTMLCanvasElement} canvas */
export function penOf(canvas) {
  const pen = canvas.getContext("2d");
  if (!pen) throw new Error("This browser draws on no canvas");
  return pen;
}
