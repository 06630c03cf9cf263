// The legend, which also switches layers on and off: one place says what a mark means and whether it is drawn.
import * as L from "leaflet";
import { element, fill } from "../ui/element.js";
import { RAMP, RAMP_LINE, TINTS } from "./palette.js";

export const NARROW = "(max-width: 760px)";

export function addLegend(town, grounds = []) {
  const { map, data, layers } = town;
  const { words } = data;

  const toggle = (layer, text) => {
    const box = element("input", { type: "checkbox", checked: "", onchange: () => (box.checked ? layer.addTo(map) : layer.remove()) });
    return element("label", { class: "switch" }, box, text);
  };
  const keyRow = (mark, text) => element("div", { class: "row" }, element("span", { class: `mark ${mark}` }), element("span", {}, text));
  // Through the style object: the pages' policy refuses style attributes.
  const tints = TINTS.map((tint) => {
    const chip = element("i");
    Object.assign(chip.style, { background: tint.fill, borderColor: tint.line });
    return chip;
  });

  const byTint = element("div", { class: "row" }, element("span", { class: "mark tints" }, ...tints), element("span", {}, words.tints));
  const households = data.households.features.length > 0;
  const unplanned = data.villages.features.some(({ properties }) => properties.planned === false);
  const leftOut = data.households.features.some(({ properties }) => properties.households.some((row) => row[1] === null));
  const flats = data.households.features.some(({ properties }) => properties.households.length > 1);
  const notDrawn = data.grids.features.filter(({ geometry }) => !geometry).length;
  const broken = data.grids.features.some(({ properties }) => properties.broken.length);

  const legend = element(
    "details",
    { class: "legend", open: matchMedia(NARROW).matches ? null : "" },
    element("summary", {}, words.legend),
    toggle(layers.grids, fill(words.sizes, data.bounds)),
    ...(data.views ? colours(town, byTint) : [byTint]),
    broken ? keyRow("broken", words.exception_mark) : null,
    toggle(layers.villages, words.boundary),
    keyRow("boundary", words.boundary_line),
    unplanned ? keyRow("unplanned", words.unplanned) : null,
    households ? toggle(layers.households, words.dots) : null,
    households ? keyRow("dot", words.household_dot) : null,
    flats ? keyRow("flats", words.flats_dot) : null,
    leftOut ? keyRow("left-out", words.left_out_dot) : null,
    ...grounds.map(({ layer, name }) => ground(town, layer, words[name])),
    notDrawn ? element("p", { class: "notice" }, fill(words.not_drawn_count, { n: data.number(notDrawn) })) : null,
    element("p", { class: "notice" }, data.counts_only ? words.counts_only : words.planner_copy),
  );
  const control = L.control({ position: "bottomright" });
  control.onAdd = () => {
    L.DomEvent.disableClickPropagation(legend);
    L.DomEvent.disableScrollPropagation(legend);
    return legend;
  };
  control.addTo(map);
}

/** Returns the choice of what the colours mean, and what they mean now. */
function colours(town, byTint) {
  const { map, data } = town;
  const { words } = data;
  const option = ([key, text]) => {
    const radio = element("input", { type: "radio", name: "colour", value: key, checked: key ? null : "", onchange: () => town.colour(key) });
    return element("label", {}, radio, element("span", {}, text));
  };
  const keys = [["", words.view_tint], ...data.views.map(({ key }) => [key, words[`view_${key}`]])];
  const choice = element("div", { class: "choice", role: "radiogroup", "aria-label": words.colour_by }, ...keys.map(option));
  const meaning = element("div", { class: "meaning", "aria-live": "polite" }, byTint);
  const line = ({ mark, step, text, count }) => {
    const chip = element("span", { class: `mark chip ${mark}` });
    const background = mark === "ramp" ? RAMP[step] : mark === "plain" ? TINTS[0].fill : null;
    if (background) Object.assign(chip.style, { background, borderColor: RAMP_LINE });
    return element("div", { class: "row counted" }, chip, element("span", {}, text), element("span", { class: "figure" }, data.number(count)));
  };
  map.on("gridplan:colour", ({ view }) => {
    choice.querySelector(`[value="${view?.key ?? ""}"]`).checked = true;
    const classes = view?.classes.filter(({ mark, count }) => count || mark === "ramp" || mark === "plain");
    meaning.replaceChildren(...(view ? classes.map(line) : [byTint]));
  });
  return [choice, meaning];
}

/** Returns a switch for a layer beneath the town. */
function ground(town, layer, text) {
  const set = () => {
    if (box.checked) layer.addTo(town.map);
    else layer.remove();
    town.onGround([...document.querySelectorAll(".legend .ground")].some(({ checked }) => checked));
  };
  const box = element("input", { type: "checkbox", class: "ground", checked: "", onchange: set });
  layer.addTo(town.map);
  town.onGround(true);
  return element("label", { class: "switch" }, box, text);
}
