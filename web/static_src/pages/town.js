// The map of the town beside its villages, and beside what is chosen of it.
import * as L from "leaflet";
import { ask } from "../ui/request.js";
import { baseLayersOf } from "../maps/ground/basemap.js";
import { addContact } from "../maps/contact.js";
import { askedDetails } from "../maps/details.js";
import { allOf, byId, element, firstOf, say } from "../ui/page.js";
import { foldPanel, openTown } from "../maps/open_town.js";
import { addPanel } from "../maps/panel.js";
import { asker, unpacked } from "../maps/places.js";
import { keepAddress, readQuery } from "../maps/town_address.js";
import { markRow, workRows } from "../ui/rows.js";
import { sortable } from "../ui/sortable.js";
/** @import { Town } from "../maps/town.js" */
/** @import { ContactMap, LiveTownMap, SearchAnswer } from "../wire.js" */

const place = byId("map");
allOf("table", ".sortable").forEach(sortable);
start().catch((problem) => {
  console.error(problem);
  place.replaceChildren(element("p", { class: "empty", role: "alert" }, say("town.failed")));
});

async function start() {
  const map = L.map(place, { preferCanvas: true, zoomControl: false, attributionControl: false, maxZoom: 21, zoomSnap: 0.25 });
  /** @type {LiveTownMap} */ const data = unpacked(await ask(place.dataset.source ?? ""));
  const { day } = readQuery(location.search);
  const early = new Map([[day, askContact(day)]]); // the first outlines wait for nothing else
  early.get(day)?.catch(() => {}); // it is shown further on
  const town = openTown(map, data, asker(place, data), { beneath: () => baseLayersOf(place) });
  const dayShown = () => (town.day && town.day.shown !== town.day.last ? town.day.shown : null);
  town.listOf = (view, key) => `${place.dataset.coverage}/grids?${new URLSearchParams({ [view]: key, ...(dayShown() ? { as_of: String(dayShown()) } : {}) })}`;
  const showDay = addContact(town, (wanted) => {
    const asked = early.get(wanted) ?? askContact(wanted);
    early.clear();
    return asked;
  });
  const details = askedDetails(data, dayShown);
  addPanel(town, details, { head: byId("chosen-head"), body: byId("chosen"), overview: allOf("div", ".overview") });
  foldPanel(firstOf("button", ".fold"), byId("panel"), map);
  listVillages(town, data);
  const { read, follow } = keepAddress(town, data, details.ofHousehold, byId("address-notice"), showDay);
  addEventListener("gridplan:found", (found) => {
    const { detail: answer } = /** @type {CustomEvent<SearchAnswer>} */ (found);
    if (!answer.on_map) return;
    found.preventDefault();
    const leave = () => location.assign(answer.href);
    follow(answer.on_map).then((isHere) => isHere || leave(), leave);
  });
  await read();
  place.dataset.ready = "true";
}

/** Returns how far contact reaches as of a day, null for today. @param {string | null} day @returns {Promise<ContactMap>} */
function askContact(day) {
  return ask(`${place.dataset.contact}${day === null ? "" : `&as_of=${encodeURIComponent(day)}`}`);
}

/** The table of villages and the map show the same. @param {Town} town @param {LiveTownMap} data */
function listVillages({ map, select, point }, data) {
  const indexOf = new Map(data.villages.features.map(({ properties }, index) => [String(properties.id), index]));
  const table = byId("villages");
  for (const button of allOf("button", "[data-village]", table)) {
    const village = indexOf.get(button.dataset.village ?? "");
    if (village === undefined) continue;
    button.addEventListener("click", () => select({ village }));
    button.closest("tr")?.setAttribute("data-key", `village:${village}`);
  }
  workRows(table, (key) => point({ village: key === null ? null : Number(key.split(":")[1]) }));
  map.on("gridplan:pointed", ({ selection: { village } }) => markRow(table, `village:${village}`, "pointed"));
}
