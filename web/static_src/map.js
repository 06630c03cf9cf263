// The single-file map: folium makes the map, this draws on it what the page carries as JSON.
import * as L from "leaflet";
import { dataOf, element } from "./ui/page.js";
import { ruleText } from "./maps/drawing/marks.js";
import { addCarriedContact } from "./maps/contact.js";
import { foldPanel, openTown } from "./maps/open_town.js";
import { carriedLand } from "./maps/ground/carried_land.js";
import { carriedDetails } from "./maps/details.js";
import { addPanel } from "./maps/panel.js";
import { unpacked } from "./maps/places.js";
import { residentsOf } from "./maps/selection.js";
/** @import { Selection } from "./maps/selection.js" */
/** @import { Town } from "./maps/town.js" */
/** @import { TownAnswer, TownMap, Village } from "./wire.js" */

Object.assign(window, { L, gridplan: { open } });

/** @param {L.Map} map */
function open(map) {
  /** @type {TownMap} */ const data = unpacked(/** @type {TownAnswer} */ (dataOf("gridplan-data")));
  const { words } = data;
  document.documentElement.lang = data.lang === "zh" ? "zh-CN" : data.lang;

  const searchPlace = element("div");
  const notice = element("div");
  const lists = element("div", { class: "lists" });
  const chosen = element("div", { id: "chosen", hidden: "" });
  const chosenHead = element("div", { class: "chosen-head", hidden: "" });
  const title = element("h1", {}, data.title ?? "");
  const panel = element("div", { class: "panel", id: "gridplan-panel" }, chosen, lists);
  const button = element("button", { type: "button", class: "fold", "aria-expanded": "false", "aria-controls": "gridplan-panel" }, words.lists);
  const head = element("header", { class: "head" }, title, chosenHead, button);
  document.body.prepend(element("div", { class: "side told" }, head, searchPlace, notice, panel));
  map.invalidateSize({ animate: false });

  const town = openTown(map, data, async (village) => /** @type {Required<TownAnswer>} */ (data).places[village], { searchParent: searchPlace, beneath: async () => (data.ground ? [carriedLand(map, data.ground)] : []) });
  lists.append(exceptions(town), villages(town));
  addPanel(town, carriedDetails(data), { head: chosenHead, body: chosen, overview: [title, lists] });
  foldPanel(button, panel, map);
  if (data.contact) addCarriedContact(town, data.contact);
  keepAddress(town, notice);
}

/** Writes what is chosen into the address of the file, and chooses what an address says. @param {Town} town @param {HTMLElement} notice */
function keepAddress(town, notice) {
  const { map, data } = town;
  const grids = data.grids.features.map(({ properties }) => properties);
  const names = data.villages.features.map(({ properties }) => properties.name);
  const wanted = () => new URLSearchParams(location.hash.slice(1));
  function said() {
    const { village, grid, household } = town.selection;
    const address = new URLSearchParams();
    if (grid !== null) address.set("grid", grids[grid].id);
    else if (village !== null) address.set("village", names[village]);
    if (household !== null) address.set("household", String(household));
    return String(address);
  }
  /** @param {URLSearchParams} address @returns {Promise<Partial<Selection> | null>} */
  async function chosenBy(address) {
    const indexOf = (/** @type {string} */ key, /** @type {string[]} */ known) => (address.has(key) ? known.indexOf(address.get(key) ?? "") : null);
    const grid = indexOf("grid", grids.map(({ id }) => id));
    const village = grid === null ? indexOf("village", names) : (grids[grid]?.village ?? -1);
    const household = address.get("household");
    if (grid === -1 || village === -1 || (household !== null && village === null)) return null;
    const homes = household === null || village === null ? [] : (await town.placesOf(village)).flatMap(({ properties }) => residentsOf(properties));
    return household === null || homes.some(({ key }) => key === household) ? { village, grid, household } : null;
  }
  async function read() {
    const chosen = await chosenBy(wanted());
    await town.select(chosen ?? {}, { animate: false });
    notice.replaceChildren(...(chosen ? [] : [element("p", { class: "notice due", role: "alert" }, data.words.unknown_address)]));
  }
  map.on("gridplan:selected", () => {
    notice.replaceChildren();
    if (said() !== String(wanted())) location.hash = said();
  });
  addEventListener("hashchange", () => said() !== String(wanted()) && read());
  if (location.hash) read();
}

/** Returns a row of a list, all of which is a button. @param {() => void} onclick @param {...HTMLElement} children */
function item(onclick, ...children) {
  return element("li", {}, element("button", { type: "button", class: "item", onclick }, ...children));
}

/** @param {Town} town */
function exceptions({ data, select }) {
  const rows = data.grids.features.flatMap(({ properties: { id, broken } }, index) => {
    const reasons = broken.map((rule) => element("span", { class: "broken" }, ruleText(rule)));
    return broken.length ? item(() => select({ grid: index }), element("span", {}, id, ...reasons)) : [];
  });
  return rows.length ? element("section", {}, element("h2", {}, data.words.exceptions), element("ul", { class: "items" }, ...rows)) : "";
}

/** @param {Town} town */
function villages({ data, format, select }) {
  const { words } = data;
  const all = data.villages.features.map(({ properties }) => properties);
  const figure = (/** @type {string} */ text) => element("span", { class: "figure" }, text);
  const row = (/** @type {string} */ name, /** @type {Village[]} */ counted, /** @type {() => void} */ onclick) => {
    const sum = (/** @type {"grids" | "households"} */ key) => format(counted.reduce((total, village) => total + village[key], 0));
    return item(onclick, element("span", {}, name), figure(sum("grids")), figure(sum("households")));
  };
  const heading = element("h2", { class: "columns" }, element("span", {}, words.villages), figure(words.grids), figure(words.households));
  if (!all.length) return element("section", {}, heading, element("p", { class: "empty" }, words.empty));
  const first = row(words.whole_town, all, () => select({}));
  const rows = all.map((village, index) => row(village.name, [village], () => select({ village: index })));
  return element("section", {}, heading, element("ul", { class: "items" }, first, ...rows));
}
