// The map of the own grids, and the order in which their houses are walked.
import { element } from "../../ui/page.js";
import { drawing } from "./map_drawing.js";
import { rows } from "./list.js";
import { newId } from "../phone.js";
import { button, gridName, homeName, link, put, quiet } from "./parts.js";
import { inWalkingOrder } from "./shown_list.js";
import { say } from "./words.js";
/** @import { ShownHousehold } from "./shown_list.js" */
/** @import { Page, Screen } from "../shell.js" */

/** The households whose mark was pressed last. @type {number[]} */ let pressed = [];

/** @param {Page} page @param {number} at The index of the grid. @param {number | null} chosen @returns {Screen | null} */
export function mapScreen(page, at, chosen) {
  const grid = page.list.grids[at];
  if (!grid) return page.list.grids.length ? null : { title: say("own.map"), nodes: [element("p", { class: "nothing-yet" }, say("town.mine_none"))] };
  const homes = inWalkingOrder(page.shown, at);
  const below = element("div", { class: "chosen-homes", "aria-live": "polite" });
  if (chosen !== null) pressed = [chosen];
  const show = (/** @type {ShownHousehold[]} */ found) => {
    pressed = found.map(({ id }) => id);
    put(below, found.length ? rows(page, found) : quiet(say("phone.map_hint")));
  };
  show(homes.filter(({ id }) => pressed.includes(id)));
  const drawn = drawing(grid, homes, show, pressed[0] ?? null);
  const without = homes.filter(({ position }) => !position).length;
  const others = page.list.grids.length > 1 ? element("p", { class: "pills tabs" }, ...page.list.grids.map((one, index) => link(gridName(one), `#map/${index}`, index === at ? { "aria-current": "page" } : {}))) : null;
  return {
    title: gridName(grid),
    nodes: [
      others,
      ...(drawn ? [drawn.sheet, element("div", { class: "below-drawing" }, legend(), drawn.buttons)] : [quiet(say("phone.no_places"))]),
      below,
      drawn && without ? quiet(say("phone.without_place", { n: without })) : null,
      homes.some(({ is_exact, position }) => position && !is_exact) ? quiet(say("phone.inexact")) : null,
      element("p", {}, link(say("phone.change_order"), `#order/${at}`)),
      element("ol", { class: "own-list walk" }, ...homes.map((home) => element("li", {}, element("a", { class: "row", href: `#home/${home.id}` }, element("span", { class: "place" }, String(home.place)), element("span", { class: "house" }, element("b", {}, home.mark), home.name ? ` ${home.name}` : null))))),
    ],
    isLive: true,
  };
}

function legend() {
  const one = (/** @type {string} */ kind, /** @type {string} */ mark, /** @type {string} */ text) => element("span", {}, element("span", { class: `key ${kind}`, "aria-hidden": "true" }, mark), ` ${text}`);
  return element("p", { class: "map-legend quiet" }, one("due", "1", say("phone.key_due")), one("done", "1✓", say("phone.key_done")), one("rest", "1", say("phone.key_rest")));
}

/** @param {Page} page @param {number} at @returns {Screen | null} */
export function orderScreen(page, at) {
  const grid = page.list.grids[at];
  if (!grid) return null;
  const id = newId();
  const homes = new Map(inWalkingOrder(page.shown, at).map((home) => [String(home.id), home]));
  const said = element("p", { class: "unseen", role: "status" });
  const list = element("ol", { class: "own-list order" }, ...[...homes.values()].map((home) => orderRow(home, moved)));
  const items = () => /** @type {HTMLElement[]} */ ([...list.children]);
  /** Numbers the rows anew. @param {HTMLElement} item */
  function moved(item) {
    items().forEach((one, place) => put(/** @type {Element} */ (one.querySelector(".place")), String(place + 1)));
    put(said, say("phone.moved_to_place", { name: homes.get(item.dataset.home ?? "")?.mark ?? "", place: items().indexOf(item) + 1, of: homes.size }));
  }
  const form = element("form", { class: "visit" }, list, said, element("p", { class: "own-save" }, element("button", { type: "submit", class: "button primary" }, say("phone.save_order"))));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const sorted = items().map((item) => Number(item.dataset.home));
    const households = page.list.grids.flatMap((_, index) => (index === at ? sorted : inWalkingOrder(page.shown, index).map((home) => home.id)));
    if (!(await page.keep([{ id, type: "order", households }], form))) return;
    page.say(say("phone.order_saved"));
    page.go(`map/${at}`);
  });
  return { title: say("phone.order"), nodes: [quiet(say("phone.order_hint")), form] };
}

/** @param {ShownHousehold} home @param {(item: HTMLElement) => void} moved */
function orderRow(home, moved) {
  const step = (/** @type {-1 | 1} */ by) => () => {
    const beside = by < 0 ? item.previousElementSibling : item.nextElementSibling;
    if (!beside) return;
    if (by < 0) beside.before(item);
    else beside.after(item);
    moved(item);
  };
  const [up, down] = [step(-1), step(1)];
  const stepButton = (/** @type {string} */ sign, /** @type {() => void} */ go, /** @type {string} */ code) => {
    const made = button(sign, () => {
      go();
      made.focus();
    }, { class: "button step", "aria-label": say(code, { name: home.mark }) });
    return made;
  };
  const handle = element("span", { class: "handle", "aria-hidden": "true" }, "⠿");
  const item = element("li", { "data-home": String(home.id) }, element("div", { class: "row" }, handle, element("span", { class: "place" }, String(home.place)), element("span", { class: "house" }, homeName(home)), stepButton("▲", up, "phone.earlier"), stepButton("▼", down, "phone.later")));
  item.addEventListener("keydown", (event) => {
    const go = event.key === "ArrowUp" ? up : event.key === "ArrowDown" ? down : null;
    if (!go) return;
    event.preventDefault();
    const focused = /** @type {HTMLElement} */ (event.target);
    go();
    focused.focus();
  });
  drag(handle, item, moved);
  return item;
}

/** Lets a row be dragged by its handle. @param {HTMLElement} handle @param {HTMLElement} item @param {(item: HTMLElement) => void} moved */
function drag(handle, item, moved) {
  handle.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    handle.setPointerCapture(event.pointerId);
    item.classList.add("dragged");
  });
  handle.addEventListener("pointermove", ({ clientY }) => {
    if (!item.classList.contains("dragged")) return;
    const [before, after] = [item.previousElementSibling, item.nextElementSibling];
    // The row itself stays in the document, which keeps the finger with it.
    if (before && clientY < middleOf(before)) item.after(before);
    else if (after && clientY > middleOf(after)) item.before(after);
    else return scrollAtEdge(clientY);
    moved(item);
  });
  for (const kind of ["pointerup", "pointercancel"]) handle.addEventListener(kind, () => item.classList.remove("dragged"));
}

/** @param {Element} row */
function middleOf(row) {
  const { top, height } = row.getBoundingClientRect();
  return top + height / 2;
}

/** @param {number} y */
function scrollAtEdge(y) {
  const edge = 90;
  if (y < edge) scrollBy(0, -12);
  else if (y > innerHeight - edge - 60) scrollBy(0, 12);
}
