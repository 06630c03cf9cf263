// What is selected on the map of a town stands in its address.
import assert from "node:assert/strict";
import { test } from "node:test";
import { queryOf, readQuery } from "../../web/static_src/maps/town_address.js";

const NOTHING = { village: null, grid: null, view: null };

test("what is written is what is read", () => {
  const extent = { zoom: 15.25, lat: 31.41, lng: 119.43 };
  for (const selection of [NOTHING, { ...NOTHING, village: 3 }, { village: 3, grid: { plan: 12, number: 4 }, view: "walk" }]) {
    assert.deepEqual(readQuery(queryOf(selection)), { ...selection, extent: null });
    assert.deepEqual(readQuery(queryOf(selection, extent)), { ...selection, extent });
  }
});

test("an address reads as a colleague may have sent it", () => {
  assert.equal(queryOf({ village: 3, grid: { plan: 12, number: 4 }, view: "lead" }), "?village=3&grid=12-4&view=lead");
});

test("what makes no sense is nothing", () => {
  for (const search of ["", "?village=x", "?grid=12", "?grid=a-b", "?at=1,2", "?at=,x,"]) assert.deepEqual(readQuery(search), { ...NOTHING, extent: null });
});
