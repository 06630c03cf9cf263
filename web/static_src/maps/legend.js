// The legend, which also switches layers on and off: one place says what a mark means and whether it is drawn.
import * as L from "leaflet";
import { imageryOfPage, imagerySwitch } from "./imagery.js";
import { element, fill, firstOf } from "../ui/page.js";
import { RULES, colours, explainedClasses, faded, marksOf, onColours, paintOf } from "./marks.js";
import { area, chips, dot, line, road } from "./swatches.js";
/** @import { BrokenRule, View, ViewClass } from "../wire.js" */
/** @import { BaseLayer } from "./basemap.js" */
/** @import { Town } from "./town.js" */

export const NARROW = "(max-width: 760px)";

/** @param {Town} town @param {BaseLayer[]} baseLayers */
export function addLegend(town, baseLayers = []) {
  const { map, data, layers } = town;
  const { words } = data;
  const has = marksOf(data);
  /** @type {View | null} */ let view = null;

  const toggle = (/** @type {L.Layer} */ layer, /** @type {string} */ text) => {
    const box = element("input", { type: "checkbox", checked: "" });
    box.addEventListener("change", () => (box.checked ? layer.addTo(map) : layer.remove()));
    return element("label", { class: "switch" }, box, text);
  };
  const beneath = baseLayers.map(({ layer, name }) => toggle(layer, words[name]));
  // Pictures of the ground are seen between the edges of grids; roads and water lie on the colours.
  /** @type {L.Layer[]} */ const pictures = [];
  const showThrough = (/** @type {L.Layer} */ layer) => {
    pictures.push(layer);
    layer.on("add remove", () => town.band(pictures.some((one) => map.hasLayer(one))));
  };
  baseLayers.forEach(({ layer, name }) => {
    if (name === "tiles") showThrough(layer);
    layer.addTo(map);
  });
  const imagery = imageryOfPage().map((one) => imagerySwitch(map, one, words, showThrough));

  const ofGrids = element("div", { class: "rows", "aria-live": "polite" });
  const ofVillages = element("div", { class: "rows" });
  const ofHouseholds = element("div", { class: "rows" });
  const ofHamlets = element("div", { class: "rows" });
  const ofLand = element("div", { class: "rows" });
  const legend = element(
    "details",
    { class: "legend", open: matchMedia(NARROW).matches ? null : "" },
    element("summary", {}, words.legend),
    toggle(layers.grids, fill(words.sizes, data.bounds)),
    data.views ? choice(town, data.views) : null,
    ofGrids,
    toggle(layers.villages, words.boundary),
    ofVillages,
    ...(has.households ? [toggle(layers.households, words.dots), ofHouseholds] : []),
    ...(has.hamlets ? [toggle(layers.hamlets, words.hamlets), ofHamlets] : []),
    ...(baseLayers.length ? [...beneath, ofLand] : []),
    ...(imagery.length ? [element("h3", {}, words.imagery), ...imagery] : []),
    has.notDrawn ? element("p", { class: "notice" }, fill(words.not_drawn_count, { n: town.format(has.notDrawn) })) : null,
    element("p", { class: "notice unprinted" }, data.counts_only ? words.counts_only : words.planner_copy),
  );

  const ruleWords = { large: words.rule_large, small: words.rule_small, pieces: words.rule_pieces };
  const counted = (/** @type {Node} */ mark, /** @type {string} */ text, /** @type {number} */ count, kind = "") =>
    element("div", { class: `row counted ${kind}` }, mark, element("span", {}, text), element("span", { class: "figure" }, town.format(count)));
  /** @param {ViewClass} viewClass */
  function classRow(viewClass) {
    const { mark, text, count } = viewClass;
    const rule = mark === "small" || mark === "large" ? mark : null;
    return counted(area(paintOf(0, viewClass), rule), text, count, "class");
  }
  function draw() {
    const { accent, ink, land, paper, tints } = colours();
    const ofTints = tints.map((_, tint) => paintOf(tint, undefined));
    const { village, grid, household } = town.selection;
    const classes = view ? explainedClasses(view) : [];
    const told = classes.map(({ mark }) => mark);
    const rules = /** @type {BrokenRule["mark"][]} */ (Object.keys(RULES)).filter((mark) => has.rules[mark] && !told.some((other) => other === mark));
    ofGrids.replaceChildren(
      ...(view ? classes.map(classRow) : [row(chips(ofTints), words.tints)]),
      ...rules.map((mark) => counted(area(null, mark), ruleWords[mark], has.rules[mark])),
      ...(grid === null ? [] : [row(area({ fill: "none", line: accent }, null, 4), words.chosen)]),
      ...(village === null ? [] : [row(chips((view ? classes.map((viewClass) => paintOf(0, viewClass)) : ofTints).map(faded)), words.others)]),
    );
    ofVillages.replaceChildren(
      row(line(ink, 2.5), words.boundary_line),
      ...(has.unplanned ? [row(line(ink, 2.5, "8 6"), words.unplanned)] : []),
      ...(village === null ? [] : [row(line(accent, 4), words.chosen)]),
    );
    ofHouseholds.replaceChildren(
      row(dot(3, ink), words.household_dot),
      ...(has.flats ? [row(dot(8, ink, null, "4"), words.flats_dot)] : []),
      ...(has.leftOut ? [row(dot(3.5, paper, ink), words.left_out_dot)] : []),
      ...(household === null ? [] : [row(dot(6, "none", accent, "", 3), words.chosen)]),
    );
    ofHamlets.replaceChildren(row(dot(5.5, paper, accent, "", 3), words.hamlet_mark));
    const ofKind = { road: () => road(land), water: () => area({ fill: land.water, line: land.water }), building: () => area({ fill: land.building, line: land.building }) };
    ofLand.replaceChildren(...baseLayers.flatMap(({ kinds }) => kinds.map((kind) => row(ofKind[kind](), words[kind]))));
  }
  map.on("gridplan:colour", (shown) => {
    view = shown.view;
    draw();
  });
  map.on("gridplan:selected", () => {
    draw();
    if (matchMedia(NARROW).matches) legend.open = false; // it would lie on what is chosen
  });
  onColours(draw);
  draw();

  L.DomEvent.disableClickPropagation(legend);
  L.DomEvent.disableScrollPropagation(legend);
  map.getContainer().append(legend);
  // On a phone the legend is a sheet from below, on which the scale stands.
  new ResizeObserver(([{ target }]) => map.getContainer().style.setProperty("--legend", `${/** @type {HTMLElement} */ (target).offsetHeight}px`)).observe(legend);
}

/** The choice of what colours show. @param {Town} town @param {View[]} views */
function choice(town, views) {
  const { words } = town.data;
  const option = (/** @type {string} */ key, /** @type {string} */ text) => {
    const radio = element("input", { type: "radio", name: "colour", value: key, checked: key ? null : "", onchange: () => town.colour(key) });
    return element("label", {}, radio, element("span", {}, text));
  };
  const options = [option("", words.view_tint), ...views.map(({ key }) => option(key, words[`view_${key}`]))];
  const made = element("div", { class: "choice", role: "radiogroup", "aria-label": words.colour_by }, ...options);
  town.map.on("gridplan:colour", ({ view }) => (firstOf("input", `[value="${view?.key ?? ""}"]`, made).checked = true));
  return made;
}

/** Returns a line of a legend. @param {Node} mark @param {string} text */
export function row(mark, text) {
  return element("div", { class: "row" }, mark, element("span", {}, text));
}

/** @param {L.Map} map @param {L.ControlPosition} position @param {HTMLElement} content */
export function addCorner(map, position, content) {
  const control = new L.Control({ position });
  control.onAdd = () => content;
  control.addTo(map);
}
