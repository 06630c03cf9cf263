// Georeferencing: two points of a scan and where they are, the scan on the left, the map on the right.
import * as L from "leaflet";
import { ask } from "../ui/request.js";
import { byId, element, firstOf, say } from "../ui/page.js";
import { drawBackground, drawPlaces, mark, openMap, sentenceOf } from "../maps/ground/map_background.js";
import { ScanOverlay } from "../maps/ground/scan_overlay.js";
/** @import { PictureCorners } from "../wire.js" */

/** @typedef {{ x: number, y: number, lon: number, lat: number }} ControlPoint */

const scan = byId("scan");
const { url = "", back = "" } = scan.dataset;
const [width, height] = [Number(scan.dataset.width), Number(scan.dataset.height)];
/** @type {[Partial<ControlPoint>, Partial<ControlPoint>]} */ const pins = [{}, {}];
let current = 0;

const picture = L.map(scan, { crs: L.CRS.Simple, minZoom: -5, maxZoom: 3, zoomSnap: 0.25, attributionControl: false });
const bounds = L.latLngBounds([[-height, 0], [0, width]]);
L.imageOverlay(url, bounds).addTo(picture);
picture.fitBounds(bounds);
picture.on("click", ({ latlng: { lat, lng } }) => {
  if (lng < 0 || lng > width || -lat < 0 || -lat > height) return;
  if (pins[current].x !== undefined && pins[current].lon !== undefined && current === 0) current = 1;
  Object.assign(pins[current], { x: lng, y: -lat });
  show();
});

const map = openMap(byId("map"));
const marks = [L.layerGroup().addTo(picture), L.layerGroup().addTo(map)];
/** @type {ScanOverlay | null} */ let overlay = null;
map.on("click", ({ latlng }) => setPlace(latlng.wrap().lng, latlng.lat, current));

drawBackground(map, Number(byId("map").dataset.village)).then(({ background }) => {
  drawPlaces(map, background);
  /** @type {ControlPoint[]} Those that the scan has already; three come from a world file. */
  const controls = JSON.parse(scan.dataset.controls ?? "[]");
  if (controls.length === 2) pins.forEach((pin, index) => Object.assign(pin, controls[index]));
  show();
}, showTrouble);

/** @param {number} lon @param {number} lat @param {number} index */
function setPlace(lon, lat, index) {
  Object.assign(pins[index], { lon: Number(lon.toFixed(7)), lat: Number(lat.toFixed(7)) });
  if (index === 0 && pins[0].x !== undefined && pins[1].x === undefined) current = 1;
  show();
}

pins.forEach((_pin, index) => {
  const [lon, lat] = fieldsOf(index);
  for (const field of [lon, lat]) {
    field.inputMode = "decimal";
    field.addEventListener("change", () => {
      const typed = [Number.parseFloat(lon.value), Number.parseFloat(lat.value)];
      if (Math.abs(typed[0]) <= 180 && Math.abs(typed[1]) <= 90) setPlace(typed[0], typed[1], index);
    });
  }
  const anchors = document.getElementById(`f-anchor${index + 1}`);
  if (anchors instanceof HTMLSelectElement) {
    anchors.addEventListener("change", () => {
      const [anchorLon, anchorLat] = anchors.value.split(",").map(Number);
      if (anchors.value) setPlace(anchorLon, anchorLat, index);
    });
  }
  firstOf("fieldset", `[data-pin="${index}"]`).addEventListener("focusin", () => {
    current = index;
    showNext();
  });
});

byId("save").addEventListener("click", async () => {
  try {
    await send(true);
    location.assign(back);
  } catch (problem) {
    showTrouble(problem);
  }
});

function show() {
  marks.forEach((layer) => layer.clearLayers());
  pins.forEach(({ x, y, lon, lat }, index) => {
    const isOnScan = x !== undefined && y !== undefined;
    const pixels = isOnScan ? say("placement.pixels", { x: Math.round(x), y: Math.round(y) }) : say("placement.pixels_none");
    firstOf("p", "[data-part]", firstOf("fieldset", `[data-pin="${index}"]`)).textContent = pixels;
    if (isOnScan) mark([-y, x], String(index + 1), "pin-mark").addTo(marks[0]);
    if (lon === undefined || lat === undefined) return;
    mark([lat, lon], String(index + 1), "pin-mark").addTo(marks[1]);
    fieldsOf(index).forEach((field, which) => (field.value = String([lon, lat][which])));
  });
  byId("save", "button").disabled = !isComplete();
  showNext();
  preview();
}

function showNext() {
  const { x, lon } = pins[current];
  const code = isComplete() ? "placement.next_save" : x === undefined ? "placement.next_picture" : lon === undefined ? "placement.next_map" : "placement.next_save";
  byId("next").textContent = say(code, { number: current + 1 });
}

const isComplete = () => pins.every(({ x, lon }) => x !== undefined && lon !== undefined);

/** @param {number} index */
function fieldsOf(index) {
  return [byId(`f-lon${index + 1}`, "input"), byId(`f-lat${index + 1}`, "input")];
}

/** Shows the scan on the map as it would lie. */
async function preview() {
  removeOverlay();
  byId("trouble").replaceChildren();
  if (!isComplete()) return;
  try {
    const { corners } = await send(false);
    removeOverlay();
    overlay = new ScanOverlay(url, corners, { opacity: 0.5, interactive: false }).addTo(map);
  } catch (problem) {
    showTrouble(problem);
  }
}

function removeOverlay() {
  overlay?.remove();
  overlay = null;
}

/** Returns where the corners lie. @param {boolean} keep @returns {Promise<PictureCorners>} */
function send(keep) {
  const points = pins.map(({ x, y, lon, lat }) => ({ x, y, lon, lat }));
  return ask(`/api/place/pictures/${scan.dataset.scan}/points`, { method: "POST", body: { points, keep } });
}

/** @param {unknown} problem */
function showTrouble(problem) {
  byId("trouble").replaceChildren(element("p", { class: "notice bad" }, sentenceOf(problem)));
}
