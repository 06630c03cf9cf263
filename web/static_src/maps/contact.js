// How far contact reaches, on a map: two more ways to colour it, and a sentence above it.
import { element } from "../ui/page.js";
/** @import { ContactMap, LiveTownMap } from "../wire.js" */
/** @import { Town } from "./town.js" */

/** What the ways to colour a map by contact are called in addresses. @type {string[]} */
export const CONTACT_VIEWS = ["weeks", "coverage"];

/** Adds the ways to colour a map by contact; a grid of which nothing is told is in no figure. @param {Town} town @param {ContactMap} contact */
export function addContactViews({ map, data }, { grids, views }) {
  const index = new Map(grids.map(([plan, number], at) => [`${plan}-${number}`, at]));
  const drawn = /** @type {LiveTownMap} */ (data).grids.features.map(({ properties: { plan, number } }) => index.get(`${plan}-${number}`));
  for (const view of views) {
    const inNoFigure = view.classes.findIndex(({ mark }) => mark === "dotted");
    data.views.push({ ...view, grids: drawn.map((at) => (at === undefined ? inNoFigure : view.grids[at])) });
  }
  map.fire("gridplan:views");
}

/** Says above a map how contact stands: in all of it, or in the village that is chosen. @param {Town} town @param {ContactMap} contact */
export function sayContact(town, { sentence, villages }) {
  const { map, data } = town;
  const ids = /** @type {LiveTownMap} */ (data).villages.features.map(({ properties }) => properties.id);
  const of = new Map(villages);
  const strip = element("p", { class: "contact-strip", role: "status" });
  const say = () => {
    const { village } = town.selection;
    strip.textContent = town.contact = village === null ? sentence : (of.get(ids[village]) ?? null);
    strip.hidden = town.contact === null;
  };
  for (const kind of ["click", "dblclick", "mousedown", "touchstart", "pointerdown"]) strip.addEventListener(kind, (event) => event.stopPropagation()); // a click on it means nothing on the map
  map.on("gridplan:selected", say);
  map.getContainer().append(strip);
  new ResizeObserver(([{ target }]) => map.getContainer().style.setProperty("--contact-strip", `${/** @type {HTMLElement} */ (target).offsetHeight}px`)).observe(strip);
  say();
}
