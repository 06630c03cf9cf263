// A draft beside its map: villages in the table and on the map are one selection. Beside an earlier plan its outlines are
// dashed, households that change grid are ringed and new leads are marked.
import * as L from "leaflet";
import { baseLayersOf } from "../maps/basemap.js";
import { ACCENT, INK, PAPER } from "../maps/marks.js";
import { addCorner, row } from "../maps/legend.js";
import { openTown } from "../maps/open_town.js";
import { allOf, byId, element, say } from "../ui/page.js";
import { ask } from "../ui/request.js";
import { sortable } from "../ui/sortable.js";
/** @import { BaseLayer } from "../maps/basemap.js" */
/** @import { Town } from "../maps/town.js" */
/** @import { ComparedMap, LiveTownMap, Moves } from "../wire.js" */

const BEFORE = { color: INK, weight: 1.5, dashArray: "2 5", fill: false, interactive: false };
const RING = { radius: 7, color: ACCENT, weight: 2.5, fillColor: PAPER, fillOpacity: 0.01 };

openDraft();

async function openDraft() {
  const place = byId("map");
  allOf("table", ".sortable").forEach(sortable);
  try {
    const map = L.map(place, { preferCanvas: true, zoomControl: false, attributionControl: false, maxZoom: 21, zoomSnap: 0.25 });
    /** @type {[LiveTownMap | ComparedMap, BaseLayer[]]} */
    const [data, baseLayers] = await Promise.all([ask(place.dataset.source ?? ""), baseLayersOf(place)]);
    const town = openTown(map, data, byId("search"), baseLayers);
    linkVillages(town);
    place.dataset.ready = "true";
    if ("moves" in data) drawChanges(map, data);
  } catch (problem) {
    console.error(problem);
    place.replaceChildren(element("p", { class: "empty", role: "alert" }, place.dataset.failed ?? ""));
  }
}

/** Buttons that name a village show it, and the table follows whichever village the map shows. @param {Town} town */
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

/** @param {L.Map} map @param {ComparedMap} data */
function drawChanges(map, data) {
  map.createPane("gridplan-marks").style.zIndex = "460";
  const renderer = L.canvas({ pane: "gridplan-marks", padding: 0.3, tolerance: L.Browser.mobile ? 8 : 2 });
  const style = { renderer, pane: "gridplan-marks" };
  data.before.forEach((shape) => L.geoJSON(shape, { style: { ...BEFORE, ...style } }).addTo(map));
  /** @type {Map<string, L.CircleMarker>} */ const ringOf = new Map();
  for (const { lon, lat, rows } of data.moves) {
    const ring = L.circleMarker([lat, lon], { ...RING, ...style }).bindPopup(() => movePopup(rows), { maxWidth: 300 }).addTo(map);
    for (const [code] of rows) ringOf.set(code, ring);
  }
  const leads = new Set(data.new_leads.map(([village, number]) => `${village} ${number}`));
  for (const { properties } of data.grids.features) {
    const name = data.villages.features[properties.village].properties.name;
    if (!properties.label || !leads.has(`${name} ${properties.number}`)) continue;
    const icon = L.divIcon({ className: "lead-mark", html: element("span", {}, say("drafts.mark.lead")), iconSize: [0, 0] });
    L.marker([properties.label[1], properties.label[0]], { icon, interactive: false, keyboard: false }).addTo(map);
  }
  const key = [row("dashed", say("drafts.mark.before")), row("ring", say("drafts.mark.household")), row("lead-key", say("drafts.mark.new_lead"))];
  addCorner(map, "topright", element("div", { class: "legend key" }, ...key));
  for (const button of allOf("button", "[data-household]")) {
    const ring = ringOf.get(button.dataset.household ?? "");
    if (ring) button.addEventListener("click", () => (map.setView(ring.getLatLng(), 18), ring.openPopup()));
    else button.replaceWith(button.textContent);
  }
  const rings = L.featureGroup([...ringOf.values()]);
  if (ringOf.size) map.fitBounds(rings.getBounds().pad(0.1), { maxZoom: 17, animate: false });
}

/** @param {Moves["rows"]} rows */
function movePopup(rows) {
  const line = (/** @type {Moves["rows"][number]} */ [code, name, before, after]) =>
    element("p", {}, element("strong", {}, name ?? code), ` ${say("drafts.mark.move", { before: before ?? "–", after: after ?? "–" })}`);
  return element("div", { class: "popup households" }, ...rows.map(line));
}
