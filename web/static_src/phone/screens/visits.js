// Visits in the member's name: all of them, one of them with what can be said of it, and what else waits to be sent.
import { element } from "../../ui/page.js";
import { newId } from "../phone.js";
import { isToBeTold } from "../verdicts.js";
import { button, channelPills, dayChoice, homeName, link, notice, outcomePills, quiet, small, standing, typed, what } from "./parts.js";
import { latestFirst, wayOf } from "./shown_list.js";
import { before, dayInWords, dayOf, daysSince, named, say, whenInWords } from "./words.js";
/** @import { Intent, Operation, VisitChannel, VisitOutcome } from "../../wire.js" */
/** @import { Entry } from "../queue.js" */
/** @import { ShownVisit } from "./shown_list.js" */
/** @import { Page, Screen } from "../shell.js" */

/** How far back a visit may be corrected, and is listed, in days. */
const CORRECTED_DAYS = 27;

/** @param {Page} page @returns {Screen} */
export function visitsScreen(page) {
  const { shown, today } = page;
  const visits = latestFirst([...shown.visits.values()]);
  /** @type {Map<string, ShownVisit[]>} */ const ofDay = new Map();
  for (const visit of visits) ofDay.set(visit.day, [...(ofDay.get(visit.day) ?? []), visit]);
  const days = [...ofDay].flatMap(([day, inside]) => [element("h2", {}, whenInWords(day, today)), visitList(page, inside)]);
  const others = [...shown.others].reverse().map((entry) => element("li", {}, element("div", { class: "row" }, element("span", { class: "house" }, reportOf(page, entry.op), small(standingOf(entry))))));
  return {
    title: say("own.entered"),
    nodes: [
      ...(others.length ? [element("h2", {}, say("phone.others")), element("ul", { class: "own-list" }, ...others)] : []),
      ...days,
      visits.length || others.length ? null : element("p", { class: "nothing-yet" }, say("phone.none_entered")),
      element("p", {}, link(say("phone.all_entered"), "/mine/visits")),
    ],
    isLive: true,
  };
}

/** @param {Page} page @param {ShownVisit[]} visits @param {boolean} [isOfOne] Whether all are of one household, and the day tells them apart. */
export function visitList({ shown, today }, visits, isOfOne = false) {
  const item = (/** @type {ShownVisit} */ visit) => {
    const home = shown.households.get(visit.household);
    const said = standing(visit);
    const about = isOfOne ? [`${whenInWords(visit.day, today)} · `] : [element("b", {}, home ? home.mark : say("phone.not_in_list")), home?.name ? ` ${home.name} ` : " "];
    const text = element("span", { class: "house" }, ...about, what(visit), said ? element("small", { class: "waiting" }, said) : null);
    return element("li", {}, element("a", { class: "row", href: `#visit/${visit.id}`, "data-key": `visit-${visit.id}` }, text));
  };
  return element("ul", { class: "own-list" }, ...visits.map(item));
}

/** @param {Entry} entry */
function standingOf(entry) {
  const way = wayOf(entry);
  return way === "waiting" ? say("phone.not_sent_yet") : say(`phone.way.${way}`);
}

/** What is reported, as far as this phone knows of whom. @param {Page} page @param {Operation} op */
function reportOf({ shown }, op) {
  const house = (/** @type {number | null} */ id) => (id === null ? "" : (shown.households.get(id)?.mark ?? ""));
  if (op.type === "need") return `${say("need.one")} ${house(op.household)} ${op.text}`;
  if (op.type === "correction") return `${say(`correction.kind.${op.kind}`)} ${op.content.door ?? house(op.household)}`;
  return say("phone.order");
}

/** @param {Page} page @param {string} id @returns {Screen | null} */
export function visitScreen(page, id) {
  const visit = page.shown.visits.get(id);
  if (!visit) return null;
  const home = page.shown.households.get(visit.household);
  const name = home ? homeName(home) : say("phone.not_in_list");
  const said = standing(visit);
  const about = [quiet(`${whenInWords(visit.day, page.today)} · ${what(visit)}`, said ? element("small", { class: "waiting" }, said) : null)];
  if (visit.way !== "waiting" && visit.way !== "sent") return { title: name, nodes: [...about, notice([say(`phone.about.${visit.way}`)])] };
  return { title: name, nodes: [...about, ...answersTo(page, visit), home ? element("p", {}, link(say("need.raise"), `#need/${home.id}/${id}`)) : null] };
}

/** @param {Page} page @param {ShownVisit} visit */
function answersTo(page, visit) {
  const saying = (/** @type {"withdraw" | "dispute" | "uphold"} */ kind, /** @type {string} */ text, /** @type {string} */ hint) => {
    const id = newId();
    const form = element("div", { class: "visit answer" }, hint ? quiet(hint) : null, button(text, async () => {
      if (!(await page.keep([{ id, type: "amend", visit: visit.id, kind }], form))) return;
      page.say(say(kind === "withdraw" ? "own.said.withdrawn" : kind === "dispute" ? "own.said.disputed" : "own.said.upheld"));
      page.go("list");
    }, { class: kind === "uphold" ? "button" : "button bad" }));
    return form;
  };
  if (visit.state === "withdrawn") return [notice([say("own.withdrawn_hint")])];
  if (visit.state === "disputed") return [saying("uphold", say("own.let_stand"), say("own.disputed_hint"))];
  if (!visit.may_correct) return [saying("dispute", say("own.dispute"), say("own.dispute_hint"))];
  return [visit.isUncertain ? notice([say("phone.which_day_hint")], "due") : null, correctForm(page, visit), saying("withdraw", say("own.take_back"), "")];
}

/** What was typed otherwise than it stands goes as operations of their own. @param {Page} page @param {ShownVisit} visit */
function correctForm(page, visit) {
  const ago = Math.max(0, daysSince(visit.day, page.today));
  const ids = { outcome: newId(), channel: newId(), day: newId() };
  const form = element("form", { class: "visit" }, outcomePills(visit.outcome), channelPills(visit.channel), dayChoice(page.today, Math.max(page.list.days, Math.min(CORRECTED_DAYS, ago)), ago),
    element("p", { class: "own-save" }, element("button", { type: "submit", class: "button primary" }, say("own.save_change"))));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { outcome, channel, days_ago } = typed(form);
    /** @type {Intent[]} */ const ops = [];
    if (outcome !== visit.outcome) ops.push({ id: ids.outcome, type: "amend", visit: visit.id, kind: "outcome", outcome: /** @type {VisitOutcome} */ (outcome) });
    if (channel !== visit.channel) ops.push({ id: ids.channel, type: "amend", visit: visit.id, kind: "channel", channel: /** @type {VisitChannel} */ (channel) });
    if (visit.isUncertain || before(page.today, Number(days_ago)) !== visit.day) ops.push({ id: ids.day, type: "amend", visit: visit.id, kind: "day", days_ago: Number(days_ago) });
    if (!ops.length) return page.go("list");
    if (!(await page.keep(ops, form))) return;
    page.saidVisits([visit.id], say("own.said.corrected"));
    page.go("list");
  });
  return form;
}

/** What the service said of entries that the member has to know, the earliest first. @param {Page} page */
export function toldOfEntries({ entries, shown }) {
  return entries.filter((entry) => isToBeTold(entry) && (wayOf(entry) !== "sent" || shown.visits.get(entry.id)?.isUncertain));
}

/** @param {Page} page @param {Entry} entry */
export function toldOf(page, entry) {
  const { op } = entry;
  const visit = page.shown.visits.get(op.type === "amend" ? op.visit : op.id);
  const home = visit && page.shown.households.get(visit.household);
  const about = visit ? [home ? home.mark : "", dayInWords(visit.day), named("visit.outcome", visit.outcome)].filter(Boolean).join(" · ") : op.type === "amend" ? dayInWords(dayOf(op.made_at, page.list.zone)) : reportOf(page, op);
  const way = wayOf(entry);
  return { about, text: way === "sent" ? say("phone.which_day_hint") : say(`phone.about.${way}`), href: visit && way === "sent" ? `#visit/${visit.id}` : null };
}
