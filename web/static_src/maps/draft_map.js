// The map of a draft beside its lists: both pages that show one begin here.
import * as L from "leaflet";
import { ask } from "../ui/request.js";
import { baseLayersOf } from "./basemap.js";
import { element } from "../ui/element.js";
import { allOf, byId } from "../ui/page.js";
import { openTown } from "./open_town.js";
import { sortable } from "../ui/sortable.js";

/**
 * Draws the map that the page names; returns the drawn town, or nothing where the map could not be loaded.
 */
export async function openDraft() {
  const place = byId("map");
  allOf("table", ".sortable").forEach(sortable);
  try {
    const map = L.map(place, { preferCanvas: true, zoomControl: false, attributionControl: false, maxZoom: 21, zoomSnap: 0.25 });
    /** @type {[import("../wire.js").LiveTownMap, import("./basemap.js").BaseLayer[]]} */
    const [data, baseLayers] = await Promise.all([ask(place.dataset.source ?? ""), baseLayersOf(place)]);
    const town = openTown(map, data, byId("search"), baseLayers);
    linkVillages(town);
    place.dataset.ready = "true";
    return town;
  } catch (problem) {
    console.error(problem);
    place.replaceChildren(element("p", { class: "empty", role: "alert" }, place.dataset.failed ?? ""));
    return null;
  }
}

/**
 * Buttons that name a village show it, and the table follows whichever village the map shows.
 * @param {import("./town.js").Town} town
 */
function linkVillages({ map, data, showVillage }) {
  const index = new Map(data.villages.features.map(({ properties }, i) => [properties.name, i]));
  const buttons = allOf("button", "[data-village]");
  for (const button of buttons) {
    const village = index.get(button.dataset.village ?? "");
    if (village !== undefined) button.addEventListener("click", () => showVillage(village));
  }
  map.on("gridplan:village", (shown) => {
    const name = shown.index === null ? null : data.villages.features[shown.index].properties.name;
    for (const button of buttons) button.closest("tr")?.classList.toggle("shown", button.dataset.village === name);
  });
}
