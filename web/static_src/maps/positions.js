// What to do next about households without positions; and of what is on no map, a list in the place of the map.
import * as L from "leaflet";
import { element, fill } from "../ui/page.js";
import { hamletBounds } from "./drawing/hamlets.js";
import { addCorner, NARROW } from "./legend.js";
/** @import { Town } from "./town.js" */
/** @import { Village } from "../wire.js" */

/** @param {Town} town */
export function addPositions(town) {
  const { map, data, format, select } = town;
  const { words } = data;
  const villages = data.villages.features.map(({ properties }) => properties);
  const grids = data.grids.features.map(({ properties }) => properties);
  const isOnMap = villages.map(({ label }, index) => label !== null || hamletBounds(data, index).isValid());
  const container = map.getContainer();
  const sentence = element("div", { class: "next" });
  const note = element("details", { class: "map-note unprinted", open: matchMedia(NARROW).matches ? null : "" }, element("summary", {}, words.positions_next), sentence);
  const list = element("section", { class: "no-map", tabindex: "0" });
  for (const part of [note, list]) {
    L.DomEvent.disableClickPropagation(part);
    L.DomEvent.disableScrollPropagation(part);
  }
  addCorner(map, "topright", note);
  new ResizeObserver(() => container.style.setProperty("--note", note.offsetHeight ? `${note.offsetHeight + 10}px` : "0px")).observe(note);
  container.append(list);
  map.on("gridplan:selected", ({ selection }) => show(selection.village));
  show(town.selection.village);

  /** @param {number | null} index */
  function show(index) {
    const step = advice(index);
    const nowhere = index === null ? villages.length > 0 && !isOnMap.includes(true) : !isOnMap[index];
    note.hidden = nowhere || !step.length;
    list.hidden = !nowhere;
    if (nowhere) list.replaceChildren(...(index === null ? listOf(null, step, villages.flatMap(villageCard)) : listOf(villages[index], step, hamletCards(index))));
    else sentence.replaceChildren(...step);
  }
  /** Returns what to do next for a village, or for the town. @param {number | null} index */
  function advice(index) {
    const { step = null, id = null } = index === null ? {} : villages[index];
    const text = index === null ? data.positions : step?.text;
    if (!text) return [];
    const base = container.dataset.positions;
    const label = index === null ? words.positions_all : step?.kind === "hamlets" ? words.positions_hamlets : words.positions_houses;
    const lead = base ? element("a", { class: "button primary", href: id === null ? base : `${base}/${id}` }, label) : id === null && base === undefined ? words.positions_in_file : "";
    return [element("p", {}, text), element("p", {}, lead)];
  }
  /** @param {Village | null} village @param {HTMLElement[]} step @param {HTMLElement[]} cards */
  function listOf(village, step, cards) {
    return [element("h2", {}, village?.name ?? words.whole_town), ...step, element("p", { class: "quiet" }, village?.households === 0 ? words.no_households : words.no_map), element("ul", { class: "cards" }, ...cards)];
  }
  /** @param {Village} village @param {number} index */
  function villageCard({ name, households, grids: n }, index) {
    if (!households) return [];
    const figures = fill(words.village_figures, { households: format(households), grids: format(n) });
    return [element("li", {}, element("button", { type: "button", class: "card-button", onclick: () => select({ village: index }) }, element("b", {}, name), element("span", {}, figures)))];
  }
  /** @param {number} index */
  function hamletCards(index) {
    return data.hamlets.filter(({ village }) => village === index).map(({ name, figures, grids: inside }) => {
      const buttons = inside.map((grid) => element("button", { type: "button", class: "link", onclick: () => select({ grid }) }, String(grids[grid].number)));
      return element("li", { class: "card-button" }, element("b", {}, name), element("span", {}, figures), element("span", { class: "buttons" }, ...buttons));
    });
  }
}
