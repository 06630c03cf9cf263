// What was typed of a tick sheet and not saved yet stays in this browser: numbers of rows by field, and nothing else.

const PREFIX = "gridplan-sheet ";

/** @typedef {Record<string, string>} Rows What is typed, by field. */

/** Returns what was half typed. @param {string} key Account, sheet and week. @returns {Rows | null} */
export function halfTyped(key) {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + key) ?? "null");
  } catch {
    return null;
  }
}

/** Keeps what is half typed; with null nothing any more. @param {string} key @param {Rows | null} rows */
export function keepHalfTyped(key, rows) {
  try {
    if (rows) localStorage.setItem(PREFIX + key, JSON.stringify(rows));
    else localStorage.removeItem(PREFIX + key);
  } catch {
    // A browser that keeps nothing: the page works all the same.
  }
}

/** Returns the keys of all sheets that are half typed. */
export function keysHalfTyped() {
  try {
    return Object.keys(localStorage).flatMap((key) => (key.startsWith(PREFIX) ? [key.slice(PREFIX.length)] : []));
  } catch {
    return [];
  }
}
