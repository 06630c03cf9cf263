// The pages' own colours are those of the maps.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as palette from "../../web/static_src/maps/palette.js";

test("the style sheet names the colours of the palette", () => {
  const style = readFileSync(join(import.meta.dirname, "../../web/static_src/common.css"), "utf8");
  for (const name of ["ink", "quiet", "accent", "broken", "paper"]) {
    assert.equal(style.match(new RegExp(`--${name}: (#\\w+);`))?.[1], palette[name.toUpperCase()], name);
  }
});
