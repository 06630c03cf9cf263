// The pages on which lists are brought in: files are dropped, a look is followed, and positions are seen on a map.
import * as L from "leaflet";
import { ask } from "../ui/request.js";
import { ACCENT, BROKEN, INK, QUIET } from "../maps/palette.js";
import { element } from "../ui/element.js";
import { showJob } from "../ui/job_progress.js";
import { say } from "../ui/words.js";

const INSIDE = ACCENT;
const OUTSIDE = BROKEN;
const UNKNOWN = QUIET;

document.querySelectorAll("form[data-drop]").forEach(takeDrops);
document.querySelectorAll("form[data-once]").forEach(sendOnce);
const job = document.getElementById("job");
if (job) showJob(job, Number(job.dataset.job), () => location.reload());
const place = document.getElementById("map");
if (place) drawPoints().catch((problem) => place.replaceChildren(element("p", { class: "empty", role: "alert" }, problem.message)));

/** Files that are chosen or dropped are sent at once. */
function takeDrops(form) {
  const input = form.querySelector("input[type=file]");
  form.classList.add("live");
  const send = () => {
    if (!input.files.length) return;
    form.classList.add("sending");
    form.append(element("progress", {}));
    form.submit();
  };
  input.addEventListener("change", send);
  form.addEventListener("dragover", (event) => {
    event.preventDefault();
    form.classList.add("over");
  });
  form.addEventListener("dragleave", () => form.classList.remove("over"));
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    form.classList.remove("over");
    input.files = event.dataTransfer.files;
    send();
  });
}

/** A form that is sent twice would be answered twice; its button works once. */
function sendOnce(form) {
  form.addEventListener("submit", () => setTimeout(() => (form.querySelector("button[type=submit]").disabled = true)));
}

/** Draws outlines of villages and a sample of the positions: those outside their own village stand out. */
async function drawPoints() {
  const { villages, points, counts } = await ask(place.dataset.source);
  const map = L.map(place, { preferCanvas: true, attributionControl: false, maxZoom: 21, zoomSnap: 0.25 });
  L.control.scale({ imperial: false }).addTo(map);
  const outlines = L.geoJSON(
    villages.map(({ name, shape, named }) => ({ type: "Feature", properties: { name, named }, geometry: shape })),
    { style: ({ properties }) => ({ color: INK, weight: properties.named ? 2 : 1, fillOpacity: 0.03, opacity: properties.named ? 0.8 : 0.3 }) },
  ).addTo(map);
  outlines.eachLayer((layer) => layer.bindTooltip(element("span", {}, layer.feature.properties.name), { sticky: true }));
  const colour = (inside) => (inside === null ? UNKNOWN : inside ? INSIDE : OUTSIDE);
  const dots = L.featureGroup(
    points.map(([lon, lat, inside]) =>
      L.circleMarker([lat, lon], { radius: inside === false ? 3.5 : 2, stroke: false, fillColor: colour(inside), fillOpacity: 0.75, interactive: false }),
    ),
  ).addTo(map);
  const bounds = dots.getBounds();
  outlines.eachLayer((layer) => layer.feature.properties.named && bounds.extend(layer.getBounds()));
  map.fitBounds(bounds.isValid() ? bounds : outlines.getBounds(), { padding: [16, 16], animate: false });
  legend(map, points.length, counts);
}

function legend(map, shown, counts) {
  const control = L.control({ position: "topright" });
  const n = counts.reduce((sum, count) => sum + count, 0);
  const number = new Intl.NumberFormat(document.documentElement.lang);
  const row = (colour, code, counted) => {
    const mark = element("i", { class: "mark dot" });
    mark.style.background = colour;
    return counted ? element("div", { class: "row" }, mark, element("span", {}, say(code, { n: number.format(counted) }))) : null;
  };
  control.onAdd = () =>
    element(
      "div",
      { class: "legend of-points" },
      row(INSIDE, "imports.script.inside", counts[0]),
      row(OUTSIDE, "imports.script.outside", counts[1]),
      row(UNKNOWN, "imports.script.unknown", counts[2]),
      shown < n ? element("p", { class: "notice" }, say("imports.script.sample", { shown: number.format(shown), n: number.format(n) })) : null,
    );
  control.addTo(map);
}
