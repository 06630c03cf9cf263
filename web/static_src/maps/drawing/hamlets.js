// Hamlets of which households have no position of their own: each a mark at its place, with its name, households and grids.
import * as L from "leaflet";
import { keepRoom } from "./crowding.js";
import { metresPerPixel } from "./marks.js";
import { element, fill } from "../../ui/page.js";
/** @import { HamletMark, TownMap } from "../../wire.js" */
/** @import { Selection } from "../selection.js" */
/** @import { Town } from "../town.js" */

// Metres per pixel from which the hamlets of a village are told apart, so that its name is not needed among them.
const NEAR = 5;

/** Returns where the hamlets of a village, or of all, have a place. @param {TownMap} data @param {number | null} village */
export function hamletBounds({ hamlets }, village = null) {
  const here = hamlets.filter((hamlet) => village === null || hamlet.village === village);
  return L.latLngBounds(here.flatMap(({ at }) => (at ? [L.latLng(at[1], at[0])] : [])));
}

/** Returns the layer of the hamlets that have a place, which shows what of them is chosen. @param {Town} town */
export function hamletLayer(town) {
  const { map, data, format, select } = town;
  const names = data.villages.features.flatMap(({ properties: { name, label, households, grids } }, village) => {
    const bounds = hamletBounds(data, village);
    if (label || !bounds.isValid()) return [];
    const figures = fill(data.words.village_figures, { households: format(households), grids: format(grids) });
    return markerOf(bounds.getCenter(), name, figures, "hamlet-mark village", () => select({ village }));
  });
  /** @type {Map<L.Marker, HamletMark>} */ const marks = new Map();
  for (const hamlet of [...data.hamlets].sort((a, b) => b.households - a.households)) {
    const { at, name, figures, village, grids } = hamlet;
    if (!at) continue;
    const choose = () => select(grids.length === 1 ? { grid: grids[0] } : { village }, { move: "none" });
    marks.set(markerOf(L.latLng(at[1], at[0]), name, figures, "hamlet-mark", choose), hamlet);
  }
  const layer = L.layerGroup([...names, ...marks.keys()]);
  /** @param {Selection} selection */
  function show({ village, grid }) {
    for (const [marker, hamlet] of marks) {
      const isMeant = grid === null ? hamlet.village === village : hamlet.grids.includes(grid);
      marker.getElement()?.classList.toggle("chosen", isMeant);
      marker.getElement()?.classList.toggle("dimmed", village !== null && !isMeant);
    }
  }
  // From afar villages have their names, and their hamlets are marks alone.
  const nameVillages = () => {
    const isNear = metresPerPixel(map) < NEAR;
    for (const marker of names) marker.getElement()?.classList.toggle("near", isNear);
    for (const marker of marks.keys()) marker.getElement()?.classList.toggle("mute", !isNear);
  };
  map.on("zoomend", nameVillages);
  map.on("gridplan:selected", ({ selection }) => show(selection));
  map.on("layeradd", (added) => {
    if (added.layer !== layer) return;
    nameVillages();
    show(town.selection);
  });
  keepRoom(map, layer);
  return layer;
}

/** @param {L.LatLng} at @param {string} name @param {string} figures @param {string} className @param {() => void} choose */
function markerOf(at, name, figures, className, choose) {
  const html = element("span", {}, element("b", {}, name), element("span", {}, figures));
  return L.marker(at, { icon: L.divIcon({ className, html, iconSize: [0, 0] }), title: `${name} · ${figures}` }).on("click", choose);
}
