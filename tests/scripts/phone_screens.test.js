// What the screens of a phone show: the list as it was answered, with what was entered since.
import assert from "node:assert/strict";
import { test } from "node:test";
import { grouped, isIn, placesOf, projection } from "../../web/static_src/phone/screens/map_drawing.js";
import { wayOfPhone } from "../../web/static_src/phone/screens/setup.js";
import { inWalkingOrder, ofSection, shown } from "../../web/static_src/phone/screens/shown_list.js";
import { before, dayOf, daysSince, mondayOf } from "../../web/static_src/phone/screens/words.js";
import { golden } from "./golden.js";

const TODAY = "2026-11-19"; // a Thursday
const NOON = Date.parse(`${TODAY}T04:00:00Z`);
const home = (id, more = {}) => ({ id, grid: 0, place: id, mark: `${id}`, name: null, hamlet: null, address: null, phone: null, position: null, is_exact: true, status: "due", section: "due", may_be_visited: true, back_on: null, away_until: null, last: null, attempts: [], ...more });
const list = (more = {}) => ({ ...golden("own_data"), now: NOON, list: TODAY, zone: "Asia/Shanghai", grids: [{}], households: [home(1), home(2), home(3)], visits: [], ...more });
let seq = 0;
const entry = (op, more = {}) => ({ id: op.id, v: 1, owner: 1, state: "new", at: NOON, op: { seq: (seq += 1), made_at: NOON + 9e9, after: { server: NOON, device: NOON + 9e9 }, list: TODAY, ...op }, ...more });
const visit = (id, more = {}, how = {}) => entry({ id, type: "visit", household: 1, outcome: "met", channel: "door", days_ago: 0, ...more }, how);
const amend = (of, more, how = {}) => entry({ id: `${of} ${more.kind} ${seq}`, type: "amend", visit: of, ...more }, how);
const sections = ({ households }) => [...households.values()].map(({ section }) => section);
const known = (id, more = {}) => ({ id, household: 1, day: TODAY, outcome: "met", channel: "door", state: "standing", may_correct: true, ...more });
const done = (verdict, answered = NOON + 1) => ({ state: "done", verdict, answered });

test("a household that was met this week stands among those met, before and after it is sent, until the list has it", () => {
  for (const how of [{}, { state: "sent" }, done("created"), done("replay")]) {
    const page = shown(list(), [visit("a", {}, how)], TODAY);
    assert.deepEqual(sections(page), ["done", "due", "due"]);
    assert.deepEqual(page.households.get(1).last, { day: TODAY, channel: "door" });
    assert.equal(page.households.get(1).note, how.state === "done" ? null : "waiting");
  }
});

test("the service alone says who is due: nothing else moves a household", () => {
  const rest = list({ households: [home(1, { section: "rest", status: "ok" }), home(2, { section: "resting", status: "away" })] });
  const others = ["not home", "declined", "away"].map((outcome) => visit(outcome, { outcome }));
  assert.deepEqual(sections(shown(rest, others, TODAY)), ["rest", "resting"]);
  assert.deepEqual(shown(rest, others, TODAY).households.get(1).attempts.map(({ outcome }) => outcome), ["away", "declined", "not home"]);
  const ofLastWeek = shown(list(), [visit("a", { days_ago: 4 })], TODAY);
  assert.deepEqual(sections(ofLastWeek), ["due", "due", "due"]);
  assert.deepEqual(ofLastWeek.households.get(1).last, { day: "2026-11-15", channel: "door" });
});

test("what the service does not count moves nothing", () => {
  for (const verdict of ["conflict", "quarantined", "gone"]) assert.deepEqual(sections(shown(list(), [visit("a", {}, done(verdict))], TODAY)), ["due", "due", "due"]);
});

test("what is taken back before it is sent is as if it had not been; other changes show at once", () => {
  assert.deepEqual(sections(shown(list(), [visit("a"), amend("a", { kind: "withdraw" })], TODAY)), ["due", "due", "due"]);
  const changed = shown(list(), [visit("b"), amend("b", { kind: "channel", channel: "phone" }), amend("b", { kind: "day", days_ago: 1 })], TODAY);
  assert.deepEqual(changed.households.get(1).last, { day: "2026-11-18", channel: "phone" });
  assert.deepEqual(sections(shown(list(), [visit("c"), amend("c", { kind: "outcome", outcome: "not home" })], TODAY)), ["due", "due", "due"]);
  const disputed = list({ visits: [known("d")] });
  assert.equal(shown(disputed, [amend("d", { kind: "dispute" })], TODAY).visits.get("d").state, "disputed");
});

test("a change that the list has already is not made again, nor one that was not taken", () => {
  const upheld = list({ visits: [known("a")] });
  assert.equal(shown(upheld, [amend("a", { kind: "withdraw" }, done("created", NOON - 1))], TODAY).visits.get("a").state, "standing");
  assert.equal(shown(upheld, [amend("a", { kind: "withdraw" }, done("quarantined"))], TODAY).visits.get("a").state, "standing");
  const waits = shown(upheld, [amend("a", { kind: "withdraw" })], TODAY);
  assert.deepEqual([waits.visits.get("a").state, waits.visits.get("a").isChanging, waits.households.get(1).note], ["withdrawn", true, "taken back"]);
});

test("an attempt of the list that was taken back is gone from its row", () => {
  const attempted = list({ households: [home(1, { attempts: [{ day: TODAY, outcome: "not home", channel: "door" }] })], visits: [known("a", { outcome: "not home" })] });
  assert.deepEqual(shown(attempted, [amend("a", { kind: "withdraw" })], TODAY).households.get(1).attempts, []);
});

test("a day that is not certain is asked for until it was said or the visit taken back", () => {
  const uncertain = visit("a", {}, { ...done("created"), is_uncertain: true, day: "2026-11-17" });
  assert.deepEqual([shown(list(), [uncertain], TODAY).visits.get("a").isUncertain, shown(list(), [uncertain], TODAY).visits.get("a").day], [true, "2026-11-17"]);
  assert.equal(shown(list({ visits: [known("a")] }), [uncertain], TODAY).visits.get("a").isUncertain, true);
  for (const kind of ["day", "withdraw"]) assert.equal(shown(list(), [uncertain, amend("a", { kind, days_ago: 1 })], TODAY).visits.get("a").isUncertain, false);
});

test("the day of a visit is the town's, whatever the clock and the zone of the phone", () => {
  const late = Date.parse("2026-11-18T17:00:00Z"); // the 19th in the town
  const behind = visit("a", { made_at: late - 4e11, after: { server: late, device: late - 4e11 } });
  assert.equal(shown(list(), [behind], TODAY).visits.get("a").day, TODAY);
  assert.equal(dayOf(late, "UTC"), "2026-11-18");
});

test("the order that was sent last is the order of list and map, within each grid", () => {
  const two = list({ grids: [{}, {}], households: [home(1), home(2), home(3), home(4, { grid: 1, place: 1 })] });
  const order = (households, how) => entry({ id: `${households}`, type: "order", households }, how);
  const page = shown(two, [order([1, 2, 3, 4]), order([3, 4, 1])], TODAY);
  assert.deepEqual(inWalkingOrder(page, 0).map(({ id, place }) => [id, place]), [[3, 1], [1, 2], [2, 3]]);
  assert.equal(page.households.get(4).place, 1);
  assert.deepEqual(page.others.length, 2);
  assert.deepEqual(inWalkingOrder(shown(two, [order([3, 2, 1], done("created", NOON - 1))], TODAY), 0).map(({ id }) => id), [1, 2, 3]);
});

test("the overdue come first among those due, and those that may be back among those away", () => {
  const page = shown(list({ households: [home(1), home(2, { status: "overdue" }), home(3, { section: "resting" }), home(4, { section: "resting", back_on: TODAY })] }), [], TODAY);
  assert.deepEqual(ofSection(page, 0, "due").map(({ id }) => id), [2, 1]);
  assert.deepEqual(ofSection(page, 0, "resting").map(({ id }) => id), [4, 3]);
});

test("the answer of the service is shown as it is where nothing was entered", () => {
  const answer = golden("own_data");
  const page = shown(answer, [], answer.list);
  for (const one of answer.households) assert.deepEqual(page.households.get(one.id), { ...one, note: null });
});

// Days.

test("weeks begin on Monday, and days are counted across months", () => {
  assert.deepEqual(["2026-11-16", "2026-11-19", "2026-11-22"].map(mondayOf), Array(3).fill("2026-11-16"));
  assert.equal(before("2026-12-01", 1), "2026-11-30");
  assert.equal(daysSince("2026-11-30", "2026-12-02"), 2);
});

// The map.

test("marks that would cover each other are one, which says whose it is", () => {
  const at = (id, x) => ({ home: home(id), at: [x, 0] });
  const groups = grouped([at(1, 0), at(2, 10), at(3, 100), at(4, 105), at(6, 5)], 30);
  assert.deepEqual(groups.map(({ homes }) => placesOf(homes)), ["1 +2", "3–4"]);
  assert.equal(placesOf([home(7)]), "7");
});

test("places become metres, north up", () => {
  const project = projection([[119, 30], [119.01, 30.01]]);
  const [x, y] = project([119.01, 30.01]);
  assert.ok(Math.abs(x - 482) < 2 && Math.abs(y + 556.6) < 1, `${x} ${y}`);
});

test("a point lies in an area, not in its hole", () => {
  const square = (low, high) => [[low, low], [high, low], [high, high], [low, high]];
  assert.deepEqual([[1, 1], [5, 5], [11, 1]].map((point) => isIn(point, [square(0, 10), square(4, 6)])), [true, false, false]);
});

// The page that tries which way works.

test("one way is named: none, while the window is open, while the page is open, from the home screen, everywhere", () => {
  const works = { inApp: false, keeps: true, opensOffline: true, persists: false, isApple: false, isInstalled: false };
  const way = (more) => wayOfPhone({ ...works, ...more });
  assert.deepEqual([way({ keeps: false, inApp: true }), way({ inApp: true }), way({ opensOffline: false }), way({ isApple: true, persists: true }), way({}), way({ persists: true }), way({ isApple: true, isInstalled: true })], ["nothing", "in_app", "page", "apple", "all", "installed", "installed"]);
});
