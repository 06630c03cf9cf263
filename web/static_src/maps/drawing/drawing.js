// Draws a town: the fills of grids; outlines, households, what is chosen, and the texts.
import * as L from "leaflet";
import { layOut } from "./label_layout.js";
import { Patterns, Widths, frameOf, onPlane, onScreen, within, write } from "./frame.js";
import { RULES, colours, distanceAt, faded, metresPerPixel, paintOf } from "./marks.js";
import { residentsOf } from "../selection.js";
import { meet, roomiest } from "./shapes.js";
import { MapCanvas, penOf } from "./map_canvas.js";
/** @import { TownMap, View } from "../../wire.js" */
/** @import { Colours, Paint } from "./marks.js" */
/** @import { PlaceFeature, Places } from "../places.js" */
/** @import { Selection } from "../selection.js" */
/** @import { Frame } from "./frame.js" */
/** @import { Shape, Shapes } from "./shapes.js" */

/**
 * @typedef {object} State What is to be drawn.
 * @property {{ grids: boolean, villages: boolean, households: boolean }} layers Those that are switched on.
 * @property {View | null} view What colours mean; otherwise neighbours differ.
 * @property {Set<number> | null} limits The grids that do not step back, where others do.
 * @property {boolean} isBanded Whether grids are filled along their edges only, so that the ground beneath is seen.
 * @property {Selection} selection
 * @property {Selection} pointed
 */
/** @typedef {{ x: Float64Array, y: Float64Array, grid: Int32Array, count: Uint16Array, places: PlaceFeature[] }} Dots Of a village; `grid`: -1 where nobody is in one. */
/** @typedef {{ index: number, shape: Shape | null }} Seen A village of which something may be in sight. */

const BAND_PX = 7;

/** A town on two canvases: the fills of grids lie beneath roads and water, so that every colour is seen as it is. */
export class Drawing extends L.Evented {
  /** @type {Map<number, Dots>} */ #dots = new Map();
  #patterns = new Patterns();
  #widths;
  #probe = penOf(document.createElement("canvas"));

  /** @param {L.Map} map @param {TownMap} data @param {Shapes} shapes @param {Places} places @param {State} state */
  constructor(map, data, shapes, places, state) {
    super();
    this.map = map;
    this.data = data;
    this.shapes = shapes;
    this.places = places;
    this.state = state;
    this.#widths = new Widths(map.getContainer());
    this.room = usual(data.villages.features.map(({ properties }) => properties.label?.[2] ?? 0));
    this.gridsOf = data.villages.features.map(() => /** @type {number[]} */ ([]));
    data.grids.features.forEach(({ properties }, index) => this.gridsOf[properties.village].push(index));
    map.createPane("gridplan-fills").style.zIndex = "220";
    this.fills = new MapCanvas("gridplan-fills", "gridplan-fills", (pen, canvas) => this.#paintFills(pen, this.frame(canvas)));
    this.marks = new MapCanvas("gridplan-marks", "overlayPane", (pen, canvas) => this.#paintMarks(pen, this.frame(canvas)));
    // A canvas does not draw itself again, as text does, when a font it needed has come.
    document.fonts.addEventListener("loadingdone", () => {
      this.#widths.forget();
      this.marks.draw();
    });
  }

  begin() {
    this.fills.addTo(this.map);
    this.marks.addTo(this.map);
  }

  /** Draws anew, where the map is. */
  draw() {
    this.fills.draw();
    this.marks.draw();
  }

  /** Returns where the plane lies on a canvas. @param {MapCanvas} canvas @returns {Frame} */
  frame(canvas = this.marks) {
    return frameOf(this.map, canvas, this.shapes, this.distance());
  }

  distance() {
    return distanceAt(metresPerPixel(this.map), this.room);
  }

  // ---- what is where

  /** Whether the map shows the whole town, and of that villages rather than grids. */
  isFar() {
    return this.distance().name === "town";
  }

  showsHouseholds() {
    return this.state.layers.households && this.distance().dot > 0;
  }

  /** Returns the villages of which something may be seen. */
  villagesInSight() {
    return this.#seen(this.frame()).map(({ index }) => index);
  }

  /** @param {Frame} frame @returns {Seen[]} */
  #seen({ box }) {
    return this.shapes.villages.flatMap((shape, index) => (shape && !meet(shape.box, box) ? [] : [{ index, shape }]));
  }

  /** Returns the grid that a spot of the plane is in. @param {[number, number]} spot */
  gridAt(spot) {
    return this.#at(this.shapes.grids, spot);
  }

  /** Returns the village that a spot of the plane is in. @param {[number, number]} spot */
  villageAt(spot) {
    return this.#at(this.shapes.villages, spot);
  }

  /** @param {(Shape | null)[]} shapes @param {[number, number]} spot */
  #at(shapes, [x, y]) {
    const found = shapes.findIndex((shape) => shape && within([x, y], shape.box) && this.#probe.isPointInPath(shape.path, x, y, "evenodd"));
    return found < 0 ? null : found;
  }

  /** Returns the place that is drawn at a spot of the plane. @param {[number, number]} spot @param {number} tolerance In pixels. */
  placeAt([x, y], tolerance) {
    const { scale, distance } = this.frame();
    let nearest = Infinity;
    /** @type {PlaceFeature | null} */ let found = null;
    for (const dots of this.showsHouseholds() ? this.#dots.values() : []) {
      for (let i = 0; i < dots.x.length; i++) {
        const off = Math.hypot(dots.x[i] - x, dots.y[i] - y) * scale - (dots.count[i] > 1 ? distance.flats : distance.dot);
        if (off > tolerance || off >= nearest) continue;
        [nearest, found] = [off, dots.places[i]];
      }
    }
    return found;
  }

  /** Returns the households of a village that have come and have a position of their own. @param {number} village */
  dotsOf(village) {
    const dots = this.#dots.get(village);
    const places = dots ? [] : this.places.known(village)?.filter(({ geometry, properties }) => geometry && !properties.at_hamlet);
    if (dots || !places) return dots;
    /** @type {Dots} */
    const made = { x: new Float64Array(places.length), y: new Float64Array(places.length), grid: new Int32Array(places.length), count: new Uint16Array(places.length), places };
    places.forEach(({ geometry, properties: { households } }, index) => {
      const [lon, lat] = /** @type {import("geojson").Point} */ (geometry).coordinates;
      [made.x[index], made.y[index]] = this.shapes.at(lon, lat);
      made.grid[index] = households.find(([, grid]) => grid !== null)?.[1] ?? -1;
      made.count[index] = households.length;
    });
    this.#dots.set(village, made);
    return made;
  }

  /** Returns where a household stands on the plane, if that has come. @param {number} village @param {number | string} key @returns {[number, number] | null} */
  spotOf(village, key) {
    const home = this.places.known(village)?.find(({ properties }) => residentsOf(properties).some((one) => one.key === key));
    return home?.geometry ? this.shapes.at(home.geometry.coordinates[0], home.geometry.coordinates[1]) : null;
  }

  // ---- fills

  /** @param {CanvasRenderingContext2D} pen @param {Frame} frame */
  #paintFills(pen, frame) {
    const { grids } = this.shapes;
    if (!this.state.layers.grids) return;
    onPlane(pen, frame);
    pen.imageSmoothingEnabled = false; // or hatching is blurred into colours that no legend has
    const isOfVillages = this.isFar() && !this.state.view; // neighbours differ, and from afar these are villages
    for (const { index, shape } of this.#seen(frame)) {
      const { tint, planned } = this.data.villages.features[index].properties;
      if (isOfVillages && shape) {
        if (planned !== false) this.#fill(pen, frame, shape, this.#stepBack(paintOf(tint, undefined), index, null));
        continue;
      }
      for (const grid of this.gridsOf[index]) {
        const area = grids[grid];
        if (area && meet(area.box, frame.box)) this.#fill(pen, frame, area, this.paintOfGrid(grid));
      }
    }
  }

  /** Returns how a grid is painted. @param {number} grid */
  paintOfGrid(grid) {
    const { view } = this.state;
    const { tint, village } = this.data.grids.features[grid].properties;
    return this.#stepBack(paintOf(tint, view?.classes[view.grids[grid]]), village, grid);
  }

  /** Lets step back what is not chosen. @param {Paint} paint @param {number} village @param {number | null} grid */
  #stepBack(paint, village, grid) {
    const { limits, selection } = this.state;
    if (limits) return limits.has(grid ?? -1) ? paint : faded(paint);
    const isAside = selection.village !== null && (selection.village !== village || (selection.grid !== null && selection.grid !== grid));
    return isAside ? faded(paint) : paint;
  }

  /** @param {CanvasRenderingContext2D} pen @param {Frame} frame @param {Shape} shape @param {Paint} paint */
  #fill(pen, frame, { path }, paint) {
    const ink = paint.pattern ? this.#patterns.of(pen, frame, paint) : paint.fill;
    if (!this.state.isBanded) {
      pen.fillStyle = ink;
      return pen.fill(path, "evenodd");
    }
    pen.save();
    pen.clip(path, "evenodd");
    Object.assign(pen, { strokeStyle: ink, lineWidth: (2 * BAND_PX) / frame.scale });
    pen.stroke(path);
    pen.restore();
  }

  // ---- lines, dots and texts

  /** @param {CanvasRenderingContext2D} pen @param {Frame} frame */
  #paintMarks(pen, frame) {
    const { shapes, state } = this;
    const { selection, pointed, layers } = state;
    const inks = colours();
    const seen = this.#seen(frame);
    const isFar = frame.distance.name === "town";
    const stroke = (/** @type {Path2D | undefined} */ path, /** @type {string} */ colour, /** @type {number} */ width, /** @type {number[]} */ dash = []) => {
      if (!path) return;
      Object.assign(pen, { strokeStyle: colour, lineWidth: width / frame.scale, lineJoin: "round" });
      pen.setLineDash(dash.map((length) => length / frame.scale));
      pen.stroke(path);
    };
    /** @param {number} village */
    const isAside = (village) => selection.village !== null && (selection.village !== village || selection.grid !== null);

    onPlane(pen, frame);
    if (layers.grids && frame.distance.line) for (const { index } of seen) stroke(shapes.between[index], isAside(index) ? faded({ fill: inks.ground, line: inks.ramp_line }).line : inks.ramp_line, frame.distance.line);
    if (layers.villages) for (const { index, shape } of seen) stroke(shape?.path, inks.ink, frame.distance.boundary, this.data.villages.features[index].properties.planned === false ? [8, 6] : []);
    if (layers.grids && !isFar) {
      for (const { index } of seen) {
        for (const grid of this.gridsOf[index]) {
          const [rule] = this.data.grids.features[grid].properties.broken;
          const shape = rule && shapes.grids[grid];
          if (!shape || !meet(shape.box, frame.box)) continue;
          pen.save(); // inside of the shape: beside the boundary of its village, and beside the mark of its neighbour
          pen.clip(shape.path, "evenodd");
          stroke(shape.path, this.#stepBack({ fill: inks.paper, line: inks.broken }, index, grid).line, 2 * RULES[rule.mark].weight, RULES[rule.mark].dashes?.split(" ").map(Number));
          pen.restore();
        }
      }
    }
    if (layers.villages && selection.village !== null) stroke(shapes.villages[selection.village]?.path, inks.accent, selection.grid === null ? 4 : 2.5);
    if (layers.grids && selection.grid !== null) stroke(shapes.grids[selection.grid]?.path, inks.accent, 4);
    const under = pointed.grid === null ? (pointed.village === null ? null : shapes.villages[pointed.village]) : shapes.grids[pointed.grid];
    stroke(under?.path, inks.accent, 3);
    pen.setLineDash([]);

    onScreen(pen, frame);
    if (this.showsHouseholds()) {
      const aside = faded({ fill: inks.ink, line: inks.ink }).fill;
      for (const { index } of seen) this.#dot(pen, frame, index, isAside(index) ? aside : inks.ink, inks.paper, null);
      if (selection.grid !== null && selection.village !== null) this.#dot(pen, frame, selection.village, inks.ink, inks.paper, selection.grid);
    }
    this.#ring(pen, frame, pointed, inks.accent, 9, 2);
    this.#ring(pen, frame, selection, inks.accent, 11, 4);
    const named = this.#write(pen, frame, seen, inks);
    const middle = /** @type {[number, number]} */ ([(frame.window[0] + frame.window[2]) / 2, (frame.window[1] + frame.window[3]) / 2]);
    const amid = isFar ? null : this.villageAt(middle);
    this.fire("named", { village: amid === null || named.has(amid) ? null : amid });
  }

  /**
   * Draws the households of a village, or of one of its grids.
   * @param {CanvasRenderingContext2D} pen @param {Frame} frame @param {number} village @param {string} ink @param {string} paper @param {number | null} grid
   */
  #dot(pen, { scale, x, y, box, distance }, village, ink, paper, grid) {
    const dots = this.dotsOf(village);
    if (!dots) return;
    const wide = Math.max(distance.flats, distance.dot) / scale;
    const filled = new Path2D();
    const hollow = new Path2D();
    for (let i = 0; i < dots.x.length; i++) {
      const [east, south] = [dots.x[i], dots.y[i]];
      if (east < box[0] - wide || east > box[2] + wide || south < box[1] - wide || south > box[3] + wide) continue;
      if (grid !== null && dots.grid[i] !== grid) continue;
      const radius = dots.count[i] > 1 ? distance.flats : distance.dot;
      const path = dots.grid[i] < 0 ? hollow : filled;
      const [left, top] = [east * scale + x, south * scale + y];
      path.moveTo(left + radius, top);
      path.arc(left, top, radius, 0, 2 * Math.PI);
    }
    Object.assign(pen, { fillStyle: ink, strokeStyle: ink, lineWidth: 1.5 });
    pen.fill(filled);
    pen.fillStyle = paper;
    pen.fill(hollow);
    pen.stroke(hollow);
  }

  /** Rings a household. @param {CanvasRenderingContext2D} pen @param {Frame} frame @param {Selection} of @param {string} ink @param {number} radius @param {number} width */
  #ring(pen, frame, { village, household }, ink, radius, width) {
    const spot = village === null || household === null ? null : this.spotOf(village, household);
    if (!spot) return;
    pen.beginPath();
    pen.arc(spot[0] * frame.scale + frame.x, spot[1] * frame.scale + frame.y, radius, 0, 2 * Math.PI);
    Object.assign(pen, { strokeStyle: ink, lineWidth: width });
    pen.stroke();
  }

  /** @param {CanvasRenderingContext2D} pen @param {Frame} frame @param {Seen[]} seen @param {Colours} inks */
  #write(pen, frame, seen, inks) {
    const widthOf = (/** @type {string} */ text, /** @type {string} */ font) => this.#widths.of(pen, text, font);
    const spotOf = (/** @type {[number, number]} */ [x, y]) => ({ x: x * frame.scale + frame.x, y: y * frame.scale + frame.y });
    const { texts, named } = layOut(this.data, {
      ...this.state,
      inks,
      distance: frame.distance,
      villages: seen.map(({ index }) => index),
      placeOf: ([lon, lat, room]) => {
        const at = this.shapes.at(lon, lat);
        return within(at, frame.box) ? { ...spotOf(at), room: room / frame.metres, inSight: within(at, frame.window) } : null;
      },
      partOf: (grid) => {
        const shape = this.shapes.grids[grid];
        const found = shape && roomiest(shape, frame.window);
        return found && { ...spotOf([found[0], found[1]]), room: found[2] * frame.scale, inSight: true };
      },
      flatsOf: (village) => {
        const dots = this.dotsOf(village);
        if (!dots) return [];
        const several = [...dots.count.keys()].filter((i) => dots.count[i] > 1 && within([dots.x[i], dots.y[i]], frame.box));
        return several.map((i) => ({ ...spotOf([dots.x[i], dots.y[i]]), count: dots.count[i] }));
      },
      widthOf,
    });
    write(pen, texts, inks.halo, this.#widths.family);
    return named;
  }
}

/** @param {number[]} values */
function usual(values) {
  const known = values.filter(Boolean).sort((a, b) => a - b);
  return known.length > 1 ? known[known.length >> 1] : Infinity; // one village is no town
}
