// The legend, which also switches layers on and off: one place says what a mark means and whether it is drawn.
import * as L from "leaflet";
import { CONTACT_VIEWS } from "./contact.js";
import { imageryOfPage, imagerySwitch } from "./ground/imagery.js";
import { allOf, element, fill } from "../ui/page.js";
import { BUILDINGS_ZOOM, RULES, colours, explainedClasses, faded, marksOf, onColours, paintOf } from "./drawing/marks.js";
import { area, chips, dot, letter, line, road } from "./drawing/swatches.js";
/** @import { BrokenRule, ViewClass } from "../wire.js" */
/** @import { BaseLayer, LandKind } from "./ground/basemap.js" */
/** @import { Town } from "./town.js" */

export const NARROW = "(max-width: 760px)";

/** @param {Town} town @param {BaseLayer[]} baseLayers @param {boolean} isFolded @param {HTMLElement | null} first Rows of marks that only this page has. */
export function addLegend(town, baseLayers = [], isFolded = false, first = null) {
  const { map, data, layers } = town;
  const { words } = data;
  const has = marksOf(data);

  const lines = () => element("div", { class: "rows", "aria-live": "polite" });
  const [ofGrids, ofVillages, ofHouseholds, ofHamlets] = [lines(), lines(), lines(), lines()];
  const ofBase = baseLayers.map(lines);
  /** Returns a switch, and below it the lines of what it switches. @param {L.Layer} layer @param {string} text @param {HTMLElement} rows @param {HTMLElement | null} above */
  function section(layer, text, rows, above = null) {
    const box = element("input", { type: "checkbox", checked: "" });
    box.addEventListener("change", () => {
      if (box.checked) layer.addTo(map);
      else layer.remove();
      rows.hidden = !box.checked;
    });
    return [element("label", { class: "switch" }, box, text), ...(above ? [above] : []), rows];
  }
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
  const imagery = (data.imagery ?? imageryOfPage()).map((one) => imagerySwitch(map, one, words, showThrough));
  const legend = element(
    "details",
    { class: "legend", open: isFolded || matchMedia(NARROW).matches ? null : "" },
    element("summary", {}, words.legend),
    first,
    ...section(layers.grids, fill(words.sizes, data.bounds), ofGrids, element("div", {}, choice(town), dayChoice(town))),
    ...(has.boundaries ? section(layers.villages, words.boundary, ofVillages) : []),
    ...(has.households ? section(layers.households, words.dots, ofHouseholds) : []),
    ...(has.hamlets ? section(layers.hamlets, words.hamlets, ofHamlets) : []),
    ...baseLayers.flatMap(({ layer, name }, index) => section(layer, words[name], ofBase[index])),
    ...(imagery.length ? [element("h3", {}, words.imagery), ...imagery] : []),
    has.notDrawn ? element("p", { class: "notice" }, fill(words.not_drawn_count, { n: town.format(has.notDrawn) })) : null,
    element("p", { class: "notice unprinted" }, data.counts_only ? words.counts_only : words.planner_copy),
    ...(data.stamp ?? []).map((text) => element("p", { class: "quiet" }, text)),
  );

  const ruleWords = { large: words.rule_large, small: words.rule_small, pieces: words.rule_pieces };
  const counted = (/** @type {Node} */ mark, /** @type {string} */ text, /** @type {number} */ count, kind = "", /** @type {string | null} */ list = null) => {
    const told = [mark, element("span", {}, text), element("span", { class: "figure" }, town.format(count))];
    return list && count ? element("a", { class: `row counted ${kind}`, href: list, title: words.show_list }, ...told) : element("div", { class: `row counted ${kind}` }, ...told);
  };
  /** @param {ViewClass} viewClass @param {boolean} isFar From where outlines of grids cannot be seen. */
  function classRow(viewClass, isFar) {
    const { mark, text, count, key } = viewClass;
    const rule = !isFar && (mark === "small" || mark === "large") ? mark : null;
    return counted(area(paintOf(0, viewClass), rule), text, count, "class", key && town.view && (town.listOf?.(town.view.key, key) ?? null));
  }
  function ofDots() {
    const { accent, ink, paper } = colours();
    const { village, household } = town.selection;
    return [
      row(dot(3, ink), words.household_dot),
      ...(has.flats ? [row(dot(8, ink, null, "4"), words.flats_dot)] : []),
      ...(has.leftOut ? [row(dot(3.5, paper, ink), words.left_out_dot)] : []),
      ...(village === null ? [] : [row(dot(3, faded({ fill: ink, line: ink }).fill), words.others)]),
      ...(household === null ? [] : [row(dot(6, "none", accent, "", 3), words.chosen)]),
    ];
  }
  /** What the map shows at this distance, and of its layers those that are switched on. */
  function draw() {
    const { accent, broken, ink, land, paper, tints } = colours();
    const { view } = town;
    const { name, dot: radius } = town.distance();
    const isFar = name === "town";
    const ofTints = tints.map((_, tint) => paintOf(tint, undefined));
    const { village, grid } = town.selection;
    const classes = view ? explainedClasses(view) : [];
    const told = classes.map(({ mark }) => mark);
    const rules = /** @type {BrokenRule["mark"][]} */ (Object.keys(RULES)).filter((mark) => !isFar && has.rules[mark] && !told.some((other) => other === mark));
    const about = view && { coverage: words.about_coverage, frequency: words.about_frequency, weeks: words.about_weeks, size: null, lead: null, walk: null }[view.key];
    ofGrids.replaceChildren(
      ...(about ? [element("p", { class: "quiet" }, about)] : []),
      ...(view ? classes.map((viewClass) => classRow(viewClass, isFar)) : [row(chips(ofTints), isFar && !view ? words.village_tints : words.tints)]),
      ...rules.map((mark) => counted(area(null, mark), ruleWords[mark], has.rules[mark])),
      ...(isFar && has.wrong ? [row(letter("!", broken), words.wrong)] : []),
      ...(grid === null ? [] : [row(area({ fill: "none", line: accent }, null, 4), words.chosen)]),
      ...(village === null ? [] : [row(chips((view ? classes.map((viewClass) => paintOf(0, viewClass)) : ofTints).map(faded)), words.others)]),
    );
    ofVillages.replaceChildren(
      row(line(ink, 2.5), words.boundary_line),
      ...(has.unplanned ? [row(line(ink, 2.5, "8 6"), words.unplanned)] : []),
      ...(village === null ? [] : [row(line(accent, 4), words.chosen)]),
    );
    ofHouseholds.replaceChildren(
      ...(radius ? ofDots() : [element("p", { class: "quiet unprinted" }, words.nearer)]),
    );
    ofHamlets.replaceChildren(row(dot(5.5, paper, accent, "", 3), words.hamlet_mark));
    const ofKind = { road: () => road(land), water: () => area({ fill: land.water, line: land.water }), building: () => area({ fill: land.building, line: land.building }) };
    const isDrawn = (/** @type {LandKind} */ kind) => kind !== "building" || Math.round(map.getZoom()) >= BUILDINGS_ZOOM;
    baseLayers.forEach(({ kinds }, index) => ofBase[index].replaceChildren(...kinds.filter(isDrawn).map((kind) => row(ofKind[kind](), words[kind]))));
  }
  map.on("gridplan:colour zoomend", draw);
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

/** The choice of what colours show: what the plan says, and in a line of its own how contact stands. @param {Town} town */
function choice(town) {
  const { data } = town;
  const { words } = data;
  const texts = { size: words.view_size, lead: words.view_lead, walk: words.view_walk, coverage: words.view_coverage, frequency: words.view_frequency, weeks: words.view_weeks };
  const option = (/** @type {string} */ key, /** @type {string} */ text) => {
    const radio = element("input", { type: "radio", name: "colour", value: key, checked: key === (town.view?.key ?? "") ? "" : null, onchange: () => town.colour(key) });
    return element("label", {}, radio, element("span", {}, text));
  };
  const made = element("div", { class: "choices", role: "radiogroup", "aria-label": words.colour_by });
  let offered = "";
  function offer() {
    const keys = data.views.map(({ key }) => key);
    if (offered === keys.join()) return; // whoever is choosing goes on
    offered = keys.join();
    const together = (/** @type {HTMLElement[]} */ options) => (options.length ? [element("div", { class: "choice" }, ...options)] : []);
    const isOfContact = (/** @type {string} */ key) => CONTACT_VIEWS.includes(key);
    const views = keys.filter((key) => !isOfContact(key));
    const ofPlan = views.length ? [option("", words.view_tint), ...views.map((key) => option(key, texts[key]))] : [];
    made.replaceChildren(...together(ofPlan), ...together(keys.filter(isOfContact).map((key) => option(key, texts[key]))));
  }
  offer();
  town.map.on("gridplan:views", offer);
  town.map.on("gridplan:colour", () => {
    for (const radio of allOf("input", "", made)) radio.checked = radio.value === (town.view?.key ?? "");
  });
  return made;
}

/** The choice of the day as of which contact is shown. @param {Town} town */
function dayChoice(town) {
  const { map, data } = town;
  const field = element("input", { type: "date", required: "" });
  const made = element("label", { class: "as-of", hidden: "" }, data.words.as_of, field);
  field.addEventListener("change", () => field.validity.valid && map.fire("gridplan:day", { day: field.value === field.max ? null : field.value }));
  const offer = () => {
    made.hidden = town.day === null;
    if (town.day) Object.assign(field, { min: town.day.first, max: town.day.last, value: town.day.shown });
  };
  map.on("gridplan:contact", offer);
  offer();
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
