// How large things are on the screen, and how much of them is drawn at that size.

const CIRCUMFERENCE = 40075016.686;

// A dot is 6 px where households can be told apart, and a speck where they cannot; lines thin out with them.
const DETAILS = [
  { metresPerPixel: 1.6, radius: 3, flats: 8, opacity: 0.9, outline: 1, boundary: 2.5 },
  { metresPerPixel: 3.5, radius: 2.25, flats: 5, opacity: 0.75, outline: 1, boundary: 2.5 },
  { metresPerPixel: 8, radius: 1.4, flats: 2.5, opacity: 0.5, outline: 0.8, boundary: 2.5 },
  { metresPerPixel: 40, radius: 0.8, flats: 1.2, opacity: 0.3, outline: 0.5, boundary: 2 },
  { metresPerPixel: Infinity, radius: 0.6, flats: 0.6, opacity: 0.1, outline: 0.25, boundary: 0.8 },
];

/** @param {import("leaflet").Map} map */
export function metresPerPixel(map) {
  const latitude = (map.getCenter().lat * Math.PI) / 180;
  return (CIRCUMFERENCE * Math.cos(latitude)) / (256 * 2 ** map.getZoom());
}

/**
 * Returns how dots and lines are drawn at a scale.
 * @param {number} scale Metres per pixel.
 */
export function detailAt(scale) {
  return DETAILS.find((detail) => scale <= detail.metresPerPixel) ?? DETAILS[DETAILS.length - 1];
}
