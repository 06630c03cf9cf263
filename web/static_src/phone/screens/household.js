// A household: calling it, what it asks for, that it stands elsewhere on the map, and a house that is not in the list.
import { element } from "../../ui/page.js";
import { newId } from "../phone.js";
import { visitList } from "./visits.js";
import { button, callButton, dayChoice, field, gridName, homeName, link, put, quiet, typed } from "./parts.js";
import { latestFirst } from "./shown_list.js";
import { say } from "./words.js";
/** @import { CorrectionMade, Intent, LonLat } from "../../wire.js" */
/** @import { Page, Screen } from "../shell.js" */

const LONGEST = 120;
const POSITION_MS = 30_000;

/** Whether this page may ask where the phone is: not on plain http. */
export function mayAskPosition() {
  return isSecureContext && "geolocation" in navigator;
}

/** @param {Page} page @param {number} id @returns {Screen | null} */
export function householdScreen(page, id) {
  const { list, shown } = page;
  const home = shown.households.get(id);
  if (!home) return null;
  const visits = latestFirst([...shown.visits.values()].filter((visit) => visit.household === id));
  return {
    title: homeName(home),
    nodes: [
      quiet([gridName(list.grids[home.grid]), home.hamlet, home.address === home.mark ? null : home.address].filter(Boolean).join(" · ")),
      element("div", { class: "choices" },
        home.phone ? callButton(home.phone) : null,
        home.position ? link(say("phone.on_map"), `#map/${home.grid}/${id}`) : null,
        link(say("need.raise"), `#need/${id}`),
        mayAskPosition() ? link(say("phone.wrong_spot"), `#spot/${id}`) : null),
      element("h2", {}, say("phone.with_signal")),
      element("div", { class: "choices" }, link(say("phone.states"), `/mine/households/${id}`), link(say("own.report"), `/mine/households/${id}/report`)),
      ...(visits.length ? [element("h2", {}, say("own.visits_here")), visitList(page, visits, true)] : []),
    ],
    isLive: true,
  };
}

/** @param {Page} page @param {number} household @param {string | undefined} visit @returns {Screen | null} */
export function needScreen(page, household, visit) {
  const home = page.shown.households.get(household);
  if (!home) return null;
  const id = newId();
  const choice = element("select", { id: "f-category", name: "category", required: "" }, element("option", { value: "" }, "–"), ...page.list.categories.map((key) => element("option", { value: key }, say(`need.category.${key}`))));
  const form = element("form", { class: "visit" },
    field("text", say("need.text"), { required: "", maxlength: String(LONGEST) }, say("need.text_hint", { most: LONGEST })),
    element("div", { class: "field" }, element("label", { for: "f-category" }, say("need.category")), choice),
    dayChoice(page.today, page.list.days),
    element("label", { class: "tick" }, element("input", { type: "checkbox", name: "solved", value: "1" }), element("span", {}, say("need.solved_at_once"))),
    saveButton(say("need.save")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const { text, category, days_ago, solved } = typed(form);
    const op = { id, type: /** @type {const} */ ("need"), household, category, text, days_ago: Number(days_ago), solved: solved === "1" };
    keepAndGo(page, form, visit ? { ...op, visit } : op, say("phone.need_saved"));
  });
  return { title: say("need.new_of", { name: home.mark }), nodes: [form] };
}

/** @param {Page} page @param {number} at The index of its grid. @returns {Screen | null} */
export function newHouseScreen(page, at) {
  const grid = page.list.grids[at];
  if (!grid) return null;
  const id = newId();
  /** @type {LonLat | null} */ let position = null;
  const form = element("form", { class: "visit" },
    field("door", say("correction.field.door.new house"), { maxlength: "40" }), field("name", say("correction.field.name.new house"), { maxlength: "40" }), field("hamlet", say("registry.hamlet"), { maxlength: "40" }),
    mayAskPosition() ? positionButton(say("phone.take_position"), (found) => (position = found)) : null,
    saveButton(say("phone.report_house")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const { door, name, hamlet } = typed(form);
    if (!door && !name) return page.refuse(form, say("phone.door_or_name"));
    /** @type {CorrectionMade["content"]} */
    const content = { ...(door ? { door } : {}), ...(name ? { name } : {}), ...(hamlet ? { hamlet } : {}), ...placed(position) };
    keepAndGo(page, form, { id, type: "correction", kind: "new house", household: null, grid: [grid.plan, grid.number], content }, say("phone.report_saved"));
  });
  return { title: say("own.new_house"), nodes: [quiet(`${gridName(grid)}. ${say("phone.house_hint")}`), form] };
}

/** The household stands elsewhere: where the phone is now. @param {Page} page @param {number} household @returns {Screen | null} */
export function spotScreen(page, household) {
  const home = page.shown.households.get(household);
  if (!home || !mayAskPosition()) return null;
  const id = newId();
  const grid = page.list.grids[home.grid];
  /** @type {LonLat | null} */ let position = null;
  const send = element("button", { type: "submit", class: "button primary", disabled: "" }, say("phone.send_position"));
  const taken = (/** @type {LonLat | null} */ found) => {
    position = found;
    send.disabled = found === null;
  };
  const form = element("form", { class: "visit" }, positionButton(say("phone.at_the_door"), taken), element("p", { class: "own-save" }, send));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (position) keepAndGo(page, form, { id, type: "correction", kind: "wrong spot", household, grid: [grid.plan, grid.number], content: placed(position) }, say("phone.report_saved"));
  });
  return { title: homeName(home), nodes: [element("p", {}, say("phone.spot_hint")), quiet(say("phone.position_once")), form] };
}

/** Takes the position once, when it is pressed. @param {string} text @param {(found: LonLat | null) => void} taken */
function positionButton(text, taken) {
  const said = element("p", { class: "quiet", role: "status" });
  const press = button(text, () => {
    taken(null);
    put(said, say("phone.position_wait"));
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        taken([coords.longitude, coords.latitude]);
        put(said, say("phone.position_taken", { metres: Math.max(1, Math.round(coords.accuracy)) }));
      },
      ({ code }) => put(said, say(code === 1 ? "phone.position_refused" : "phone.position_failed")),
      { enableHighAccuracy: true, timeout: POSITION_MS, maximumAge: 0 },
    );
  });
  return element("div", { class: "position" }, press, said);
}

/** @param {LonLat | null} position */
function placed(position) {
  return position ? { lon: Number(position[0].toFixed(7)), lat: Number(position[1].toFixed(7)) } : {};
}

/** @param {string} text */
function saveButton(text) {
  return element("p", { class: "own-save" }, element("button", { type: "submit", class: "button primary" }, text));
}

/** @param {Page} page @param {HTMLElement} form @param {Intent} op @param {string} said */
async function keepAndGo(page, form, op, said) {
  if (!(await page.keep([op], form))) return;
  page.say(said);
  page.go("list");
}
