// Draws a town on a Leaflet map: grids, village boundaries and households, each one GeoJSON layer on one canvas.
import * as L from "leaflet";
import { Labels, penOf } from "./labels.js";
import { ACCENT, BROKEN, HATCHING, INK, PAPER, RAMP, RAMP_LINE, TINTS, detailAt, metresPerPixel } from "./marks.js";
import { gridPopup, householdPopup } from "./popups.js";
/** @import { Grid, Place, TownMap, View, Village } from "../wire.js" */
/** @import { Feature, Geometry } from "geojson" */

/**
 * @typedef {object} Town The drawn town: its layers, and what moves the map and colours it.
 * @property {L.Map} map Fires gridplan:village, gridplan:grid and gridplan:colour with what is shown.
 * @property {TownMap} data
 * @property {(n: number) => string} format
 * @property {{ grids: L.GeoJSON<Grid>, villages: L.GeoJSON<Village>, households: L.GeoJSON }} layers
 * @property {() => void} showAll
 * @property {(index: number, animate?: boolean) => void} showVillage
 * @property {(index: number, animate?: boolean) => void} showGrid
 * @property {(index: number) => void} showPlace
 * @property {(key: string | null) => void} colour By one of data.views; otherwise neighbours differ.
 * @property {(index: number | null) => void} point Points a grid out.
 * @property {(isVeiled: boolean) => void} veil Lets a layer beneath be seen through the grids, or not.
 */

/** Returns what fills a class that is none of the ramp: slanting lines. */
function hatching() {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 8;
  const pen = penOf(canvas);
  pen.fillStyle = PAPER;
  pen.fillRect(0, 0, 8, 8);
  Object.assign(pen, { strokeStyle: HATCHING, lineWidth: 1.5 });
  for (const x of [-8, 0, 8]) {
    pen.moveTo(x, 8);
    pen.lineTo(x + 8, 0);
  }
  pen.stroke();
  // Leaflet hands a fill to the canvas as it is, and a canvas takes patterns too.
  return /** @type {string} */ (/** @type {unknown} */ (pen.createPattern(canvas, "repeat")));
}

/**
 * @param {L.Map} map @param {TownMap} data @param {(n: number) => string} format
 * @param {() => number} margin What covers the map's right side, in pixels.
 * @returns {Town}
 */
export function drawTown(map, data, format, margin) {
  const renderer = L.canvas({ padding: 0.3, tolerance: L.Browser.mobile ? 8 : 2 }).addTo(map);
  const place = { renderer, bubblingMouseEvents: false };

  /** @type {ReturnType<typeof detailAt> | null} */ let detail = null;
  /** @type {View | null} */ let view = null;
  // Through a ramp the layer beneath shines less: its steps have to be told apart.
  let veiled = false;
  const opacity = () => (veiled ? (view ? 0.75 : 0.5) : 0.85);
  const hatched = hatching();
  /** @type {Map<object, number>} */
  const indexOf = new Map(data.grids.features.map((feature, index) => [feature, index]));
  /** @param {Feature<Geometry, Grid>} feature */
  function paint(feature) {
    const { mark, step } = view?.classes[view.grids[indexOf.get(feature) ?? -1]] ?? { mark: "plain", step: 0 };
    if (mark === "plain") return TINTS[view ? 0 : feature.properties.tint];
    return { fill: mark === "ramp" ? RAMP[step] : mark === "hatched" ? hatched : PAPER, line: RAMP_LINE };
  }
  /** @param {Feature<Geometry, Grid> | undefined} feature @returns {L.PathOptions} */
  function gridStyle(feature) {
    if (!feature) return {};
    const broken = feature.properties.broken.length > 0;
    const { fill, line } = paint(feature);
    return {
      ...place,
      weight: broken ? 2 : detail?.outline,
      color: broken ? BROKEN : line,
      dashArray: broken ? "6 4" : undefined,
      fillColor: fill,
      fillOpacity: opacity(),
    };
  }
  /** @type {L.Polygon<Village> | null} The village that the map is about. */
  let shown = null;
  const villageStyle = (/** @type {Feature<Geometry, Village> | undefined} */ village) => ({
    ...place,
    interactive: false,
    fill: false,
    dashArray: village?.properties.planned === false ? "8 6" : undefined,
    ...(village === shown?.feature ? { weight: 4, color: ACCENT, opacity: 1 } : { weight: detail?.boundary, color: INK, opacity: 0.75 }),
  });
  /** @param {Feature<Geometry, Place>} feature @param {L.LatLng} latlng */
  const dotOf = (feature, latlng) => {
    const leftOut = feature.properties.households.every(([, grid]) => grid === null);
    return L.circleMarker(latlng, { ...place, stroke: leftOut, weight: 1.5, color: INK, fillColor: leftOut ? PAPER : INK });
  };

  // Leaflet makes no layer of a feature without a geometry: a grid that is not drawn, a village that is on no map.
  /** @type {Map<object, L.Layer>} */ const layerOf = new Map();
  const onEachFeature = (/** @type {object} */ feature, /** @type {L.Layer} */ layer) => layerOf.set(feature, layer);
  /** @type {L.GeoJSON<Grid>} */ const grids = L.geoJSON(data.grids, { onEachFeature });
  /** @type {L.GeoJSON<Village>} */ const villages = L.geoJSON(data.villages, { interactive: false, onEachFeature });
  const households = L.geoJSON(data.households, { pointToLayer: dotOf });
  const gridLayers = data.grids.features.map((feature) => /** @type {L.Polygon<Grid> | undefined} */ (layerOf.get(feature)));
  const villageLayers = data.villages.features.map((feature) => /** @type {L.Polygon<Village> | undefined} */ (layerOf.get(feature)));
  const dots = /** @type {L.CircleMarker[]} */ (households.getLayers());
  const layers = { grids, villages, households };
  const labels = new Labels(data, layers);

  /** @type {L.Polygon<Grid> | null} */ let selected = null;
  const brokenLayers = gridLayers.filter((_layer, index) => data.grids.features[index].properties.broken.length);
  function order() {
    if (map.hasLayer(villages)) villages.bringToFront();
    if (map.hasLayer(villages)) shown?.bringToFront();
    if (map.hasLayer(grids)) brokenLayers.forEach((layer) => layer?.bringToFront());
    if (map.hasLayer(grids)) selected?.bringToFront();
    if (map.hasLayer(households)) households.bringToFront();
  }

  function fitDetail() {
    const wanted = detailAt(metresPerPixel(map));
    if (wanted === detail) return;
    detail = wanted;
    grids.setStyle(gridStyle);
    villages.setStyle(villageStyle);
    if (selected) select(selected);
    dots.forEach((dot, index) => {
      const several = data.households.features[index].properties.households.length > 1;
      dot.setStyle({ radius: several ? wanted.flats : wanted.radius, fillOpacity: wanted.opacity });
    });
  }

  map.getPane("popupPane")?.setAttribute("aria-live", "polite");
  const popup = L.popup({ maxWidth: 300, minWidth: 200, autoPanPadding: [24, 24] });
  /** @param {L.LatLngTuple} latlng @param {HTMLElement} content */
  function openPopup(latlng, content) {
    popup.setLatLng(latlng).setContent(content).openOn(map);
    popup.getElement()?.querySelector(".leaflet-popup-close-button")?.setAttribute("aria-label", data.words.close);
  }

  /** @param {L.Polygon<Grid> | null} layer */
  function select(layer) {
    selected?.setStyle(gridStyle(selected.feature));
    selected = layer;
    layer?.setStyle({ weight: 4, fillOpacity: Math.min(1, opacity() + 0.15) });
    order();
  }
  function restyle() {
    grids.setStyle(gridStyle);
    if (selected) select(selected);
  }
  /** @type {L.Polygon<Grid> | null} */ let pointed = null;
  /** @param {number | null} index */
  function point(index) {
    if (pointed !== selected) pointed?.setStyle(gridStyle(pointed.feature));
    pointed = index === null ? null : (gridLayers[index] ?? null);
    if (pointed !== selected) pointed?.setStyle({ weight: 3 });
  }
  /** @param {string | null} key */
  function colour(key) {
    view = data.views?.find((other) => other.key === key) ?? null;
    restyle();
    map.fire("gridplan:colour", { view });
  }
  /** @param {boolean} isVeiled */
  function veil(isVeiled) {
    veiled = isVeiled;
    restyle();
  }
  /** @param {number} index */
  function openGrid(index) {
    const { label, village } = data.grids.features[index].properties;
    const at = label ?? data.villages.features[village].properties.label;
    if (at) openPopup([at[1], at[0]], gridPopup(town, index));
    if (label) select(gridLayers[index] ?? null);
    highlight(village);
    map.fire("gridplan:grid", { index });
  }
  /** @param {number} index */
  function openPlace(index) {
    const { geometry, properties } = data.households.features[index];
    const [lon, lat] = geometry.coordinates;
    openPopup([lat, lon], householdPopup(town, properties));
  }

  /** @param {number} padding @returns {L.FitBoundsOptions} */
  const padded = (padding) => ({ paddingTopLeft: [padding, padding], paddingBottomRight: [padding + margin(), padding] });
  /** @param {number | null} index */
  function highlight(index) {
    shown = index === null ? null : (villageLayers[index] ?? null);
    if (detail) villages.setStyle(villageStyle);
    order();
  }
  /** @param {number} index */
  function showVillage(index, animate = true) {
    const { label } = data.villages.features[index].properties;
    const layer = villageLayers[index];
    map.closePopup();
    if (layer) map.fitBounds(layer.getBounds(), { ...padded(24), animate });
    else if (label) map.setView([label[1], label[0]], 16, { animate });
    highlight(index);
    map.fire("gridplan:village", { index });
  }
  /** @param {number} index */
  function showGrid(index, animate = true) {
    const layer = gridLayers[index];
    if (layer) map.fitBounds(layer.getBounds().pad(1), { ...padded(0), maxZoom: 18, animate });
    else showVillage(data.grids.features[index].properties.village, animate);
    openGrid(index);
  }
  /** @param {number} index */
  function showPlace(index) {
    const [lon, lat] = data.households.features[index].geometry.coordinates;
    map.setView([lat, lon], 18);
    openPlace(index);
  }
  function showAll() {
    highlight(null);
    const everything = villages.getBounds().extend(households.getBounds());
    if (everything.isValid()) map.fitBounds(everything, { ...padded(16), maxZoom: 18, animate: false });
    else map.setView([0, 0], 2);
    map.fire("gridplan:village", { index: null });
  }

  gridLayers.forEach((layer, index) => layer?.on("click", () => openGrid(index)));
  dots.forEach((dot, index) => dot.on("click", () => openPlace(index)));
  map.on("popupclose", () => {
    select(null);
    map.fire("gridplan:grid", { index: null });
  });
  map.on("zoomend", fitDetail);
  map.on("layeradd layerremove", ({ layer }) => {
    if (layer !== grids && layer !== villages && layer !== households) return;
    order();
    labels.draw();
  });
  /** @type {Town} */
  const town = { map, data, format, layers, showAll, showVillage, showGrid, showPlace, colour, point, veil };

  showAll();
  fitDetail();
  grids.addTo(map);
  villages.addTo(map);
  households.addTo(map);
  labels.addTo(map);
  return town;
}
