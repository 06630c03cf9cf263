// The sentences that the page brought for its script, by their codes: the same catalogue as everywhere.
import { fill } from "./element.js";

const block = document.getElementById("words");
const catalogue = block ? JSON.parse(block.textContent) : {};

/** Returns a sentence with its {values} filled in. */
export function say(code, values = {}) {
  return fill(catalogue[code], values);
}
