// The town's own roads, water and buildings, painted so that they do not speak up.
import { GeomType, Labeler, LineLabelSymbolizer, LineSymbolizer, PmtilesSource, PolygonSymbolizer, TileCache, View, exp, paint, toIndex } from "protomaps-leaflet";
import { BUILDINGS_ZOOM, colours, onColours } from "../drawing/marks.js";
import { pixelRatio } from "../drawing/medium.js";
import { MapCanvas, penOf } from "../drawing/map_canvas.js";
/** @import { Feature, LabelRule, PaintRule, PaintSymbolizer, TileTransform } from "protomaps-leaflet" */
/** @import { LandKind } from "./basemap.js" */

const ROAD_NAMES_ZOOM = 16;
const DATA_ZOOM = 15;
const DATA_LEVELS = 1; // of zoom by which data are coarser than what is drawn of them
const KEPT = 64; // tiles whose names stay where they are

/** @param {LandKind} kind @param {number} shape */
const only = (kind, shape) => (/** @type {number} */ _zoom, /** @type {Feature | undefined} */ feature) => feature?.props.kind === kind && feature.geomType === shape;

/** @param {LandKind} kind @param {number} shape @param {PaintSymbolizer} symbolizer @param {number} [minzoom] @returns {PaintRule} */
const rule = (kind, shape, symbolizer, minzoom) => ({ dataLayer: "town", minzoom, symbolizer, filter: only(kind, shape) });

/** @param {() => string} color @param {number[][]} stops */
const line = (color, stops) => new LineSymbolizer({ color, width: exp(1.6, stops), lineCap: "round", lineJoin: "round" });

/** @param {() => string} fill */
const area = (fill) => new PolygonSymbolizer({ fill });

const water = () => colours().land.water;
const road = () => colours().land.road;
const PAINTED = [
  rule("water", GeomType.Polygon, area(water)),
  rule("water", GeomType.Line, line(water, [[10, 0.8], [15, 2.5], [19, 10]])),
  rule("building", GeomType.Polygon, area(() => colours().land.building), BUILDINGS_ZOOM),
  rule("road", GeomType.Line, line(() => colours().land.road_edge, [[10, 0.6], [14, 2], [19, 12]])),
  rule("road", GeomType.Line, line(road, [[10, 0.4], [14, 1.2], [19, 10]])),
  rule("road", GeomType.Polygon, area(road)),
];

/** @returns {LabelRule} */
const roadNames = () => ({
  dataLayer: "town",
  minzoom: ROAD_NAMES_ZOOM,
  filter: only("road", GeomType.Line),
  symbolizer: new LineLabelSymbolizer({ fill: () => colours().quiet, stroke: () => colours().halo, width: 2, font: `11px ${getComputedStyle(document.documentElement).fontFamily}`, repeatDistance: 400 }),
});

/**
 * Returns the land on one canvas, above pictures of the ground and the colours of grids. Tiles of Leaflet would each be a
 * canvas, and scaled between whole zooms, which makes a map that is dragged stutter.
 * @param {string} url Of a PMTiles file.
 */
export function landCanvas(url) {
  const view = new View(new TileCache(new PmtilesSource(url, false), 256 << DATA_LEVELS), DATA_ZOOM, DATA_LEVELS);
  const probe = penOf(document.createElement("canvas"));
  /** @type {Map<string, Map<string, Feature[]>>} Those in sight that have come. */ let tiles = new Map();
  /** @type {Labeler | null} */ let labeler = null;
  const land = new MapCanvas("gridplan-land", "gridplan-land", (pen, canvas, map) => {
    const zoom = map.getZoom();
    const { x: minX, y: minY } = map.getPixelOrigin().add(canvas._bounds.getTopLeft());
    const { x: width, y: height } = canvas._bounds.getSize();
    const box = { minX, minY, maxX: minX + width, maxY: minY + height };
    const wanted = view.dataTilesForBounds(zoom, box);
    const known = tiles;
    tiles = new Map();
    /** @type {TileTransform[]} */ const missing = [];
    const prepared = wanted.flatMap((tile) => {
      const key = toIndex(tile.dataTile);
      const data = known.get(key);
      if (!data) missing.push(tile);
      else tiles.set(key, data);
      return data ? [{ ...tile, z: zoom, data }] : [];
    });
    if (missing.length) land.late = bring(missing);
    if (labeler?.z !== zoom) labeler = new Labeler(zoom, probe, [roadNames()], KEPT);
    const found = new Map([["", prepared]]);
    labeler.add(found);
    pen.scale(pixelRatio(), pixelRatio());
    paint(pen, zoom, found, labeler.index, PAINTED, box, /** @type {TileTransform["origin"]} */ ({ x: minX, y: minY }), false);
  });

  /** Draws once more when tiles have come. @param {TileTransform[]} missing */
  async function bring(missing) {
    const asked = missing.map(async ({ dataTile }) => {
      const data = await view.tileCache.get(dataTile);
      tiles.set(toIndex(dataTile), data);
    });
    const answers = await Promise.allSettled(asked);
    for (const answer of answers) if (answer.status === "rejected") console.error(answer.reason);
    if (answers.some(({ status }) => status === "fulfilled")) land.draw();
  }

  onColours(() => land.draw());
  document.fonts.addEventListener("loadingdone", () => {
    labeler = null; // a canvas does not draw itself again, as text does
    land.draw();
  });
  Object.assign(land, { beforeAdd: landPane });
  return land;
}

/** @param {L.Map} map */
function landPane(map) {
  if (!map.getPane("gridplan-land")) map.createPane("gridplan-land").style.zIndex = "240";
}
