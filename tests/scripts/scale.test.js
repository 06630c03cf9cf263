// How large things are on the screen.
import assert from "node:assert/strict";
import { test } from "node:test";
import { detailAt, metresPerPixel } from "../../web/static_src/maps/scale.js";

const mapAt = (zoom, lat) => ({ getZoom: () => zoom, getCenter: () => ({ lat }) });

test("a pixel of the whole earth is 157 km at the equator, half of that one zoom further or at 60 degrees", () => {
  assert.equal(Math.round(metresPerPixel(mapAt(0, 0))), 156543);
  assert.equal(Math.round(metresPerPixel(mapAt(1, 0))), 78272);
  assert.equal(Math.round(metresPerPixel(mapAt(0, 60))), 78272);
});

test("the farther, the smaller are dots and the thinner lines", () => {
  const details = [1, 3, 5, 20, 1000].map(detailAt);
  for (const size of ["radius", "flats", "opacity"]) {
    const sizes = details.map((detail) => detail[size]);
    assert.deepEqual(sizes, [...new Set(sizes)].sort((a, b) => b - a), size);
  }
});
