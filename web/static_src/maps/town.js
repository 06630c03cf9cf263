// Draws a town on a Leaflet map: grids, village boundaries and households, each one GeoJSON layer on one canvas.
import * as L from "leaflet";
import { hamletBounds, hamletLayer } from "./hamlets.js";
import { Labels, penOf } from "./labels.js";
import { RULES, colours, detailAt, faded, metresPerPixel, onColours, paintOf } from "./marks.js";
import { NOTHING, residentsOf } from "./selection.js";
/** @import { Selection } from "./selection.js" */
/** @import { Paint } from "./marks.js" */
/** @import { Grid, Place, TownMap, View, Village } from "../wire.js" */
/** @import { Feature, Geometry, Point } from "geojson" */

/** @typedef {Feature<Point | null, Place>} PlaceFeature */
/** @typedef {{ move?: "fit" | "none", animate?: boolean }} Showing Whether the map goes to what is chosen, and how. */

/**
 * @typedef {object} Town The drawn town: its layers, what is chosen, and what moves the map and colours it.
 * @property {L.Map} map Fires gridplan:selected, gridplan:pointed (what the mouse is over) and gridplan:colour.
 * @property {TownMap} data
 * @property {(n: number) => string} format
 * @property {{ grids: L.GeoJSON<Grid>, villages: L.GeoJSON<Village>, households: L.GeoJSON, hamlets: L.LayerGroup }} layers
 * @property {Selection} selection
 * @property {(selection: Partial<Selection>, showing?: Showing) => void} select
 * @property {(selection: Partial<Selection>) => void} point Points out what a list is at: NOTHING to end it.
 * @property {(village: number) => Promise<PlaceFeature[]>} placesOf Where the households of a village stand.
 * @property {(key: string | null) => void} colour By one of data.views; otherwise neighbours differ.
 * @property {(isBanded: boolean) => void} band Fills grids along their edges only, so that the ground beneath is seen.
 */

const calm = matchMedia("(prefers-reduced-motion: reduce)");
// Metres per pixel beyond which a click means a village, and beyond which no household.
const VILLAGES_FROM = 12;
const GRIDS_FROM = 3.5;
const BAND_PX = 7;

/** Returns what fills grids: a colour, or lines that slant across it. @param {Paint} paint */
function filling({ fill, hatching }) {
  if (!hatching) return fill;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 8;
  const pen = penOf(canvas);
  pen.fillStyle = fill;
  pen.fillRect(0, 0, 8, 8);
  pen.fillStyle = hatching;
  for (let x = 0; x < 8; x += 1) pen.fillRect(x, 7 - x, 1, 1); // a line would be blurred into colours that no legend has
  // Leaflet hands a fill to the canvas as it is, and a canvas takes patterns too.
  return /** @type {string} */ (/** @type {unknown} */ (pen.createPattern(canvas, "repeat")));
}

/** Draws some lines inside of their shapes: the mark of a grid beside the boundary of its village, and beside that of its neighbour. */
class GridCanvas extends L.Canvas {
  /** @param {CanvasRenderingContext2D} pen @param {L.Path} shape */
  _fillStroke(pen, shape) {
    const { inside, weight = 1, color } = shape.options;
    if (!inside) return super._fillStroke(pen, shape);
    pen.save();
    pen.clip("evenodd");
    pen.setLineDash(shape.options._dashArray ?? []);
    Object.assign(pen, { strokeStyle: color, lineWidth: 2 * weight, lineCap: "butt", lineJoin: "round" });
    pen.stroke();
    pen.restore();
  }
}

/**
 * @param {L.Map} map @param {TownMap} data @param {(n: number) => string} format
 * @param {() => number} margin What covers the map's right side, in pixels.
 * @returns {Town}
 */
export function drawTown(map, data, format, margin) {
  const renderer = new GridCanvas({ padding: 0.3, tolerance: L.Browser.mobile ? 8 : 2 }).addTo(map);
  const place = { renderer, bubblingMouseEvents: false };

  /** @type {ReturnType<typeof detailAt> | null} */ let detail = null;
  /** @type {View | null} */ let view = null;
  // Roads and water lie on the fills, so that every colour is seen as it is; outlines lie on the roads.
  map.createPane("gridplan-fills").style.zIndex = "220";
  const beneath = { renderer: new GridCanvas({ pane: "gridplan-fills", padding: 0.3 }), pane: "gridplan-fills", interactive: false, fillOpacity: 1 };
  let isBanded = false;
  let selection = NOTHING;
  let pointed = NOTHING;
  /** @type {Map<object, number>} */
  const indexOf = new Map(data.grids.features.map((feature, index) => [feature, index]));
  /** @param {Feature<Geometry | null, Grid>} feature */
  function paint(feature) {
    const { tint, village } = feature.properties;
    const full = paintOf(tint, view?.classes[view.grids[indexOf.get(feature) ?? -1]]);
    return selection.village === null || selection.village === village ? full : faded(full);
  }
  /** @param {Feature<Geometry | null, Grid> | undefined} feature @returns {L.PathOptions} */
  function fillStyle(feature) {
    if (!feature) return {};
    const filled = filling(paint(feature));
    return isBanded ? { ...beneath, inside: true, weight: BAND_PX, color: filled } : { ...beneath, inside: false, stroke: false, fillColor: filled };
  }
  /** @param {Feature<Geometry | null, Grid> | undefined} feature @returns {L.PathOptions} */
  function gridStyle(feature) {
    if (!feature) return {};
    const index = indexOf.get(feature);
    const [rule] = feature.properties.broken;
    const { accent, broken } = colours();
    const still = { ...place, fill: false, inside: false, dashArray: undefined };
    if (index === selection.grid) return { ...still, weight: 4, color: accent };
    if (index === pointed.grid) return { ...still, weight: 3, color: accent };
    if (rule) return { ...still, inside: true, weight: RULES[rule.mark].weight, dashArray: RULES[rule.mark].dashes, color: broken };
    return { ...still, weight: detail?.outline, color: paint(feature).line };
  }
  /** @param {Feature<Geometry | null, Village> | undefined} village */
  function villageStyle(village) {
    const { accent, ink } = colours();
    const isOf = (/** @type {Selection} */ { village: index }) => index !== null && village === data.villages.features[index];
    const strength = isOf(selection) ? { weight: 4, color: accent } : isOf(pointed) ? { weight: 3, color: accent } : { weight: detail?.boundary, color: ink };
    return { ...place, interactive: false, fill: false, dashArray: village?.properties.planned === false ? "8 6" : undefined, ...strength };
  }
  const dotStyle = (/** @type {boolean} */ leftOut) => ({ color: colours().ink, fillColor: leftOut ? colours().paper : colours().ink });
  /** @param {Feature<Geometry, Place>} feature @param {L.LatLng} latlng */
  const dotOf = (feature, latlng) => {
    if (feature.properties.at_hamlet) return L.circleMarker(latlng, { ...place, stroke: false, fill: false, interactive: false }); // the hamlet has a mark
    const leftOut = feature.properties.households.every(([, grid]) => grid === null);
    return L.circleMarker(latlng, { ...place, stroke: leftOut, weight: 1.5, fillOpacity: 1, ...dotStyle(leftOut) });
  };

  // Leaflet makes no layer of a feature without a geometry: a grid that is not drawn, a village that is on no map.
  /** @type {Map<object, L.Layer>} */ const layerOf = new Map();
  const onEachFeature = (/** @type {object} */ feature, /** @type {L.Layer} */ layer) => layerOf.set(feature, layer);
  const fills = L.geoJSON(data.grids, beneath);
  /** @type {L.GeoJSON<Grid>} */ const grids = L.geoJSON(data.grids, { onEachFeature });
  /** @type {L.GeoJSON<Village>} */ const villages = L.geoJSON(data.villages, { interactive: false, onEachFeature });
  const households = L.geoJSON(data.households, { pointToLayer: dotOf });
  const gridLayers = data.grids.features.map((feature) => /** @type {L.Polygon<Grid> | undefined} */ (layerOf.get(feature)));
  const villageLayers = data.villages.features.map((feature) => /** @type {L.Polygon<Village> | undefined} */ (layerOf.get(feature)));
  const dots = /** @type {L.CircleMarker[]} */ (households.getLayers());
  const layers = { grids, villages, households, hamlets: L.layerGroup() };
  const labels = new Labels(data, layers);

  const brokenLayers = gridLayers.filter((_layer, index) => data.grids.features[index].properties.broken.length);
  function order() {
    if (map.hasLayer(villages)) villages.bringToFront();
    if (map.hasLayer(villages) && selection.village !== null) villageLayers[selection.village]?.bringToFront();
    if (map.hasLayer(grids)) brokenLayers.forEach((layer) => layer?.bringToFront());
    if (map.hasLayer(grids) && selection.grid !== null) gridLayers[selection.grid]?.bringToFront();
    if (map.hasLayer(households)) households.bringToFront();
  }

  function fitDetail() {
    const wanted = detailAt(metresPerPixel(map));
    if (wanted === detail) return;
    detail = wanted;
    restyle();
    dots.forEach((dot, index) => {
      const several = data.households.features[index].properties.households.length > 1;
      dot.setStyle({ radius: several ? wanted.flats : wanted.radius });
    });
  }
  function restyle() {
    fills.setStyle(fillStyle);
    grids.setStyle(gridStyle);
    villages.setStyle(villageStyle);
    order();
  }
  /** @param {string | null} key */
  function colour(key) {
    view = data.views?.find((other) => other.key === key) ?? null;
    restyle();
    map.fire("gridplan:colour", { view });
  }
  /** @param {boolean} wanted */
  function band(wanted) {
    isBanded = wanted;
    restyle();
  }

  /** @param {number} village */
  const placesOf = async (village) => data.households.features.filter(({ properties }) => properties.village === village);
  /** Returns where a household stands, unless that is not known. @param {Selection} wanted */
  async function spotOf({ village, household }) {
    if (village === null || household === null) return null;
    const home = (await placesOf(village)).find(({ properties }) => residentsOf(properties).some(({ key }) => key === household));
    return home?.geometry ? L.latLng(home.geometry.coordinates[1], home.geometry.coordinates[0]) : null;
  }
  const above = map.createPane("gridplan-chosen");
  Object.assign(above.style, { zIndex: "440", pointerEvents: "none" });
  const ring = { renderer: L.svg({ pane: "gridplan-chosen" }), pane: "gridplan-chosen", interactive: false, fill: false };
  const chosenRing = L.circleMarker([0, 0], { ...ring, radius: 11, weight: 4 });
  const pointedRing = L.circleMarker([0, 0], { ...ring, radius: 9, weight: 2 });

  /** @param {Partial<Selection>} wanted @returns {Selection} */
  function whole({ village = null, grid = null, household = null }) {
    return { village: grid === null ? village : data.grids.features[grid].properties.village, grid, household };
  }
  /** @param {Partial<Selection>} wanted @param {Showing} showing */
  async function select(wanted, { move = "fit", animate = !calm.matches } = {}) {
    selection = whole(wanted);
    town.selection = selection;
    pointed = NOTHING;
    restyle();
    chosenRing.remove();
    pointedRing.remove();
    const chosen = selection;
    map.fire("gridplan:selected", { selection }); // first: a panel that opens for it may leave the map another size
    if (move === "fit" && chosen.household === null) fit(chosen, animate);
    if (chosen.household === null) return;
    const spot = await spotOf(chosen);
    if (chosen !== selection) return;
    if (spot) chosenRing.setLatLng(spot).setStyle({ color: colours().accent }).addTo(map);
    if (spot && move === "fit") map.setView(spot, Math.max(18, map.getZoom()), { animate });
    else if (move === "fit") fit(chosen, animate);
  }
  /** @param {Partial<Selection>} wanted */
  async function point(wanted) {
    const before = pointed;
    const now = (pointed = whole(wanted));
    for (const { grid } of [before, now]) if (grid !== null) gridLayers[grid]?.setStyle(gridStyle(data.grids.features[grid]));
    for (const { village } of [before, now]) if (village !== null) villageLayers[village]?.setStyle(villageStyle(data.villages.features[village]));
    pointedRing.remove();
    const spot = await spotOf(now);
    if (spot && now === pointed) pointedRing.setLatLng(spot).setStyle({ color: colours().accent }).addTo(map);
  }

  /** @param {number} padding @returns {L.FitBoundsOptions} */
  const padded = (padding) => ({ paddingTopLeft: [padding, padding], paddingBottomRight: [padding + margin(), padding] });
  /** Goes to what is chosen: of a grid or village that is not drawn to what it is part of. @param {Selection} chosen @param {boolean} animate */
  function fit({ village, grid }, animate) {
    const shape = grid === null ? undefined : gridLayers[grid];
    const around = village === null ? undefined : villageLayers[village];
    const label = village === null ? null : data.villages.features[village].properties.label;
    const hamlets = hamletBounds(data, village);
    const everything = villages.getBounds().extend(households.getBounds()).extend(hamlets);
    if (shape) map.fitBounds(shape.getBounds().pad(1), { ...padded(0), maxZoom: 18, animate });
    else if (around) map.fitBounds(around.getBounds(), { ...padded(24), animate });
    else if (village !== null && hamlets.isValid()) map.fitBounds(hamlets, { ...padded(60), maxZoom: 16, animate });
    else if (label) map.setView([label[1], label[0]], 16, { animate });
    else if (village !== null) return; // it is on no map
    else if (everything.isValid()) map.fitBounds(everything, { ...padded(16), maxZoom: 18, animate });
    else map.setView([0, 0], 2);
  }

  const scale = () => metresPerPixel(map);
  /** Returns what a place on the map means at this distance. @param {number} index Of data.grids. @returns {Selection} */
  const gridAt = (index) => whole(scale() > VILLAGES_FROM ? { village: data.grids.features[index].properties.village } : { grid: index });
  /** @param {number} index Of data.households. @returns {Selection} */
  function placeAt(index) {
    const { properties } = data.households.features[index];
    const { village } = properties;
    if (scale() > VILLAGES_FROM) return whole({ village });
    const residents = residentsOf(properties);
    const { grid, key } = residents.find((one) => one.grid === selection.grid) ?? residents[0]; // of several one of the chosen grid
    return scale() > GRIDS_FROM && grid !== null ? whole({ grid }) : whole({ village, grid, household: key });
  }
  /** @param {L.Layer | undefined} layer @param {() => Selection} meant */
  function listen(layer, meant) {
    layer?.on("click", () => select(meant(), { move: scale() > VILLAGES_FROM ? "fit" : "none" }));
    layer?.on("mouseover", () => map.fire("gridplan:pointed", { selection: meant() }));
    layer?.on("mouseout", () => map.fire("gridplan:pointed", { selection: NOTHING }));
  }
  gridLayers.forEach((layer, index) => listen(layer, () => gridAt(index)));
  dots.forEach((dot, index) => listen(dot, () => placeAt(index)));
  map.on("zoomend", fitDetail);
  onColours(() => {
    restyle();
    dots.forEach((dot) => dot.setStyle(dotStyle(dot.options.stroke === true)));
    chosenRing.setStyle({ color: colours().accent });
  });
  map.on("layeradd layerremove", ({ layer }) => {
    if (layer !== grids && layer !== villages && layer !== households) return;
    if (layer === grids) map.hasLayer(grids) ? fills.addTo(map) : fills.remove();
    order();
    labels.draw();
  });
  /** @type {Town} */
  const town = { map, data, format, layers, selection, select, point, placesOf, colour, band };
  layers.hamlets = hamletLayer(town);

  fit(NOTHING, false);
  fitDetail();
  grids.addTo(map);
  villages.addTo(map);
  households.addTo(map);
  layers.hamlets.addTo(map);
  labels.addTo(map);
  return town;
}
