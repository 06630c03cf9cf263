// The list: whom to visit first. A tap opens a household, a second one on what came of the visit saves it.
import { element } from "../../ui/page.js";
import { entries, newId } from "../phone.js";
import { aboutHome, button, callButton, channelPills, dayChoice, gridName, homeName, link, notice, OUTCOMES, put, quiet, small, typed, what } from "./parts.js";
import { inWalkingOrder, ofSection } from "./shown_list.js";
import { dayInWords, named, say, whenInWords } from "./words.js";
/** @import { OwnGrid, OwnPerson, VisitChannel, VisitMade, VisitOutcome } from "../../wire.js" */
/** @import { ShownHousehold } from "./shown_list.js" */
/** @import { Page, Screen } from "../shell.js" */

/** @param {Page} page @returns {Screen} */
export function listScreen(page) {
  const { grids } = page.list;
  const nodes = grids.map((grid, at) => ofGrid(page, grid, at));
  return { title: say("own.list"), nodes: nodes.length ? nodes : [element("p", { class: "nothing-yet" }, say("town.mine_none"))], isLive: true, heading: grids.length ? null : say("own.list") };
}

/** @param {Page} page @param {OwnGrid} grid @param {number} at */
function ofGrid(page, grid, at) {
  const { list, shown, today } = page;
  const hasBegun = grid.start !== null && grid.start <= today;
  const [due, done, rest, resting] = /** @type {const} */ (["due", "done", "rest", "resting"]).map((section) => ofSection(shown, at, section));
  const section = (/** @type {string} */ title, /** @type {ShownHousehold[]} */ homes) => (homes.length ? [element("h2", {}, title), rows(page, homes)] : []);
  return element("section", { class: "own-grid" },
    element("h1", { tabindex: "-1" }, `${gridName(grid)} `, element("span", { class: "tag" }, grid.role === "cover" ? say("own.cover") : list.titles[grid.role])),
    grid.until ? quiet(say("own.cover_until", { day: dayInWords(grid.until) })) : null,
    grid.own_home ? quiet(say("own.own_home", { house: grid.own_home })) : null,
    ...toldBefore(grid, today),
    at === 0 && hasBegun ? element("p", {}, link(say("own.several"), "#several", { class: "button several" })) : null,
    ...(hasBegun ? [element("h2", {}, say("own.due", { n: due.length })), due.length ? rows(page, due) : quiet(say("own.none_due"))] : []),
    ...(hasBegun ? section(say("own.done", { n: done.length }), done) : []),
    ...section(say("own.rest"), rest),
    ...section(say("own.resting"), resting),
    element("p", {}, link(say("own.new_house"), `#new-house/${at}`)),
    ...people(page, grid),
  );
}

/** @param {OwnGrid} grid @param {string} today */
function toldBefore(grid, today) {
  if (!grid.start) return [notice([say("own.no_start")])];
  if (grid.start > today) return [notice([say("own.starts", { day: dayInWords(grid.start) })])];
  return grid.paused_until ? [notice([say("own.paused", { day: dayInWords(grid.paused_until) })])] : [];
}

/** @param {Page} page @param {OwnGrid} grid */
function people({ list }, grid) {
  const titles = { ...list.titles, cover: say("own.cover") };
  const one = (/** @type {string} */ title, /** @type {Partial<OwnPerson>} */ { name, phone }) => element("li", {}, element("span", {}, title, name ? element("b", {}, ` ${name}`) : null), phone ? callButton(phone) : null);
  const rowsOf = grid.people.map(({ role, person }) => one(titles[role], person));
  if (grid.office_phone) rowsOf.push(one(say("own.office", { village: grid.village }), { phone: grid.office_phone }));
  return rowsOf.length ? [element("h2", {}, say("own.people")), element("ul", { class: "own-people" }, ...rowsOf)] : [];
}

/** @param {Page} page @param {ShownHousehold[]} homes */
export function rows(page, homes) {
  return element("ul", { class: "own-list" }, ...homes.map((home) => element("li", {}, row(page, home))));
}

/** A household; where a visit can be entered, a tap opens the form. @param {Page} page @param {ShownHousehold} home */
export function row(page, home) {
  const key = `home-${home.id}`;
  if (!home.may_be_visited) return element("a", { class: "row", href: `#home/${home.id}`, "data-key": key }, ...aboutHome(home, page.today));
  const summary = element("summary", { "data-key": key }, ...aboutHome(home, page.today), element("span", { class: "button primary" }, say("own.visit")));
  const place = element("div");
  const details = element("details", { class: "visit-of" }, summary, place);
  details.addEventListener("toggle", () => {
    put(place, details.open ? visitForm(page, home, details) : null);
    if (!details.open) return;
    for (const other of document.querySelectorAll("details.visit-of[open]")) if (other !== details) other.removeAttribute("open");
    page.unsay();
    details.scrollIntoView({ block: "nearest" });
  });
  return details;
}

/** The form of a visit, whose id is made as it opens. @param {Page} page @param {ShownHousehold} home @param {HTMLDetailsElement} details */
function visitForm(page, home, details) {
  const id = newId();
  const outcomes = OUTCOMES.map((outcome, at) => button(named("visit.outcome", outcome), () => save(outcome), at === 0 ? { class: "button primary" } : {}));
  const form = element("form", { class: "visit", "aria-label": homeName(home) },
    element("div", { class: "outcomes" }, ...outcomes), channelPills("door"), dayChoice(page.today, page.list.days),
    home.phone ? callButton(home.phone) : null, link(say("own.more"), `#home/${home.id}`));
  form.addEventListener("submit", (event) => event.preventDefault());
  async function save(/** @type {VisitOutcome} */ outcome) {
    const { channel, days_ago } = typed(form);
    /** @type {Omit<VisitMade, "seq" | "made_at" | "after" | "list">} */
    const op = { id, type: "visit", household: home.id, outcome, channel: /** @type {VisitChannel} */ (channel), days_ago: Number(days_ago) };
    if (!(await page.keep([op], form))) return;
    details.open = false;
    page.saidVisits([id]);
  }
  return form;
}

/** Several households that were met at once. @param {Page} page @returns {Screen} */
export function severalScreen(page) {
  const { list, shown, today } = page;
  /** @type {Map<number, string>} The id of each visit, from when the form opened. */
  const ids = new Map(list.households.map(({ id }) => [id, newId()]));
  const group = newId();
  const boxes = (/** @type {OwnGrid} */ grid, /** @type {number} */ at) =>
    element("fieldset", {}, element("legend", {}, gridName(grid)), element("ul", { class: "own-list" }, ...inWalkingOrder(shown, at).filter((home) => home.may_be_visited).map((home) => element("li", {}, box(home)))));
  const form = element("form", { class: "visit several" }, ...list.grids.map(boxes), channelPills("elsewhere"), dayChoice(today, list.days),
    element("p", { class: "own-save" }, element("button", { type: "submit", class: "button primary" }, say("own.save_several"))));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { channel, days_ago } = typed(form);
    const ticked = [...form.querySelectorAll("input:checked[name=household]")].map((one) => Number(/** @type {HTMLInputElement} */ (one).value));
    if (!ticked.length) return page.refuse(form, say("own.none_ticked"));
    const ops = ticked.map((household) => ({ id: ids.get(household) ?? newId(), type: /** @type {const} */ ("visit"), household, outcome: /** @type {const} */ ("met"), channel: /** @type {VisitChannel} */ (channel), days_ago: Number(days_ago), group }));
    const untickedSince = entries().filter(({ op }) => op.type === "visit" && op.group === group && !ticked.includes(op.household)); // kept, though the form was told that it was not
    const withdrawn = untickedSince.map((entry) => ({ id: newId(), type: /** @type {const} */ ("amend"), visit: entry.id, kind: /** @type {const} */ ("withdraw") }));
    if (!(await page.keep([...ops, ...withdrawn], form))) return;
    page.saidVisits(ops.map((op) => op.id));
    page.go("list");
  });
  return { title: say("own.several"), nodes: [quiet(say("own.several_hint")), form] };
}

/** @param {ShownHousehold} home */
function box(home) {
  return element("label", { class: "row" }, element("input", { type: "checkbox", name: "household", value: String(home.id) }), element("span", { class: "place" }, String(home.place)),
    element("span", { class: "house" }, element("b", {}, home.mark), home.name ? ` ${home.name}` : null, home.section === "done" ? small(say("phone.met_this_week")) : null));
}

/** What was saved, in words. @param {Page} page @param {string[]} ids */
export function saidOf({ shown, today }, ids) {
  if (ids.length > 1) return say("phone.n_households", { n: ids.length });
  const visit = shown.visits.get(ids[0]);
  const home = visit && shown.households.get(visit.household);
  return visit && home ? `${homeName(home)} · ${what(visit)} · ${whenInWords(visit.day, today)}` : "";
}
