// Two points of a picture and where they are: a picture on the left, the map on the right.
import * as L from "leaflet";
import { ask } from "../ui/request.js";
import { element } from "../ui/element.js";
import { drawAnchors, drawHomes, drawLand, drawVillages, mark, openMap, sentenceOf, showAround } from "../maps/drawing_ground.js";
import { LaidPicture } from "../maps/scan_overlay.js";
import { say } from "../ui/words.js";

const at = (id) => document.getElementById(id);
const scan = at("scan");
const { width, height, url, back } = scan.dataset;
const pins = [{}, {}];
let current = 0;

const picture = L.map(scan, { crs: L.CRS.Simple, minZoom: -5, maxZoom: 3, zoomSnap: 0.25, attributionControl: false });
const bounds = [[-height, 0], [0, width]];
L.imageOverlay(url, bounds).addTo(picture);
picture.fitBounds(bounds);
picture.on("click", ({ latlng: { lat, lng } }) => {
  if (lng < 0 || lng > width || -lat < 0 || -lat > height) return;
  if (pins[current].x !== undefined && pins[current].lon !== undefined && current === 0) current = 1;
  Object.assign(pins[current], { x: lng, y: -lat });
  show();
});

const map = openMap(at("map"));
const marks = [L.layerGroup().addTo(picture), L.layerGroup().addTo(map)];
let laid = null;
map.on("click", ({ latlng }) => setPlace(latlng.wrap().lng, latlng.lat, current));

const village = Number(at("map").dataset.village);
ask(`/api/ground/${village}`).then((ground) => {
  showAround(map, ground.around);
  drawVillages(map, ground.villages, village);
  drawLand(map, ground.features);
  drawHomes(map, ground.homes);
  drawAnchors(map, ground.anchors);
  known();
  show();
}, trouble);

/** Takes over the points that the picture has already. */
function known() {
  const controls = JSON.parse(scan.dataset.controls);
  if (controls.length === 2) controls.forEach((control, index) => Object.assign(pins[index], control));
}

function setPlace(lon, lat, index) {
  Object.assign(pins[index], { lon: Number(lon.toFixed(7)), lat: Number(lat.toFixed(7)) });
  if (index === 0 && pins[0].x !== undefined && pins[1].x === undefined) current = 1;
  show();
}

[0, 1].forEach((index) => {
  const lon = at(`f-lon${index + 1}`);
  const lat = at(`f-lat${index + 1}`);
  for (const field of [lon, lat]) {
    field.inputMode = "decimal";
    field.addEventListener("change", () => {
      const typed = [Number.parseFloat(lon.value), Number.parseFloat(lat.value)];
      if (Math.abs(typed[0]) <= 180 && Math.abs(typed[1]) <= 90) setPlace(...typed, index);
    });
  }
  at(`f-anchor${index + 1}`)?.addEventListener("change", ({ target }) => target.value && setPlace(...target.value.split(",").map(Number), index));
  document.querySelector(`[data-pin="${index}"]`).addEventListener("focusin", () => {
    current = index;
    showNext();
  });
});

at("save").addEventListener("click", async () => {
  try {
    await send(true);
    location.assign(back);
  } catch (problem) {
    trouble(problem);
  }
});

function show() {
  marks.forEach((layer) => layer.clearLayers());
  pins.forEach(({ x, y, lon, lat }, index) => {
    const group = document.querySelector(`[data-pin="${index}"]`);
    group.querySelector("[data-part]").textContent = x === undefined ? say("place.pixels_none") : say("place.pixels", { x: Math.round(x), y: Math.round(y) });
    if (x !== undefined) mark([-y, x], String(index + 1), "pin-mark").addTo(marks[0]);
    if (lon === undefined) return;
    mark([lat, lon], String(index + 1), "pin-mark").addTo(marks[1]);
    at(`f-lon${index + 1}`).value = lon;
    at(`f-lat${index + 1}`).value = lat;
  });
  at("save").disabled = !complete();
  showNext();
  preview();
}

function showNext() {
  const { x, lon } = pins[current];
  const code = complete() ? "place.next_save" : x === undefined ? "place.next_picture" : lon === undefined ? "place.next_map" : "place.next_save";
  at("next").textContent = say(code, { number: current + 1 });
}

const complete = () => pins.every(({ x, lon }) => x !== undefined && lon !== undefined);

/** Shows the picture on the map as it would lie. */
async function preview() {
  laid?.remove();
  laid = null;
  at("trouble").replaceChildren();
  if (!complete()) return;
  try {
    const { corners } = await send(false);
    laid?.remove();
    laid = new LaidPicture(url, corners, { opacity: 0.5, interactive: false }).addTo(map);
  } catch (problem) {
    trouble(problem);
  }
}

function send(keep) {
  const points = pins.map(({ x, y, lon, lat }) => ({ x, y, lon, lat }));
  return ask(`/api/place/pictures/${scan.dataset.scan}/points`, { method: "POST", body: { points, keep } });
}

function trouble(problem) {
  at("trouble").replaceChildren(element("p", { class: "notice bad" }, sentenceOf(problem)));
}
