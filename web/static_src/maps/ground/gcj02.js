// Where a place of WGS-84 stands on maps that are shifted to GCJ-02: gridplan/coordinates/shifted.py for the screen.

const A = 6378245;
const EE = 0.006693421622965943;
const { PI, abs, cos, sin, sqrt } = Math;

/** Returns a place as such maps have it; outside China's box it stays. @param {{ lat: number, lng: number }} place */
export function shifted({ lat, lng }) {
  if (lng < 72.004 || lng > 137.8347 || lat < 0.8293 || lat > 55.8271) return { lat, lng };
  const x = lng - 105;
  const y = lat - 35;
  const both = 20 * sin(6 * PI * x) + 20 * sin(2 * PI * x);
  const north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + ((both + waves(y, 160, 320)) * 2) / 3;
  const east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + ((both + waves(x, 150, 300)) * 2) / 3;
  const turn = (lat * PI) / 180;
  const magic = 1 - EE * sin(turn) ** 2;
  const degreeNorth = (((A * (1 - EE)) / (magic * sqrt(magic))) * PI) / 180;
  const degreeEast = ((A / sqrt(magic)) * cos(turn) * PI) / 180;
  return { lat: lat + north / degreeNorth, lng: lng + east / degreeEast };
}

/** @param {number} t @param {number} third @param {number} fourth */
function waves(t, third, fourth) {
  return 20 * sin(PI * t) + 40 * sin((PI * t) / 3) + third * sin((PI * t) / 12) + fourth * sin((PI * t) / 30);
}
