// Sorts a table by the column whose heading is clicked: names from the first letter, figures from the largest.

/** The order of names, which the server has too: Chinese by its sound in either language, numbers by their value. */
export const BY_NAME = new Intl.Collator("zh-u-co-pinyin-kn-true");

/** @param {HTMLTableElement} table */
export function sortable(table) {
  const headings = [...(table.tHead?.rows[0].cells ?? [])];
  const body = table.tBodies[0];
  headings.forEach((heading, column) => heading.querySelector("button")?.addEventListener("click", () => sort(heading, column)));

  /** @param {HTMLTableCellElement} heading @param {number} column */
  function sort(heading, column) {
    const isFigure = heading.classList.contains("figure");
    const order = nextOrder(heading.getAttribute("aria-sort"), isFigure);
    headings.forEach((other) => other.setAttribute("aria-sort", "none"));
    heading.setAttribute("aria-sort", order);
    const compare = comparison(order, isFigure);
    const value = (/** @type {HTMLTableRowElement} */ row) => row.cells[column].dataset.value ?? "";
    body.append(...[...body.rows].sort((a, b) => compare(value(a), value(b))));
  }
}

/** Returns the order after a click: figures fall first. @param {string | null} order @param {boolean} isFigure */
export function nextOrder(order, isFigure) {
  return (order === "none" ? !isFigure : order === "descending") ? "ascending" : "descending";
}

/** @param {"ascending" | "descending"} order @param {boolean} isFigure */
export function comparison(order, isFigure) {
  const sign = order === "ascending" ? 1 : -1;
  return (/** @type {string} */ a, /** @type {string} */ b) => sign * (isFigure ? Number(a) - Number(b) : BY_NAME.compare(a, b));
}
