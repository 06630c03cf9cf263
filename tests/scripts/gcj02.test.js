// The script shifts places as Python does.
import assert from "node:assert/strict";
import { test } from "node:test";
import { shifted } from "../../web/static_src/maps/gcj02.js";
import { golden } from "./golden.js";

test("places are shifted as Python shifts them, inside China's box and outside", () => {
  let moved = 0;
  for (const [lon, lat, shiftedLon, shiftedLat] of golden("gcj02")) {
    const place = shifted({ lat, lng: lon });
    assert.ok(Math.abs(place.lng - shiftedLon) < 2e-7 && Math.abs(place.lat - shiftedLat) < 2e-7, `${lon}, ${lat}`);
    if (place.lng !== lon) moved += 1;
  }
  assert.ok(moved > 10 && moved < golden("gcj02").length);
});
