// Prints a map as a sheet of paper: title, date, north, scale and legend around it, at a round scale that holds what was in sight.
import * as L from "leaflet";
import { allOf, element, firstOf } from "../ui/page.js";
import { addCorner } from "./legend.js";
import { metresPerPixel } from "./drawing/marks.js";
import { svg } from "./drawing/swatches.js";
import { MapCanvas } from "./drawing/map_canvas.js";
import { barOf, pixelRatio, roundScale, scaleAt, setPaper } from "./drawing/medium.js";
/** @import { Words } from "../wire.js" */

/**
 * @typedef {object} Sheet What a page says of its map.
 * @property {Words} words Those of maps.
 * @property {() => string[]} title Lines, the largest first.
 * @property {() => string} note What stands below the map.
 * @property {() => L.LatLngBounds} extent All that the map is about.
 * @property {() => boolean} [isPaused] Whether the page prints something else.
 */
/** @typedef {{ centre: L.LatLng, zoom: number }} View */

const PAPERS = ["a4-across", "a4-upright", "a3-across", "a3-upright"];
const PAPER_KEY = "gridplan.paper";
const LONGEST_WAIT_MS = 8000;

/** Adds a menu that prints the map as a sheet; the browser's own ways to print do the same. @param {L.Map} map @param {Sheet} sheet */
export function addPrinting(map, sheet) {
  const print = new Print(map, sheet);
  addCorner(map, "topleft", menu(sheet, () => print.start()));
  const media = matchMedia("print");
  const follow = () => (media.matches && !sheet.isPaused?.() ? print.lay() : print.clear());
  media.addEventListener("change", follow);
  addEventListener("beforeprint", () => sheet.isPaused?.() || print.lay());
  addEventListener("afterprint", follow);
  addEventListener("keydown", (event) => {
    if (event.key === "Escape") follow();
    if (event.key !== "p" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
    event.preventDefault(); // the browser would not wait for what lies beneath the map
    print.start();
  });
}

/** Returns the heading of a page, and where it belongs. */
export function titleOfPage() {
  const way = document.querySelectorAll(".crumbs a");
  return [firstOf("h1"), ...(way.length ? way : allOf("a", ".brand"))].map(({ textContent }) => textContent.trim().replace(/\s+/g, " "));
}

/** @param {Sheet} sheet @param {() => void} print */
function menu({ words }, print) {
  const radio = (/** @type {string} */ name, /** @type {string} */ value, /** @type {string} */ text) => {
    const checked = chosenPaper().split("-").includes(value) ? "" : null;
    return element("label", {}, element("input", { type: "radio", name, value, checked }), text);
  };
  const form = element(
    "form",
    {},
    element("fieldset", {}, element("legend", {}, words.paper), radio("size", "a4", "A4"), radio("size", "a3", "A3")),
    element("fieldset", {}, element("legend", {}, words.paper_turn), radio("turn", "across", words.paper_across), radio("turn", "upright", words.paper_upright)),
    element("button", { type: "submit", class: "button small" }, words.print),
  );
  const box = element("details", { class: "print-menu" }, element("summary", {}, words.print), form);
  form.addEventListener("change", () => {
    const chosen = new FormData(form);
    keepPaper(`${chosen.get("size")}-${chosen.get("turn")}`);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    box.open = false;
    print();
  });
  box.addEventListener("keydown", ({ key }) => key === "Escape" && (box.open = false));
  L.DomEvent.disableClickPropagation(box);
  L.DomEvent.disableScrollPropagation(box);
  return box;
}

let paper = "";

/** @param {string} chosen */
function keepPaper(chosen) {
  paper = chosen;
  try {
    localStorage.setItem(PAPER_KEY, chosen);
  } catch {
    // A file in a frame has no memory; the page remembers.
  }
}

function chosenPaper() {
  try {
    paper ||= localStorage.getItem(PAPER_KEY) ?? "";
  } catch {
    // As above.
  }
  return PAPERS.includes(paper) ? paper : PAPERS[0];
}

class Print {
  /** @type {(() => void) | null} Puts the page back as it was, while a sheet is laid. */ #restore = null;

  /** @param {L.Map} map @param {Sheet} sheet */
  constructor(map, sheet) {
    this.map = map;
    this.sheet = sheet;
  }

  /** Prints when all that lies beneath the map has come. */
  async start() {
    this.lay();
    const late = new Promise((resolve) => setTimeout(resolve, LONGEST_WAIT_MS));
    await Promise.race([loaded(this.map), late]);
    window.print();
  }

  /** Lays the map out on the chosen paper and draws it at once: a browser that prints does not wait. */
  lay() {
    const { map, sheet } = this;
    if (this.#restore) return engrave(map);
    map.stop();
    const place = map.getContainer();
    const view = { centre: map.getCenter(), zoom: map.getZoom() };
    const seen = seenOf(map, sheet.extent());
    const focused = document.activeElement;
    const renderers = renderersOf(map);
    const paddings = renderers.map(({ options }) => options.padding);
    const gap = document.createComment("map");
    place.replaceWith(gap);
    const card = gap.parentElement?.closest(".card");
    card?.classList.add("lent");
    setPaper(true);
    const key = element("div", { class: "key" }, ...legendOnPaper(place));
    const leaf = element("div", { class: "leaf on-paper" }, headOf(sheet), place, key, element("p", { class: "foot" }, sheet.note()));
    const cover = element("div", { class: "map-sheet" }, leaf);
    document.body.dataset.paper = chosenPaper();
    document.body.prepend(cover);
    this.#restore = () => {
      card?.classList.remove("lent");
      gap.replaceWith(place);
      cover.remove();
      delete document.body.dataset.paper;
      renderers.forEach(({ options }, index) => (options.padding = paddings[index]));
      setPaper(false);
      resized(map, () => view);
      if (focused instanceof HTMLElement) focused.focus({ preventScroll: true });
    };
    renderers.forEach(({ options }) => (options.padding = 0));
    resized(map, () => viewOf(map, seen));
    engrave(map);
    key.append(bearings(sheet, scaleAt(metresPerPixel(map))));
  }

  /** Puts the page back as it was. */
  clear() {
    const restore = this.#restore;
    this.#restore = null;
    restore?.();
  }
}

/** Shows a view once a map has its new size. @param {L.Map} map @param {() => View} view */
function resized(map, view) {
  map.invalidateSize({ animate: false, pan: false });
  const { centre, zoom } = view();
  // As flyTo does at its end: setView would throw away the tiles that have come.
  map._moveStart(true, false);
  map._move(centre, zoom);
  map._moveEnd(true);
}

/** Returns what of an extent can be seen beside the legend. @param {L.Map} map @param {L.LatLngBounds} extent */
function seenOf(map, extent) {
  const { x, y } = map.getSize();
  const place = map.getContainer().getBoundingClientRect();
  const legend = map.getContainer().querySelector(".legend[open]")?.getBoundingClientRect();
  const isBeside = legend && place.width === x && legend.left > place.left + x / 2; // unless the page is laid out for print already
  const seen = L.latLngBounds(map.containerPointToLatLng([0, 0]), map.containerPointToLatLng([isBeside ? legend.left - place.left : x, y]));
  const isArea = extent.isValid() && extent.getNorth() > extent.getSouth();
  if (!isArea || !extent.overlaps(seen)) return seen;
  return L.latLngBounds(
    [Math.max(seen.getSouth(), extent.getSouth()), Math.max(seen.getWest(), extent.getWest())],
    [Math.min(seen.getNorth(), extent.getNorth()), Math.min(seen.getEast(), extent.getEast())],
  );
}

/** Returns the view at the largest round scale that holds an extent. @param {L.Map} map @param {L.LatLngBounds} extent @returns {View} */
function viewOf(map, extent) {
  const centre = extent.getCenter();
  const snap = map.options.zoomSnap;
  map.options.zoomSnap = 0;
  const zoom = Math.min(map.getBoundsZoom(extent, false, L.point(16, 16)), map.getMaxZoom());
  map.options.zoomSnap = snap;
  const fitting = scaleAt(metresPerPixel({ getCenter: () => centre, getZoom: () => zoom }));
  return { centre, zoom: zoom - Math.log2(roundScale(fitting) / fitting) };
}

/** Resolves when every layer has all that is in sight. @param {L.Map} map */
async function loaded(map) {
  /** @type {Promise<unknown>[]} */ const waits = [document.fonts.ready];
  map.eachLayer((layer) => {
    if (layer instanceof L.GridLayer && layer.isLoading()) waits.push(new Promise((resolve) => layer.once("load", resolve)));
    if (layer instanceof MapCanvas) waits.push(layer.late);
  });
  await Promise.all(waits);
}

/** @param {L.Map} map */
function renderersOf(map) {
  /** @type {L.Canvas[]} */ const found = [];
  map.eachLayer((layer) => layer instanceof L.Canvas && found.push(layer));
  return found;
}

/**
 * Draws every canvas once more, from nothing and as finely as paper is. Chromium prints what is drawn on a new canvas
 * before it prints as lines and letters; one that was cleared would wipe out what lies beneath it.
 * @param {L.Map} map
 */
function engrave(map) {
  for (const canvas of allOf("canvas", ":not(.leaflet-tile)", map.getContainer())) canvas.width = 0;
  map.fire("moveend");
  renderersOf(map).forEach(sharpen);
}

/** Draws as finely as paper is: Leaflet knows only screens. @param {L.Canvas} canvas */
function sharpen(canvas) {
  const size = canvas._bounds.getSize();
  const { x, y } = canvas._bounds.getTopLeft();
  const ratio = pixelRatio();
  canvas._container.width = 0;
  Object.assign(canvas._container, { width: size.x * ratio, height: size.y * ratio });
  canvas._ctx.scale(ratio, ratio);
  canvas._ctx.translate(-x, -y);
  canvas._redrawBounds = null;
  canvas._draw();
}

// ---- what stands around the map

/** @param {Sheet} sheet */
function headOf({ title }) {
  const [heading, ...about] = title();
  const date = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "long" }).format(new Date());
  const line = (/** @type {string} */ kind, /** @type {string} */ text) => element("p", { class: kind }, text);
  return element("div", { class: "head" }, line("title", heading), line("belongs", about.join(" · ")), line("date", date));
}

/** Returns the legend as it is set: without switches, and without what is switched off. @param {HTMLElement} place */
function legendOnPaper(place) {
  return [...place.querySelectorAll(".legend")].map((legend) => {
    const copy = element("div", { class: "legend" });
    let isDrawn = true;
    for (const part of legend.children) {
      if (part.matches(".switch")) isDrawn = firstOf("input", "", part).checked;
      if (!isDrawn || part.matches("summary, .unprinted")) continue;
      const choice = part.querySelector("input:checked")?.closest("label");
      copy.append(choice ? element("p", { class: "chosen" }, choice.textContent) : part.cloneNode(true));
    }
    for (const rows of allOf("div", ".rows:not(:has(.row))", copy)) rows.previousElementSibling?.remove(); // of what is too small to be seen
    return copy;
  });
}

/** Returns the north arrow, the bar of the scale and its number. @param {Sheet} sheet @param {number} scale */
function bearings({ words }, scale) {
  const { metres, mm } = barOf(scale);
  const { format } = new Intl.NumberFormat(document.documentElement.lang);
  const length = (/** @type {number} */ m) => (m === 0 ? "0" : metres < 1000 ? `${format(m)} m` : `${format(m / 1000)} km`);
  const text = (/** @type {number} */ x, /** @type {number} */ size, /** @type {string} */ letters) => svg("text", { x, y: -1.1, "font-size": size, "text-anchor": "middle" }, letters);
  const empty = { fill: "none", stroke: "currentColor", "stroke-width": 0.2 };
  const bar = picture(
    [-4, -6, mm + 12, 9],
    svg("path", { d: `M0 0H${mm / 2}V1.6H0Z` }),
    svg("path", { d: `M0 0H${mm}V1.6H0Z`, ...empty }),
    ...[0, ...(mm < 24 ? [] : [0.5]), 1].map((share) => text(mm * share, 2.8, length(metres * share))),
  );
  const north = picture([-4, -6, 8, 16], svg("path", { d: "M0 0L3 9L0 7Z" }), svg("path", { d: "M0 0L-3 9L0 7Z", ...empty }), text(0, 4, words.north));
  return element("div", { class: "bearings" }, north, element("div", {}, bar, element("p", {}, `1:${format(Math.round(scale))} (${chosenPaper().slice(0, 2).toUpperCase()})`)));
}

/** Returns a picture measured in millimetres. @param {[left: number, top: number, width: number, height: number]} box @param {...Node} parts */
function picture(box, ...parts) {
  return svg("svg", { viewBox: box.join(" "), width: `${box[2]}mm`, height: `${box[3]}mm`, fill: "currentColor", "aria-hidden": "true" }, ...parts);
}
