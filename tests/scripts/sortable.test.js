// How columns of a table are sorted.
import assert from "node:assert/strict";
import { test } from "node:test";
import { comparison, nextOrder } from "../../web/static_src/ui/sortable.js";

test("names begin with the first letter, figures with the largest, and a second click turns them round", () => {
  assert.equal(nextOrder("none", false), "ascending");
  assert.equal(nextOrder("none", true), "descending");
  assert.equal(nextOrder("ascending", true), "descending");
  assert.equal(nextOrder("descending", false), "ascending");
});

test("figures compare as numbers, names as their language has it", () => {
  assert.deepEqual(["9", "10", "-1", "2.5"].sort(comparison("ascending", true, "en")), ["-1", "2.5", "9", "10"]);
  assert.deepEqual(["9", "10"].sort(comparison("descending", true, "en")), ["10", "9"]);
  assert.deepEqual(["张", "李", "王", "赵"].sort(comparison("ascending", false, "zh-CN")), ["李", "王", "张", "赵"]);
});
