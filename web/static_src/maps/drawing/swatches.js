// The marks of a legend, as SVG: the colours of the map to the value, on paper too.
import { RULES, colours } from "./marks.js";
/** @import { BrokenRule } from "../../wire.js" */
/** @import { Colours, Paint } from "./marks.js" */

const WIDTH = 32;
const HEIGHT = 18;
/** How the patterns of fills are drawn with lines: the dots are two rows, one beside the other. */
const PATTERNS = {
  slants: { d: [0, 1, 2, 3, 4].map((step) => `M${step * 8 - 6} ${HEIGHT - 2}l14 -14`).join(""), "stroke-width": 1.5, "clip-path": "inset(0)" },
  dots: { d: `M4 6.5H${WIDTH - 2}M8 11.5H${WIDTH - 2}`, "stroke-width": 2, "stroke-dasharray": "2 6" },
  bars: { d: [0, 1, 2].map((step) => `M${step * 8 + 8} 2v${HEIGHT - 4}`).join(""), "stroke-width": 2 },
};

/** @param {string} name @param {Record<string, string | number | null | undefined>} attributes @param {...(Node | string)} children */
export function svg(name, attributes, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) if (value !== null && value !== undefined) made.setAttribute(key, String(value));
  made.append(...children);
  return made;
}

/** @param {...Node} marks */
function swatch(...marks) {
  return svg("svg", { class: "mark", width: WIDTH, height: HEIGHT, viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-hidden": "true" }, ...marks);
}

/** Returns the mark of grids: filled like those of a class, outlined like those that break a rule. @param {Paint | null} paint @param {BrokenRule["mark"] | null} mark @param {number} width */
export function area(paint, mark = null, width = 1) {
  const { broken } = colours();
  const { sign = "", weight = width, dashes = undefined } = mark ? RULES[mark] : {};
  const box = { x: 2, y: 2, width: WIDTH - 4, height: HEIGHT - 4 };
  return swatch(
    svg("rect", { ...box, fill: paint?.fill ?? "none" }),
    ...(paint?.pattern ? [svg("path", { ...PATTERNS[paint.pattern], stroke: paint.ink })] : []),
    svg("rect", { ...box, fill: "none", stroke: mark ? broken : paint?.line, "stroke-width": weight, "stroke-dasharray": dashes }),
    svg("text", { x: WIDTH / 2, y: HEIGHT / 2 + 3.5, fill: broken, "font-size": 9, "text-anchor": "middle" }, sign),
  );
}

/** Returns the mark of grids that have any of some colours. @param {Paint[]} paints */
export function chips(paints) {
  const columns = Math.max(3, Math.ceil(paints.length / 2));
  const width = 30 / columns - 2;
  const all = paints.flatMap(({ fill, line: edge, pattern, ink }, index) => {
    const [x, y] = [(index % columns) * (width + 2) + 1.5, index < columns ? 0.5 : 9.5];
    const strokes = { slants: { d: `M${x} ${y + 8}l${width} -8` }, dots: { d: `M${x + 3} ${y + 3}h2`, "stroke-width": 2 }, bars: { d: `M${x + width / 2} ${y}v8`, "stroke-width": 2 } };
    return [svg("rect", { x, y, width, height: 8, fill, stroke: edge }), ...(pattern ? [svg("path", { ...strokes[pattern], stroke: ink })] : [])];
  });
  return swatch(...all);
}

/** @param {string} colour @param {number} width @param {string | undefined} [dashes] */
export function line(colour, width, dashes) {
  return swatch(svg("line", { x1: 0, y1: HEIGHT / 2, x2: WIDTH, y2: HEIGHT / 2, stroke: colour, "stroke-width": width, "stroke-dasharray": dashes }));
}

/** @param {number} radius @param {string} fill @param {string | null} outline @param {string} count @param {number} width Of the outline. */
export function dot(radius, fill, outline = null, count = "", width = 1.5) {
  return swatch(
    svg("circle", { cx: WIDTH / 2, cy: HEIGHT / 2, r: radius, fill, stroke: outline, "stroke-width": width }),
    svg("text", { x: WIDTH / 2, y: HEIGHT / 2 + 3.5, fill: colours().paper, "font-size": 9, "font-weight": 600, "text-anchor": "middle" }, count),
  );
}

/** @param {string} text @param {string} colour */
export function letter(text, colour) {
  return swatch(svg("text", { x: WIDTH / 2, y: HEIGHT / 2 + 5, fill: colour, "font-size": 14, "font-weight": 600, "text-anchor": "middle" }, text));
}

/** @param {Colours["land"]} land */
export function road({ road: way, road_edge: edge }) {
  const ends = { x1: 0, y1: HEIGHT / 2, x2: WIDTH, y2: HEIGHT / 2 };
  return swatch(svg("line", { ...ends, stroke: edge, "stroke-width": 7 }), svg("line", { ...ends, stroke: way, "stroke-width": 5 }));
}
