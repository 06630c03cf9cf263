// How far contact reaches, on a map: three more ways to colour it, as of a day, and a sentence above it.
import { element, fill } from "../ui/page.js";
/** @import { ContactColours, ContactMap, LiveTownMap, View } from "../wire.js" */
/** @import { Town } from "./town.js" */

/** What the ways to colour a map by contact are called in addresses. @type {string[]} */
export const CONTACT_VIEWS = ["coverage", "frequency", "weeks"];

/**
 * Gives a map the ways to colour it by contact, in the place of those of another day. Grids of now that were not there then
 * are in no figure. Returns how many these are, and of how many grids of then the map has none.
 * @param {Town} town @param {ContactColours} contact
 */
export function setContactViews({ map, data }, { grids, views }) {
  const index = new Map(grids.map(([village, number], at) => [`${village}-${number}`, at]));
  const { villages, grids: { features } } = /** @type {LiveTownMap} */ (data);
  const drawn = features.map(({ properties: { village, number } }) => index.get(`${villages.features[village].properties.id}-${number}`));
  const placed = views.map((view) => {
    const inNoFigure = view.classes.findIndex(({ mark }) => mark === "dotted");
    return /** @type {View} */ ({ ...view, grids: drawn.map((at) => (at === undefined ? inNoFigure : view.grids[at])) });
  });
  data.views = [...data.views.filter(({ key }) => !CONTACT_VIEWS.includes(key)), ...placed];
  map.fire("gridplan:views");
  const found = drawn.filter((at) => at !== undefined).length;
  return { gone: grids.length - found, added: drawn.length - found };
}

/**
 * Shows how contact stands on the map of a town, above it in a sentence: in all of it, or in the village that is chosen.
 * Returns what shows another day, null for today. @param {Town} town @param {(day: string | null) => Promise<ContactMap>} ask
 */
export function addContact(town, ask) {
  const { map, data } = town;
  const { words } = data;
  const ids = /** @type {LiveTownMap} */ (data).villages.features.map(({ properties }) => properties.id);
  const head = element("span");
  const said = element("p", { role: "status" });
  const rest = element("div", { class: "quiet" });
  const strip = element("div", { class: "contact-strip", hidden: "" }, head, said, rest);
  /** @type {{ answer: ContactMap, ofVillage: Map<number, string>, notes: string[] } | null} */ let shown = null;

  function say() {
    if (!shown) return;
    const { answer: { as_of: asOf, sentence }, ofVillage, notes } = shown;
    const { village } = town.selection;
    const told = village === null ? sentence : (ofVillage.get(ids[village]) ?? null);
    strip.hidden = told === null && asOf === null;
    town.contact = strip.hidden ? null : [asOf, told, ...notes].filter(Boolean).join(" · ");
    head.replaceChildren(...(asOf === null ? [] : [element("strong", {}, asOf), " ", element("button", { type: "button", class: "link", onclick: () => map.fire("gridplan:day", { day: null }) }, words.to_today)]));
    said.textContent = told;
    rest.textContent = notes.join(" ");
  }
  /** @param {string | null} day */
  async function show(day) {
    const answer = await ask(day);
    const { gone, added } = setContactViews(town, answer);
    const counts = /** @type {const} */ ([[words.grids_gone, gone], [words.grids_new, answer.as_of === null ? 0 : added]]);
    const notes = counts.flatMap(([text, n]) => (n ? [fill(text, { n: town.format(n) })] : []));
    town.day = { shown: answer.day, first: answer.first, last: answer.today };
    shown = { answer, ofVillage: new Map(answer.villages), notes };
    say();
    if (town.view) town.colour(town.view.key);
    map.fire("gridplan:contact");
  }

  for (const kind of ["click", "dblclick", "mousedown", "touchstart", "pointerdown"]) strip.addEventListener(kind, (event) => event.stopPropagation()); // a click on it means nothing on the map
  map.on("gridplan:selected", say);
  map.getContainer().append(strip);
  new ResizeObserver(([{ target }]) => map.getContainer().style.setProperty("--contact-strip", `${/** @type {HTMLElement} */ (target).offsetHeight}px`)).observe(strip);
  return show;
}
