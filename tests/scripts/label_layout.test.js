// Which texts a map has room for.
import assert from "node:assert/strict";
import { test } from "node:test";
import { layOut } from "../../web/static_src/maps/label_layout.js";
import { BROKEN, PAPER } from "../../web/static_src/maps/palette.js";
import { golden } from "./golden.js";

const METRES_PER_DEGREE = 100_000;
const ALL = { grids: true, villages: true, households: true };

/** Returns what a map shows at a scale, where a letter is half as wide as it is high. */
function view(scale, layers = ALL, holds = () => true) {
  const spotOf = ([lon, lat]) => ({ x: (lon * METRES_PER_DEGREE) / scale, y: (-lat * METRES_PER_DEGREE) / scale });
  const widthOf = (text, font) => (text.length * Number(font.match(/(\d+)px/)[1])) / 2;
  return { scale, holds, spotOf, widthOf, layers };
}
const textsAt = (...seen) => layOut(golden("town_map"), view(...seen)).map(({ text }) => text);

test("near, every grid has its number and flats have their count", () => {
  const texts = textsAt(1.5);
  for (const text of ["1", "2", "3", "4", "! 1", "14"]) assert.ok(texts.includes(text), text);
  assert.ok(!texts.includes("石桥村"));
});

test("far, villages have their names, and of grids only one that breaks a rule its number", () => {
  assert.deepEqual(textsAt(60), ["! 1", "小塘村", "石桥村", "龙头村"]);
});

test("a grid that breaks a rule comes first, in its colour, with its reason", () => {
  const [number, reason] = layOut(golden("town_map"), view(3));
  assert.equal(number.text, "! 1");
  assert.equal(reason.text, "17 households, more than 15");
  assert.deepEqual([number.colour, reason.colour], [BROKEN, BROKEN]);
});

test("what is switched off or out of sight has no text", () => {
  assert.deepEqual(textsAt(1.5, { grids: false, villages: false, households: false }), []);
  assert.deepEqual(textsAt(1.5, ALL, () => false), []);
  assert.deepEqual(textsAt(1.5, { ...ALL, grids: false }), ["14"]);
});

test("counts are drawn on dots, without a halo", () => {
  const counts = layOut(golden("town_map"), view(1.5)).filter(({ colour }) => colour === PAPER);
  assert.deepEqual(counts.map(({ text, halo }) => [text, halo]), [["14", 0]]);
  assert.ok(!textsAt(2).includes("14"));
});

test("no two numbers overlap", () => {
  const data = golden("town_map");
  for (const { properties } of data.grids.features) properties.label = [119.43, 31.41, 500];
  assert.deepEqual(layOut(data, view(2, { ...ALL, households: false })).map(({ text }) => text).filter((text) => /^!? ?\d$/.test(text)), ["! 1"]);
});
