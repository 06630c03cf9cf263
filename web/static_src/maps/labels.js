// Numbers of grids, names of villages and counts of flats, drawn on one canvas above the map: only what is in view.
import * as L from "leaflet";
import { BROKEN, INK, PAPER } from "./palette.js";
import { metresPerPixel } from "./scale.js";

const READABLE = 11;

export const Labels = L.Layer.extend({
  initialize(data, layers) {
    this.data = data;
    this.layers = layers;
    this.usualRoom = median(data.grids.features.flatMap(({ properties }) => properties.label?.[2] ?? []));
  },

  onAdd(map) {
    this.canvas = L.DomUtil.create("canvas", "gridplan-labels leaflet-zoom-hide");
    this.canvas.setAttribute("aria-hidden", "true");
    const pane = map.getPane("gridplan-labels") ?? map.createPane("gridplan-labels");
    pane.style.pointerEvents = "none";
    pane.style.zIndex = 450;
    pane.append(this.canvas);
    map.on("moveend zoomend resize viewreset", this.draw, this);
    // A canvas does not draw itself again, as text does, when a font it needed has come.
    this.fontCame = () => this.draw();
    document.fonts.addEventListener("loadingdone", this.fontCame);
    this.draw();
  },

  onRemove(map) {
    document.fonts.removeEventListener("loadingdone", this.fontCame);
    map.off("moveend zoomend resize viewreset", this.draw, this);
    this.canvas.remove();
  },

  draw() {
    const map = this._map;
    if (!map) return;
    const pen = this.startPage(map);
    const page = { pen, map, family: fontFamily(map), view: map.getBounds().pad(0.05), scale: metresPerPixel(map), taken: [] };
    const grids = map.hasLayer(this.layers.grids) ? this.data.grids.features : [];
    const broken = ({ properties }) => properties.broken.length > 0;
    this.drawGridNumbers(page, grids.filter(broken));
    if (map.hasLayer(this.layers.villages) && this.usualRoom / page.scale < READABLE) this.drawVillageNames(page);
    this.drawGridNumbers(page, grids.filter((grid) => !broken(grid)));
    if (map.hasLayer(this.layers.households) && page.scale <= 1.6) this.drawCounts(page);
  },

  startPage(map) {
    const { x, y } = map.getSize();
    const ratio = window.devicePixelRatio || 1;
    L.DomUtil.setPosition(this.canvas, map.containerPointToLayerPoint([0, 0]));
    Object.assign(this.canvas, { width: x * ratio, height: y * ratio });
    Object.assign(this.canvas.style, { width: `${x}px`, height: `${y}px` });
    const pen = this.canvas.getContext("2d");
    pen.scale(ratio, ratio);
    Object.assign(pen, { textAlign: "center", textBaseline: "middle", lineJoin: "round" });
    return pen;
  },

  drawVillageNames(page) {
    const placed = this.data.villages.features.map(({ properties }) => properties).filter(({ label }) => label);
    placed.sort((a, b) => b.label[2] - a.label[2]);
    for (const { name, label } of placed) {
      if (!inView(page, label)) continue;
      page.pen.font = `600 14px ${page.family}`;
      const width = page.pen.measureText(name).width;
      const { x, y } = page.map.latLngToContainerPoint([label[1], label[0]]);
      const shifts = label[2] / page.scale > 10 ? [0, -20, 20] : [0];
      const free = shifts.find((shift) => take(page, { x, y: y + shift }, width + 8, 20));
      if (free !== undefined) write(page.pen, name, { x, y: y + free }, INK, 4);
    }
  },

  drawGridNumbers(page, grids) {
    for (const { properties: grid } of grids) {
      if (!grid.label || !inView(page, grid.label)) continue;
      const room = grid.label[2] / page.scale;
      const size = Math.min(17, Math.max(READABLE, Math.round(room * 0.7)));
      const text = grid.broken.length ? `! ${grid.number}` : `${grid.number}`;
      page.pen.font = `600 ${size}px ${page.family}`;
      const width = page.pen.measureText(text).width;
      if (Math.hypot(width, size * 0.8) / 2 > room) continue;
      const at = page.map.latLngToContainerPoint([grid.label[1], grid.label[0]]);
      if (!take(page, at, width, size)) continue;
      write(page.pen, text, at, grid.broken.length ? BROKEN : INK, 3);
      if (grid.broken.length) this.drawReason(page, grid, at, room);
    }
  },

  drawReason({ pen, family }, grid, at, room) {
    pen.font = `12px ${family}`;
    if (pen.measureText(grid.broken[0]).width / 2 < room * 0.95) write(pen, grid.broken[0], { x: at.x, y: at.y + 19 }, BROKEN, 3);
  },

  drawCounts(page) {
    page.pen.font = `600 9px ${page.family}`;
    page.pen.fillStyle = PAPER;
    for (const { geometry, properties } of this.data.households.features) {
      if (properties.households.length < 2 || !inView(page, geometry.coordinates)) continue;
      const at = page.map.latLngToContainerPoint([geometry.coordinates[1], geometry.coordinates[0]]);
      page.pen.fillText(String(properties.households.length), at.x, at.y + 0.5);
    }
  },
});

function median(values) {
  return values.sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

/** Takes a place on the page for a text, unless another text stands there. */
function take({ taken }, { x, y }, width, height) {
  const free = taken.every((other) => 2 * Math.abs(x - other.x) >= width + other.width || 2 * Math.abs(y - other.y) >= height + other.height);
  if (free) taken.push({ x, y, width, height });
  return free;
}

function write(pen, text, { x, y }, colour, halo) {
  Object.assign(pen, { strokeStyle: "rgba(255, 255, 255, 0.9)", lineWidth: halo, fillStyle: colour });
  pen.strokeText(text, x, y);
  pen.fillText(text, x, y);
}

const inView = ({ view }, [lon, lat]) => view.contains([lat, lon]);
const fontFamily = (map) => getComputedStyle(map.getContainer()).fontFamily;
