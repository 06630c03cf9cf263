// The outlines of a town as paths, on the plane of zoom 18 around its middle: a canvas turns them to any zoom by itself.
import * as L from "leaflet";
/** @import { Area, Outline, TownMap } from "../../wire.js" */

export const ZOOM = 18;
const SIZE = 256 * 2 ** ZOOM;

/** @typedef {[left: number, top: number, right: number, bottom: number]} Box */
/** @typedef {Float64Array} Line Pairs of x and y. */
/** @typedef {{ path: Path2D, rings: Line[], box: Box }} Shape */

/** The plane around a spot. */
export class Plane {
  /** @param {number} lon @param {number} lat */
  constructor(lon, lat) {
    /** On the plane of the whole earth. */
    this.origin = project(lon, lat);
  }

  /** Returns where a place is on the plane. @param {number} lon @param {number} lat @returns {[number, number]} */
  at(lon, lat) {
    const [x, y] = project(lon, lat);
    return [x - this.origin[0], y - this.origin[1]];
  }

  /** Returns the bounds of a part of the plane. @param {Box} box */
  bounds([left, top, right, bottom]) {
    const corner = (/** @type {number} */ x, /** @type {number} */ y) => L.CRS.EPSG3857.pointToLatLng(L.point(x + this.origin[0], y + this.origin[1]), ZOOM);
    return L.latLngBounds(corner(left, bottom), corner(right, top));
  }
}

export class Shapes extends Plane {
  /** @param {TownMap} data */
  constructor(data) {
    const { scale, translate } = data.transform;
    const first = data.arcs.length ? data.arcs[0][0] : [0, 0];
    super(translate[0] + scale[0] * first[0], translate[1] + scale[1] * first[1]);
    const lines = data.arcs.map((arc) => this.#line(arc, scale, translate));
    const drawnOf = (/** @type {Outline<unknown>} */ outline) => (outline.type === null ? null : shape(arcsOf(outline), lines));
    this.grids = data.grids.features.map(drawnOf);
    this.villages = data.villages.features.map(drawnOf);
    /** Of each village the lines between its grids: those that are no boundary of it. */
    this.between = data.villages.features.map(() => new Path2D());
    const boundaries = data.villages.features.map((village) => new Set(village.type === null ? [] : arcsOf(village).flat().map(forwards)));
    const drawn = new Set();
    for (const grid of data.grids.features) {
      const { village } = grid.properties;
      for (const arc of grid.type === null ? [] : arcsOf(grid).flat().map(forwards)) {
        if (drawn.has(arc) || boundaries[village].has(arc)) continue;
        drawn.add(arc);
        trace(this.between[village], lines[arc]);
      }
    }
    this.box = around([...this.villages, ...this.grids].flatMap((one) => (one ? [one.box] : [])));
  }

  /** @param {[number, number][]} arc @param {[number, number]} scale @param {[number, number]} translate */
  #line(arc, scale, translate) {
    const line = new Float64Array(2 * arc.length);
    let [east, north] = [0, 0];
    arc.forEach((step, index) => {
      east += step[0];
      north += step[1];
      line.set(this.at(translate[0] + scale[0] * east, translate[1] + scale[1] * north), 2 * index);
    });
    return line;
  }
}

/** @param {number} lon @param {number} lat @returns {[number, number]} */
function project(lon, lat) {
  const sine = Math.sin((lat * Math.PI) / 180);
  return [SIZE * (lon / 360 + 0.5), SIZE * (0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI))];
}

const forwards = (/** @type {number} */ arc) => (arc < 0 ? ~arc : arc);

/** @param {Exclude<Outline<unknown>, { type: null }>} outline */
const arcsOf = (outline) => (outline.type === "Polygon" ? outline.arcs : outline.arcs.flat());

/** @param {number[][]} arcsOfRings @param {Line[]} lines */
const shape = (arcsOfRings, lines) => shapeOfRings(arcsOfRings.map((arcs) => ringOf(arcs, lines)));

/** @param {Line[]} rings @returns {Shape} */
function shapeOfRings(rings) {
  const path = new Path2D();
  for (const ring of rings) {
    trace(path, ring);
    path.closePath();
  }
  return { path, rings, box: around(rings.map(boxOf)) };
}

/** Returns a shape that comes as GeoJSON. @param {Area} area @param {Plane} plane */
export function shapeOf(area, plane) {
  const polygons = area.type === "Polygon" ? [area.coordinates] : area.coordinates;
  return shapeOfRings(polygons.flat().map((ring) => Float64Array.from(ring.flatMap(([lon, lat]) => plane.at(lon, lat)))));
}

/** @param {number[]} arcs @param {Line[]} lines @returns {Line} */
function ringOf(arcs, lines) {
  const ring = new Float64Array(2 + arcs.reduce((sum, arc) => sum + lines[forwards(arc)].length - 2, 0));
  let end = 0; // where one arc ends, the next begins
  for (const arc of arcs) {
    const line = lines[forwards(arc)];
    const last = line.length - 2;
    for (let i = 0; i <= last; i += 2) {
      const from = arc < 0 ? last - i : i;
      ring[end + i] = line[from];
      ring[end + i + 1] = line[from + 1];
    }
    end += last;
  }
  return ring;
}

/** @param {Path2D} path @param {Line} line */
function trace(path, line) {
  path.moveTo(line[0], line[1]);
  for (let i = 2; i < line.length; i += 2) path.lineTo(line[i], line[i + 1]);
}

/** @param {Line} line @returns {Box} */
function boxOf(line) {
  /** @type {Box} */ const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < line.length; i += 2) {
    box[0] = Math.min(box[0], line[i]);
    box[1] = Math.min(box[1], line[i + 1]);
    box[2] = Math.max(box[2], line[i]);
    box[3] = Math.max(box[3], line[i + 1]);
  }
  return box;
}

/** @param {Box[]} boxes @returns {Box} */
export function around(boxes) {
  const edge = (/** @type {0 | 1 | 2 | 3} */ side, /** @type {(...values: number[]) => number} */ outer) => outer(...boxes.map((box) => box[side]));
  return [edge(0, Math.min), edge(1, Math.min), edge(2, Math.max), edge(3, Math.max)];
}

/** @param {Box} one @param {Box} other */
export const meet = (one, other) => one[0] <= other[2] && other[0] <= one[2] && one[1] <= other[3] && other[1] <= one[3];

const LATTICE = 12;

/**
 * Returns about the spot of a shape within a box that is farthest from its edges and those of the box, and how far.
 * @param {Shape} shape @param {Box} box @returns {[x: number, y: number, room: number] | null}
 */
export function roomiest({ rings, box: own }, box) {
  const [left, top] = [Math.max(own[0], box[0]), Math.max(own[1], box[1])];
  const [width, height] = [Math.min(own[2], box[2]) - left, Math.min(own[3], box[3]) - top];
  if (width <= 0 || height <= 0) return null;
  /** @type {[number, number, number] | null} */ let best = null;
  for (let i = 1; i < LATTICE; i++) {
    for (let j = 1; j < LATTICE; j++) {
      const [x, y] = [left + (i / LATTICE) * width, top + (j / LATTICE) * height];
      const toBox = Math.min(x - box[0], box[2] - x, y - box[1], box[3] - y);
      if (toBox <= (best?.[2] ?? 0)) continue;
      const room = Math.min(toBox, insideBy(rings, x, y));
      if (room > (best?.[2] ?? 0)) best = [x, y, room];
    }
  }
  return best;
}

/** Returns how far a spot is from the edges of rings, or 0 if it is in none. @param {Line[]} rings @param {number} x @param {number} y */
function insideBy(rings, x, y) {
  let nearest = Infinity;
  let isInside = false;
  for (const ring of rings) {
    for (let i = 0; i + 3 < ring.length; i += 2) {
      const [ax, ay, bx, by] = [ring[i], ring[i + 1], ring[i + 2], ring[i + 3]];
      if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) isInside = !isInside;
      const along = Math.max(0, Math.min(1, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / ((bx - ax) ** 2 + (by - ay) ** 2 || 1)));
      nearest = Math.min(nearest, Math.hypot(x - ax - along * (bx - ax), y - ay - along * (by - ay)));
    }
  }
  return isInside ? nearest : 0;
}
