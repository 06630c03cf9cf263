// The map of the town beside its villages, and beside what is chosen of it.
import * as L from "leaflet";
import { ask } from "../ui/request.js";
import { baseLayersOf } from "../maps/ground/basemap.js";
import { CONTACT_VIEWS, addContactViews, sayContact } from "../maps/contact.js";
import { askedDetails } from "../maps/details.js";
import { allOf, byId, element, firstOf, say } from "../ui/page.js";
import { foldPanel, openTown } from "../maps/open_town.js";
import { addPanel } from "../maps/panel.js";
import { asker, unpacked } from "../maps/places.js";
import { keepAddress } from "../maps/town_address.js";
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
  const asked = askContact(); // the first outlines wait for nothing else
  const town = openTown(map, data, asker(place, data), { beneath: () => baseLayersOf(place) });
  const details = askedDetails(data);
  addPanel(town, details, { head: byId("chosen-head"), body: byId("chosen"), overview: allOf("div", ".overview") });
  foldPanel(firstOf("button", ".fold"), byId("panel"), map);
  listVillages(town, data);
  const { read, follow } = keepAddress(town, data, details.ofHousehold, byId("address-notice"));
  addEventListener("gridplan:found", (found) => {
    const { detail: answer } = /** @type {CustomEvent<SearchAnswer>} */ (found);
    if (!answer.on_map) return;
    found.preventDefault();
    const leave = () => location.assign(answer.href);
    follow(answer.on_map).then((isHere) => isHere || leave(), leave);
  });
  const shown = asked.then((contact) => {
    if (!contact) return;
    addContactViews(town, contact);
    sayContact(town, contact);
  });
  if (CONTACT_VIEWS.includes(new URLSearchParams(location.search).get("view") ?? "")) await shown;
  await read();
  place.dataset.ready = "true";
}

/** Returns how far contact reaches; a map without it still does its work. @returns {Promise<ContactMap | null>} */
async function askContact() {
  try {
    return await ask(place.dataset.contact ?? "");
  } catch (problem) {
    console.error(problem);
    return null;
  }
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
