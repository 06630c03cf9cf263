// The sentences that the page brought for its script, by their codes: the same catalogue as everywhere.
import { fill } from "./element.js";

/** @type {import("../wire.js").Words | null} */
let catalogue = null;

/**
 * Returns a sentence with its {values} filled in.
 * @param {string} code
 * @param {Record<string, string | number>} values
 */
export function say(code, values = {}) {
  catalogue ??= JSON.parse(document.getElementById("words")?.textContent ?? "{}");
  return fill(/** @type {import("../wire.js").Words} */ (catalogue)[code], values);
}
