// A draft beside its map: villages in the table and on the map are one selection. Beside an earlier plan its outlines are
// dashed, households that change grid are ringed and new leads are marked.
import * as L from "leaflet";
import { baseLayersOf } from "../maps/ground/basemap.js";
import { colours, followColours, onColours } from "../maps/drawing/marks.js";
import { askedDetails } from "../maps/details.js";
import { row } from "../maps/legend.js";
import { foldPanel, openTown } from "../maps/open_town.js";
import { addPanel } from "../maps/panel.js";
import { asker, unpacked } from "../maps/places.js";
import { keepAddress } from "../maps/town_address.js";
import { residentsOf } from "../maps/selection.js";
import { dot, line } from "../maps/drawing/swatches.js";
import { allOf, byId, element, firstOf, say } from "../ui/page.js";
import { ask } from "../ui/request.js";
import { sortable } from "../ui/sortable.js";
/** @import { Distance } from "../maps/drawing/marks.js" */
/** @import { Town } from "../maps/town.js" */
/** @import { ComparedMap, LiveTownMap } from "../wire.js" */

const BEFORE = { weight: 1.5, dashArray: "2 5", fill: false };
/** Around households that change grid: from afar only where they are. @type {Record<Distance["name"], L.CircleMarkerOptions>} */
const RINGS = {
  town: { radius: 1.5, weight: 1, fillOpacity: 1 },
  village: { radius: 3.5, weight: 1.5, fillOpacity: 0 },
  hamlet: { radius: 6, weight: 2, fillOpacity: 0 },
  doors: { radius: 8, weight: 2.5, fillOpacity: 0 },
};

openDraft();

async function openDraft() {
  const place = byId("map");
  allOf("table", ".sortable").forEach(sortable);
  try {
    const map = L.map(place, { preferCanvas: true, zoomControl: false, attributionControl: false, maxZoom: 21, zoomSnap: 0.25 });
    /** @type {LiveTownMap | ComparedMap} */ const data = unpacked(await ask(place.dataset.source ?? ""));
    const town = openTown(map, data, asker(place, data), { searchParent: byId("search"), beneath: () => baseLayersOf(place), key: "moves" in data ? keyOf(data) : null });
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

/** Returns what explains the changes that there are. @param {ComparedMap} data */
function keyOf({ before, moves, new_leads: leads }) {
  const key = element("div", { class: "rows changes" });
  const draw = () =>
    key.replaceChildren(
      ...(before.length ? [row(line(colours().ink, BEFORE.weight, BEFORE.dashArray), say("drafts.mark.before"))] : []),
      ...(moves.length ? [row(dot(7, "none", colours().accent), say("drafts.mark.household"))] : []),
      ...(leads.length ? [row(element("span", { class: "mark lead-key" }), say("drafts.mark.new_lead"))] : []),
    );
  onColours(draw);
  draw();
  return key;
}

/** @param {Town} town @param {ComparedMap} data */
function drawChanges({ map, select, show, distance, placesOf }, data) {
  map.createPane("gridplan-changes").style.zIndex = "300"; // beneath lines and names
  const place = { renderer: L.canvas({ pane: "gridplan-changes", padding: 0.3 }), pane: "gridplan-changes", interactive: false };
  const { accent, ink } = colours();
  data.before.forEach((shape) => L.geoJSON(shape, { style: { ...BEFORE, color: ink, ...place } }).addTo(map));
  const rings = L.featureGroup(data.moves.map(({ lon, lat }) => L.circleMarker([lat, lon], { color: accent, fillColor: accent, ...place }))).addTo(map);
  const leads = new Set(data.new_leads.map(([village, number]) => `${village} ${number}`));
  for (const { properties } of data.grids.features) {
    const name = data.villages.features[properties.village].properties.name;
    if (!properties.label || !leads.has(`${name} ${properties.number}`)) continue;
    const icon = L.divIcon({ className: "lead-mark", html: element("span", {}, say("drafts.mark.lead")), iconSize: [0, 0] });
    L.marker([properties.label[1], properties.label[0]], { icon, interactive: false, keyboard: false }).addTo(map);
  }
  const resize = () => {
    const { name } = distance();
    rings.setStyle(RINGS[name]);
    map.getContainer().classList.toggle("apart", name === "hamlet" || name === "doors");
  };
  map.on("zoomend", resize);
  resize();
  followColours(map);
  const villageOf = new Map(data.villages.features.map(({ properties }, index) => [properties.name, index]));
  const moved = new Map(data.moves.flatMap(({ village, rows }) => rows.map(([code]) => [code, villageOf.get(village) ?? null])));
  for (const button of allOf("button", "[data-household]")) {
    const code = button.dataset.household ?? "";
    const village = moved.get(code) ?? null;
    if (village === null) button.replaceWith(button.textContent);
    else button.addEventListener("click", () => choose(village, code));
  }
  /** Chooses a household that changes grid. @param {number} village @param {string} code */
  async function choose(village, code) {
    const homes = (await placesOf(village)).flatMap(({ properties }) => residentsOf(properties));
    const home = homes.find((one) => one.code === code);
    select({ village, grid: home?.grid ?? null, household: home?.key ?? null });
  }
  if (data.moves.length) show(rings.getBounds());
}
