// The single-file map: folium makes the map, this draws on it what the page carries as JSON.
import * as L from "leaflet";
import { dataOf, element } from "./ui/page.js";
import { ruleText } from "./maps/drawing/marks.js";
import { foldPanel, openTown } from "./maps/open_town.js";
import { carriedDetails } from "./maps/details.js";
import { addPanel } from "./maps/panel.js";
import { unpacked } from "./maps/places.js";
/** @import { Town } from "./maps/town.js" */
/** @import { TownAnswer, TownMap, Village } from "./wire.js" */

Object.assign(window, { L, gridplan: { open } });

/** @param {L.Map} map */
function open(map) {
  /** @type {TownMap} */ const data = unpacked(/** @type {TownAnswer} */ (dataOf("gridplan-data")));
  const { words } = data;
  document.documentElement.lang = data.lang === "zh" ? "zh-CN" : data.lang;

  const searchPlace = element("div");
  const lists = element("div", { class: "lists" });
  const chosen = element("div", { id: "chosen", hidden: "" });
  const chosenHead = element("div", { class: "chosen-head", hidden: "" });
  const title = element("h1", {}, data.title ?? "");
  const panel = element("div", { class: "panel", id: "gridplan-panel" }, chosen, lists);
  const button = element("button", { type: "button", class: "fold", "aria-expanded": "false", "aria-controls": "gridplan-panel" }, words.lists);
  const head = element("header", { class: "head" }, title, chosenHead, button);
  document.body.prepend(element("div", { class: "side told" }, head, searchPlace, panel));
  map.invalidateSize({ animate: false });

  const town = openTown(map, data, async (village) => /** @type {Required<TownAnswer>} */ (data).places[village], { searchParent: searchPlace });
  lists.append(exceptions(town), villages(town));
  addPanel(town, carriedDetails(data), { head: chosenHead, body: chosen, overview: [title, lists] });
  foldPanel(button, panel, map);
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
