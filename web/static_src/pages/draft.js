// A draft beside its map: villages in the table and on the map are one selection. Beside an earlier plan its outlines are
// dashed, households that change grid are ringed and new leads are marked.
import * as L from "leaflet";
import { baseLayersOf } from "../maps/ground/basemap.js";
import { colours, followColours, onColours } from "../maps/drawing/marks.js";
import { askedDetails } from "../maps/details.js";
import { addCorner, row } from "../maps/legend.js";
import { foldPanel, openTown } from "../maps/open_town.js";
import { addPanel } from "../maps/panel.js";
import { asker, unpacked } from "../maps/places.js";
import { keepAddress } from "../maps/town_address.js";
import { residentsOf } from "../maps/selection.js";
import { dot, line } from "../maps/drawing/swatches.js";
import { allOf, byId, element, firstOf, say } from "../ui/page.js";
import { ask } from "../ui/request.js";
import { sortable } from "../ui/sortable.js";
/** @import { Town } from "../maps/town.js" */
/** @import { ComparedMap, LiveTownMap } from "../wire.js" */

const BEFORE = { weight: 1.5, dashArray: "2 5", fill: false, interactive: false };
const RING = { radius: 7, weight: 2.5, fillOpacity: 0 };

openDraft();

async function openDraft() {
  const place = byId("map");
  allOf("table", ".sortable").forEach(sortable);
  try {
    const map = L.map(place, { preferCanvas: true, zoomControl: false, attributionControl: false, maxZoom: 21, zoomSnap: 0.25 });
    /** @type {LiveTownMap | ComparedMap} */ const data = unpacked(await ask(place.dataset.source ?? ""));
    const town = openTown(map, data, asker(place, data), { searchParent: byId("search"), beneath: () => baseLayersOf(place) });
    linkVillages(town);
    const details = askedDetails(data);
    const remark = "moves" in data ? moveOf(data) : undefined;
    addPanel(town, details, { head: byId("chosen-head"), body: byId("chosen"), overview: allOf("div", ".overview"), remark });
    foldPanel(firstOf("button", ".fold"), byId("panel"), map);
    if ("moves" in data) drawChanges(town, data);
    const { read } = keepAddress(town, data, details.ofHousehold, byId("address-notice"));
    if (location.search) await read();
    place.dataset.ready = "true";
  } catch (problem) {
    console.error(problem);
    place.replaceChildren(element("p", { class: "empty", role: "alert" }, place.dataset.failed ?? ""));
  }
}

/** Buttons that name a village show it. @param {Town} town */
function linkVillages({ data, select }) {
  const index = new Map(data.villages.features.map(({ properties }, i) => [properties.name, i]));
  for (const button of allOf("button", "[data-village]")) {
    const village = index.get(button.dataset.village ?? "");
    if (village !== undefined) button.addEventListener("click", () => select({ village }));
  }
}

/** Returns what tells of a household which grid it leaves and which it joins. @param {ComparedMap} data */
function moveOf(data) {
  const moves = new Map(data.moves.flatMap(({ rows }) => rows.map(([code, , before, after]) => [code, { before: before ?? "–", after: after ?? "–" }])));
  return (/** @type {{ code: string }} */ { code }) => {
    const move = moves.get(code);
    return move ? element("p", { class: "notice" }, say("drafts.mark.move", move)) : null;
  };
}

/** @param {Town} town @param {ComparedMap} data */
function drawChanges({ map, select, placesOf }, data) {
  map.createPane("gridplan-marks").style.zIndex = "460";
  const renderer = L.canvas({ pane: "gridplan-marks", padding: 0.3, tolerance: L.Browser.mobile ? 8 : 2 });
  const place = { renderer, pane: "gridplan-marks" };
  const { accent, ink } = colours();
  data.before.forEach((shape) => L.geoJSON(shape, { style: { ...BEFORE, color: ink, ...place } }).addTo(map));
  const villageOf = new Map(data.villages.features.map(({ properties }, index) => [properties.name, index]));
  const moved = new Map(data.moves.flatMap(({ village, rows }) => rows.map(([code]) => [code, villageOf.get(village) ?? null])));
  /** Chooses a household that changes grid. @param {string} code @param {"fit" | "none"} move */
  async function choose(code, move) {
    const village = moved.get(code) ?? null;
    if (village === null) return;
    const homes = (await placesOf(village)).flatMap(({ properties }) => residentsOf(properties));
    const home = homes.find((one) => one.code === code);
    select({ village, grid: home?.grid ?? null, household: home?.key ?? null }, { move });
  }
  const rings = L.featureGroup();
  for (const { lon, lat, rows } of data.moves) {
    const ring = L.circleMarker([lat, lon], { ...RING, color: accent, ...place }).addTo(rings);
    ring.on("click", () => choose(rows[0][0], "none"));
  }
  rings.addTo(map);
  const leads = new Set(data.new_leads.map(([village, number]) => `${village} ${number}`));
  for (const { properties } of data.grids.features) {
    const name = data.villages.features[properties.village].properties.name;
    if (!properties.label || !leads.has(`${name} ${properties.number}`)) continue;
    const icon = L.divIcon({ className: "lead-mark", html: element("span", {}, say("drafts.mark.lead")), iconSize: [0, 0] });
    L.marker([properties.label[1], properties.label[0]], { icon, interactive: false, keyboard: false }).addTo(map);
  }
  const key = element("div", { class: "legend key" });
  const drawKey = () =>
    key.replaceChildren(
      row(line(colours().ink, BEFORE.weight, BEFORE.dashArray), say("drafts.mark.before")),
      row(dot(RING.radius, "none", colours().accent), say("drafts.mark.household")),
      row(element("span", { class: "mark lead-key" }), say("drafts.mark.new_lead")),
    );
  onColours(drawKey);
  drawKey();
  followColours(map);
  addCorner(map, "topright", key);
  for (const button of allOf("button", "[data-household]")) {
    const code = button.dataset.household ?? "";
    if (moved.has(code)) button.addEventListener("click", () => choose(code, "fit"));
    else button.replaceWith(button.textContent);
  }
  if (data.moves.length) map.fitBounds(rings.getBounds().pad(0.1), { maxZoom: 17, animate: false });
}
