// The single-file map: folium makes the map, this draws on it what the page carries as JSON.
import * as L from "leaflet";
import { dataOf, element } from "./ui/page.js";
import { foldPanel, openTown } from "./maps/open_town.js";
/** @import { Town } from "./maps/town.js" */
/** @import { TownMap } from "./wire.js" */

Object.assign(window, { L, gridplan: { open } });

/** @param {L.Map} map */
function open(map) {
  /** @type {TownMap} */
  const data = dataOf("gridplan-data");
  const { words } = data;
  document.documentElement.lang = data.lang === "zh" ? "zh-CN" : data.lang;

  const searchPlace = element("div");
  const lists = element("div", { class: "lists" });
  const panel = element("div", { class: "panel", id: "gridplan-panel" }, lists);
  const button = element("button", { type: "button", class: "fold", "aria-expanded": "false", "aria-controls": "gridplan-panel" }, words.lists);
  const head = element("header", { class: "head" }, element("h1", {}, data.title ?? ""), button);
  document.body.prepend(element("div", { class: "side" }, head, searchPlace, panel));
  map.invalidateSize({ animate: false });

  const town = openTown(map, data, searchPlace);
  lists.append(exceptions(town), villages(town));
  foldPanel(button, panel, map);
}

/** @param {Town} town */
function exceptions({ map, data, showGrid }) {
  const broken = data.grids.features.map(({ properties }, index) => ({ ...properties, index })).filter((grid) => grid.broken.length);
  if (!broken.length) return "";
  const row = (/** @type {(typeof broken)[number]} */ grid) =>
    element(
      "li",
      {},
      element(
        "button",
        { type: "button", class: "item", onclick: () => (showGrid(grid.index), map.fire("gridplan:chosen")) },
        element("span", {}, grid.id, ...grid.broken.map((sentence) => element("span", { class: "broken" }, `! ${sentence}`))),
      ),
    );
  return element("section", {}, element("h2", {}, data.words.exceptions), element("ul", { class: "items" }, ...broken.map(row)));
}

/** @param {Town} town */
function villages({ map, data, format, showAll, showVillage }) {
  const { words } = data;
  const sum = (/** @type {"grids" | "households"} */ key) => data.villages.features.reduce((total, { properties }) => total + properties[key], 0);
  const item = (/** @type {string} */ name, /** @type {{ grids: number, households: number }} */ { grids, households }, /** @type {() => void} */ onclick) =>
    element(
      "li",
      {},
      element(
        "button",
        { type: "button", class: "item", onclick },
        element("span", {}, name),
        element("span", { class: "figure" }, format(grids)),
        element("span", { class: "figure" }, format(households)),
      ),
    );
  const all = item(words.whole_town, { grids: sum("grids"), households: sum("households") }, () => (showAll(), map.fire("gridplan:chosen")));
  return element(
    "section",
    {},
    element("h2", { class: "columns" }, element("span", {}, words.villages), element("span", { class: "figure" }, words.grids), element("span", { class: "figure" }, words.households)),
    data.villages.features.length
      ? element("ul", { class: "items" }, all, ...data.villages.features.map(({ properties }, i) => item(properties.name, properties, () => showVillage(i))))
      : element("p", { class: "empty" }, words.empty),
  );
}
