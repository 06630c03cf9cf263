// The map on which a draft is redrawn: what is drawn of it, where it goes, and what a click or a drop means.
import * as L from "leaflet";
import { addCorner, row } from "../maps/legend.js";
import { drawLand, openMap } from "../maps/ground/map_background.js";
import { imageryOfPage, imagerySwitch } from "../maps/ground/imagery.js";
import { addPrinting, titleOfPage } from "../maps/print.js";
import { readQuery } from "../maps/town_address.js";
import { RULES, colours, onColours } from "../maps/drawing/marks.js";
import { around, Plane, shapeOf } from "../maps/drawing/shapes.js";
import { area, chips, dot, letter, line } from "../maps/drawing/swatches.js";
import { element, say, wordsOf } from "../ui/page.js";
import { ask } from "../ui/request.js";
import { Gestures, Tip } from "./gestures.js";
import { Outlines } from "./outlines.js";
import { Painting, emptyHand } from "./paint.js";
import { beyond, extentOf, spotsOf } from "./tools.js";
/** @import { Box } from "../maps/drawing/shapes.js" */
/** @import { BrokenRule, MapBackground, RedrawDrawing } from "../wire.js" */
/** @import { Click, Tool } from "./gestures.js" */
/** @import { Keys } from "./keys.js" */
/** @import { Redraw } from "./state.js" */
/** @import { Spot } from "./tools.js" */

const TOOLS = /** @type {const} */ ({ click: ["V", "redraw.tool.click"], rectangle: ["X", "redraw.tool.rectangle"], lasso: ["O", "redraw.tool.lasso"], brush: ["W", "redraw.tool.brush"] });
const NEAREST_ZOOM = 19;
const EXACT_AFTER_MS = 200;
/** The address of the page follows the map once it rests: a browser takes few changes of it a second. */
const ADDRESS_AFTER_MS = 250;
const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** Puts a draft on the map of its page. @param {HTMLElement} place @param {Redraw} redraw */
export class RedrawMap {
  hand = emptyHand();
  /** @type {Spot[]} */ #spots;
  /** @type {L.Popup | null} */ #list = null;

  /** @param {HTMLElement} place @param {Redraw} redraw */
  constructor(place, redraw) {
    this.place = place;
    this.redraw = redraw;
    this.map = openMap(place);
    this.map.doubleClickZoom.disable();
    this.map.boxZoom.disable();
    const homes = [...redraw.households.values()];
    const first = homes.find(({ lon, lat }) => lon !== null && lat !== null);
    this.plane = new Plane(first?.lon ?? 0, first?.lat ?? 0);
    this.#spots = spotsOf(homes, this.plane);
    this.boundary = redraw.plan.boundary && shapeOf(redraw.plan.boundary, this.plane);
    this.outlines = new Outlines(this.plane);
    this.outlines.take(redraw.grids.values(), { isRough: !redraw.plan.is_exact });
    this.extent = extentOf(this.#spots, this.boundary?.box ?? null);
    this.map.setView(this.extent ? this.plane.bounds(this.extent).getCenter() : [35, 105], 15, { animate: false });
    this.painting = new Painting(this.map, redraw, this.outlines, { hand: this.hand, spots: () => this.#spots, boundary: this.boundary });
    this.tip = new Tip(place);
    this.gestures = new Gestures({ map: this.map, redraw, painting: this.painting, hand: this.hand, spots: () => this.#spots, tip: this.tip, drop: (ids, to) => this.#drop(ids, to), clicked: (spot, at, event) => this.#clicked(spot, at, event) });
    this.#follow();
    this.#addKeyboard();
    this.#addLegend();
    this.#sayWhoIsOutside();
    addPrinting(this.map, { words: wordsOf("map."), title: titleOfPage, note: () => say("map.homes_shown"), extent: () => this.plane.bounds(around([...this.outlines.shapes.values()].map(({ box }) => box))), isPaused: () => document.body.classList.contains("prints-list") });
    this.#drawExactly();
    this.#keepSize();
  }

  // ---- what changes

  #follow() {
    const { redraw, painting, outlines, hand } = this;
    redraw.on("changed", ({ grids, gone }) => {
      this.#spots = spotsOf(redraw.households.values(), this.plane);
      outlines.take(grids.flatMap((number) => redraw.grids.get(number) ?? []), { gone, isRough: !redraw.plan.is_exact });
      painting.draw();
      this.#list?.remove();
      this.#drawExactly();
    });
    redraw.on("selection", () => painting.drawHand());
    redraw.on("pointed", () => painting.drawHand());
    redraw.on("chosen", () => painting.marks.draw());
    redraw.on("proposal", (proposal) => {
      Object.assign(hand, { moved: new Map(proposal?.moves.map(([id, to]) => [id, to !== null && to < 0 ? "new" : to])), isProposed: proposal !== null });
      if (proposal?.moves.length) this.#goTo(proposal.moves.map(([id]) => id));
      painting.drawHand();
    });
    const reach = () => this.place.classList.toggle("away", !redraw.canEdit);
    redraw.on("reach", reach);
    redraw.on("conflict", reach);
    onColours(() => painting.draw());
  }

  /** Draws the grids as exactly as the server can, unless something else was changed meanwhile. */
  async #drawExactly() {
    const { plan } = this.redraw;
    const { version } = plan;
    await new Promise((resolve) => setTimeout(resolve, EXACT_AFTER_MS)); // one edit often follows another
    if (plan.is_exact || this.redraw.plan.version !== version) return;
    try {
      /** @type {RedrawDrawing} */ const drawing = await ask(`/api/plans/${plan.plan}/drawing.json?version=${version}`);
      if (this.redraw.plan.version !== drawing.version) return;
      this.outlines.take(drawing.outlines.filter(({ number }) => this.redraw.grids.has(number)));
      this.painting.draw();
    } catch (problem) {
      console.error(problem); // what is drawn roughly stays
    }
  }

  /** @param {number[]} ids @param {number | "new" | null} to */
  async #drop(ids, to) {
    const { hand, painting, redraw } = this;
    Object.assign(hand, { moved: new Map(ids.map((id) => [id, to])), isProposed: false });
    painting.drawHand();
    try {
      await redraw.move(ids, to);
    } finally {
      if (!hand.isProposed) hand.moved = new Map();
      painting.drawHand();
    }
  }

  /** The map may be behind a tab: it is fitted once it has a size. */
  #keepSize() {
    let isFitted = false;
    new ResizeObserver(() => {
      if (!this.place.clientWidth || this.place.closest(".map-sheet")) return;
      this.map.invalidateSize({ animate: false });
      if (isFitted) return;
      isFitted = true;
      const { extent } = readQuery(location.search);
      if (extent) this.map.setView([extent.lat, extent.lng], extent.zoom, { animate: false });
      else this.fit({ animate: false });
      /** @type {ReturnType<typeof setTimeout> | undefined} */ let wait;
      this.map.on("moveend", () => {
        clearTimeout(wait);
        wait = setTimeout(() => this.#keepAddress(), ADDRESS_AFTER_MS);
      });
      this.place.dataset.ready = "true";
      this.#workOut();
    }).observe(this.place);
  }

  /** Lets the server work out the ground of the village while nobody waits for it: the first household is picked up soon. */
  #workOut() {
    const { plan, households } = this.redraw;
    const [first] = households.keys();
    if (first !== undefined) ask(`/api/plans/${plan.plan}/outcomes`, { method: "POST", body: { version: plan.version, households: [first] } }).catch(() => {});
  }

  /** Keeps in the address which part of the map is shown: for whoever loads the page again, or is sent there. */
  #keepAddress() {
    if (this.place.closest(".map-sheet")) return; // it is being printed
    const { lat, lng } = this.map.getCenter();
    const query = new URLSearchParams(location.search);
    query.set("at", [this.map.getZoom(), lat.toFixed(6), lng.toFixed(6)].join());
    history.replaceState(null, "", `?${query}`);
  }

  // ---- what a click means

  /** @param {Spot | null} spot @param {L.Point} at @param {Click} click */
  #clicked(spot, at, { shiftKey, altKey, ctrlKey, metaKey, isTouch, isDouble }) {
    const { redraw } = this;
    const grid = spot ? (redraw.households.get(spot.ids[0])?.grid ?? null) : this.painting.gridAt(this.gestures.onPlane(at));
    const mode = shiftKey || isTouch ? "toggle" : "replace";
    this.#list?.remove();
    if (altKey || isDouble) {
      if (grid !== null) this.#chooseGrid(grid, shiftKey);
    } else if (spot && (ctrlKey || metaKey)) this.#chooseHamlet(spot, shiftKey);
    else if (spot && spot.ids.length > 1 && !shiftKey) this.#openList(spot);
    else if (spot) redraw.select(spot.ids, mode);
    else if (grid !== null) redraw.chooseGrid(grid);
    else {
      redraw.select([], "replace");
      redraw.chooseGrid(null);
    }
  }

  /** @param {number} grid @param {boolean} isAdding */
  #chooseGrid(grid, isAdding) {
    this.redraw.chooseGrid(grid);
    this.redraw.select(this.redraw.inside(grid), isAdding ? "add" : "replace");
  }

  /** @param {Spot} spot @param {boolean} isAdding */
  #chooseHamlet(spot, isAdding) {
    const hamlet = this.redraw.households.get(spot.ids[0])?.hamlet ?? null;
    const homes = [...this.redraw.households.values()].filter((home) => home.hamlet === hamlet);
    this.redraw.select(homes.map(({ id }) => id), isAdding ? "add" : "replace");
  }

  /** Lists the households of a spot, each to be chosen. @param {Spot} spot */
  #openList(spot) {
    const { redraw } = this;
    const homes = spot.ids.flatMap((id) => redraw.households.get(id) ?? []);
    const boxes = homes.map(({ id, name, mark, grid }) => {
      const box = element("input", { type: "checkbox", value: String(id), onchange: () => redraw.select([id], "toggle") });
      const facts = [name && mark !== name ? mark : null, grid === null ? say("redraw.in_none") : say("redraw.grid", { number: grid })].filter(Boolean).join(" · ");
      return { box, label: element("label", { class: "tick" }, box, element("span", {}, name ?? mark, " ", element("span", { class: "quiet" }, facts))) };
    });
    const all = element("button", { type: "button", class: "button small", onclick: () => redraw.select(spot.ids, boxes.every(({ box }) => box.checked) ? "remove" : "add") }, say("redraw.map.all_here", { n: homes.length }));
    const show = () => boxes.forEach(({ box }) => (box.checked = redraw.selection.has(Number(box.value))));
    const content = element("div", { class: "spot-list" }, all, ...boxes.map(({ label }) => label));
    redraw.addEventListener("selection", show);
    show();
    this.#list = L.popup({ maxHeight: 260, minWidth: 180, closeOnClick: false }).setLatLng(this.#latLng(spot)).setContent(content).openOn(this.map);
    this.#list.on("remove", () => redraw.removeEventListener("selection", show));
  }

  // ---- where the map goes

  /** @param {{ x: number, y: number }} spot */
  #latLng({ x, y }) {
    return this.plane.bounds([x, y, x, y]).getCenter();
  }

  /** Shows the whole village. @param {{ animate?: boolean }} how */
  fit({ animate = !calm.matches } = {}) {
    if (this.extent) this.map.fitBounds(this.plane.bounds(this.extent), { padding: [24, 24], maxZoom: NEAREST_ZOOM, animate });
    else this.map.setView([35, 105], 4);
  }

  /** Goes to a rule or a grid, unless it is in sight already. @param {{ grid: number | null, household: number | null }} what */
  show({ grid, household }) {
    const box = household === null ? this.outlines.around(grid === null ? [] : [grid]) : this.#boxOf([household]);
    if (box) this.#goToBox(box);
    this.redraw.point(household);
  }

  /** Shows what is chosen: its households, or the grid. */
  fitChosen() {
    const { selection, chosenGrid } = this.redraw;
    const box = selection.size ? this.#boxOf([...selection]) : this.outlines.around(chosenGrid === null ? [] : [chosenGrid]);
    if (box) this.#goToBox(box);
    else this.fit();
  }

  /** @param {number[]} ids @returns {Box | null} */
  #boxOf(ids) {
    const wanted = new Set(ids);
    const spots = this.#spots.filter((spot) => spot.ids.some((id) => wanted.has(id)));
    return spots.length ? around(spots.map(({ x, y }) => [x, y, x, y])) : null;
  }

  /** Goes to households unless they are in sight. @param {number[]} ids */
  #goTo(ids) {
    const box = this.#boxOf(ids);
    if (box && !this.map.getBounds().contains(this.plane.bounds(box))) this.#goToBox(box);
  }

  /** @param {Box} box */
  #goToBox(box) {
    this.map.fitBounds(this.plane.bounds(box).pad(0.3), { maxZoom: 18, animate: !calm.matches });
  }

  // ---- the keyboard

  /** The map does by the keyboard what is at its middle. */
  #addKeyboard() {
    const { place, redraw, painting } = this;
    place.tabIndex = 0;
    place.setAttribute("role", "application");
    place.setAttribute("aria-label", say("redraw.map.name", { village: redraw.plan.village }));
    const middle = element("p", { class: "in-middle", role: "status", hidden: "" });
    place.append(middle);
    let isHere = false;
    const inMiddle = () => {
      const at = this.map.getSize().divideBy(2);
      const spot = painting.spotAt(this.gestures.onPlane(at), 12);
      return { spot, grid: painting.gridAt(this.gestures.onPlane(at)), at };
    };
    const tell = () => {
      const { spot, grid } = inMiddle();
      middle.hidden = !isHere;
      middle.replaceChildren(spot ? this.gestures.describe(spot.ids).join(" / ") : grid === null ? say("redraw.map.nowhere") : say("redraw.grid", { number: grid }));
      redraw.point(isHere && spot ? spot.ids[0] : null);
    };
    const follow = (/** @type {boolean} */ now) => {
      isHere = now;
      place.classList.toggle("by-keyboard", now);
      tell();
    };
    let isPressed = false; // Leaflet takes the focus for whoever presses the mouse
    place.addEventListener("focus", () => !isPressed && follow(true));
    place.addEventListener("blur", () => isHere && follow(false));
    place.addEventListener("pointerdown", () => {
      isPressed = true;
      setTimeout(() => (isPressed = false));
      if (isHere) follow(false);
    }, { capture: true });
    this.map.on("moveend", () => isHere && tell());
    redraw.on("changed", () => isHere && tell());
    place.addEventListener("keydown", (event) => {
      if (event.target !== place || event.key !== "Enter") return;
      event.preventDefault();
      if (!isHere) follow(true);
      const { spot, grid } = inMiddle();
      if (spot) redraw.select(spot.ids, event.shiftKey ? "toggle" : "replace");
      else redraw.chooseGrid(grid);
    });
  }

  // ---- beside the map

  /** Adds what chooses on the map to the tools of the page. @param {HTMLElement} bar @param {Keys} keys */
  addTools(bar, keys) {
    const names = /** @type {Tool[]} */ (Object.keys(TOOLS));
    const buttons = names.map((name) => {
      const [key, code] = TOOLS[name];
      keys.add(key, code, () => this.gestures.take(name));
      return element("button", { type: "button", class: "button small", title: key, "aria-keyshortcuts": key, onclick: () => this.gestures.take(name) }, say(code));
    });
    const show = () => {
      buttons.forEach((button, index) => button.setAttribute("aria-pressed", String(names[index] === this.gestures.tool)));
      this.place.dataset.tool = this.gestures.tool;
    };
    keys.add(["[", "]"], "redraw.tool.size", ({ key }) => this.gestures.resizeBrush(key === "[" ? -1 : 1));
    keys.add("F", "redraw.map.fit", () => this.fit());
    keys.add("C", "redraw.map.fit_chosen", () => this.fitChosen());
    this.gestures.changed = show;
    bar.append(...buttons, element("button", { type: "button", class: "button small", title: "F", "aria-keyshortcuts": "F", onclick: () => this.fit() }, say("redraw.map.fit")));
    show();
  }

  /** Leaves what is under way, then the tool. Returns whether there was any. */
  leave() {
    if (this.gestures.cancel()) return true;
    if (this.#list?.isOpen()) {
      this.#list.remove();
      return true;
    }
    if (this.gestures.tool === "click") return false;
    this.gestures.take("click");
    return true;
  }

  /** Tells how many households are not in sight of the village as it is shown, or on no map. */
  #sayWhoIsOutside() {
    const outside = this.extent ? beyond(this.#spots, this.extent) : 0;
    const onNone = [...this.redraw.households.values()].filter(({ lon }) => lon === null).length;
    if (!outside && !onNone) return;
    const all = () => this.map.fitBounds(this.plane.bounds(around(this.#spots.map(({ x, y }) => [x, y, x, y]))), { padding: [24, 24], animate: false });
    addCorner(this.map, "bottomleft", element("div", { class: "map-note" },
      outside ? element("p", {}, say("redraw.map.outside", { n: outside }), " ", element("button", { type: "button", class: "link", onclick: all }, say("redraw.map.show_all"))) : null,
      onNone ? element("p", {}, say("redraw.map.unplaced", { n: onNone })) : null));
  }

  /** Explains the marks, and lets what lies beneath be switched. */
  #addLegend() {
    const { map, place, redraw } = this;
    const rows = element("div", { class: "rows" });
    const words = wordsOf("map.");
    const rules = { large: words.rule_large, small: words.rule_small, pieces: words.rule_pieces };
    const draw = () => {
      const { tints, accent, ink, paper } = colours();
      const homes = [...redraw.households.values()];
      const has = (/** @type {(home: typeof homes[number]) => boolean} */ is) => homes.some(is);
      const broken = /** @type {BrokenRule["mark"][]} */ (Object.keys(RULES)).filter((mark) => redraw.plan.broken.some((rule) => rule.mark === mark));
      rows.replaceChildren(
        row(chips(tints), say("redraw.key_of.tints")),
        ...([...redraw.grids.values()].some(({ locked }) => locked) ? [row(area({ fill: tints[0].fill, line: ink, pattern: "slants", ink: tints[0].line }), say("redraw.key_of.locked_grid"))] : []),
        ...broken.map((mark) => row(area(null, mark), rules[mark])),
        row(dot(3, ink), words.household_dot),
        ...(this.#spots.some(({ ids }) => ids.length > 1) ? [row(dot(7, ink, null, "3"), words.flats_dot)] : []),
        ...(has(({ grid, lon }) => grid === null && lon !== null) ? [row(dot(3, paper, ink), words.left_out_dot)] : []),
        ...(has(({ locked }) => locked) ? [row(letter("■", ink), say("redraw.key_of.locked"))] : []),
        ...(has(({ state }) => state === "new") ? [row(letter("＋", ink), say("redraw.key_of.new"))] : []),
        ...(has(({ state }) => state === "moved") ? [row(dot(7, "none", ink, "", 2), say("redraw.key_of.moved"))] : []),
        ...(has(({ state }) => state === "gone") ? [row(letter("×", ink), say("redraw.key_of.gone"))] : []),
        row(dot(4, accent), say("redraw.key_of.chosen")),
        ...(this.#hasBarriers ? [row(line(colours().land.barrier, 3, "8 4"), say("redraw.key_of.barrier"))] : []),
      );
    };
    const imagery = imageryOfPage().map((one) => imagerySwitch(map, one, words, () => {}));
    const legend = element("details", { class: "legend" }, element("summary", {}, words.legend), rows, ...(imagery.length ? [element("h3", {}, words.imagery), ...imagery] : []));
    L.DomEvent.disableClickPropagation(legend);
    L.DomEvent.disableScrollPropagation(legend);
    place.append(legend);
    redraw.on("changed", draw);
    onColours(draw);
    draw();
    this.#addBarriers().then(draw, console.error);
  }

  #hasBarriers = false;

  /** Draws what cuts grids, and what leads across it. */
  async #addBarriers() {
    /** @type {MapBackground} */ const { features } = await ask(`/api/ground/${this.place.dataset.village}`);
    const cutting = features.features.filter(({ properties: { kind } }) => kind === "barrier" || kind === "crossing");
    drawLand(this.map, { ...features, features: cutting }, null);
    this.#hasBarriers = cutting.length > 0;
  }
}
