// The legend, which also switches layers on and off: one place says what a mark means and whether it is drawn.
import * as L from "leaflet";
import { element, fill } from "./element.js";
import { TINTS } from "./town.js";

export const NARROW = "(max-width: 760px)";

export function addLegend({ map, data, layers }) {
  const { words } = data;

  const toggle = (layer, text) => {
    const box = element("input", { type: "checkbox", checked: "", onchange: () => (box.checked ? layer.addTo(map) : layer.remove()) });
    return element("label", { class: "switch" }, box, text);
  };
  const row = (mark, text) => element("div", { class: "row" }, element("span", { class: `mark ${mark}` }), element("span", {}, text));
  // Through the style object: the pages' policy refuses style attributes.
  const tints = TINTS.map((tint) => {
    const chip = element("i");
    Object.assign(chip.style, { background: tint.fill, borderColor: tint.line });
    return chip;
  });

  const leftOut = data.households.features.some(({ properties }) => properties.households.some((row) => row[1] === null));
  const flats = data.households.features.some(({ properties }) => properties.households.length > 1);
  const notDrawn = data.grids.features.filter(({ geometry }) => !geometry).length;
  const broken = data.grids.features.some(({ properties }) => properties.broken.length);

  const legend = element(
    "details",
    { class: "legend", open: matchMedia(NARROW).matches ? null : "" },
    element("summary", {}, words.legend),
    toggle(layers.grids, fill(words.sizes, data.bounds)),
    element("div", { class: "row" }, element("span", { class: "mark tints" }, ...tints), element("span", {}, words.tints)),
    broken ? row("broken", words.exception_mark) : null,
    toggle(layers.villages, words.boundary),
    row("boundary", words.boundary_line),
    toggle(layers.households, words.dots),
    row("dot", words.household_dot),
    flats ? row("flats", words.flats_dot) : null,
    leftOut ? row("left-out", words.left_out_dot) : null,
    notDrawn ? element("p", { class: "notice" }, fill(words.not_drawn_count, { n: data.number(notDrawn) })) : null,
    element("p", { class: "notice" }, words.planner_copy),
  );
  const control = L.control({ position: "bottomright" });
  control.onAdd = () => {
    L.DomEvent.disableClickPropagation(legend);
    L.DomEvent.disableScrollPropagation(legend);
    return legend;
  };
  control.addTo(map);
}
