// Puts a town and all its controls on a Leaflet map; both the single file and the live page begin here.
import * as L from "leaflet";
import { NARROW, addLegend } from "./legend.js";
import { addPrinting, titleOfPage } from "./print.js";
import { addPositions } from "./positions.js";
import { addSearch } from "./town_search.js";
import { drawTown } from "./town.js";
import { fill } from "../ui/page.js";
/** @import { PlaceAnswer, TownMap } from "../wire.js" */
/** @import { BaseLayer } from "./ground/basemap.js" */
/** @import { Sheet } from "./print.js" */
/** @import { Town } from "./town.js" */

/**
 * Returns the drawn town. What it stands on comes later, and the legend with it.
 * @param {L.Map} map @param {TownMap} data
 * @param {(village: number) => Promise<PlaceAnswer[]>} ask Asks for the households of a village.
 * @param {{ searchParent?: HTMLElement | null, beneath?: () => Promise<BaseLayer[]>, isSmall?: boolean, isFolded?: boolean, key?: HTMLElement | null }} options
 *   `searchParent` receives the search box, if the page has no other; `beneath` asks for what the map may stand on; a small
 *   map is part of a page, and its legend is folded unless said otherwise; `key` explains marks that the page itself draws.
 */
export function openTown(map, data, ask, { searchParent = null, beneath = async () => [], isSmall = false, isFolded = isSmall, key = null } = {}) {
  const { words } = data;
  const { format } = new Intl.NumberFormat(data.lang);
  L.control.zoom({ zoomInTitle: words.zoom_in, zoomOutTitle: words.zoom_out }).addTo(map);
  L.control.scale({ imperial: false }).addTo(map);
  const town = drawTown(map, data, format, isFolded ? () => 0 : coveredByLegend, ask);
  const addTheLegend = (/** @type {BaseLayer[]} */ baseLayers) => data.villages.features.length && addLegend(town, baseLayers, isFolded, key);
  const drawn = new Promise((resolve) => requestAnimationFrame(resolve));
  drawn.then(beneath).then(addTheLegend, (problem) => {
    console.error(problem); // a map without them still does its work
    addTheLegend([]);
  });
  addEventListener("beforeprint", () => town.point({})); // what the mouse is over is not for paper
  addPrinting(map, isSmall ? sheetOfPage(town) : sheetOf(town));
  if (!isSmall) addPositions(town); // a page says itself what to do next
  if (searchParent) addSearch(town, searchParent);
  return town;
}

/** Returns what a sheet of paper says of a town: what is chosen, but no household's name. @param {Town} town @returns {Sheet} */
function sheetOf(town) {
  const { map, data, boundsOf } = town;
  const { words } = data;
  return {
    words,
    title() {
      const { village, grid } = town.selection;
      const lines = [data.title ?? map.getContainer().dataset.title ?? ""];
      if (village !== null) lines.push(data.villages.features[village].properties.name);
      if (grid !== null) lines.push(fill(words.grid, { number: data.grids.features[grid].properties.number }));
      if (town.contact !== null) lines.push(town.contact);
      return lines;
    },
    note: () => data.stamp?.join(" · ") ?? (data.counts_only ? words.counts_only : words.homes_shown),
    extent: () => boundsOf(town.selection.village),
  };
}

/** Returns what a sheet of paper says of the map of a page, whose lists name households. @param {Town} town @returns {Sheet} */
function sheetOfPage(town) {
  const { counts_only: countsOnly, words } = town.data;
  return { ...sheetOf(town), title: () => [...titleOfPage(), ...(town.contact === null ? [] : [town.contact])], note: () => (countsOnly ? words.counts_only : words.planner_copy) };
}

/** Returns how many pixels of the map's right side an open legend takes: nothing is worth hiding behind it. */
function coveredByLegend() {
  return matchMedia(NARROW).matches || document.querySelector(".legend:not([open])") ? 0 : 280;
}

/** Lets a button fold a panel, which opens for what is chosen. @param {HTMLElement} button @param {HTMLElement} panel @param {L.Map} map */
export function foldPanel(button, panel, map) {
  const set = (/** @type {boolean} */ open) => {
    panel.classList.toggle("open", open);
    button.setAttribute("aria-expanded", String(open));
    map.invalidateSize({ animate: false });
  };
  button.addEventListener("click", () => set(!panel.classList.contains("open")));
  map.on("gridplan:selected", ({ selection }) => {
    if (selection.village === null) return;
    set(true);
    panel.closest("main")?.scrollIntoView(); // on a phone the bar goes out of the way
  });
}
