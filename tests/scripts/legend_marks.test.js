// What a legend has to explain.
import assert from "node:assert/strict";
import { test } from "node:test";
import { explainedClasses, marksOf } from "../../web/static_src/maps/legend_marks.js";
import { golden } from "./golden.js";

test("only the marks that are on the map", () => {
  const all = { broken: true, unplanned: true, households: true, flats: true, leftOut: true, notDrawn: 0 };
  assert.deepEqual(marksOf(golden("town_map")), all);
  assert.deepEqual(marksOf(golden("map_file")), { ...all, unplanned: false });
  assert.deepEqual(marksOf(golden("counts_map")), { broken: false, unplanned: false, households: false, flats: false, leftOut: false, notDrawn: 0 });
});

test("where every household is in a grid, nobody is left out", () => {
  const data = golden("map_file");
  for (const { properties } of data.households.features) for (const row of properties.households) row[1] ??= 0;
  assert.equal(marksOf(data).leftOut, false);
});

test("grids that are not drawn are counted", () => {
  const data = golden("map_file");
  for (const feature of data.grids.features.slice(0, 2)) feature.geometry = null;
  assert.equal(marksOf(data).notDrawn, 2);
});

test("every grid is counted in one class of each view, and every class with a grid is explained", () => {
  const { views, grids } = golden("town_map");
  assert.deepEqual(views.map(({ key }) => key), ["size", "lead", "walk"]);
  for (const view of views) {
    assert.equal(view.grids.length, grids.features.length);
    const counts = view.classes.map((_, index) => view.grids.filter((of) => of === index).length);
    assert.deepEqual(view.classes.map(({ count }) => count), counts);
    assert.equal(explainedClasses(view).reduce((sum, { count }) => sum + count, 0), grids.features.length);
  }
});

test("a ramp is explained whole, other classes only where a grid is in them", () => {
  const classes = [{ mark: "ramp", count: 0 }, { mark: "broken", count: 0 }, { mark: "hatched", count: 1 }, { mark: "plain", count: 0 }];
  assert.deepEqual(explainedClasses({ classes }).map(({ mark }) => mark), ["ramp", "hatched", "plain"]);
});
