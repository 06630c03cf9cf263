// Which texts a map has room for, and where: names of villages before numbers of grids, these before counts of households.
import { RULES } from "./marks.js";
/** @import { TownMap } from "../../wire.js" */
/** @import { Colours, Distance } from "./marks.js" */
/** @import { Selection } from "../selection.js" */

/** @typedef {{ x: number, y: number }} Spot In pixels. */
/** @typedef {Spot & { room: number, inSight: boolean }} Place A spot, and how many pixels around it are free. */
/** @typedef {Spot & { text: string, font: string, colour: string, halo: number, alpha: number }} Text `font`: without its family. */
/** @typedef {{ text: string, size: number, weight: number, colour: string }} Line */
/**
 * @typedef {object} View What the map shows.
 * @property {Distance} distance
 * @property {Colours} inks
 * @property {{ grids: boolean, villages: boolean, households: boolean }} layers Those that are drawn.
 * @property {Selection} selection
 * @property {Set<number> | null} [limits] The grids that do not step back, where others do.
 * @property {number[]} villages Those of which something is in sight.
 * @property {(label: [number, number, number]) => Place | null} placeOf None where nothing is drawn.
 * @property {(grid: number) => Place | null} partOf Where the part of a grid that is in sight has room.
 * @property {(village: number) => (Spot & { count: number })[]} flatsOf
 * @property {(text: string, font: string) => number} widthOf
 */

const HALO = 4;
const LINE = 1.25;
const SMALL = 12;
const SMALLEST = 10;
/** Where a name may stand that has no room in the middle. */
/** @type {[right: number, down: number][]} */ const SHIFTS = [[0, 0], [0, -14], [0, 14], [18, 0], [-18, 0], [18, 14], [-18, 14], [18, -14], [-18, -14], [0, -26], [0, 26]];
/** Pixels around the name of a village from which on more is said of it. */
const ROOM_FOR_MORE = 20;
/** And that a name in the smallest letters needs, or it would stand in a crowd. */
const ROOM_FOR_SMALLEST = 6;
/** Letters of the name of a village that are written on a map. */
const LONGEST_NAME = 24;
/** How strongly that is written which is not chosen. */
const ASIDE = 0.55;

/** Returns the texts in the order in which they are drawn. @param {TownMap} data @param {View} view */
export function layOut(data, view) {
  const layout = new Layout(data, view);
  const { grid, village } = view.selection;
  if (view.layers.grids && grid !== null) layout.addGrids([grid]);
  if (view.layers.villages) layout.addVillages();
  if (view.layers.grids && view.distance.number) {
    const ranked = [...layout.gridsInSight()].sort((a, b) => layout.rankOf(a, village) - layout.rankOf(b, village));
    layout.addGrids(ranked.filter((index) => index !== grid));
  }
  if (view.layers.households && view.distance.name === "doors") layout.addCounts();
  return { texts: layout.texts, named: layout.named };
}

/** Texts that do not overlap: what comes first has room. */
export class Labels {
  /** @type {Text[]} */ texts = [];
  /** @type {(Spot & { width: number, height: number })[]} */ boxes = [];

  /** @param {(text: string, font: string) => number} widthOf */
  constructor(widthOf) {
    this.widthOf = widthOf;
  }

  /** Writes lines around a spot if they have room. @param {Line[]} lines @param {Spot} spot @param {number} alpha */
  writeBlock(lines, { x, y }, alpha) {
    const width = Math.max(...lines.map((line) => this.widthOf(line.text, fontOf(line)))) + HALO;
    const height = lines.reduce((sum, { size }) => sum + size * LINE, 0);
    if (!this.#reserve({ x, y, width, height })) return false;
    let top = y - height / 2;
    for (const line of lines) {
      const { text, size, colour } = line;
      this.texts.push({ x, y: top + (size * LINE) / 2, text, font: fontOf(line), colour, halo: HALO, alpha });
      top += size * LINE;
    }
    return true;
  }

  /** Reserves a box unless it would overlap another. @param {Spot & { width: number, height: number }} wanted */
  #reserve(wanted) {
    const isFree = this.boxes.every((box) => 2 * Math.abs(wanted.x - box.x) >= wanted.width + box.width || 2 * Math.abs(wanted.y - box.y) >= wanted.height + box.height);
    if (isFree) this.boxes.push(wanted);
    return isFree;
  }
}

class Layout extends Labels {
  /** @type {Set<number>} Villages whose names are written. */ named = new Set();

  /** @param {TownMap} data @param {View} view */
  constructor(data, view) {
    super(view.widthOf);
    this.data = data;
    this.view = view;
  }

  /** @returns {Iterable<number>} */
  *gridsInSight() {
    const inSight = new Set(this.view.villages);
    for (const [index, { properties }] of this.data.grids.features.entries()) if (inSight.has(properties.village)) yield index;
  }

  /** What comes first has room: of the chosen village, against the rules, large. @param {number} grid @param {number | null} village */
  rankOf(grid, village) {
    const { properties } = this.data.grids.features[grid];
    return (properties.village === village ? 0 : 4e6) + (properties.broken.length ? 0 : 2e6) - (properties.label?.[2] ?? 0);
  }

  /** Names come first, of the chosen village, of those with something wrong, of large ones; then what is wrong; then what else is said. */
  addVillages() {
    const { villages, selection, distance, inks } = this.view;
    const isFar = distance.name === "town";
    const propertiesOf = (/** @type {number} */ index) => this.data.villages.features[index].properties;
    const rankOf = (/** @type {number} */ index) => (index === selection.village ? 0 : propertiesOf(index).wrong.length ? 1e6 : 2e6) - (propertiesOf(index).label?.[2] ?? 0);
    const ranked = [...villages].sort((a, b) => rankOf(a) - rankOf(b));
    const before = { texts: this.texts.length, boxes: this.boxes.length };
    /** Writes names of these sizes, whichever has room, in the place of those that were written before. @param {number[]} sizes */
    const write = (sizes) => {
      this.texts.length = before.texts;
      this.boxes.length = before.boxes;
      return ranked.flatMap((index) => {
        const { name, label, about, wrong } = propertiesOf(index);
        const place = label && this.view.placeOf(label);
        if (!place) return [];
        const alpha = selection.village === null || selection.village === index ? 1 : ASIDE;
        const hasMore = isFar && place.room >= ROOM_FOR_MORE;
        const spots = SHIFTS.filter((shift) => Math.hypot(...shift) <= place.room).map(([right, down]) => ({ x: place.x + right, y: place.y + down - (hasMore ? 8 : 0) }));
        const ways = sizes.filter((size) => size > SMALLEST || place.room >= ROOM_FOR_SMALLEST).flatMap((size) => spots.map((spot) => ({ spot, title: { text: shortened(name), size, weight: 600, colour: inks.ink } })));
        const way = ways.find(({ title, spot }) => this.writeBlock([title], spot, alpha));
        if (!way) return [];
        return [{ ...way, index, alpha, inSight: place.inSight, about: hasMore && way.title.size > SMALLEST ? [about] : [], wrong: isFar ? wrong : [], bottom: way.spot.y + (way.title.size * LINE) / 2 }];
      });
    };
    const usual = [distance.village, SMALL];
    // A town whose names have no room at their usual sizes gets smaller ones: of several ways that which leaves out the fewest.
    const choices = isFar ? [usual, [...usual, SMALLEST], [SMALL, SMALLEST], [SMALLEST]] : [usual];
    const all = ranked.filter((index) => propertiesOf(index).label).length;
    let said = write(usual);
    if (said.length < all && choices.length > 1) {
      const counts = choices.map((sizes) => write(sizes).length);
      said = write(choices[counts.indexOf(Math.max(...counts))]);
    }
    for (const { index, inSight } of said) if (inSight) this.named.add(index);
    const below = (/** @type {typeof said[number]} */ one, /** @type {string[]} */ texts, /** @type {string} */ colour) => {
      const height = texts.length * SMALL * LINE;
      const isWritten = this.writeBlock(texts.map((text) => ({ text, size: SMALL, weight: 400, colour })), { x: one.spot.x, y: one.bottom + height / 2 }, one.alpha);
      if (isWritten) one.bottom += height;
      return isWritten;
    };
    for (const one of said) if (one.wrong.length && !below(one, one.wrong, inks.broken)) this.#sign(one.title, one.spot, one.alpha);
    for (const one of said) if (one.about.length) below(one, one.about, inks.quiet);
  }

  /** Writes a mark before a name, where what is wrong has no room. @param {Line} title @param {Spot} spot @param {number} alpha */
  #sign(title, { x, y }, alpha) {
    const left = this.widthOf(title.text, fontOf(title)) / 2 + HALO;
    this.texts.push({ x: x - left, y, text: "!", font: fontOf(title), colour: this.view.inks.broken, halo: HALO, alpha });
  }

  /** @param {number[]} grids */
  addGrids(grids) {
    const { limits, selection, distance, inks } = this.view;
    for (const index of grids) {
      const { label, number, broken, village } = this.data.grids.features[index].properties;
      const isChosen = index === selection.grid;
      const usual = label && this.view.placeOf(label);
      const place = label && (usual?.inSight ? usual : (this.view.partOf(index) ?? usual));
      if (!place) continue;
      const size = (distance.number || 11) + (isChosen ? 4 : 0);
      const line = { text: [...broken.map(({ mark }) => RULES[mark].sign), number].join(" "), size, weight: isChosen || broken.length ? 600 : 500, colour: broken.length ? inks.broken : isChosen ? inks.ink : inks.quiet };
      const fits = Math.hypot(this.widthOf(line.text, fontOf(line)), size * 0.8) / 2 <= place.room;
      if (!fits && !isChosen) continue;
      const isAside = limits ? !limits.has(index) : selection.village !== null && (selection.village !== village || (selection.grid !== null && !isChosen));
      const downs = place.room > 2 * size ? [0, 2 * size, -2 * size] : [0]; // where a village is one grid, its name is in the middle
      downs.some((down) => this.writeBlock([line], { x: place.x, y: place.y + down }, isAside ? ASIDE : 1));
    }
  }

  addCounts() {
    const { villages, flatsOf, inks } = this.view;
    for (const village of villages) for (const { x, y, count } of flatsOf(village)) this.texts.push({ x, y: y + 0.5, text: String(count), font: "600 9px", colour: inks.paper, halo: 0, alpha: 1 });
  }
}

/** @param {string} name */
function shortened(name) {
  const letters = [...name];
  return letters.length > LONGEST_NAME ? `${letters.slice(0, LONGEST_NAME - 1).join("")}…` : name;
}

/** @param {Line} line */
export const fontOf = ({ weight, size }) => `${weight} ${size}px`;
