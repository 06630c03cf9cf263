// Two plans on one map: the outlines of the earlier one dashed, households that change grid ringed, new leads marked.
import * as L from "leaflet";
import { openDraft } from "../maps/draft_map.js";
import { ACCENT, INK, PAPER } from "../maps/palette.js";
import { element } from "../ui/element.js";
import { allOf } from "../ui/page.js";
import { say } from "../ui/words.js";

const BEFORE = { color: INK, weight: 1.5, dashArray: "2 5", fill: false, interactive: false };
const RING = { radius: 7, color: ACCENT, weight: 2.5, fillColor: PAPER, fillOpacity: 0.01 };

openDraft().then((town) => town && drawChanges(town.map, /** @type {import("../wire.js").ComparedMap} */ (town.data)));

/**
 * @param {L.Map} map
 * @param {import("../wire.js").ComparedMap} data
 */
function drawChanges(map, data) {
  map.createPane("gridplan-marks").style.zIndex = "460";
  const renderer = L.canvas({ pane: "gridplan-marks", padding: 0.3, tolerance: L.Browser.mobile ? 8 : 2 });
  const style = { renderer, pane: "gridplan-marks" };
  data.before.forEach((shape) => L.geoJSON(shape, { style: { ...BEFORE, ...style } }).addTo(map));
  /** @type {Map<string, L.CircleMarker>} */
  const ringOf = new Map();
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
  addKey(map);
  for (const button of allOf("button", "[data-household]")) {
    const ring = ringOf.get(button.dataset.household ?? "");
    if (ring) button.addEventListener("click", () => (map.setView(ring.getLatLng(), 18), ring.openPopup()));
    else button.replaceWith(button.textContent);
  }
  const rings = L.featureGroup([...ringOf.values()]);
  if (ringOf.size) map.fitBounds(rings.getBounds().pad(0.1), { maxZoom: 17, animate: false });
}

/** @param {import("../wire.js").Moves["rows"]} rows */
function movePopup(rows) {
  const line = (/** @type {import("../wire.js").Moves["rows"][number]} */ [code, name, before, after]) =>
    element("p", {}, element("strong", {}, name ?? code), ` ${say("drafts.mark.move", { before: before ?? "–", after: after ?? "–" })}`);
  return element("div", { class: "popup households" }, ...rows.map(line));
}

/** @param {L.Map} map */
function addKey(map) {
  const row = (/** @type {string} */ kind, /** @type {string} */ text) => element("div", { class: "row" }, element("span", { class: `mark ${kind}` }), element("span", {}, text));
  const key = new L.Control({ position: "topright" });
  key.onAdd = () =>
    element("div", { class: "legend key" }, row("dashed", say("drafts.mark.before")), row("ring", say("drafts.mark.household")), row("lead-key", say("drafts.mark.new_lead")));
  key.addTo(map);
}
