// What maps are drawn for: a screen, or paper, which is finer and always light.
const DOTS_OF_PAPER = 2; // a power of two: Chromium prints lines of other densities at a scale that is 1.6 % off

let isPaper = false;
/** @type {(() => void)[]} */ const redraws = [];

export const onPaper = () => isPaper;

/** Changes what maps are drawn for. @param {boolean} value */
export function setPaper(value) {
  isPaper = value;
  redraws.forEach((redraw) => redraw());
}

/** Calls whenever `onPaper` changes its answer. @param {() => void} redraw */
export function onMedium(redraw) {
  redraws.push(redraw);
}

/** Returns how many dots a pixel is wide. */
export const pixelRatio = () => (isPaper ? DOTS_OF_PAPER : window.devicePixelRatio || 1);

const PIXEL_MM = 25.4 / 96;
const LONGEST_BAR_MM = 40;
const ROUND_SCALES = [1, 1.2, 1.5, 2, 2.5, 3, 3.5, 4, 5, 6, 7, 8, 9, 10];
const ROUND_LENGTHS = [1, 2, 5];

/** Returns N of the scale 1:N on paper. @param {number} metresPerPixel */
export const scaleAt = (metresPerPixel) => (metresPerPixel * 1000) / PIXEL_MM;

/** Returns the smallest round N that is no smaller than this one. @param {number} scale */
export function roundScale(scale) {
  const power = 10 ** Math.floor(Math.log10(scale));
  return power * (ROUND_SCALES.find((round) => round * power >= scale * (1 - 1e-9)) ?? 10);
}

/** Returns the longest bar of a round length in metres that a scale has room for. @param {number} scale N of 1:N */
export function barOf(scale) {
  const longest = (LONGEST_BAR_MM * scale) / 1000;
  const power = 10 ** Math.floor(Math.log10(longest));
  const metres = power * Math.max(...ROUND_LENGTHS.filter((round) => round * power <= longest));
  return { metres, mm: (metres / scale) * 1000 };
}
