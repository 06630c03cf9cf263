// Puts a town and all its controls on a Leaflet map; both the single file and the live page begin here.
import * as L from "leaflet";
import { NARROW, addLegend } from "./legend.js";
import { addSearch } from "../ui/search_box.js";
import { drawTown } from "./town.js";

/**
 * Returns the drawn town. `data` is what gridplan.exchange.map_data.map_data made; `searchParent` receives the search box,
 * if the page has no other; `grounds` are the layers that it may stand on, by what they are called.
 */
export function openTown(map, data, searchParent = null, grounds = []) {
  const figures = new Intl.NumberFormat(data.lang);
  data.number = (n) => figures.format(n);
  L.control.zoom({ zoomInTitle: data.words.zoom_in, zoomOutTitle: data.words.zoom_out }).addTo(map);
  L.control.scale({ imperial: false }).addTo(map);
  const town = drawTown(map, data, coveredByLegend);
  if (data.villages.features.length) addLegend(town, grounds);
  if (searchParent) addSearch(town, searchParent);
  return town;
}

/** Returns how many pixels of the map's right side an open legend takes: nothing is worth hiding behind it. */
function coveredByLegend() {
  return matchMedia(NARROW).matches || document.querySelector(".legend:not([open])") ? 0 : 280;
}

/** Lets a button show and hide the panel where the window is too narrow for both panel and map. */
export function foldPanel(button, panel, map) {
  const set = (open) => {
    panel.classList.toggle("open", open);
    button.setAttribute("aria-expanded", String(open));
  };
  button.addEventListener("click", () => set(!panel.classList.contains("open")));
  map.on("gridplan:chosen gridplan:village", ({ index }) => index !== null && set(false));
  addEventListener("keydown", ({ key }) => key === "Escape" && set(false));
}
