// Households, or a member, that are dragged from a list to a grid.
/** @import { Redraw } from "./state.js" */

const KIND = "application/x-gridplan";

/** @typedef {{ households: number[] } | { member: number, name: string }} Dragged */
/** What is on its way; the browser tells nobody before it is dropped. @type {Dragged | null} */ let dragged = null;

/**
 * Lets rows of a list be dragged. @param {HTMLElement} list
 * @param {(row: HTMLElement) => { what: Dragged, text: string } | null} pick Returns what a row drags, and how it is called meanwhile.
 */
export function dragFrom(list, pick) {
  list.addEventListener("dragstart", (event) => {
    const row = event.target instanceof HTMLElement ? event.target : null;
    const picked = row && pick(row);
    if (!picked || !event.dataTransfer) return event.preventDefault();
    dragged = picked.what;
    event.dataTransfer.setData(KIND, "");
    event.dataTransfer.effectAllowed = "move";
    const image = document.createElement("span");
    image.className = "dragged";
    image.textContent = picked.text;
    document.body.append(image);
    event.dataTransfer.setDragImage(image, -12, 8);
    setTimeout(() => image.remove());
  });
  list.addEventListener("dragend", () => (dragged = null));
}

/**
 * Lets something be dropped on parts of an element. @param {HTMLElement} element
 * @param {(target: HTMLElement, what: Dragged) => (() => void) | null} take Returns what a drop there does; null: nothing may be dropped.
 */
export function dropOn(element, take) {
  /** @type {HTMLElement | null} */ let over = null;
  const mark = (/** @type {HTMLElement | null} */ next) => {
    over?.classList.remove("drop-here");
    over = next;
    over?.classList.add("drop-here");
  };
  /** @param {DragEvent} event */
  const found = ({ target }) => {
    const part = target instanceof Element ? /** @type {HTMLElement | null} */ (target.closest("[data-drop]")) : null;
    return part && dragged ? { part, run: take(part, dragged) } : null;
  };
  element.addEventListener("dragover", (event) => {
    const at = found(event);
    mark(at?.run ? at.part : null);
    if (at?.run) event.preventDefault();
  });
  element.addEventListener("dragleave", (event) => {
    if (!(event.relatedTarget instanceof Node && element.contains(event.relatedTarget))) mark(null);
  });
  element.addEventListener("drop", (event) => {
    const at = found(event);
    mark(null);
    if (!at?.run) return;
    event.preventDefault();
    dragged = null;
    at.run();
  });
}

/** Shows a part of the page when something is dragged to what opens it, and held there. @param {HTMLElement} opener @param {() => void} open */
export function openOnDrag(opener, open) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */ let wait;
  const stop = () => {
    clearTimeout(wait);
    wait = undefined;
  };
  opener.addEventListener("dragenter", () => {
    if (dragged) wait ??= setTimeout(open, 300);
  });
  opener.addEventListener("dragleave", stop);
  opener.addEventListener("drop", stop);
}
