// Households of a village are placed one after the other.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Placements } from "../../web/static_src/maps/placements.js";
import { golden } from "./golden.js";

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
