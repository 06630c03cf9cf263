// What the build made for members' phones is what Chromium 70 understands, and little enough for a poor signal.
// Which functions of a browser its scripts may call is in eslint.config.js and tsconfig.phone.json.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { Linter } from "eslint";

const dist = new URL("../../web/gridplan_web/static/dist/phone/", import.meta.url);
const built = (name) => readFile(new URL(name, dist), "utf8");

/** What came to style sheets after Chromium 70, with an example that has to be found; a rule with one of the selectors is dropped whole. */
const NEWER = [
  [/[;{]gap:/, "a{gap:4px}"], // of flex items; grid has grid-gap
  [/:(is|where|has|focus-visible|user-valid|popover-open|open)\b/, "a:is(b,c){}"],
  [/:not\([^)]*,/, "a:not(b,c){}"],
  [/\b(min|max|clamp)\(/, "a{width:min(1px,2vw)}"],
  [/[;{]inset(-\w+)*:/, "a{inset:0}"],
  [/[;{](margin|padding|border)-(inline|block):/, "a{margin-inline:4px}"],
  [/[;{](aspect-ratio|translate|rotate|scale|content-visibility|scrollbar-gutter|text-wrap):/, "a{aspect-ratio:1}"],
  [/overflow-wrap:anywhere/, "a{overflow-wrap:anywhere}"],
  [/\d[sld]v[hw]\b/, "a{height:100dvh}"],
  [/\b(color-mix|lab|lch|oklch|color)\(/, "a{color:color-mix(in srgb,red,blue)}"],
  [/@(container|layer|property|scope|supports selector)/, "@layer a{}"],
  [/@media[^{]*[<>]/, "@media (width<600px){}"],
  [/[{;}]\s*&/, "a{&:hover{}}"],
];

test("the style of phones has nothing newer", async () => {
  const css = await built("phone.css");
  for (const [pattern, example] of NEWER) {
    assert.match(example, pattern);
    assert.doesNotMatch(css, pattern);
  }
});

test("the scripts of phones are of the language that Chromium 70 speaks", async () => {
  const linter = new Linter();
  const problems = (code) => linter.verify(code, { languageOptions: { ecmaVersion: 2019, sourceType: "script" } }).map(({ message, line, column }) => `${line}:${column} ${message}`);
  assert.notDeepEqual(problems("a?.b ?? c"), []);
  for (const name of ["shell.js", "worker.js"]) assert.deepEqual(problems(await built(name)), [], name);
});

test("what a phone loads is packed in less than 40 kB", async () => {
  const sizes = await Promise.all(["shell.js.gz", "worker.js.gz", "phone.css.gz"].map(async (name) => (await readFile(new URL(name, dist))).length));
  assert.ok(sizes.reduce((sum, size) => sum + size) < 40_000, String(sizes));
});
