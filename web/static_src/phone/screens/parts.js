// What several screens are made of. Names are data from strangers: all text becomes text nodes.
import { element } from "../../ui/page.js";
import { before, dayInWords, named, say, whenInWords } from "./words.js";
/** @import { OwnGrid, OwnHousehold, VisitChannel, VisitOutcome } from "../../wire.js" */
/** @import { ShownHousehold, ShownVisit } from "./shown_list.js" */

/** @type {VisitOutcome[]} */ export const OUTCOMES = ["met", "not home", "declined", "away"];
/** @type {VisitChannel[]} */ export const CHANNELS = ["door", "phone", "elsewhere"];

/** @typedef {(Node | string | null)[]} Children */

/** Puts children in the place of those that a node has. @param {Element} node @param {Children} children */
export function put(node, ...children) {
  node.textContent = "";
  node.append(...children.filter((child) => child !== null));
}

/** @param {string} text @param {() => unknown} onClick @param {Record<string, string | null>} attributes */
export function button(text, onClick, attributes = {}) {
  return element("button", { type: "button", class: "button", ...attributes, onclick: onClick }, text);
}

/** @param {string} text @param {string} href @param {Record<string, string | null>} attributes */
export function link(text, href, attributes = {}) {
  return element("a", { class: "button", href, ...attributes }, text);
}

/** @param {string} phone */
export function callButton(phone) {
  return link(say("own.call", { phone }), `tel:${phone.replace(/\s/g, "")}`, { class: "button call" });
}

/** @param {...(Node | string | null)} children */
export function quiet(...children) {
  return element("p", { class: "quiet" }, ...children);
}

/** @param {Children} children @param {string} kind */
export function notice(children, kind = "") {
  return element("div", { class: `notice ${kind}` }, ...children);
}

/**
 * A group of which one is chosen.
 * @param {string} name @param {string} legend @param {[key: string, text: string][]} options @param {string} chosen
 */
export function pills(name, legend, options, chosen) {
  const pill = ([key, text] = ["", ""]) => element("label", {}, element("input", { type: "radio", name, value: key, checked: key === chosen ? "" : null }), element("span", {}, text));
  return element("fieldset", {}, element("legend", {}, legend), element("div", { class: "pills" }, ...options.map(pill)));
}

/** @param {string} chosen */
export function channelPills(chosen) {
  return pills("channel", say("own.how"), CHANNELS.map((key) => [key, named("visit.channel", key)]), chosen);
}

/** @param {string} chosen */
export function outcomePills(chosen) {
  return pills("outcome", say("own.outcome"), OUTCOMES.map((key) => [key, named("visit.outcome", key)]), chosen);
}

/** How many days ago, of the days that the service takes. @param {string} today @param {number} days @param {number} chosen */
export function dayChoice(today, days, chosen = 0) {
  const option = (/** @type {number} */ ago) => element("option", { value: String(ago), selected: ago === chosen ? "" : null }, whenInWords(before(today, ago), today));
  const choices = Array.from({ length: Math.max(days, chosen) + 1 }, (_, ago) => option(ago));
  return element("label", { class: "own-day" }, `${say("own.day")} `, element("select", { name: "days_ago" }, ...choices));
}

/** @param {string} name @param {string} label @param {Record<string, string | null>} attributes @param {string} hint */
export function field(name, label, attributes = {}, hint = "") {
  const id = `f-${name}`;
  const input = element("input", { id, name, autocomplete: "off", "aria-describedby": hint ? `h-${name}` : null, ...attributes });
  return element("div", { class: "field" }, element("label", { for: id }, label), input, hint ? element("p", { class: "hint", id: `h-${name}` }, hint) : null);
}

/** Returns what was chosen and typed in a form. @param {HTMLFormElement} form @returns {Record<string, string>} */
export function typed(form) {
  /** @type {Record<string, string>} */ const found = {};
  new FormData(form).forEach((value, name) => {
    found[name] = String(value).trim();
  });
  return found;
}

/** @param {OwnGrid} grid */
export function gridName(grid) {
  return `${grid.village} · ${say("map.grid", { number: grid.number })}`;
}

/** What a house is known by, and whose it is. @param {OwnHousehold} home */
export function homeName({ mark, name }) {
  return name ? `${mark} ${name}` : mark;
}

/** A house as the lists show it. @param {ShownHousehold} home @param {string} today */
export function aboutHome(home, today) {
  const lines = [];
  if (home.address && home.address !== home.mark) lines.push(small(home.address));
  const last = home.last ? say("own.last", { day: whenInWords(home.last.day, today), how: named("visit.channel", home.last.channel) }) : say("own.never");
  if (home.status === "overdue" && home.section === "due") lines.push(element("small", { class: "overdue" }, say("own.overdue")));
  lines.push(small(last));
  for (const one of home.attempts.slice(0, 2)) lines.push(small(`${whenInWords(one.day, today)} · ${what(one)}`));
  if (home.back_on) lines.push(element("small", { class: "overdue" }, say("own.back_on", { day: dayInWords(home.back_on) })));
  else if (home.away_until) lines.push(small(say("own.away_until", { day: dayInWords(home.away_until) })));
  else if (["away", "unoccupied", "no visits wanted"].includes(home.status)) lines.push(small(named("own.state", home.status)));
  if (home.note) lines.push(element("small", { class: "waiting" }, say(home.note === "waiting" ? "phone.not_sent_yet" : "phone.taken_back_not_sent")));
  return [
    element("span", { class: "place" }, String(home.place)),
    element("span", { class: "house" }, element("b", {}, home.mark), home.name ? ` ${home.name}` : null, home.hamlet ? element("span", { class: "quiet" }, ` ${home.hamlet}`) : null, ...lines),
  ];
}

/** @param {string} text */
export function small(text) {
  return element("small", {}, text);
}

/** A visit in words: Met, at the door. @param {{ outcome: VisitOutcome, channel: VisitChannel }} visit */
export function what({ outcome, channel }) {
  const said = named("visit.outcome", outcome);
  return outcome === "met" ? `${said} · ${named("visit.channel", channel)}` : said;
}

/** How a visit stands, where that is to be said. @param {ShownVisit} visit */
export function standing(visit) {
  if (visit.way === "waiting" || visit.isChanging) return say(visit.state === "withdrawn" ? "phone.taken_back_not_sent" : "phone.not_sent_yet");
  if (visit.way !== "sent") return say(`phone.way.${visit.way}`);
  if (visit.isUncertain) return say("phone.which_day");
  return visit.state === "standing" ? "" : named("visit.state", visit.state);
}
