// The golden files: what the server really sends, as pytest wrote it.
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Returns a golden file, a copy for each who asks. */
export function golden(name) {
  return JSON.parse(readFileSync(join(import.meta.dirname, "golden", `${name}.json`), "utf8"));
}
