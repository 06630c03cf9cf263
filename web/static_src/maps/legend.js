// The legend, which also switches layers on and off: one place says what a mark means and whether it is drawn.
import * as L from "leaflet";
import { allOf, element, fill, firstOf } from "../ui/page.js";
import { RAMP, RAMP_LINE, TINTS, explainedClasses, marksOf } from "./marks.js";
/** @import { View, ViewClass } from "../wire.js" */
/** @import { BaseLayer } from "./basemap.js" */
/** @import { Town } from "./town.js" */

export const NARROW = "(max-width: 760px)";

/** @param {Town} town @param {BaseLayer[]} baseLayers */
export function addLegend(town, baseLayers = []) {
  const { map, data, layers } = town;
  const { words } = data;
  const has = marksOf(data);

  const toggle = (/** @type {L.Layer} */ layer, /** @type {string} */ text, /** @type {string | null} */ kind = null) => {
    const box = element("input", { type: "checkbox", class: kind, checked: "" });
    box.addEventListener("change", () => (box.checked ? layer.addTo(map) : layer.remove()));
    return element("label", { class: "switch" }, box, text);
  };
  const beneath = baseLayers.map(({ layer, name }) => toggle(layer, words[name], "base-layer"));
  const veil = () => town.veil(allOf("input", ".base-layer").some(({ checked }) => checked));
  beneath.forEach((label) => label.addEventListener("change", veil));
  baseLayers.forEach(({ layer }) => layer.addTo(map));
  if (baseLayers.length) town.veil(true);
  // Through the style object: the pages' policy refuses style attributes.
  const tints = TINTS.map((tint) => {
    const chip = element("i");
    Object.assign(chip.style, { background: tint.fill, borderColor: tint.line });
    return chip;
  });

  const byTint = element("div", { class: "row" }, element("span", { class: "mark tints" }, ...tints), element("span", {}, words.tints));
  const legend = element(
    "details",
    { class: "legend", open: matchMedia(NARROW).matches ? null : "" },
    element("summary", {}, words.legend),
    toggle(layers.grids, fill(words.sizes, data.bounds)),
    ...(data.views ? colours(town, data.views, byTint) : [byTint]),
    has.broken ? row("broken", words.exception_mark) : null,
    toggle(layers.villages, words.boundary),
    row("boundary", words.boundary_line),
    has.unplanned ? row("unplanned", words.unplanned) : null,
    has.households ? toggle(layers.households, words.dots) : null,
    has.households ? row("dot", words.household_dot) : null,
    has.flats ? row("flats", words.flats_dot) : null,
    has.leftOut ? row("left-out", words.left_out_dot) : null,
    ...beneath,
    has.notDrawn ? element("p", { class: "notice" }, fill(words.not_drawn_count, { n: town.format(has.notDrawn) })) : null,
    element("p", { class: "notice unprinted" }, data.counts_only ? words.counts_only : words.planner_copy),
  );
  L.DomEvent.disableClickPropagation(legend);
  L.DomEvent.disableScrollPropagation(legend);
  addCorner(map, "bottomright", legend);
}

/** Returns a line of a legend. @param {string} mark @param {string} text */
export function row(mark, text) {
  return element("div", { class: "row" }, element("span", { class: `mark ${mark}` }), element("span", {}, text));
}

/** @param {L.Map} map @param {L.ControlPosition} position @param {HTMLElement} content */
export function addCorner(map, position, content) {
  const control = new L.Control({ position });
  control.onAdd = () => content;
  control.addTo(map);
}

/** The choice of colours, and what they mean. @param {Town} town @param {View[]} views @param {HTMLElement} byTint */
function colours(town, views, byTint) {
  const { words } = town.data;
  const option = (/** @type {string} */ key, /** @type {string} */ text) => {
    const radio = element("input", { type: "radio", name: "colour", value: key, checked: key ? null : "", onchange: () => town.colour(key) });
    return element("label", {}, radio, element("span", {}, text));
  };
  const options = [option("", words.view_tint), ...views.map(({ key }) => option(key, words[`view_${key}`]))];
  const choice = element("div", { class: "choice", role: "radiogroup", "aria-label": words.colour_by }, ...options);
  const meaning = element("div", { class: "meaning", "aria-live": "polite" }, byTint);
  const line = (/** @type {ViewClass} */ { mark, step, text, count }) => {
    const chip = element("span", { class: `mark chip ${mark}` });
    const background = mark === "ramp" ? RAMP[step] : mark === "plain" ? TINTS[0].fill : null;
    if (background) Object.assign(chip.style, { background, borderColor: RAMP_LINE });
    return element("div", { class: "row counted" }, chip, element("span", {}, text), element("span", { class: "figure" }, town.format(count)));
  };
  town.map.on("gridplan:colour", ({ view }) => {
    firstOf("input", `[value="${view?.key ?? ""}"]`, choice).checked = true;
    meaning.replaceChildren(...(view ? explainedClasses(view).map(line) : [byTint]));
  });
  return [choice, meaning];
}
