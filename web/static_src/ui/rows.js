// Rows of a list as one works them: a click anywhere on a row is its button's, arrow keys walk them and those of the lists
// beside, and what the mouse or the keyboard is at is pointed out elsewhere.

/**
 * @param {HTMLElement} list Its rows have data-key, and within them a button or link.
 * @param {(key: string | null) => void} point
 */
export function workRows(list, point) {
  const rowOf = (/** @type {EventTarget | null} */ target) => (target instanceof Element ? /** @type {HTMLElement | null} */ (target.closest("[data-key]")) : null);
  const ofRow = (/** @type {Element} */ row) => /** @type {HTMLElement | null} */ (row.querySelector("button, a"));
  const inside = (/** @type {EventTarget | null} */ target) => (target instanceof Node && list.contains(target) ? rowOf(target) : null);

  list.addEventListener("click", ({ target }) => {
    const row = rowOf(target);
    if (row && target instanceof Element && !target.closest("button, a") && getSelection()?.isCollapsed !== false) ofRow(row)?.click();
  });
  list.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const row = rowOf(event.target);
    if (!step || !row) return;
    event.preventDefault();
    const rows = [...(list.closest(".panel") ?? list).querySelectorAll("[data-key]")].filter((one) => one.checkVisibility());
    const next = rows[rows.indexOf(row) + step];
    if (next) ofRow(next)?.focus();
  });
  for (const [begin, end] of [["mouseover", "mouseout"], ["focusin", "focusout"]]) {
    list.addEventListener(begin, ({ target }) => point(rowOf(target)?.dataset.key ?? null));
    list.addEventListener(end, (event) => inside(/** @type {MouseEvent} */ (event).relatedTarget) || point(null));
  }
}

/** Marks the row of a key, or none. @param {ParentNode} list @param {string | null} key @param {string} mark A class. */
export function markRow(list, key, mark) {
  const rows = /** @type {NodeListOf<HTMLElement>} */ (list.querySelectorAll("[data-key]"));
  for (const row of rows) row.classList.toggle(mark, row.dataset.key === key);
}
