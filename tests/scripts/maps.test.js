// What maps show and where, without a map.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setContactViews } from "../../web/static_src/maps/contact.js";
import { shifted } from "../../web/static_src/maps/ground/gcj02.js";
import { layOut } from "../../web/static_src/maps/drawing/label_layout.js";
import { colours, distanceAt, explainedClasses, marksOf, metresPerPixel } from "../../web/static_src/maps/drawing/marks.js";
import { barOf, roundScale, scaleAt } from "../../web/static_src/maps/drawing/medium.js";
import { Placements } from "../../web/static_src/maps/ground/placements.js";
import { kilometresOutside } from "../../web/static_src/maps/strays.js";
import { queryOf, readQuery } from "../../web/static_src/maps/town_address.js";
import palette from "../../gridplan/exchange/palette.json" with { type: "json" };
import { unpacked } from "../../web/static_src/maps/places.js";
import { golden } from "./golden.js";

const mapOf = (name) => unpacked(golden(name));

test("where there is no screen, colours are those of paper; a dark screen has one for each of them", () => {
  assert.equal(colours(), palette.light);
  const names = (part) => Object.entries(part).map(([name, value]) => (typeof value === "string" ? name : [name, names(value)]));
  assert.deepEqual(names(palette.dark), names(palette.light));
});

// How large things are on the screen.

const mapAt = (zoom, lat) => ({ getZoom: () => zoom, getCenter: () => ({ lat }) });

test("a pixel of the whole earth is 157 km at the equator, half of that one zoom further or at 60 degrees", () => {
  assert.equal(Math.round(metresPerPixel(mapAt(0, 0))), 156543);
  assert.equal(Math.round(metresPerPixel(mapAt(1, 0))), 78272);
  assert.equal(Math.round(metresPerPixel(mapAt(0, 60))), 78272);
});

test("the nearer, the more there is and the larger it is", () => {
  const distances = [1, 2, 5, 9, 20, 1000].map((scale) => distanceAt(scale, 800));
  assert.deepEqual(distances.map(({ name }) => name), ["doors", "hamlet", "village", "village", "town", "town"]);
  for (const size of ["dot", "flats", "line", "boundary", "number", "village"]) {
    const sizes = distances.map((distance) => distance[size]);
    assert.deepEqual(sizes, [...sizes].sort((a, b) => b - a), size);
  }
  for (const distance of distances) assert.ok(distance.number < distance.village);
});

// What a legend has to explain.

test("only the marks that are on the map", () => {
  const all = { rules: { large: 1, small: 0, pieces: 0 }, wrong: true, unplanned: true, boundaries: true, households: true, flats: true, leftOut: true, hamlets: false, notDrawn: 0 };
  assert.deepEqual(marksOf(mapOf("town_map")), all);
  assert.deepEqual(marksOf(mapOf("map_file")), { ...all, unplanned: false });
  assert.deepEqual(marksOf(mapOf("counts_map")), { rules: { large: 0, small: 0, pieces: 0 }, wrong: false, unplanned: false, boundaries: true, households: false, flats: false, leftOut: false, hamlets: false, notDrawn: 0 });
});

test("where every household is in a grid, nobody is left out; grids that are not drawn are counted", () => {
  const data = mapOf("map_file");
  for (const { properties } of data.villages.features) properties.in_no_grid = 0;
  assert.equal(marksOf(data).leftOut, false);
  for (const grid of data.grids.features.slice(0, 2)) grid.type = null;
  assert.equal(marksOf(data).notDrawn, 2);
  for (const outline of data.villages.features) outline.type = null;
  assert.equal(marksOf(data).boundaries, false);
});

test("every grid is counted in one class of each view, and every class with a grid is explained", () => {
  const { views, grids } = mapOf("town_map");
  assert.deepEqual(views.map(({ key }) => key), ["size", "lead", "walk"]);
  for (const view of views) {
    assert.equal(view.grids.length, grids.features.length);
    const counts = view.classes.map((_, index) => view.grids.filter((of) => of === index).length);
    assert.deepEqual(view.classes.map(({ count }) => count), counts);
    assert.equal(explainedClasses(view).reduce((sum, { count }) => sum + count, 0), grids.features.length);
  }
});

test("a ramp is explained whole, other classes only where a grid is in them", () => {
  const classes = [{ mark: "ramp", count: 0 }, { mark: "large", count: 0 }, { mark: "hatched", count: 1 }, { mark: "plain", count: 0 }];
  assert.deepEqual(explainedClasses({ classes }).map(({ mark }) => mark), ["ramp", "hatched"]);
});

// Which texts a map has room for.

const METRES_PER_DEGREE = 100_000;
const ALL = { grids: true, villages: true, households: true };
const NOBODY = { village: null, grid: null, household: null };

/** Returns what a map shows at a scale, where a letter is half as wide as it is high. */
function viewAt(scale, { layers = ALL, inSight = true, isDrawn = true, selection = NOBODY, part = null } = {}) {
  const spotOf = ([lon, lat]) => ({ x: (lon * METRES_PER_DEGREE) / scale, y: (-lat * METRES_PER_DEGREE) / scale });
  return {
    distance: distanceAt(scale, 800),
    inks: colours(),
    layers,
    selection,
    villages: [0, 1, 2],
    placeOf: (label) => (isDrawn ? { ...spotOf(label), room: label[2] / scale, inSight } : null),
    partOf: () => part,
    flatsOf: (of) => (of === 0 ? [{ x: 1, y: 2, count: 14 }] : []),
    widthOf: (text, font) => (text.length * Number(font.match(/(\d+)px/)[1])) / 2,
  };
}
const layAt = (...seen) => layOut(mapOf("town_map"), viewAt(...seen));
const textsAt = (...seen) => layAt(...seen).texts.map(({ text }) => text);

test("far, villages have their names, their grids and what is wrong, and no grid its number", () => {
  assert.deepEqual(textsAt(12), ["小塘村", "龙头村", "石桥村", "! 1 breaks a rule", "! 1 without a lead", "! 1 household in no grid", "1 grid", "no plan yet", "2 grids"]);
});

test("where there is no room to say what is wrong, the name has a mark", () => {
  const data = mapOf("town_map");
  data.villages.features[0].properties.wrong = ["! 1 without a lead"]; // 石桥村 is 23 px below it
  const texts = layOut(data, viewAt(70)).texts.map(({ text }) => text);
  assert.deepEqual(texts.slice(0, 2), ["龙头村", "小塘村"]);
  assert.ok(texts.includes("石桥村") && texts.includes("!"), texts.join());
});

test("a name of many letters is written to its 24th", () => {
  const data = mapOf("town_map");
  data.villages.features[0].properties.name = "村".repeat(120);
  assert.ok(layOut(data, viewAt(12)).texts.some(({ text }) => text === `${"村".repeat(23)}…`));
});

test("near, villages come before grids, grids that break a rule before others, and flats have their count", () => {
  const { texts, named } = layAt(1.5);
  assert.deepEqual(texts.map(({ text }) => text), ["小塘村", "龙头村", "石桥村", "▲ 1", "1", "2", "14"]);
  assert.equal(named.size, 3);
  const sizes = texts.map(({ font }) => Number(font.match(/(\d+)px/)[1]));
  assert.ok(Math.max(...sizes.slice(3)) < Math.min(...sizes.slice(0, 3)));
  assert.equal(texts[3].colour, colours().broken);
  assert.deepEqual([texts[6].halo, texts[6].colour], [0, colours().paper]);
  assert.ok(!textsAt(2).includes("14"));
});

test("what is switched off or not drawn has no text", () => {
  assert.deepEqual(textsAt(1.5, { layers: { grids: false, villages: false, households: false } }), []);
  assert.deepEqual(textsAt(1.5, { isDrawn: false }), ["14"]);
  assert.deepEqual(textsAt(1.5, { layers: { ...ALL, grids: false, villages: false } }), ["14"]);
});

test("a number stands in the part of its grid that is in sight, and a village out of sight is not named", () => {
  const { texts, named } = layAt(0.1, { inSight: false, part: { x: 40, y: 50, room: 60, inSight: true } });
  assert.deepEqual(texts.filter(({ x, y }) => x === 40 && y === 50).map(({ text }) => text), ["▲ 1"]);
  assert.equal(named.size, 0);
});

test("what is chosen comes first and larger, what is not is pale", () => {
  const [number, ...others] = layAt(2, { selection: { village: 1, grid: 1, household: null } }).texts;
  assert.deepEqual([number.text, number.font, number.alpha], ["2", "600 16px", 1]);
  const pale = others.filter(({ alpha }) => alpha < 1).map(({ text }) => text);
  assert.deepEqual(pale, ["小塘村", "龙头村", "1", "▲ 1"]);
});

test("no two numbers overlap", () => {
  const data = mapOf("town_map");
  for (const { properties } of data.grids.features) properties.label = [119.43, 31.41, 40];
  const { texts } = layOut(data, viewAt(2, { layers: { ...ALL, households: false, villages: false } }));
  assert.deepEqual(texts.map(({ text }) => text), ["▲ 1"]);
});

// What is selected on the map of a town stands in its address.

const NOTHING = { village: null, grid: null, household: null, view: null, day: null };

test("what is written is what is read", () => {
  const extent = { zoom: 15.25, lat: 31.41, lng: 119.43 };
  for (const selection of [NOTHING, { ...NOTHING, village: 3 }, { village: 3, grid: { plan: 12, number: 4 }, household: 1892620673925077, view: "walk", day: "2026-11-13" }]) {
    assert.deepEqual(readQuery(queryOf(selection)), { ...selection, extent: null, isReadable: true });
    assert.deepEqual(readQuery(queryOf(selection, extent)), { ...selection, extent, isReadable: true });
  }
});

test("an address reads as a colleague may have sent it", () => {
  assert.equal(queryOf({ village: 3, grid: { plan: 12, number: 4 }, household: 7, view: "lead", day: null }), "?village=3&grid=12-4&household=7&view=lead");
});

test("what makes no sense is nothing, and is known for it", () => {
  assert.deepEqual(readQuery(""), { ...NOTHING, extent: null, isReadable: true });
  for (const search of ["?village=x", "?village=", "?village=1e3", "?grid=12", "?grid=a-b", "?grid=-1-2", "?household=x", "?household=7,8", "?at=1,2", "?at=,x,", "?at=9,99,0", "?at=NaN,1,1", "?at=1.2.3,4,5", "?as_of=2026-1-1"]) {
    assert.deepEqual(readQuery(search), { ...NOTHING, extent: null, isReadable: false }, search);
  }
});

// The script shifts places as Python does.

test("places are shifted as Python shifts them, inside China's box and outside", () => {
  let moved = 0;
  for (const [lon, lat, shiftedLon, shiftedLat] of golden("gcj02")) {
    const place = shifted({ lat, lng: lon });
    assert.ok(Math.abs(place.lng - shiftedLon) < 2e-7 && Math.abs(place.lat - shiftedLat) < 2e-7, `${lon}, ${lat}`);
    if (place.lng !== lon) moved += 1;
  }
  assert.ok(moved > 10 && moved < golden("gcj02").length);
});

// Households of a village are placed one after the other.

const HERE = { lon: 119.5, lat: 31.5 };

/** Returns the placements of the golden village and a server that keeps what it is sent, as the real one answers. */
function village() {
  const kept = golden("placement_lists");
  const sent = [];
  const answer = (...homes) => ({ ...golden("placement_answer"), homes: structuredClone(homes) });
  const server = {
    lists: async () => structuredClone(kept),
    async placeHome({ id, version }, place) {
      sent.push(["home", id, version]);
      const home = kept.homes.find((other) => other.id === id);
      if (version !== home.version) throw new Error("stale");
      return answer(Object.assign(home, place ?? kept.hamlets.find(({ name }) => name === home.hamlet).place, { exact: place !== null, version: version + 1 }));
    },
    async setAnchor({ name }, place, was) {
      sent.push(["anchor", name, was]);
      kept.hamlets.find((hamlet) => hamlet.name === name).place = place;
      return answer(...kept.homes.filter((home) => home.hamlet === name && !home.exact).map((home) => Object.assign(home, place)));
    },
  };
  const placements = new Placements(structuredClone(kept), server, () => {});
  const unplaced = placements.homes.filter(({ exact }) => !exact);
  return { placements, kept, sent, unplaced };
}

test("the next without a place is offered, in the order of the list, those passed over last", () => {
  const { placements, unplaced } = village();
  assert.ok(unplaced.length > 3);
  assert.equal(placements.next(), unplaced[0]);
  assert.equal(placements.next(unplaced[0]), unplaced[1]);
  assert.equal(placements.next(unplaced.at(-1)), unplaced[0]);
  placements.skip(unplaced[1]);
  assert.equal(placements.next(unplaced[0]), unplaced[2]);
});

test("hamlets without a place of their own come before houses, and then the houses of the one placed last", () => {
  const { placements, unplaced } = village();
  const hamlet = placements.hamlet(unplaced[0].hamlet);
  Object.assign(hamlet, { place: null, own: false });
  assert.equal(placements.following(), hamlet);
  placements.anchor(hamlet, HERE);
  assert.deepEqual([placements.waitingHamlets.length, placements.following(hamlet)], [0, unplaced.find((home) => home.hamlet === hamlet.name)]);
});

test("a household is shown where it was put, and counted once the server has kept it", async () => {
  const { placements, sent, unplaced } = village();
  const [home] = unplaced;
  const { placed } = placements;
  const { version } = home;
  placements.put(home, HERE);
  assert.deepEqual([home.lon, home.lat, home.exact, home.pending, placements.placed], [HERE.lon, HERE.lat, true, true, placed]);
  await placements.edits.sent;
  assert.deepEqual([home.pending, home.version, placements.placed], [false, version + 1, placed + 1]);
  assert.deepEqual(sent, [["home", home.id, version]]);
});

test("undone, it is back on the anchor of its hamlet", async () => {
  const { placements, unplaced } = village();
  const [home] = unplaced;
  placements.put(home, HERE);
  await placements.edits.sent;
  assert.equal(placements.edits.undo(), home);
  assert.equal(home.exact, false);
  await placements.edits.sent;
  const { place } = placements.hamlet(home.hamlet);
  assert.deepEqual([home.exact, home.lon, home.lat], [false, place.lon, place.lat]);
});

test("a household that somebody else has changed is shown as it was, and can be sent again", async () => {
  const { placements, kept, unplaced } = village();
  const [home] = unplaced;
  const before = [home.lon, home.lat, home.exact];
  kept.homes.find(({ id }) => id === home.id).version += 1;
  placements.put(home, HERE);
  await placements.edits.sent;
  const [failure] = placements.edits.failures;
  assert.equal(failure.problem.message, "stale");
  await placements.edits.retry(failure);
  await placements.edits.sent;
  assert.deepEqual([home.lon, home.lat, home.exact, placements.edits.failures.length], [HERE.lon, HERE.lat, true, 0]);
  kept.homes.find(({ id }) => id === unplaced[1].id).version += 1;
  placements.put(unplaced[1], HERE);
  await placements.edits.sent;
  placements.edits.drop(placements.edits.failures[0]);
  assert.deepEqual([unplaced[1].lon, unplaced[1].lat, unplaced[1].exact], before);
});

test("moving the anchor of a hamlet moves those who have no place of their own, and says where it was", async () => {
  const { placements, sent, unplaced } = village();
  const hamlet = placements.hamlet(unplaced[0].hamlet);
  const was = hamlet.place;
  placements.anchor(hamlet, HERE);
  placements.edits.undo();
  await placements.edits.sent;
  assert.deepEqual(sent, [["anchor", hamlet.name, was], ["anchor", hamlet.name, HERE]]);
  assert.deepEqual(hamlet.place, was);
  assert.deepEqual([unplaced[0].lon, unplaced[0].exact], [was.lon, false]);
});

test("a place outside the village is pointed out, until the next one is inside", async () => {
  const { placements, unplaced } = village();
  placements.server.placeHome = async (home) => ({ ...golden("placement_answer"), homes: [{ ...home, exact: true }], outside: home === unplaced[0] });
  placements.put(unplaced[0], HERE);
  await placements.edits.sent;
  assert.equal(placements.outside, unplaced[0]);
  placements.put(unplaced[1], HERE);
  await placements.edits.sent;
  assert.equal(placements.outside, null);
});

// How contact colours a map.

test("a map has the colours of one day at a time, and counts the grids that were not there then or are no more", () => {
  const data = { ...mapOf("town_map"), views: [] };
  const of = ({ properties }) => [data.villages.features[properties.village].properties.id, properties.number];
  const contact = { ...golden("contact_map"), grids: data.grids.features.map(of) }; // golden ids are counted, each kind for itself
  const town = { map: { fire: () => {} }, data };
  assert.deepEqual(setContactViews(town, contact), { gone: 0, added: 0 });
  assert.deepEqual(data.views, contact.views);
  const [[home], ...others] = contact.grids;
  const then = { grids: [[home, 99], [home, 98], ...others], views: contact.views.map((view) => ({ ...view, grids: [0, ...view.grids] })) };
  assert.deepEqual(setContactViews(town, then), { gone: 2, added: 1 });
  assert.equal(data.views.length, contact.views.length);
  for (const { classes, grids } of data.views) assert.equal(classes[grids[0]].mark, "dotted");
});

// How maps lie on paper.

test("a scale on paper is rounded so that no less is in sight", () => {
  for (const [scale, round] of [[7512, 8000], [8000, 8000], [8001, 9000], [61000, 70000], [1100, 1200], [99999, 100000]]) assert.equal(roundScale(scale), round);
});

test("a pixel of paper is a 96th of an inch", () => {
  assert.equal(Math.round(scaleAt(0.0254 / 96 * 5000)), 5000);
});

test("the bar of a scale has a round length and fits its place", () => {
  assert.deepEqual(barOf(10000), { metres: 200, mm: 20 });
  assert.deepEqual(barOf(25000), { metres: 1000, mm: 40 });
  for (let scale = 500; scale < 1e6; scale *= 1.3) assert.ok(barOf(scale).mm <= 40 && barOf(scale).mm >= 16, String(scale));
});

test("how far a place lies outside of villages is nothing inside, and kilometres beyond any side", () => {
  const box = /** @type {[number, number, number, number]} */ ([110, 59, 111, 61]);
  assert.equal(kilometresOutside(box, [110.5, 60]), 0);
  assert.equal(Math.round(kilometresOutside(box, [110.5, 62])), 111);
  assert.equal(Math.round(kilometresOutside(box, [109, 60])), 56);
  assert.ok(kilometresOutside(box, [0, 0]) > 8000);
});
