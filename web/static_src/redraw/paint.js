// Draws a draft that is redrawn: the fills of grids; outlines, households and texts; what is chosen; and above them what changes
// under the mouse, so that nothing else is painted while something is dragged.
import { Labels, fontOf } from "../maps/drawing/label_layout.js";
import { MapCanvas, penOf } from "../maps/drawing/map_canvas.js";
import { Patterns, Widths, frameOf, onPlane, onScreen, within, write } from "../maps/drawing/frame.js";
import { RULES, colours, distanceAt, metresPerPixel } from "../maps/drawing/marks.js";
import { meet, roomiest } from "../maps/drawing/shapes.js";
import { say } from "../ui/page.js";
/** @import * as L from "leaflet" */
/** @import { Line as TextLine } from "../maps/drawing/label_layout.js" */
/** @import { Frame } from "../maps/drawing/frame.js" */
/** @import { Colours } from "../maps/drawing/marks.js" */
/** @import { Box, Shape } from "../maps/drawing/shapes.js" */
/** @import { Outlines } from "./outlines.js" */
/** @import { Redraw } from "./state.js" */
/** @import { Point, Spot } from "./tools.js" */

/** @typedef {number | "new" | null} Target A grid, a new one, or none. */
/**
 * @typedef {object} Hand What is under way on the map.
 * @property {{ kind: "rectangle" | "lasso", line: Point[] } | { kind: "brush", at: Point, radius: number } | null} tool On the plane; the radius in pixels.
 * @property {Set<number>} taken Households that the tool takes in.
 * @property {boolean} isTaking Whether they come to the chosen ones, and do not leave them.
 * @property {{ ids: number[], by: Point } | null} dragged
 * @property {number | "new" | null} target The grid that they would come into.
 * @property {number | null} pointedGrid
 * @property {Map<number, Target>} moved Households that are on their way, or would be moved by what is proposed.
 * @property {boolean} isProposed Whether they are only proposed.
 */

/** @returns {Hand} */
export const emptyHand = () => ({ tool: null, taken: new Set(), isTaking: true, dragged: null, target: null, pointedGrid: null, moved: new Map(), isProposed: false });

const SMALLEST_DOT = 1.8;
/** From afar, where dots run together. */
const SPECK = 1.2;
/** How far beyond its edge a rough outline is filled, on the plane. */
const ROUGH_EDGE = 8;
/** Around a household that is chosen. */
const RING = { away: 2.5, width: 2 };
const LOCK = { width: 8, height: 10 };
/** How many households are drawn under the mouse, and arrows. */
const MOST_UNDER_WAY = 400;
/** How far a number alone may reach beyond its grid. */
const TIGHT = 1.5;

/** @typedef {{ radius: number, fill: string, line: string, width: number, ring?: string }} Dot `ring`: around it, in a colour. */

/** Dots that are painted once and then put wherever they are wanted: thousands of them follow the mouse. */
class Dots {
  /** @type {Map<string, HTMLCanvasElement>} */ #painted = new Map();

  /** @param {CanvasRenderingContext2D} pen @param {Frame} frame @param {Point} at On the screen. @param {Dot} dot */
  put(pen, { ratio }, [x, y], dot) {
    const half = Math.ceil(dot.radius + (dot.ring ? RING.away : 0) + dot.width) + 1;
    const key = `${Object.values(dot).join()} ${ratio}`;
    let painted = this.#painted.get(key);
    if (!painted) this.#painted.set(key, (painted = this.#paint(dot, half, ratio)));
    const [left, top] = [x, y].map((middle) => Math.round((middle - half) * ratio) / ratio); // between pixels it would be blurred, and slow
    pen.drawImage(painted, left, top, 2 * half, 2 * half);
  }

  /** @param {Dot} dot @param {number} half Of its picture. @param {number} ratio */
  #paint({ radius, fill, line, width, ring: colour }, half, ratio) {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 2 * half * ratio;
    const pen = penOf(canvas);
    pen.scale(ratio, ratio);
    pen.beginPath();
    pen.arc(half, half, radius, 0, 2 * Math.PI);
    pen.fillStyle = fill;
    pen.fill();
    ring(pen, half, half, radius, line, width);
    if (colour) ring(pen, half, half, radius + RING.away, colour, RING.width);
    return canvas;
  }
}

export class Painting {
  #patterns = new Patterns();
  #dots = new Dots();
  #widths;
  #probe = penOf(document.createElement("canvas"));

  /**
   * @param {L.Map} map @param {Redraw} redraw @param {Outlines} outlines
   * @param {{ hand: Hand, spots: () => Spot[], boundary: Shape | null }} drawn
   */
  constructor(map, redraw, outlines, drawn) {
    this.map = map;
    this.redraw = redraw;
    this.outlines = outlines;
    this.drawn = drawn;
    this.#widths = new Widths(map.getContainer());
    map.createPane("gridplan-fills").style.zIndex = "220";
    map.createPane("gridplan-hand").style.zIndex = "450";
    this.fills = new MapCanvas("gridplan-fills", "gridplan-fills", (pen, canvas) => this.#paintFills(pen, this.#frame(canvas)));
    this.marks = new MapCanvas("gridplan-marks", "overlayPane", (pen, canvas) => this.#paintMarks(pen, this.#frame(canvas)));
    this.chosen = new MapCanvas("gridplan-chosen", "gridplan-hand", (pen, canvas) => this.#paintChosen(pen, this.#frame(canvas), (this.#shown = this.#chosen())));
    this.hand = new MapCanvas("gridplan-hand", "gridplan-hand", (pen, canvas) => this.#paintHand(pen, this.#frame(canvas)));
    document.fonts.addEventListener("loadingdone", () => {
      this.#widths.forget();
      this.marks.draw(); // a canvas does not draw itself again, as text does
    });
    for (const canvas of [this.fills, this.marks, this.chosen, this.hand]) canvas.addTo(map);
  }

  /** Draws all of it anew. */
  draw() {
    this.fills.draw();
    this.marks.draw();
    this.chosen.draw();
    this.hand.draw();
  }

  #isDue = false;

  /** Draws what changes under the mouse, with the next frame. */
  drawHand() {
    if (this.#isDue) return;
    this.#isDue = true;
    requestAnimationFrame(() => {
      this.#isDue = false;
      this.#drawChosen();
      this.hand.draw();
    });
  }

  distance() {
    return distanceAt(metresPerPixel(this.map), Infinity);
  }

  /** @param {MapCanvas} canvas */
  #frame(canvas) {
    return frameOf(this.map, canvas, this.outlines.plane, this.distance());
  }

  // ---- what is where

  /** Returns the grid that a spot of the plane is in. @param {Point} spot */
  gridAt([x, y]) {
    for (const [number, shape] of this.outlines.shapes) if (within([x, y], shape.box) && this.#probe.isPointInPath(shape.path, x, y, "evenodd")) return number;
    return null;
  }

  /** Returns where households live that are drawn at a spot of the plane. @param {Point} at @param {number} tolerance In pixels. */
  spotAt([x, y], tolerance) {
    const { scale, distance } = this.#frame(this.marks);
    let nearest = tolerance;
    /** @type {Spot | null} */ let found = null;
    for (const spot of this.drawn.spots()) {
      const off = Math.hypot(spot.x - x, spot.y - y) * scale - radiusOf(spot, distance);
      if (off >= nearest) continue;
      [nearest, found] = [off, spot];
    }
    return found;
  }

  /** @type {{ spots: Spot[], of: Map<number, Spot> }} */ #known = { spots: [], of: new Map() };

  /** Returns the spots of households by their ids. */
  #spotOf() {
    const spots = this.drawn.spots();
    if (spots !== this.#known.spots) this.#known = { spots, of: new Map(spots.flatMap((spot) => spot.ids.map((id) => [id, spot]))) };
    return this.#known.of;
  }

  // ---- fills

  /** @param {CanvasRenderingContext2D} pen @param {Frame} frame */
  #paintFills(pen, frame) {
    onPlane(pen, frame);
    pen.imageSmoothingEnabled = false; // or hatching is blurred
    const { shapes, rough } = this.outlines;
    const seen = [...shapes].filter(([, { box }]) => meet(box, frame.box));
    // Rough outlines lie a little beside exact ones: filled beyond their edges, and below, they leave no gap.
    const isRough = (/** @type {[number, Shape]} */ [number]) => rough.has(number);
    if (this.drawn.boundary) pen.clip(this.drawn.boundary.path, "evenodd");
    for (const [number, { path }] of [...seen.filter(isRough), ...seen.filter((one) => !isRough(one))]) {
      const { fill, line } = colours().tints[this.outlines.tints.of(number)];
      pen.fillStyle = this.redraw.grids.get(number)?.locked ? this.#patterns.of(pen, frame, { fill, line, pattern: "slants", ink: line }) : fill;
      if (rough.has(number)) {
        Object.assign(pen, { strokeStyle: fill, lineWidth: 2 * ROUGH_EDGE, lineJoin: "round" });
        pen.stroke(path);
      }
      pen.fill(path, "evenodd");
    }
  }

  // ---- lines, households and texts

  /** @param {CanvasRenderingContext2D} pen @param {Frame} frame */
  #paintMarks(pen, frame) {
    const { outlines: { shapes }, redraw } = this;
    const inks = colours();
    const seen = [...shapes].filter(([, { box }]) => meet(box, frame.box));
    onPlane(pen, frame);
    for (const [, { path }] of seen) stroke(pen, frame, path, inks.ramp_line, frame.distance.line || 0.75);
    if (this.drawn.boundary) stroke(pen, frame, this.drawn.boundary.path, inks.ink, frame.distance.boundary);
    for (const [number, mark] of this.#broken()) {
      const shape = shapes.get(number);
      if (!shape || !meet(shape.box, frame.box)) continue;
      inside(pen, shape, () => stroke(pen, frame, shape.path, inks.broken, 2 * RULES[mark].weight, RULES[mark].dashes));
    }
    const chosen = redraw.chosenGrid === null ? null : shapes.get(redraw.chosenGrid);
    if (chosen) stroke(pen, frame, chosen.path, inks.accent, 4);
    onScreen(pen, frame);
    this.#paintSpots(pen, frame, inks);
    this.#writeLabels(pen, frame, seen, inks);
  }

  /** Returns the grids that break a rule that has a mark. */
  #broken() {
    /** @type {Map<number, "small" | "large" | "pieces">} */ const found = new Map();
    for (const { grid, mark } of this.redraw.plan.broken) if (grid !== null && mark && !found.has(grid)) found.set(grid, mark);
    return found;
  }

  /** @param {Spot} spot */
  #homesOf({ ids }) {
    return ids.flatMap((id) => this.redraw.households.get(id) ?? []);
  }

  /** @param {CanvasRenderingContext2D} pen @param {Frame} frame @param {Colours} inks */
  #paintSpots(pen, frame, inks) {
    const [filled, hollow, locked, added, gone, moved] = Array.from({ length: 6 }, () => new Path2D());
    const several = [];
    for (const spot of this.drawn.spots()) {
      const [x, y] = [spot.x * frame.scale + frame.x, spot.y * frame.scale + frame.y];
      const radius = radiusOf(spot, frame.distance);
      if (!within([spot.x, spot.y], frame.box)) continue;
      const homes = this.#homesOf(spot);
      if (homes.every((home) => home.locked)) locked.rect(x - radius, y - radius, 2 * radius, 2 * radius);
      else circle(homes.every((home) => home.grid === null) ? hollow : filled, x, y, radius);
      if (homes.some((home) => home.state === "new")) cross(added, x, y, radius + 4, 0);
      if (homes.some((home) => home.state === "moved")) circle(moved, x, y, radius + 4);
      if (homes.some((home) => home.state === "gone")) cross(gone, x, y, radius + 4, Math.PI / 4);
      if (spot.ids.length > 1 && radius >= 6) several.push({ x, y, text: String(spot.ids.length), isHollow: homes.every((home) => home.grid === null && !home.locked) });
    }
    Object.assign(pen, { strokeStyle: inks.halo, lineWidth: 4, fillStyle: inks.ink });
    for (const path of [added, gone, moved]) pen.stroke(path);
    Object.assign(pen, { strokeStyle: inks.ink, lineWidth: 1.5 });
    pen.fill(filled);
    pen.fill(locked);
    pen.fillStyle = inks.paper;
    pen.fill(hollow);
    pen.stroke(hollow);
    pen.lineWidth = 2;
    for (const path of [added, gone, moved]) pen.stroke(path);
    write(pen, several.map(({ x, y, text, isHollow }) => ({ x, y: y + 0.5, text, font: "600 9px", colour: isHollow ? inks.ink : inks.paper, halo: 0, alpha: 1 })), inks.halo, this.#widths.family);
  }

  /** @param {CanvasRenderingContext2D} pen @param {Frame} frame @param {[number, Shape][]} seen @param {Colours} inks */
  #writeLabels(pen, frame, seen, inks) {
    const labels = new Labels((text, font) => this.#widths.of(pen, text, font));
    const broken = this.#broken();
    const { chosenGrid, grids } = this.redraw;
    const rank = (/** @type {number} */ number) => (number === chosenGrid ? 0 : broken.has(number) ? 1 : 2);
    const roomOf = (/** @type {Shape} */ shape) => this.outlines.labelOf(shape)?.[2] ?? 0;
    const locks = [];
    for (const [number, shape] of [...seen].sort((a, b) => rank(a[0]) - rank(b[0]) || roomOf(b[1]) - roomOf(a[1]))) {
      const grid = grids.get(number);
      const usual = this.outlines.labelOf(shape);
      const place = usual && within([usual[0], usual[1]], frame.window) ? usual : roomiest(shape, frame.window);
      if (!grid || !place) continue;
      const room = place[2] * frame.scale;
      const spot = { x: place[0] * frame.scale + frame.x, y: place[1] * frame.scale + frame.y };
      const isChosen = number === chosenGrid;
      const mark = broken.get(number);
      const size = frame.distance.number + (isChosen ? 4 : 0);
      /** @type {TextLine} */ const first = { text: [...(grid.locked ? ["\u2002"] : []), ...(mark ? [RULES[mark].sign] : []), number].join(" "), size, weight: 600, colour: mark ? inks.broken : inks.ink };
      /** @type {TextLine[]} */ const name = grid.label ? [{ text: shortened(grid.label), size: 12, weight: 400, colour: inks.quiet }] : [];
      /** @type {TextLine} */ const last = { text: say(grid.size === 1 ? "redraw.map.one" : "redraw.map.size", { n: grid.size }), size: 12, weight: 400, colour: mark === "small" || mark === "large" ? inks.broken : inks.quiet };
      const fits = (/** @type {TextLine[]} */ lines) => Math.hypot(Math.max(...lines.map((line) => labels.widthOf(line.text, fontOf(line)))), lines.length * 14) / 2 <= room;
      const isTight = isChosen || Math.hypot(labels.widthOf(first.text, fontOf(first)), size * 0.8) / 2 <= room * TIGHT;
      const ways = [[first, ...name, last], [first, last], [first]].filter((lines) => (lines.length === 1 ? isTight : fits(lines)));
      const written = ways.find((lines) => labels.writeBlock(lines, spot, 1));
      if (written && grid.locked) locks.push({ x: spot.x - labels.widthOf(first.text, fontOf(first)) / 2 + LOCK.width / 2, y: spot.y - ((written.length - 1) * 15) / 2, colour: first.colour });
    }
    write(pen, labels.texts, inks.halo, this.#widths.family);
    for (const { x, y, colour } of locks) lock(pen, x, y, colour);
  }

  // ---- what is chosen

  /** What is painted of it. @type {Map<Spot, number>} */ #shown = new Map();

  /** Returns the spots of the households that are chosen or about to be, and how many of each. @returns {Map<Spot, number>} */
  #chosen() {
    const { redraw: { selection }, drawn: { hand: { taken, isTaking } } } = this;
    const spotOf = this.#spotOf();
    /** @type {Map<Spot, number>} */ const found = new Map();
    for (const id of isTaking ? new Set([...selection, ...taken]) : [...selection].filter((one) => !taken.has(one))) {
      const spot = spotOf.get(id);
      if (spot) found.set(spot, (found.get(spot) ?? 0) + 1);
    }
    return found;
  }

  /** Paints what has come to what is chosen; where anything has left it, all of it anew. */
  #drawChosen() {
    const now = this.#chosen();
    if (![...this.#shown].every(([spot, count]) => now.get(spot) === count)) return this.chosen.draw();
    const come = [...now].filter(([spot]) => !this.#shown.has(spot));
    this.#shown = now;
    if (come.length) this.chosen.add((pen, canvas) => this.#paintChosen(pen, this.#frame(canvas), come));
  }

  /** @param {CanvasRenderingContext2D} pen @param {Frame} frame @param {Iterable<[Spot, number]>} chosen */
  #paintChosen(pen, frame, chosen) {
    const { accent, halo } = colours();
    const texts = [];
    onScreen(pen, frame);
    for (const [spot, count] of chosen) {
      if (!within([spot.x, spot.y], frame.box)) continue;
      const [x, y] = [spot.x * frame.scale + frame.x, spot.y * frame.scale + frame.y];
      const isPart = count < spot.ids.length;
      const radius = Math.max(radiusOf(spot, frame.distance), 2.5) + (isPart ? 5 : 1);
      this.#dots.put(pen, frame, [x, y], { radius, fill: accent, line: halo, width: 1.5, ring: accent });
      if (spot.ids.length > 1 && radius >= 6) texts.push({ x, y: y + 0.5, text: isPart ? `${count}/${spot.ids.length}` : String(count), font: "600 9px", colour: halo, halo: 0, alpha: 1 });
    }
    write(pen, texts, halo, this.#widths.family);
  }

  // ---- what changes under the mouse

  /** @param {CanvasRenderingContext2D} pen @param {Frame} frame */
  #paintHand(pen, frame) {
    const { redraw, outlines: { shapes, tints }, drawn: { hand } } = this;
    const inks = colours();
    const spotOf = this.#spotOf();
    const toScreen = (/** @type {Point} */ [x, y]) => /** @type {Point} */ ([x * frame.scale + frame.x, y * frame.scale + frame.y]);
    onPlane(pen, frame);
    const pointed = hand.pointedGrid === null || hand.dragged ? null : shapes.get(hand.pointedGrid);
    if (pointed) stroke(pen, frame, pointed.path, inks.accent, 2.5);
    const target = typeof hand.target === "number" ? shapes.get(hand.target) : null;
    if (target) {
      Object.assign(pen, { fillStyle: inks.accent, globalAlpha: 0.14 });
      pen.fill(target.path, "evenodd");
      pen.globalAlpha = 1;
      stroke(pen, frame, target.path, inks.accent, 5);
    }
    onScreen(pen, frame);

    // Households on their way: in the tint of the grid that they come into, with an arrow to it while it is only proposed.
    const arrows = new Path2D();
    let pointing = 0;
    for (const [id, to] of hand.moved) {
      const spot = spotOf.get(id);
      if (!spot) continue;
      const at = toScreen([spot.x, spot.y]);
      const radius = radiusOf(spot, frame.distance);
      const { fill, line } = typeof to === "number" ? inks.tints[tints.of(to)] : { fill: inks.paper, line: inks.accent };
      this.#dots.put(pen, frame, at, { radius: radius + 5, fill, line, width: 2.5 });
      this.#dots.put(pen, frame, at, { radius, fill: to === null ? inks.paper : inks.ink, line: inks.ink, width: 1.5 });
      const shape = typeof to === "number" ? shapes.get(to) : null;
      const label = shape && this.outlines.labelOf(shape);
      if (hand.isProposed && label && pointing++ < MOST_UNDER_WAY) arrow(arrows, at, toScreen([label[0], label[1]]));
    }
    Object.assign(pen, { strokeStyle: inks.halo, lineWidth: 4, lineCap: "round" });
    pen.stroke(arrows);
    Object.assign(pen, { strokeStyle: inks.accent, lineWidth: 2 });
    pen.stroke(arrows);

    const at = redraw.pointed === null ? null : spotOf.get(redraw.pointed);
    if (at) ring(pen, ...toScreen([at.x, at.y]), radiusOf(at, frame.distance) + 6, inks.accent, 2.5);

    if (hand.dragged) {
      const { ids: carried, by } = hand.dragged;
      pen.globalAlpha = 0.7;
      for (const id of carried.slice(0, MOST_UNDER_WAY)) {
        const spot = spotOf.get(id);
        if (spot) this.#dots.put(pen, frame, toScreen([spot.x + by[0], spot.y + by[1]]), { radius: radiusOf(spot, frame.distance) + 1, fill: inks.accent, line: inks.halo, width: 1 });
      }
      pen.globalAlpha = 1;
    }
    if (hand.tool) paintTool(pen, hand.tool, toScreen, inks);
  }
}

/** @param {Spot} spot @param {{ dot: number, flats: number }} distance */
export function radiusOf({ ids }, { dot, flats }) {
  const one = dot ? Math.max(dot, SMALLEST_DOT) : SPECK;
  return ids.length > 1 ? Math.max(flats, 1.5 * one) + (ids.length > 99 ? 3 : 0) : one;
}

/** @param {CanvasRenderingContext2D} pen @param {Frame} frame @param {Path2D} path @param {string} colour @param {number} width @param {string | undefined} [dashes] */
function stroke(pen, { scale }, path, colour, width, dashes) {
  Object.assign(pen, { strokeStyle: colour, lineWidth: width / scale, lineJoin: "round" });
  pen.setLineDash(dashes ? dashes.split(" ").map((length) => Number(length) / scale) : []);
  pen.stroke(path);
  pen.setLineDash([]);
}

/** Paints on the inside of a shape alone: beside what its neighbours have. @param {CanvasRenderingContext2D} pen @param {Shape} shape @param {() => void} paint */
function inside(pen, { path }, paint) {
  pen.save();
  pen.clip(path, "evenodd");
  paint();
  pen.restore();
}

/** @param {Path2D} path @param {number} x @param {number} y @param {number} radius */
function circle(path, x, y, radius) {
  path.moveTo(x + radius, y);
  path.arc(x, y, radius, 0, 2 * Math.PI);
}

/** @param {Path2D} path @param {number} x @param {number} y @param {number} radius @param {number} turned */
function cross(path, x, y, radius, turned) {
  for (const angle of [turned, turned + Math.PI / 2]) {
    const [right, down] = [radius * Math.cos(angle), radius * Math.sin(angle)];
    path.moveTo(x - right, y - down);
    path.lineTo(x + right, y + down);
  }
}

/** @param {CanvasRenderingContext2D} pen @param {number} x @param {number} y @param {number} radius @param {string} line @param {number} width */
function ring(pen, x, y, radius, line, width) {
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  Object.assign(pen, { strokeStyle: line, lineWidth: width });
  pen.stroke();
}

/** @param {Path2D} path @param {Point} from @param {Point} to */
function arrow(path, [x1, y1], [x2, y2]) {
  const length = Math.hypot(x2 - x1, y2 - y1);
  if (length < 12) return;
  const [right, down] = [(x2 - x1) / length, (y2 - y1) / length];
  const head = Math.min(9, length / 3);
  path.moveTo(x1 + 9 * right, y1 + 9 * down);
  path.lineTo(x2, y2);
  for (const side of [-1, 1]) {
    path.moveTo(x2, y2);
    path.lineTo(x2 - head * right + (side * head * down) / 2, y2 - head * down - (side * head * right) / 2);
  }
}

/** Draws a padlock. @param {CanvasRenderingContext2D} pen @param {number} x @param {number} y @param {string} colour */
function lock(pen, x, y, colour) {
  const { width, height } = LOCK;
  const top = y - height / 2;
  Object.assign(pen, { fillStyle: colour, strokeStyle: colour, lineWidth: 1.5 });
  pen.fillRect(x - width / 2, top + 4, width, height - 4);
  pen.beginPath();
  pen.arc(x, top + 4, width / 2 - 1.5, Math.PI, 0);
  pen.stroke();
}

/** @param {CanvasRenderingContext2D} pen @param {NonNullable<Hand["tool"]>} tool @param {(at: Point) => Point} toScreen @param {Colours} inks */
function paintTool(pen, tool, toScreen, inks) {
  Object.assign(pen, { strokeStyle: inks.accent, fillStyle: inks.accent, lineWidth: 1.5 });
  const path = new Path2D();
  if (tool.kind === "brush") circle(path, ...toScreen(tool.at), tool.radius);
  else {
    tool.line.map(toScreen).forEach(([x, y], index) => (index ? path.lineTo(x, y) : path.moveTo(x, y)));
    path.closePath();
  }
  pen.globalAlpha = 0.1;
  pen.fill(path, "evenodd");
  pen.globalAlpha = 1;
  pen.setLineDash(tool.kind === "brush" ? [] : [5, 4]);
  pen.stroke(path);
  pen.setLineDash([]);
}

/** @param {string} name */
const shortened = (name) => ([...name].length > 10 ? `${[...name].slice(0, 9).join("")}…` : name);
