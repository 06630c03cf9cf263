// Fields that may be absent, and words that are asked for by name, are in what the server sends. tsc holds all the others.
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { golden } from "./golden.js";

const SOURCE = join(import.meta.dirname, "../../web/static_src");

test("a household row has up to six values", () => {
  const rows = golden("places").flatMap(({ places }) => places).flatMap(({ households }) => households);
  assert.deepEqual([...new Set(rows.map((row) => row.length))].sort(), [4, 5, 6]);
});

test("small maps say which household they are about, and where the member lives", () => {
  const [household, member] = golden("small_maps");
  assert.ok(household.chosen.household !== null && household.chosen.grid !== null);
  assert.ok(member.home);
  assert.equal(member.places.length, 1);
});

test("a map for those who see counts has neither households nor ids of leads", () => {
  const { counts_only: countsOnly, objects } = golden("counts_map");
  assert.equal(countsOnly, true);
  assert.ok(objects.villages.geometries.every(({ properties }) => properties.placed === 0 && !properties.flats));
  const grids = objects.grids.geometries;
  assert.ok(grids.every(({ properties }) => properties.lead_id === null));
  assert.ok(grids.some(({ properties }) => properties.lead !== null));
});

test("every word that the maps ask for is sent", () => {
  const { words } = golden("town_map");
  const asked = globSync(["map.js", "maps/*.js", "ui/*.js"], { cwd: SOURCE }).flatMap((file) => [...readFileSync(join(SOURCE, file), "utf8").matchAll(/\bwords\.(\w+)/g)]);
  const names = new Set(asked.map(([, name]) => name).filter((name) => name !== "js"));
  assert.ok(names.size > 30);
  for (const name of names) assert.ok(name in words, name);
});
