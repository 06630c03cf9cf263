// Draws a town on a Leaflet map: grids, village boundaries and households, each one GeoJSON layer on one canvas.
import * as L from "leaflet";
import { Labels } from "./labels.js";
import { ACCENT, BROKEN, HATCHING, INK, PAPER, RAMP, RAMP_LINE, TINTS } from "./palette.js";
import { gridPopup, householdPopup } from "./popups.js";
import { detailAt, metresPerPixel } from "./scale.js";

/** Returns what fills a class that is none of the ramp: slanting lines. */
function hatching() {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 8;
  const pen = canvas.getContext("2d");
  pen.fillStyle = PAPER;
  pen.fillRect(0, 0, 8, 8);
  Object.assign(pen, { strokeStyle: HATCHING, lineWidth: 1.5 });
  for (const x of [-8, 0, 8]) {
    pen.moveTo(x, 8);
    pen.lineTo(x + 8, 0);
  }
  pen.stroke();
  return pen.createPattern(canvas, "repeat");
}

/**
 * Returns the drawn town: its layers, showGrid, showVillage, showPlace and showAll to move the map, colour(view) to colour
 * it by one of data.views (null: neighbours differ), and point(grid) to point a grid out. `margin()` is what covers the
 * map's right side. The map fires gridplan:village, gridplan:grid and gridplan:colour with what is shown.
 */
export function drawTown(map, data, margin) {
  const renderer = L.canvas({ padding: 0.3, tolerance: L.Browser.mobile ? 8 : 2 }).addTo(map);
  const place = { renderer, bubblingMouseEvents: false };

  let detail = null;
  let view = null;
  // Through a ramp the ground shines less: its steps have to be told apart.
  let veiled = false;
  const opacity = () => (veiled ? (view ? 0.75 : 0.5) : 0.85);
  const hatched = hatching();
  const indexOf = new Map(data.grids.features.map((feature, index) => [feature, index]));
  function paint(feature) {
    const one = view?.classes[view.grids[indexOf.get(feature)]];
    if (!one || one.mark === "plain") return TINTS[view ? 0 : feature.properties.tint];
    return { fill: one.mark === "ramp" ? RAMP[one.step] : one.mark === "hatched" ? hatched : PAPER, line: RAMP_LINE };
  }
  function gridStyle(feature) {
    const broken = feature.properties.broken.length > 0;
    const { fill, line } = paint(feature);
    return {
      ...place,
      weight: broken ? 2 : detail.outline,
      color: broken ? BROKEN : line,
      dashArray: broken ? "6 4" : null,
      fillColor: fill,
      fillOpacity: opacity(),
    };
  }
  let shown = null;
  const villageStyle = (village) => ({
    ...place,
    interactive: false,
    fill: false,
    dashArray: village.properties.planned === false ? "8 6" : null,
    ...(village === shown?.feature ? { weight: 4, color: ACCENT, opacity: 1 } : { weight: detail.boundary, color: INK, opacity: 0.75 }),
  });
  const dotOf = (feature, latlng) => {
    const rows = feature.properties.households;
    const leftOut = rows.every((row) => row[1] === null);
    return L.circleMarker(latlng, { ...place, stroke: leftOut, weight: 1.5, color: INK, fillColor: leftOut ? PAPER : INK });
  };

  // Leaflet makes no layer of a feature without a geometry: a grid that is not drawn, a village that is on no map.
  const layerOf = new Map();
  const onEachFeature = (feature, layer) => layerOf.set(feature, layer);
  const grids = L.geoJSON(data.grids, { onEachFeature });
  const villages = L.geoJSON(data.villages, { interactive: false, onEachFeature });
  const households = L.geoJSON(data.households, { pointToLayer: dotOf });
  const gridLayers = data.grids.features.map((feature) => layerOf.get(feature));
  const villageLayers = data.villages.features.map((feature) => layerOf.get(feature));
  const layers = { grids, villages, households };
  const labels = new Labels(data, layers);

  let selected = null;
  const brokenLayers = gridLayers.filter((layer, index) => layer && data.grids.features[index].properties.broken.length);
  function order() {
    if (map.hasLayer(villages)) villages.bringToFront();
    if (map.hasLayer(villages) && shown) shown.bringToFront();
    if (map.hasLayer(grids)) brokenLayers.forEach((layer) => layer.bringToFront());
    if (map.hasLayer(grids) && selected) selected.bringToFront();
    if (map.hasLayer(households)) households.bringToFront();
  }

  function fitDetail() {
    const wanted = detailAt(metresPerPixel(map));
    if (wanted === detail) return;
    detail = wanted;
    grids.setStyle(gridStyle);
    villages.setStyle(villageStyle);
    if (selected) select(selected);
    households.eachLayer((dot) => {
      const several = dot.feature.properties.households.length > 1;
      dot.setStyle({ radius: several ? detail.flats : detail.radius, fillOpacity: detail.opacity });
    });
  }

  map.getPane("popupPane").setAttribute("aria-live", "polite");
  const popup = L.popup({ maxWidth: 300, minWidth: 200, autoPanPadding: [24, 24] });
  function openPopup(latlng, content) {
    popup.setLatLng(latlng).setContent(content).openOn(map);
    popup.getElement().querySelector(".leaflet-popup-close-button").setAttribute("aria-label", data.words.close);
  }

  function select(layer) {
    if (selected) selected.setStyle(gridStyle(selected.feature));
    selected = layer;
    if (layer) layer.setStyle({ weight: 4, fillOpacity: Math.min(1, opacity() + 0.15) });
    order();
  }
  let pointed = null;
  function point(index) {
    if (pointed && pointed !== selected) pointed.setStyle(gridStyle(pointed.feature));
    pointed = index === null ? null : gridLayers[index];
    if (pointed && pointed !== selected) pointed.setStyle({ weight: 3 });
  }
  function colour(key) {
    view = data.views?.find((one) => one.key === key) ?? null;
    grids.setStyle(gridStyle);
    if (selected) select(selected);
    map.fire("gridplan:colour", { view });
  }
  /** Lets a ground beneath be seen through the grids, or not. */
  function onGround(there) {
    veiled = there;
    grids.setStyle(gridStyle);
    if (selected) select(selected);
  }
  function openGrid(index) {
    const { label, village } = data.grids.features[index].properties;
    const at = label ?? data.villages.features[village].properties.label;
    if (at) openPopup([at[1], at[0]], gridPopup(data, index, { showVillage }));
    if (label) select(gridLayers[index]);
    highlight(village);
    map.fire("gridplan:grid", { index });
  }
  function openPlace(index) {
    const [lon, lat] = data.households.features[index].geometry.coordinates;
    openPopup([lat, lon], householdPopup(data, data.households.features[index].properties, { showGrid }));
  }

  const room = (padding) => ({ paddingTopLeft: [padding, padding], paddingBottomRight: [padding + margin(), padding] });
  function highlight(index) {
    shown = index === null ? null : (villageLayers[index] ?? null);
    if (detail) villages.setStyle(villageStyle);
    order();
  }
  function showVillage(index, animate = true) {
    const { label } = data.villages.features[index].properties;
    map.closePopup();
    if (villageLayers[index]) map.fitBounds(villageLayers[index].getBounds(), { ...room(24), animate });
    else if (label) map.setView([label[1], label[0]], 16, { animate });
    highlight(index);
    map.fire("gridplan:village", { index });
  }
  function showGrid(index, animate = true) {
    if (gridLayers[index]) map.fitBounds(gridLayers[index].getBounds().pad(1), { ...room(0), maxZoom: 18, animate });
    else showVillage(data.grids.features[index].properties.village, animate);
    openGrid(index);
  }
  function showPlace(index) {
    const [lon, lat] = data.households.features[index].geometry.coordinates;
    map.setView([lat, lon], 18);
    openPlace(index);
  }
  function showAll() {
    highlight(null);
    const everything = villages.getBounds().extend(households.getBounds());
    if (everything.isValid()) map.fitBounds(everything, { ...room(16), maxZoom: 18, animate: false });
    else map.setView([0, 0], 2);
    map.fire("gridplan:village", { index: null });
  }

  gridLayers.forEach((layer, index) => layer?.on("click", () => openGrid(index)));
  households.getLayers().forEach((dot, index) => dot.on("click", () => openPlace(index)));
  map.on("popupclose", () => {
    select(null);
    map.fire("gridplan:grid", { index: null });
  });
  map.on("zoomend", fitDetail);
  map.on("layeradd layerremove", ({ layer }) => {
    if (!Object.values(layers).includes(layer)) return;
    order();
    labels.draw();
  });

  showAll();
  fitDetail();
  grids.addTo(map);
  villages.addTo(map);
  households.addTo(map);
  labels.addTo(map);
  return { map, data, layers, showAll, showVillage, showGrid, showPlace, colour, point, onGround };
}
