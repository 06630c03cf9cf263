// Tints of grids: neighbours differ as far as there are tints, and a grid that is drawn otherwise keeps its own while it can.
/** @import { Line } from "../maps/drawing/shapes.js" */

/** How far apart on the plane outlines may be that count as one border: rough ones lie beside exact ones. */
const CELL = 14;

/** Returns the cells of the plane that outlines pass through. @param {Line[]} rings @returns {Set<number>} */
export function cellsOf(rings) {
  const cells = new Set();
  for (const ring of rings) {
    for (let i = 0; i + 3 < ring.length; i += 2) {
      const [ax, ay, bx, by] = [ring[i], ring[i + 1], ring[i + 2], ring[i + 3]];
      const steps = Math.max(1, Math.ceil((2 * Math.hypot(bx - ax, by - ay)) / CELL));
      for (let step = 0; step <= steps; step++) {
        const [column, row] = [ax + ((bx - ax) * step) / steps, ay + ((by - ay) * step) / steps].map((at) => Math.floor(at / CELL));
        cells.add(column * 0x4000000 + row);
      }
    }
  }
  return cells;
}

export class Tints {
  /** @type {Map<number, Set<number>>} Of each grid. */ #cells = new Map();
  /** @type {Map<number, Set<number>>} The grids that pass through each cell. */ #through = new Map();
  /** @type {Map<number, number>} */ #tints = new Map();

  /** @param {number} count How many tints there are. */
  constructor(count) {
    this.count = count;
  }

  /** @param {number} grid */
  of(grid) {
    return this.#tints.get(grid) ?? 0;
  }

  /** Takes over how grids are outlined now; null: they are no more. @param {Map<number, Line[] | null>} outlines */
  set(outlines) {
    for (const [grid, rings] of outlines) {
      for (const cell of this.#cells.get(grid) ?? []) this.#through.get(cell)?.delete(grid);
      this.#cells.delete(grid);
      if (rings === null) {
        this.#tints.delete(grid);
        continue;
      }
      const cells = cellsOf(rings);
      this.#cells.set(grid, cells);
      for (const cell of cells) {
        if (!this.#through.has(cell)) this.#through.set(cell, new Set());
        this.#through.get(cell)?.add(grid);
      }
    }
    this.#tint([...outlines.keys()].filter((grid) => this.#cells.has(grid)));
  }

  /** Returns the grids that border on one, and over how many cells. @param {number} grid @returns {Map<number, number>} */
  bordering(grid) {
    /** @type {Map<number, number>} */ const found = new Map();
    for (const cell of this.#cells.get(grid) ?? []) for (const other of this.#through.get(cell) ?? []) if (other !== grid) found.set(other, (found.get(other) ?? 0) + 1);
    return found;
  }

  /** @param {number[]} grids */
  #tint(grids) {
    const borders = new Map(grids.map((grid) => [grid, this.bordering(grid)]));
    const used = Array.from({ length: this.count }, () => 0);
    for (const tint of this.#tints.values()) used[tint]++;
    for (const grid of smallestLast(borders)) {
      const near = Array.from({ length: this.count }, () => 0);
      for (const [other, length] of borders.get(grid) ?? []) {
        const tint = this.#tints.get(other);
        if (tint !== undefined) near[tint] += length;
      }
      const own = this.#tints.get(grid);
      if (own !== undefined && near[own] === 0) continue;
      const best = near.map((_, tint) => tint).sort((a, b) => near[a] - near[b] || used[a] - used[b])[0];
      if (own !== undefined) used[own]--;
      used[best]++;
      this.#tints.set(grid, best);
    }
  }
}

/**
 * Returns nodes in the reverse of the order of taking away, each time, one with the fewest neighbours still there: in that
 * order six colours are enough for any planar map (Matula and Beck 1983).
 * @param {Map<number, Map<number, number>>} borders
 */
function smallestLast(borders) {
  const degree = new Map([...borders].map(([node, near]) => [node, [...near.keys()].filter((other) => borders.has(other)).length]));
  /** @type {number[]} */ const order = [];
  while (degree.size) {
    const [least] = [...degree].reduce((best, one) => (one[1] < best[1] ? one : best));
    degree.delete(least);
    order.push(least);
    for (const near of borders.get(least)?.keys() ?? []) if (degree.has(near)) degree.set(near, (degree.get(near) ?? 0) - 1);
  }
  return order.reverse();
}
