// What the tools of the map on which a village is redrawn take in, and how its grids are tinted.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Tints } from "../../web/static_src/redraw/tints.js";
import { beyond, extentOf, inLasso, inRectangle, spotsOf, underBrush } from "../../web/static_src/redraw/tools.js";

const flat = { at: (lon, lat) => [lon, lat] };
const home = (id, lon, lat) => ({ id, lon, lat });
/** Ten by ten households, a step apart: the number of each is ten times its row and its column. */
const spots = spotsOf(Array.from({ length: 100 }, (_, id) => home(id, id % 10, Math.floor(id / 10))), flat);
const idsOf = (found) => found.flatMap(({ ids }) => ids);

test("households on one spot are one spot, and those on no map are on none", () => {
  const found = spotsOf([home(1, 5, 5), home(2, 5, 5), home(3, 5, 6), home(4, null, null)], flat);
  assert.deepEqual(found, [{ x: 5, y: 5, ids: [1, 2] }, { x: 5, y: 6, ids: [3] }]);
});

test("a rectangle takes in what is within, whichever corner it was begun at", () => {
  for (const [from, to] of [[[0.5, 0.5], [2.5, 1.5]], [[2.5, 1.5], [0.5, 0.5]], [[0.5, 1.5], [2.5, 0.5]]]) assert.deepEqual(idsOf(inRectangle(spots, from, to)), [11, 12]);
});

test("a lasso takes in what it goes round, hollows of it left out", () => {
  const hook = [[-0.5, -0.5], [3.5, -0.5], [3.5, 3.5], [-0.5, 3.5], [-0.5, 2.5], [2.5, 2.5], [2.5, 0.5], [-0.5, 0.5]];
  assert.deepEqual(idsOf(inLasso(spots, hook)), [0, 1, 2, 3, 13, 23, 30, 31, 32, 33]);
  assert.deepEqual(inLasso(spots, hook.slice(0, 2)), []);
});

test("a brush takes in what it goes over, also between two moves of the mouse", () => {
  assert.deepEqual(idsOf(underBrush(spots, [0, 0], [9, 0], 0.5)), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.deepEqual(idsOf(underBrush(spots, [4, 4], [4, 4], 1)), [34, 43, 44, 45, 54]);
});

test("a household that strayed does not widen what is seen, and is counted", () => {
  const strayed = [...spots, { x: 5e6, y: 0, ids: [100] }];
  for (const boundary of [null, [0, 0, 5e6, 9]]) assert.deepEqual(extentOf(strayed, boundary), [0, 0, 9, 9]);
  assert.deepEqual(extentOf(strayed, [-1, -1, 12, 12]), [-1, -1, 12, 12]);
  assert.equal(beyond(strayed, [0, 0, 9, 9]), 1);
  assert.equal(extentOf([], null), null);
});

/** The outline of a square of a chequered village. */
const square = (column, row, side = 100) => [Float64Array.of(column * side, row * side, (column + 1) * side, row * side, (column + 1) * side, (row + 1) * side, column * side, (row + 1) * side, column * side, row * side)];

test("neighbours have other tints, and who is drawn otherwise keeps its own while it can", () => {
  const tints = new Tints(6);
  const all = Array.from({ length: 49 }, (_, number) => number);
  tints.set(new Map(all.map((number) => [number, square(number % 7, Math.floor(number / 7))])));
  const differ = (number) => [...tints.bordering(number)].every(([other, cells]) => cells < 4 || tints.of(other) !== tints.of(number));
  assert.ok(all.every(differ));
  const before = all.map(tints.of, tints);
  tints.set(new Map([[24, square(24 % 7, 3)], [48, null]]));
  assert.deepEqual(all.slice(0, 48).map(tints.of, tints), before.slice(0, 48));
  tints.set(new Map([[99, square(6, 6)]]));
  assert.ok(differ(99));
});
