// What the screens show: the list as the service answered it, with what was logged on this phone since. Who is due is the
// service's to say: here a household only moves to those met this week, where a visit of this week says that it was met.
import { before, dayOf, mondayOf } from "./words.js";
/** @import { AmendMade, Made, OrderMade, OwnHousehold, OwnListAnswer, OwnVisit, VisitMade } from "../../wire.js" */
/** @import { Entry } from "../queue.js" */

/**
 * How a visit stands on its way: `waiting` on this phone, `sent`; `apart`: the office looks at it first; `refused`: another
 * one of the same form stands; `gone`: of a household that was erased.
 * @typedef {"waiting" | "sent" | "apart" | "refused" | "gone"} Way
 */
/** @typedef {OwnVisit & { way: Way, isChanging: boolean, isUncertain: boolean, group: string | null }} ShownVisit A visit; `isChanging`: a change of it waits. */
/** @typedef {OwnHousehold & { note: "waiting" | "taken back" | null }} ShownHousehold */
/** @typedef {{ households: Map<number, ShownHousehold>, visits: Map<string, ShownVisit>, others: Entry[] }} Shown `others`: reports, needs and orders that are not sent yet, or not taken. */

/** @type {Record<string, Way>} */
const WAY_OF = { conflict: "refused", quarantined: "apart", gone: "gone", created: "sent", replay: "sent" };

/** Returns how an entry stands on its way. @param {Entry} entry @returns {Way} */
export function wayOf({ state, verdict }) {
  return state === "done" ? (WAY_OF[verdict ?? ""] ?? "waiting") : "waiting";
}

/**
 * Returns what is to be shown of a list and of what this member logged on the phone.
 * @param {OwnListAnswer} list @param {Entry[]} entries Those of the member. @param {string} today
 * @returns {Shown}
 */
export function shown(list, entries, today) {
  const inOrder = [...entries].sort((one, other) => one.op.seq - other.op.seq);
  const news = inOrder.filter((entry) => isNewTo(list, entry));
  const visits = shownVisits(list, inOrder, news);
  const places = placesOf(list, news);
  const monday = mondayOf(today);
  const households = new Map(list.households.map((home) => [home.id, withVisits({ ...home, place: places.get(home.id) ?? home.place }, list, visits, monday)]));
  const others = inOrder.filter((entry) => !["visit", "amend"].includes(entry.op.type) && wayOf(entry) !== "sent");
  return { households, visits, others };
}

/** Whether a list was made before an entry was taken. @param {OwnListAnswer} list @param {Entry} entry */
function isNewTo(list, entry) {
  return entry.state !== "done" || (entry.answered ?? 0) > list.now;
}

/** @param {OwnListAnswer} list @param {Entry[]} entries @param {Entry[]} news @returns {Map<string, ShownVisit>} */
function shownVisits(list, entries, news) {
  /** @type {Map<string, ShownVisit>} */
  const visits = new Map(list.visits.map((visit) => [visit.id, { ...visit, way: "sent", isChanging: false, isUncertain: false, group: null }]));
  for (const entry of entries) {
    const { op } = entry;
    if (op.type !== "visit") continue;
    const known = visits.get(op.id);
    if (known) known.isUncertain = entry.is_uncertain ?? false;
    else visits.set(op.id, ofEntry(op, entry, list.zone));
  }
  for (const { op } of entries) {
    const visit = op.type === "amend" && (op.kind === "day" || op.kind === "withdraw") && visits.get(op.visit);
    if (visit) visit.isUncertain = false;
  }
  for (const entry of news) {
    const { op } = entry;
    const visit = op.type === "amend" && visits.get(op.visit);
    if (!visit || !["waiting", "sent"].includes(wayOf(entry))) continue;
    amend(visit, op, list.zone);
    visit.isChanging ||= wayOf(entry) === "waiting";
  }
  return visits;
}

/** @param {VisitMade} op @param {Entry} entry @param {string} zone @returns {ShownVisit} */
function ofEntry(op, entry, zone) {
  const { id, household, outcome, channel } = op;
  const day = entry.day ?? dayMeant(op, zone);
  return { id, household, outcome, channel, day, state: "standing", may_correct: true, way: wayOf(entry), isChanging: false, isUncertain: entry.is_uncertain ?? false, group: op.group ?? null };
}

/** @param {ShownVisit} visit @param {AmendMade} op @param {string} zone */
function amend(visit, op, zone) {
  if (op.kind === "withdraw") visit.state = "withdrawn";
  else if (op.kind === "dispute") visit.state = "disputed";
  else if (op.kind === "uphold") visit.state = "standing";
  else if (op.kind === "outcome") visit.outcome = op.outcome;
  else if (op.kind === "channel") visit.channel = op.channel;
  else if (op.kind === "day") visit.day = dayMeant(op, zone);
}

/** The day that was meant, as far as this phone can tell. @param {Made & { days_ago: number }} op @param {string} zone */
function dayMeant({ made_at, after, days_ago }, zone) {
  return before(dayOf(made_at + after.server - after.device, zone), days_ago);
}

/**
 * Returns a household with the visits that its list does not know yet.
 * @param {OwnHousehold} home @param {OwnListAnswer} list @param {Map<string, ShownVisit>} visits @param {string} monday
 * @returns {ShownHousehold}
 */
function withVisits(home, list, visits, monday) {
  const known = new Map(list.visits.map((visit) => [visit.id, visit]));
  const own = [...visits.values()].filter((visit) => visit.household === home.id && (visit.way === "waiting" || visit.way === "sent"));
  const news = own.filter((visit) => visit.state === "standing" && !isSame(visit, known.get(visit.id)));
  const past = own.map((visit) => known.get(visit.id)).filter((visit) => visit !== undefined && visit.state === "standing" && !isSame(visits.get(visit.id), visit));
  const met = latestFirst(news.filter(({ outcome }) => outcome === "met"));
  const attempts = latestFirst(news.filter(({ outcome, day }) => outcome !== "met" && day >= monday));
  const last = met.length && met[0].day >= (home.last?.day ?? "") ? { day: met[0].day, channel: met[0].channel } : home.last;
  const note = own.some((visit) => visit.way === "waiting" || visit.isChanging) ? (past.some((visit) => visit?.outcome === "met") && !met.length ? "taken back" : "waiting") : null;
  return {
    ...home,
    section: met.length && met[0].day >= monday ? "done" : home.section,
    last,
    attempts: [...attempts, ...home.attempts.filter((attempt) => !past.some((visit) => visit?.day === attempt.day && visit.outcome === attempt.outcome))],
    note,
  };
}

/** @param {OwnVisit | undefined} visit @param {OwnVisit | undefined} other */
function isSame(visit, other) {
  return visit?.state === other?.state && visit?.outcome === other?.outcome && visit?.channel === other?.channel && visit?.day === other?.day;
}

/** Returns visits by day, and of a day what was entered last first. @template {{ day: string }} Visit @param {Visit[]} visits */
export function latestFirst(visits) {
  return [...visits].reverse().sort((one, other) => other.day.localeCompare(one.day));
}

/** Returns the places in the order that was sent last, by household. @param {OwnListAnswer} list @param {Entry[]} news */
function placesOf(list, news) {
  const orders = news.filter(({ op }) => op.type === "order").map(({ op }) => /** @type {OrderMade} */ (op));
  /** @type {Map<number, number>} */ const places = new Map();
  if (!orders.length) return places;
  const wanted = new Map(orders[orders.length - 1].households.map((id, at) => [id, at]));
  for (const grid of list.grids.keys()) {
    const inside = list.households.filter((home) => home.grid === grid);
    const sorted = [...inside].sort((one, other) => (wanted.get(one.id) ?? Infinity) - (wanted.get(other.id) ?? Infinity) || one.place - other.place);
    sorted.forEach((home, at) => places.set(home.id, at + 1));
  }
  return places;
}

/** Returns the households of a grid in the order in which they are walked. @param {Shown} all @param {number} grid */
export function inWalkingOrder(all, grid) {
  return [...all.households.values()].filter((home) => home.grid === grid).sort((one, other) => one.place - other.place);
}

/** Returns those of a section of a grid: the overdue and those that may be back first. @param {Shown} all @param {number} grid @param {OwnHousehold["section"]} section */
export function ofSection(all, grid, section) {
  const isFirst = (/** @type {OwnHousehold} */ home) => (section === "due" ? home.status === "overdue" : section === "resting" && home.back_on !== null);
  return inWalkingOrder(all, grid).filter((home) => home.section === section).sort((one, other) => Number(isFirst(other)) - Number(isFirst(one)));
}
