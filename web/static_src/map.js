// The single-file map: folium makes the map, this draws on it what the page carries as JSON.
import * as L from "leaflet";
import { element } from "./ui/element.js";
import { foldPanel, openTown } from "./maps/open_town.js";

window.L = L;
window.gridplan = { open };

function open(map) {
  const data = JSON.parse(document.getElementById("gridplan-data").textContent);
  const { words } = data;
  document.documentElement.lang = data.lang === "zh" ? "zh-CN" : data.lang;

  const searchPlace = element("div");
  const lists = element("div", { class: "lists" });
  const panel = element("div", { class: "panel", id: "gridplan-panel" }, lists);
  const button = element("button", { type: "button", class: "fold", "aria-expanded": "false", "aria-controls": "gridplan-panel" }, words.lists);
  const head = element("header", { class: "head" }, element("h1", {}, data.title), button);
  document.body.prepend(element("div", { class: "side" }, head, searchPlace, panel));
  map.invalidateSize({ animate: false });

  const town = openTown(map, data, searchPlace);
  lists.append(exceptions(town), villages(town));
  foldPanel(button, panel, map);
}

function exceptions({ map, data, showGrid }) {
  const broken = data.grids.features.map(({ properties }, index) => ({ ...properties, index })).filter((grid) => grid.broken.length);
  if (!broken.length) return "";
  const row = (grid) =>
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

function villages({ map, data, showAll, showVillage }) {
  const { words, number } = data;
  const sum = (key) => data.villages.features.reduce((total, { properties }) => total + properties[key], 0);
  const item = (name, { grids, households }, go) =>
    element(
      "li",
      {},
      element(
        "button",
        { type: "button", class: "item", onclick: go },
        element("span", {}, name),
        element("span", { class: "figure" }, number(grids)),
        element("span", { class: "figure" }, number(households)),
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
