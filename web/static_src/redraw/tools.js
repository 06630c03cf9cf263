// What the tools of the map take in: spots within a rectangle, a lasso, the stroke of a brush; and which part of the plane
// most households are in. Spots are on the plane of the map.
/** @import { Plane, Box } from "../maps/drawing/shapes.js" */
/** @import { RedrawHousehold } from "../wire.js" */

/** @typedef {[x: number, y: number]} Point */
/** @typedef {{ x: number, y: number, ids: number[] }} Spot Where households live: several where flats are, or a hamlet without positions. */

/** A share of the households on every side may stand anywhere: they are shown only if there is room. */
const STRAYED = 0.01;
/** A boundary that is so many times as wide as most of its households live is not what is looked at. */
const FAR_WIDER = 6;

/** Returns where households live, those on one spot together. @param {Iterable<RedrawHousehold>} households @param {Pick<Plane, "at">} plane @returns {Spot[]} */
export function spotsOf(households, plane) {
  /** @type {Map<string, Spot>} */ const found = new Map();
  for (const { id, lon, lat } of households) {
    if (lon === null || lat === null) continue;
    const key = `${lon} ${lat}`;
    const [x, y] = plane.at(lon, lat);
    const spot = found.get(key) ?? { x, y, ids: [] };
    spot.ids.push(id);
    found.set(key, spot);
  }
  return [...found.values()];
}

/** @param {Spot[]} spots @param {Point} from A corner. @param {Point} to The one across. */
export function inRectangle(spots, [x1, y1], [x2, y2]) {
  const [left, right] = [Math.min(x1, x2), Math.max(x1, x2)];
  const [top, bottom] = [Math.min(y1, y2), Math.max(y1, y2)];
  return spots.filter(({ x, y }) => left <= x && x <= right && top <= y && y <= bottom);
}

/** Takes in what a line goes round, its ends joined; what it goes round twice is out again. @param {Spot[]} spots @param {Point[]} line */
export function inLasso(spots, line) {
  if (line.length < 3) return [];
  const xs = line.map(([x]) => x);
  const ys = line.map(([, y]) => y);
  const near = inRectangle(spots, [Math.min(...xs), Math.min(...ys)], [Math.max(...xs), Math.max(...ys)]);
  return near.filter(({ x, y }) => {
    let isInside = false;
    for (let i = 0, j = line.length - 1; i < line.length; j = i++) {
      const [[ax, ay], [bx, by]] = [line[i], line[j]];
      if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) isInside = !isInside;
    }
    return isInside;
  });
}

/** Takes in what a round brush goes over from one point to the next, however quickly. @param {Spot[]} spots @param {Point} from @param {Point} to @param {number} radius */
export function underBrush(spots, [ax, ay], [bx, by], radius) {
  const length = (bx - ax) ** 2 + (by - ay) ** 2;
  return spots.filter(({ x, y }) => {
    const along = length ? Math.max(0, Math.min(1, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length)) : 0;
    return Math.hypot(x - ax - along * (bx - ax), y - ay - along * (by - ay)) <= radius;
  });
}

/**
 * Returns the part of the plane that a village is seen in: its boundary, unless that is far wider than where most of its
 * households live; null where nobody lives anywhere.
 * @param {Spot[]} spots @param {Box | null} boundary @returns {Box | null}
 */
export function extentOf(spots, boundary) {
  const all = spots.flatMap((spot) => spot.ids.map(() => spot));
  if (!all.length) return boundary;
  const middle = (/** @type {number[]} */ values) => {
    values.sort((a, b) => a - b);
    const cut = Math.floor(values.length * STRAYED);
    return [values[cut], values[values.length - 1 - cut]];
  };
  const [left, right] = middle(all.map(({ x }) => x));
  const [top, bottom] = middle(all.map(({ y }) => y));
  const wide = Math.max(right - left, bottom - top);
  if (boundary && (wide === 0 || Math.max(boundary[2] - boundary[0], boundary[3] - boundary[1]) <= FAR_WIDER * wide)) return boundary;
  return [left, top, right, bottom];
}

/** How many households live beyond a part of the plane. @param {Spot[]} spots @param {Box} box */
export function beyond(spots, [left, top, right, bottom]) {
  const inside = inRectangle(spots, [left, top], [right, bottom]);
  const count = (/** @type {Spot[]} */ of) => of.reduce((sum, { ids }) => sum + ids.length, 0);
  return count(spots) - count(inside);
}
