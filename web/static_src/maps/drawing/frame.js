// Where a plane of shapes lies on a canvas, and what is drawn there alike on every map: patterns, and texts by their widths.
import * as L from "leaflet";
import { metresPerPixel } from "./marks.js";
import { penOf } from "./map_canvas.js";
import { pixelRatio } from "./medium.js";
import { ZOOM } from "./shapes.js";
/** @import { Text } from "./label_layout.js" */
/** @import { Distance, Paint } from "./marks.js" */
/** @import { MapCanvas } from "./map_canvas.js" */
/** @import { Box, Plane } from "./shapes.js" */

/** @typedef {{ scale: number, x: number, y: number, box: Box, window: Box, distance: Distance, metres: number, ratio: number }} Frame Where a plane lies on a canvas; `box`: all of that, `window`: what is in sight of it. */

/** @param {L.Map} map @param {MapCanvas} canvas @param {Plane} plane @param {Distance} distance @returns {Frame} */
export function frameOf(map, canvas, plane, distance) {
  const min = canvas._bounds.getTopLeft();
  const size = canvas._bounds.getSize();
  const scale = 2 ** (map.getZoom() - ZOOM);
  const corner = map.getPixelOrigin().add(min);
  const [x, y] = [plane.origin[0] * scale - corner.x, plane.origin[1] * scale - corner.y];
  const part = (/** @type {L.Point} */ from, /** @type {L.Point} */ to) => /** @type {Box} */ ([(from.x - x) / scale, (from.y - y) / scale, (to.x - x) / scale, (to.y - y) / scale]);
  const shown = map.containerPointToLayerPoint([0, 0]).subtract(min);
  return { scale, x, y, metres: metresPerPixel(map), box: part(L.point(0, 0), size), window: part(shown, shown.add(map.getSize())), distance, ratio: pixelRatio() };
}

/** Lets a pen draw what is on the plane. @param {CanvasRenderingContext2D} pen @param {Frame} frame */
export const onPlane = (pen, { ratio, scale, x, y }) => pen.setTransform(ratio * scale, 0, 0, ratio * scale, ratio * x, ratio * y);

/** Lets a pen draw in pixels. @param {CanvasRenderingContext2D} pen @param {Frame} frame */
export const onScreen = (pen, { ratio }) => pen.setTransform(ratio, 0, 0, ratio, 0, 0);

/** @param {[number, number]} spot @param {Box} box */
export const within = ([x, y], [left, top, right, bottom]) => left <= x && x <= right && top <= y && y <= bottom;

export class Patterns {
  /** @type {Map<string, CanvasPattern>} */ #made = new Map();

  /** Returns a colour with lines or dots on it. @param {CanvasRenderingContext2D} pen @param {Frame} frame @param {Paint} paint */
  of(pen, { scale, ratio }, { fill, pattern: kind, ink = fill }) {
    const fine = Math.max(1, Math.round(ratio)); // as coarse on paper as on a screen
    const key = `${fill} ${kind} ${ink} ${fine}`;
    let pattern = this.#made.get(key);
    if (!pattern) {
      const canvas = document.createElement("canvas");
      const side = 8 * fine;
      canvas.width = canvas.height = side;
      const lines = penOf(canvas);
      lines.fillStyle = fill;
      lines.fillRect(0, 0, side, side);
      lines.fillStyle = ink;
      if (kind === "slants") for (let y = 0; y < side; y += 1) for (const x of [side - 1 - y, -1 - y]) lines.fillRect(x, y, fine, 1); // a line would be blurred into colours that no legend has
      else if (kind === "bars") lines.fillRect(0, 0, 2 * fine, side);
      else for (const at of [0, 4]) lines.fillRect(at * fine, at * fine, 2 * fine, 2 * fine);
      pattern = /** @type {CanvasPattern} */ (pen.createPattern(canvas, "repeat"));
      this.#made.set(key, pattern);
    }
    pattern.setTransform(new DOMMatrix().scale(1 / (scale * ratio)));
    return pattern;
  }
}

/** How wide texts are, which takes long to measure. */
export class Widths {
  /** @type {Map<string, number>} */ #known = new Map();
  /** @type {string | null} */ #family = null;

  /** @param {HTMLElement} place Whose font they are in. */
  constructor(place) {
    this.place = place;
  }

  get family() {
    return (this.#family ??= getComputedStyle(this.place).fontFamily);
  }

  /** @param {CanvasRenderingContext2D} pen @param {string} text @param {string} font Without its family. */
  of(pen, text, font) {
    const key = `${font} ${text}`;
    let width = this.#known.get(key);
    if (width === undefined) {
      pen.font = `${font} ${this.family}`;
      width = pen.measureText(text).width;
      this.#known.set(key, width);
    }
    return width;
  }

  /** Measures anew: fonts have come. */
  forget() {
    this.#known.clear();
  }
}

/** Writes texts where they were laid out. @param {CanvasRenderingContext2D} pen @param {Text[]} texts @param {string} halo Its colour. @param {string} family Of the font. */
export function write(pen, texts, halo, family) {
  Object.assign(pen, { textAlign: "center", textBaseline: "middle", lineJoin: "round", strokeStyle: halo });
  for (const { text, x, y, font, colour, halo: lineWidth, alpha } of texts) {
    Object.assign(pen, { font: `${font} ${family}`, lineWidth, fillStyle: colour, globalAlpha: alpha });
    if (lineWidth) pen.strokeText(text, x, y);
    pen.fillText(text, x, y);
  }
  pen.globalAlpha = 1;
}
