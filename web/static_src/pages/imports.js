// The pages on which lists are imported: files are dropped, a preview is followed, and positions are seen on a map.
import * as L from "leaflet";
import { row } from "../maps/legend.js";
import { colours, followColours, onColours } from "../maps/drawing/marks.js";
import { dot } from "../maps/drawing/swatches.js";
import { FAR_KM, kilometresOutside } from "../maps/strays.js";
import { allOf, element, firstOf, say } from "../ui/page.js";
import { showJob } from "../ui/job_progress.js";
import { ask, messageOf } from "../ui/request.js";
/** @import { Box } from "../maps/strays.js" */
/** @import { PreviewMap } from "../wire.js" */


allOf("form", "[data-drop]").forEach(sendDroppedFiles);
allOf("form", "[data-once]").forEach(sendOnce);
const job = document.getElementById("job");
if (job) showJob(job, job.dataset.job ?? "", () => location.reload());
const place = document.getElementById("map");
if (place) drawPoints(place).catch((problem) => place.replaceChildren(element("p", { class: "empty", role: "alert" }, messageOf(problem))));

/** Files that are chosen or dropped are sent at once. @param {HTMLFormElement} form */
function sendDroppedFiles(form) {
  const input = firstOf("input", "[type=file]", form);
  form.classList.add("live");
  const send = () => {
    if (!input.files?.length) return;
    form.classList.add("sending");
    form.append(element("progress"));
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
    input.files = event.dataTransfer?.files ?? null;
    send();
  });
}

/** A form that is sent twice would be answered twice; its button works once. @param {HTMLFormElement} form */
function sendOnce(form) {
  form.addEventListener("submit", () => setTimeout(() => (firstOf("button", "[type=submit]", form).disabled = true)));
}

/** Draws villages and a sample of the positions: those outside their own village stand out. @param {HTMLElement} mapPlace */
async function drawPoints(mapPlace) {
  /** @type {PreviewMap} */ const preview = await ask(mapPlace.dataset.source ?? "");
  const { villages, points } = preview;
  const map = L.map(mapPlace, { preferCanvas: true, attributionControl: false, maxZoom: 21, zoomSnap: 0.25, zoomControl: false });
  L.control.zoom({ zoomInTitle: say("map.zoom_in"), zoomOutTitle: say("map.zoom_out") }).addTo(map);
  L.control.scale({ imperial: false }).addTo(map);
  followColours(map);
  const { accent, broken, ink, quiet } = colours();
  const outlines = L.featureGroup().addTo(map);
  const named = L.featureGroup();
  for (const { name, shape, named: isNamed } of villages) {
    const outline = L.geoJSON(shape, { style: { color: isNamed ? ink : quiet, weight: isNamed ? 2 : 1, fillOpacity: 0 } });
    outline.bindTooltip(element("span", {}, name), { sticky: true }).addTo(outlines);
    if (isNamed) named.addLayer(outline);
  }
  const colour = (/** @type {boolean | null} */ inside) => (inside === null ? quiet : inside ? accent : broken);
  L.featureGroup(
    points.map(([lon, lat, inside]) =>
      L.circleMarker([lat, lon], { radius: inside === false ? 3.5 : 2, stroke: false, fillColor: colour(inside), fillOpacity: 1, interactive: false }),
    ),
  ).addTo(map);
  const bounds = named.getBounds();
  const middle = (/** @type {0 | 1} */ axis) => points.map((point) => point[axis]).sort((one, other) => one - other)[points.length >> 1];
  if (!bounds.isValid() && points.length) bounds.extend([middle(1), middle(0)]);
  if (!bounds.isValid()) bounds.extend(outlines.getBounds());
  const around = /** @type {Box} */ ([bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()]);
  let farthest = 0;
  for (const [lon, lat] of points) {
    const outside = kilometresOutside(around, [lon, lat]);
    if (outside <= FAR_KM) bounds.extend([lat, lon]);
    farthest = Math.max(farthest, outside);
  }
  map.fitBounds(bounds, { padding: [16, 16], maxZoom: 18, animate: false });
  legend(map, preview, farthest > FAR_KM ? Math.round(farthest) : 0);
}

/** @param {L.Map} map @param {PreviewMap} preview @param {number} stray In kilometres; 0: none. */
function legend(map, { points, counts, strays, stray_count: lost }, stray) {
  const shown = points.length;
  const n = counts[0] + counts[1] + counts[2];
  const number = new Intl.NumberFormat(document.documentElement.lang);
  const counted = (/** @type {"accent" | "broken" | "quiet"} */ colour, /** @type {string} */ code, /** @type {number} */ count) =>
    count ? row(dot(3, colours()[colour]), say(code, { n: number.format(count) })) : null;
  const content = element("div", { class: "legend of-points" });
  const draw = () => {
    const dots = [
      counted("accent", "imports.script.inside", counts[0]),
      counted("broken", "imports.script.outside", counts[1]),
      counted("quiet", "imports.script.unknown", counts[2]),
    ];
    const rows = [
      element("div", { class: "rows" }, ...dots),
      stray ? element("p", { class: "notice bad" }, say("imports.script.strays", { km: number.format(stray) })) : null,
      lost ? element("p", { class: "notice bad" }, say("imports.script.far", { n: number.format(lost), who: farOff(strays, lost) })) : null,
      shown < n ? element("p", { class: "notice" }, say("imports.script.sample", { shown: number.format(shown), n: number.format(n) })) : null,
    ];
    content.replaceChildren(...rows.filter((one) => one !== null));
  };
  onColours(draw);
  draw();
  map.getContainer().before(content);
}

/** Names households that are far from their village, and how many more there are. @param {PreviewMap["strays"]} strays @param {number} lost */
function farOff(strays, lost) {
  const named = strays.map(({ who, village, kilometres }) => say("imports.script.stray", { who, village, km: kilometres.toLocaleString(document.documentElement.lang) }));
  const more = lost > strays.length ? [say("imports.script.more", { n: lost - strays.length })] : [];
  return new Intl.ListFormat(document.documentElement.lang, { style: "narrow" }).format([...named, ...more]);
}
