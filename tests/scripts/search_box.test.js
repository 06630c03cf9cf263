// What the search box of a map finds.
import assert from "node:assert/strict";
import { test } from "node:test";
import { entriesOf, matching } from "../../web/static_src/ui/search_box.js";
import { golden } from "./golden.js";

function town(data = golden("map_file")) {
  const shown = [];
  const show = (kind) => (index) => shown.push([kind, index]);
  return { shown, entries: entriesOf({ data, showVillage: show("village"), showGrid: show("grid"), showPlace: show("place") }) };
}
const textsOf = (entries, text) => matching(entries, text).map((entry) => entry.text);

test("villages, grids and households are found", () => {
  const { villages, grids, households } = golden("map_file");
  const homes = households.features.flatMap(({ properties }) => properties.households);
  assert.equal(town().entries.length, villages.features.length + grids.features.length + homes.length);
});

test("what is equal comes before what begins with it, and that before what contains it", () => {
  const { entries } = town();
  assert.deepEqual(matching(["cab", "abc", "ab", "b"].map((key) => ({ keys: [key] })), "ab").flatMap(({ keys }) => keys), ["ab", "abc", "cab"]);
  assert.deepEqual(textsOf(entries, "石桥村").slice(0, 5), ["石桥村", "石桥村-01", "石桥村-02", "石桥村-03", "石桥村-04"]);
  assert.equal(textsOf(entries, "石桥村0007").length, 1);
  assert.deepEqual(textsOf(entries, "xt15"), ["XT15"]);
  assert.deepEqual(textsOf(entries, "nothing"), []);
});

test("a grid is found by its number without a nought", () => {
  assert.deepEqual(textsOf(town().entries, "石桥村-1"), ["石桥村-01"]);
});

test("at most twelve answers", () => {
  assert.equal(textsOf(town().entries, "村").length, 12);
});

test("an answer shows its village, grid or place", () => {
  const { shown, entries } = town();
  for (const text of ["小塘村", "小塘村-01", "xt17"]) matching(entries, text)[0].show();
  const data = golden("map_file");
  const place = data.households.features.findIndex(({ properties }) => properties.households.some(([code]) => code === "XT17"));
  assert.deepEqual(shown, [["village", 1], ["grid", 4], ["place", place]]);
});
