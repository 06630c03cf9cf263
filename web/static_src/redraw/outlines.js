// The outlines of the grids of a draft: rough ones at once after a step, exact ones when they come; where numbers have room in
// them, and their tints.
import { Tints } from "./tints.js";
import { TINTS } from "../maps/drawing/marks.js";
import { around, roomiest, shapeOf } from "../maps/drawing/shapes.js";
/** @import { Box, Plane, Shape } from "../maps/drawing/shapes.js" */
/** @import { RedrawShape } from "../wire.js" */

export class Outlines {
  /** @type {Map<number, Shape>} By the numbers of grids. */ shapes = new Map();
  /** @type {Set<number>} Those that lie beside the others rather than on their edges. */ rough = new Set();
  tints = new Tints(TINTS.length);
  /** @type {WeakMap<Shape, [x: number, y: number, room: number] | null>} */ #labels = new WeakMap();

  /** @param {Plane} plane */
  constructor(plane) {
    this.plane = plane;
  }

  /** @param {Iterable<{ number: number, outline: RedrawShape | null }>} grids @param {{ gone?: number[], isRough?: boolean }} how */
  take(grids, { gone = [], isRough = false } = {}) {
    /** @type {Map<number, Float64Array[] | null>} */ const changed = new Map();
    for (const { number, outline } of grids) {
      this.rough.delete(number);
      if (outline === null) {
        this.shapes.delete(number);
        changed.set(number, null);
        continue;
      }
      const shape = shapeOf(outline, this.plane);
      this.shapes.set(number, shape);
      changed.set(number, shape.rings);
      if (isRough) this.rough.add(number);
    }
    for (const number of gone) {
      this.rough.delete(number);
      this.shapes.delete(number);
      changed.set(number, null);
    }
    this.tints.set(changed);
  }

  /** Returns about where the number of a grid has most room. @param {Shape} shape */
  labelOf(shape) {
    let label = this.#labels.get(shape);
    if (label === undefined) this.#labels.set(shape, (label = roomiest(shape, shape.box)));
    return label;
  }

  /** Returns what is around grids; null where none of them is drawn. @param {number[]} numbers @returns {Box | null} */
  around(numbers) {
    const shapes = numbers.flatMap((number) => this.shapes.get(number) ?? []);
    return shapes.length ? around(shapes.map(({ box }) => box)) : null;
  }
}
