// The page of a member's phone, which opens without signal: one screen at a time, by what stands behind # in its address.
import "../pages/fonts.js";
import { element } from "../ui/page.js";
import * as phone from "./phone.js";
import { codeScreen, fileButton, moreScreen, ofOthers, signInScreen, signOutScreen, waitsTooLong } from "./screens/more.js";
import { householdScreen, needScreen, newHouseScreen, spotScreen } from "./screens/household.js";
import { listScreen, saidOf, severalScreen } from "./screens/list.js";
import { mapScreen, orderScreen } from "./screens/map.js";
import { button, link, notice, put, quiet } from "./screens/parts.js";
import { isInApp, opensOffline, setupScreen } from "./screens/setup.js";
import { shown } from "./screens/shown_list.js";
import { toldOf, toldOfEntries, visitScreen, visitsScreen } from "./screens/visits.js";
import { dayInWords, dayOf, say, startWords } from "./screens/words.js";
/** @import { Intent, OwnListAnswer } from "../wire.js" */
/** @import { Entry } from "./queue.js" */
/** @import { Shown } from "./screens/shown_list.js" */
/** @import { Children } from "./screens/parts.js" */

/**
 * What a screen is made from, and what it may do.
 * @typedef {object} Page
 * @property {OwnListAnswer} list
 * @property {Shown} shown The list with what was entered since.
 * @property {Entry[]} entries
 * @property {string} today
 * @property {(ops: Intent[], form: HTMLElement) => Promise<boolean>} keep Returns whether they are kept; else the form says why not.
 * @property {(form: HTMLElement, text: string) => void} refuse
 * @property {(text: string) => void} say
 * @property {(ids: string[], text?: string) => void} saidVisits Says that visits are saved, and offers to take them back.
 * @property {() => void} unsay
 * @property {(screen: string) => void} go
 * @property {() => void} redraw
 */
/** @typedef {{ title: string, nodes: Children, isLive?: boolean, update?: () => void, heading?: string | null }} Screen `isLive`: drawn anew whenever something changes; `update`: called then, where something may be typed; `heading`: null where its nodes have headings of their own. */

const SETUP = "/m/setup";
/** How long after a touch nothing moves. */
const STILL_MS = 400;
/** Lists to which one comes back where one left them. */
const KEEP_SCROLL = ["", "list", "visits"];
const TABS = /** @type {const} */ ([["list", "own.list"], ["map", "own.map"], ["visits", "own.entered"], ["more", "phone.more"]]);
/** The tab that a screen belongs to. @type {Record<string, string>} */
const TAB_OF = { map: "map", order: "map", visits: "visits", visit: "visits", more: "more", code: "more", setup: "more", "sign-out": "more", "sign-in": "more" };

const [unsentLine, main, saidPlace, bar] = [element("p", { id: "unsent", role: "status" }), element("main", { id: "main" }), element("div", { id: "said", "aria-live": "polite" }), element("nav", { class: "own-bar" })];
/** Where each screen was scrolled to. @type {Map<string, number>} */ const scrolled = new Map();
/** Whose list is drawn. @type {number | null} */ let drawnFor = null;
/** The screen that is shown, once one is. @type {string | null} */ let drawn = null;
let touched = -Infinity;
let waiting = 0;
let isLive = false;
let update = () => {};
let isStale = false;
/** Whether what was saved is to be said on the next screen. */ let isSaidAnew = false;
/** The visits that the page says are saved. @type {string[]} */ let said = [];

document.getElementById("no-scripts")?.remove();
startWords();
for (const kind of ["touchstart", "pointerdown", "pointerup", "keydown"]) addEventListener(kind, () => (touched = performance.now()), true);
addEventListener("hashchange", () => {
  if (!isSaidAnew) unsay();
  isSaidAnew = false;
  draw(true);
});
main.addEventListener("toggle", () => isStale && redraw(), true);
document.body.append(element("a", { class: "skip", href: "#main", onclick: (/** @type {Event} */ event) => (event.preventDefault(), focusOn(main)) }, say("desk.skip")), element("header", { class: "phone-head" }, unsentLine), main, saidPlace, bar);
main.addEventListener("click", (event) => {
  if (navigator.onLine || !(event.target instanceof Element) || !event.target.closest("a[href^='/mine']")) return;
  event.preventDefault(); // the browser's own page of errors leads nowhere from a home screen
  sayText(say("phone.no_signal"));
});
main.tabIndex = -1;
phone.start(redraw).then(redraw);

/** @param {OwnListAnswer} list @returns {Page} */
function pageOf(list) {
  const entries = phone.entries();
  const today = dayOf(phone.serverNow(), list.zone);
  return { list, entries, today, shown: shown(list, entries, today), keep, refuse, say: sayText, saidVisits, unsay, go, redraw: () => draw(false) };
}

/** @param {Page} page @param {string} name @param {string[]} rest @returns {Screen | null} */
function screenOf(page, name, [first, second]) {
  switch (name) {
    case "several": return severalScreen(page);
    case "home": return householdScreen(page, Number(first));
    case "need": return needScreen(page, Number(first), second);
    case "new-house": return newHouseScreen(page, Number(first));
    case "spot": return spotScreen(page, Number(first));
    case "map": return mapScreen(page, Number(first ?? 0), second === undefined ? null : Number(second));
    case "order": return orderScreen(page, Number(first));
    case "visits": return visitsScreen(page);
    case "visit": return visitScreen(page, first);
    case "more": return moreScreen(page);
    case "code": return codeScreen();
    case "sign-in": return signInScreen(page);
    case "sign-out": return signOutScreen(page);
    default: return null;
  }
}

/** Shows what has changed, unless a form is open; then when it is closed. Nothing moves under a finger that is about to press. */
function redraw() {
  drawHead();
  update();
  sayWhatIsKept();
  clearTimeout(waiting);
  if (drawn !== null && performance.now() - touched < STILL_MS) {
    waiting = setTimeout(redraw, STILL_MS);
    return;
  }
  isStale = main.querySelector("details.visit-of[open]") !== null;
  const member = phone.list()?.member.id ?? null;
  if (drawn === null || member !== drawnFor || (isLive && !isStale)) draw(false);
}

/** @param {boolean} isNew Whether another screen was asked for. */
function draw(isNew) {
  const list = phone.list();
  const page = list && pageOf(list);
  const asked = location.pathname === SETUP && location.hash === "" ? "setup" : location.hash.slice(1);
  const [name, ...rest] = asked.split("/");
  drawnFor = list?.member.id ?? null;
  const screen = name === "setup" ? setupScreen() : page ? (screenOf(page, name, rest) ?? listScreen(page)) : signInScreen(null);
  const key = page || name === "setup" ? asked : "sign-in";
  const focused = document.activeElement?.getAttribute("data-key");
  const at = isNew ? (scrolled.get(key) ?? 0) : scrollY;
  if (isNew && drawn !== null) scrolled.set(drawn, KEEP_SCROLL.includes(drawn) ? scrollY : 0);
  put(main, ...(page && screen.isLive && (name === "list" || name === "") ? notices(page) : []), screen.heading === null ? null : element("h1", { tabindex: "-1" }, screen.title), ...screen.nodes);
  drawn = key;
  isLive = screen.isLive ?? false;
  update = screen.update ?? (() => {});
  isStale = false;
  document.title = screen.title;
  put(bar, ...(page ? TABS.map(([tab, code]) => element("a", { href: `#${tab}`, "aria-current": (TAB_OF[name] ?? "list") === tab ? "page" : null }, say(code))) : []));
  bar.hidden = !page;
  bar.setAttribute("aria-label", say("own.pages"));
  drawHead();
  scrollTo(0, at);
  if (isNew) focusOn(main.querySelector("h1") ?? main);
  else if (focused && focused !== document.activeElement?.getAttribute("data-key")) focusOn(main.querySelector(`[data-key="${focused}"]`));
}

/** What is always there: how much is not sent. */
function drawHead() {
  const n = phone.unsent();
  const text = n ? say(waitsTooLong() ? "phone.unsent_long" : "phone.unsent", { n }) : phone.list() ? "" : ofOthers();
  if (unsentLine.textContent !== text) put(unsentLine, element(n ? "a" : "span", n ? { href: "#more" } : {}, text));
  unsentLine.hidden = text === "";
  drawSaid();
}

/** What the member has to know before the list. @param {Page} page @returns {Children} */
function notices(page) {
  const state = phone.state();
  const told = toldOfEntries(page);
  /** @type {Children} */ const found = [];
  if (!state.canKeep) found.push(notice([say("phone.keeps_nothing")], "bad"));
  if (waitsTooLong()) found.push(notice([element("p", {}, say("phone.too_long")), fileButton()], "due"));
  if (state.refused.length) found.push(notice([element("p", {}, say("phone.cannot_be_read", { n: state.refused.length })), fileButton()], "due"));
  for (const entry of told) {
    const { about, text, href } = toldOf(page, entry);
    found.push(notice([element("p", {}, element("b", {}, about), ` ${text}`), element("div", { class: "buttons" }, href ? link(say("own.change"), href) : null, button(say("phone.understood"), () => phone.told([entry.id])))], "due"));
  }
  if (state.needCard.includes(page.list.member.id)) found.push(notice([element("p", {}, say("phone.need_card")), link(say("phone.sign_in"), "#sign-in")], "due"));
  else if (state.isSignedIn === false) found.push(notice([element("p", {}, say("phone.signed_out")), link(say("phone.sign_in"), "#sign-in")]));
  if (state.isOutdated || state.isUpdated) found.push(notice([element("p", {}, say("phone.newer")), button(say("phone.open_newer"), () => location.reload())]));
  if (state.movedTo && /^https?:\/\//.test(state.movedTo)) found.push(notice([element("p", {}, say("phone.moved")), link(state.movedTo, state.movedTo)], "due"));
  for (const sentence of state.notices) found.push(notice([sentence]));
  if (isInApp()) found.push(notice([element("p", {}, say("phone.in_app")), link(say("phone.other_browser"), "#code")]));
  else if (!opensOffline()) found.push(quiet(say("phone.plain_http")));
  if (page.list.list !== page.today) found.push(quiet(say("phone.list_of", { day: dayInWords(page.list.list) })));
  return found;
}

/** @param {Intent[]} ops @param {HTMLElement} form @returns {Promise<boolean>} */
async function keep(ops, form) {
  if (form.dataset.keeping) return false;
  form.dataset.keeping = "true";
  try {
    await phone.logAll(ops);
    return true;
  } catch (problem) {
    if (!(problem instanceof phone.QueueRefused)) throw problem;
    refuse(form, say("phone.refused"));
    form.dataset.refused = ops.map(({ id }) => id).join(" ");
    return false;
  } finally {
    delete form.dataset.keeping;
  }
}

/** Says in a form why nothing was saved; it stays open. @param {HTMLElement} form @param {string} text */
function refuse(form, text) {
  form.querySelector(".refused")?.remove();
  const told = element("div", { class: "notice bad refused", role: "alert" }, text);
  form.prepend(told);
  told.scrollIntoView({ block: "center" });
}

/** Says in forms that were told that nothing is saved what the browser has kept of it after all. */
function sayWhatIsKept() {
  const list = phone.list();
  for (const form of /** @type {NodeListOf<HTMLElement>} */ (main.querySelectorAll("[data-refused]"))) {
    const ids = (form.dataset.refused ?? "").split(" ");
    if (!list || !phone.entries().some(({ id }) => ids.includes(id))) continue;
    delete form.dataset.refused;
    refuse(form, `${say("phone.kept_later")} ${saidOf(pageOf(list), ids)}`);
  }
}

/** @param {string} text */
function sayText(text) {
  said = [];
  put(saidPlace, toast([element("p", {}, text)], []));
}

/** @param {string[]} ids @param {string} [text] */
function saidVisits(ids, text) {
  const list = phone.list();
  if (!list) return;
  const page = pageOf(list);
  const undone = ids.map((visit) => ({ id: phone.newId(), type: /** @type {const} */ ("amend"), visit, kind: /** @type {const} */ ("withdraw") }));
  const visit = page.shown.visits.get(ids[0]);
  const made = toast(
    [element("p", {}, element("b", { class: "saved" }, text ?? say("phone.saved")), ` ${saidOf(page, ids)}`)],
    [
      button(say("own.undo"), async () => (await keep(undone, made)) && sayText(say("own.said.withdrawn"))),
      link(say("own.change"), ids.length === 1 ? `#visit/${ids[0]}` : "#visits"),
      ids.length === 1 && visit ? link(say("need.raise"), `#need/${visit.household}/${ids[0]}`) : null,
    ],
  );
  said = text ? [] : ids;
  put(saidPlace, made);
  if (isLive) draw(false);
  focusOn(made);
}

/** @param {Children} told @param {Children} buttons */
function toast(told, buttons) {
  return element("div", { class: "notice toast", tabindex: "-1" }, ...told, element("div", { class: "buttons" }, ...buttons, button("×", () => (unsay(), focusOn(main)), { class: "button close", "aria-label": say("phone.close") })));
}

/** Says that what was saved is sent, once it is. */
function drawSaid() {
  const entries = phone.entries().filter(({ id }) => said.includes(id));
  const bold = saidPlace.querySelector(".saved");
  if (bold && entries.length && entries.every(({ state }) => state === "done")) {
    const isTaken = entries.every(({ verdict }) => verdict === "created" || verdict === "replay");
    bold.textContent = say(isTaken ? "phone.saved_and_sent" : "phone.sent_not_counted");
    said = [];
  }
}

function unsay() {
  said = [];
  put(saidPlace);
}

/** @param {string} screen */
function go(screen) {
  if (location.hash === `#${screen}`) return draw(true);
  isSaidAnew = true;
  location.hash = screen;
}

/** @param {Element | null} node */
function focusOn(node) {
  if (node instanceof HTMLElement) node.focus({ preventScroll: true });
}
