// The texts of a map, drawn on one canvas above it: only what is in view.
import * as L from "leaflet";
import { layOut } from "./label_layout.js";
import { colours, metresPerPixel, onColours } from "./marks.js";
import { pixelRatio } from "./medium.js";
/** @import { TownMap } from "../wire.js" */

const EVENTS = "moveend zoomend resize viewreset";

export class Labels extends L.Layer {
  /** @param {TownMap} data @param {{ grids: L.Layer, villages: L.Layer, households: L.Layer }} layers */
  constructor(data, layers) {
    super();
    this.data = data;
    this.layers = layers;
    this.canvas = L.DomUtil.create("canvas", "gridplan-labels leaflet-zoom-hide");
    this.canvas.setAttribute("aria-hidden", "true");
    // A canvas does not draw itself again, as text does, when a font it needed has come.
    this.onFont = () => this.draw();
    onColours(this.onFont);
  }

  /** @param {L.Map} map */
  onAdd(map) {
    const pane = map.getPane("gridplan-labels") ?? map.createPane("gridplan-labels");
    Object.assign(pane.style, { pointerEvents: "none", zIndex: "450" });
    pane.append(this.canvas);
    map.on(EVENTS, this.draw, this);
    document.fonts.addEventListener("loadingdone", this.onFont);
    this.draw();
    return this;
  }

  /** @param {L.Map} map */
  onRemove(map) {
    document.fonts.removeEventListener("loadingdone", this.onFont);
    map.off(EVENTS, this.draw, this);
    this.canvas.remove();
    return this;
  }

  draw() {
    const map = this._map;
    if (!map) return;
    const pen = this.clear(map);
    const { fontFamily } = getComputedStyle(map.getContainer());
    const bounds = map.getBounds().pad(0.05);
    const isDrawn = (/** @type {L.Layer} */ layer) => map.hasLayer(layer);
    const { grids, villages, households } = this.layers;
    const texts = layOut(this.data, {
      scale: metresPerPixel(map),
      holds: ([lon, lat]) => bounds.contains([lat, lon]),
      spotOf: ([lon, lat]) => map.latLngToContainerPoint([lat, lon]),
      widthOf(text, font) {
        pen.font = `${font} ${fontFamily}`;
        return pen.measureText(text).width;
      },
      layers: { grids: isDrawn(grids), villages: isDrawn(villages), households: isDrawn(households) },
    });
    for (const { text, x, y, font, colour, halo } of texts) {
      Object.assign(pen, { font: `${font} ${fontFamily}`, strokeStyle: colours().halo, lineWidth: halo, fillStyle: colour });
      if (halo) pen.strokeText(text, x, y);
      pen.fillText(text, x, y);
    }
  }

  /** @param {L.Map} map */
  clear(map) {
    const { x, y } = map.getSize();
    const ratio = pixelRatio();
    L.DomUtil.setPosition(this.canvas, map.containerPointToLayerPoint([0, 0]));
    Object.assign(this.canvas, { width: x * ratio, height: y * ratio });
    Object.assign(this.canvas.style, { width: `${x}px`, height: `${y}px` });
    const pen = penOf(this.canvas);
    pen.scale(ratio, ratio);
    Object.assign(pen, { textAlign: "center", textBaseline: "middle", lineJoin: "round" });
    return pen;
  }
}

/** @param {HTMLCanvasElement} canvas */
export function penOf(canvas) {
  const pen = canvas.getContext("2d");
  if (!pen) throw new Error("This browser draws on no canvas");
  return pen;
}
