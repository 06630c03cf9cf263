// Sorts a table by the column whose heading is clicked: names from the first letter, figures from the largest.

export function sortable(table) {
  const headings = [...table.tHead.rows[0].cells];
  const body = table.tBodies[0];
  headings.forEach((heading, column) => heading.querySelector("button")?.addEventListener("click", () => sort(heading, column)));

  function sort(heading, column) {
    const figure = heading.classList.contains("figure");
    const now = heading.getAttribute("aria-sort");
    const rising = now === "none" ? !figure : now === "descending";
    headings.forEach((other) => other.setAttribute("aria-sort", "none"));
    heading.setAttribute("aria-sort", rising ? "ascending" : "descending");
    const value = (row) => row.cells[column].dataset.value;
    const compare = (a, b) => (figure ? value(a) - value(b) : value(a).localeCompare(value(b), document.documentElement.lang));
    body.append(...[...body.rows].sort((a, b) => (rising ? compare(a, b) : compare(b, a))));
  }
}
