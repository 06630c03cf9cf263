// The floors of the scripts: ui knows no map, maps know no page, and no script imports itself round a circle.
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { test } from "node:test";

const SOURCE = join(import.meta.dirname, "../../web/static_src");
const FLOORS = ["ui", "maps", "pages"];

const importsOf = new Map(globSync("**/*.js", { cwd: SOURCE }).map((file) => [file, imports(file)]));

function imports(file) {
  const found = readFileSync(join(SOURCE, file), "utf8").matchAll(/^(?:import|export)\b[^"(;]*"(\.[^"]+\.js)"/gm);
  return [...found].map(([, path]) => relative(SOURCE, join(SOURCE, dirname(file), path)));
}

test("every import is a script that exists", () => {
  assert.ok(importsOf.size > 20);
  for (const [file, imported] of importsOf) for (const other of imported) assert.ok(importsOf.has(other), `${file} imports ${other}`);
});

test("no circle of imports", () => {
  const finished = new Set();
  const walk = (file, path) => {
    assert.ok(!path.includes(file), [...path, file].join(" -> "));
    if (finished.has(file)) return;
    for (const other of importsOf.get(file)) walk(other, [...path, file]);
    finished.add(file);
  };
  for (const file of importsOf.keys()) walk(file, []);
});

test("imports go down: pages, maps, ui", () => {
  for (const [file, imported] of importsOf) {
    const floor = FLOORS.indexOf(dirname(file));
    for (const other of imported) if (floor >= 0) assert.ok(FLOORS.indexOf(dirname(other)) <= floor, `${file} imports ${other}`);
  }
});
