// Which texts a map has room for, and where: numbers of grids, names of villages, counts of households on one spot.
import { RULES, colours } from "./marks.js";
/** @import { Grid, TownMap, Village } from "../wire.js" */

/** @typedef {{ x: number, y: number }} Spot In pixels. */
/** @typedef {Spot & { text: string, font: string, colour: string, halo: number }} Text `font`: without its family. */
/**
 * @typedef {object} View What the map shows.
 * @property {number} scale Metres per pixel.
 * @property {(place: [number, number, ...unknown[]]) => boolean} holds Whether longitude and latitude are in sight.
 * @property {(place: [number, number, ...unknown[]]) => Spot} spotOf
 * @property {(text: string, font: string) => number} widthOf
 * @property {{ grids: boolean, villages: boolean, households: boolean }} layers Those that are drawn.
 */

const READABLE_PX = 11;
const COUNTS_SCALE = 1.6;

/** Returns the texts in the order in which they are drawn. @param {TownMap} data @param {View} view */
export function layOut(data, view) {
  const layout = new Layout(view);
  const grids = view.layers.grids ? data.grids.features.map(({ properties }) => properties) : [];
  const isBroken = (/** @type {Grid} */ grid) => grid.broken.length > 0;
  layout.addGrids(grids.filter(isBroken)); // they come first, so that they have room
  if (view.layers.villages && usualRoom(data) / view.scale < READABLE_PX) layout.addVillages(data.villages.features.map(({ properties }) => properties));
  layout.addGrids(grids.filter((grid) => !isBroken(grid)));
  if (view.layers.households && view.scale <= COUNTS_SCALE) layout.addCounts(data.households.features);
  return layout.texts;
}

class Layout {
  /** @type {Text[]} */ texts = [];
  /** @type {(Spot & { width: number, height: number })[]} */ #boxes = [];

  /** @param {View} view */
  constructor(view) {
    this.view = view;
  }

  /** @param {Grid[]} grids */
  addGrids(grids) {
    for (const { label, number, broken } of grids) {
      if (!label || !this.view.holds(label)) continue;
      const room = label[2] / this.view.scale;
      const size = Math.min(17, Math.max(READABLE_PX, Math.round(room * 0.7)));
      const text = [...broken.map(({ mark }) => RULES[mark].sign), number].join(" ");
      const font = `600 ${size}px`;
      const width = this.view.widthOf(text, font);
      if (Math.hypot(width, size * 0.8) / 2 > room) continue;
      const spot = this.view.spotOf(label);
      if (!this.#reserve(spot, width, size)) continue;
      this.#write(text, font, spot, broken.length ? colours().broken : colours().ink, 3);
      if (broken.length && this.view.widthOf(broken[0].text, "12px") / 2 < room * 0.95) this.#write(broken[0].text, "12px", { x: spot.x, y: spot.y + 19 }, colours().broken, 3);
    }
  }

  /** @param {Village[]} villages */
  addVillages(villages) {
    const font = "600 14px";
    const roomOf = (/** @type {Village} */ { label }) => label?.[2] ?? 0;
    for (const village of [...villages].sort((a, b) => roomOf(b) - roomOf(a))) {
      const { name, label } = village;
      if (!label || !this.view.holds(label)) continue;
      const width = this.view.widthOf(name, font);
      const { x, y } = this.view.spotOf(label);
      const shifts = roomOf(village) / this.view.scale > 10 ? [0, -20, 20] : [0];
      const free = shifts.find((shift) => this.#reserve({ x, y: y + shift }, width + 8, 20));
      if (free !== undefined) this.#write(name, font, { x, y: y + free }, colours().ink, 4);
    }
  }

  /** @param {TownMap["households"]["features"]} places */
  addCounts(places) {
    for (const { geometry, properties } of places) {
      if (!geometry || properties.at_hamlet) continue;
      const at = /** @type {[number, number]} */ (geometry.coordinates);
      if (properties.households.length < 2 || !this.view.holds(at)) continue;
      const { x, y } = this.view.spotOf(at);
      this.#write(String(properties.households.length), "600 9px", { x, y: y + 0.5 }, colours().paper, 0);
    }
  }

  /** Reserves a box unless it would overlap another. @param {Spot} spot @param {number} width @param {number} height */
  #reserve({ x, y }, width, height) {
    const isFree = this.#boxes.every((box) => 2 * Math.abs(x - box.x) >= width + box.width || 2 * Math.abs(y - box.y) >= height + box.height);
    if (isFree) this.#boxes.push({ x, y, width, height });
    return isFree;
  }

  /** @param {string} text @param {string} font @param {Spot} spot @param {string} colour @param {number} halo */
  #write(text, font, spot, colour, halo) {
    this.texts.push({ ...spot, text, font, colour, halo });
  }
}

/** @param {TownMap} data */
function usualRoom(data) {
  const rooms = data.grids.features.flatMap(({ properties }) => properties.label?.[2] ?? []).sort((a, b) => a - b);
  return rooms[rooms.length >> 1] ?? 0;
}
