// How far contact reaches, on a map: three more ways to colour it, as of a day, and a sentence above it.
import { element, fill } from "../ui/page.js";
/** @import { CarriedContact, ContactColours, ContactMap, LiveTownMap, View } from "../wire.js" */
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

/** @typedef {{ asOf: string | null, ofTown: string, ofVillage: (village: number) => string | null, notes: string[] }} Told How contact stands, also by the index of a village. */

/** Puts a sentence above a map, of all of it or of the village that is chosen; returns what says another. @param {Town} town @returns {(told: Told) => void} */
function addStrip(town) {
  const { map, data: { words } } = town;
  const head = element("span");
  const said = element("p", { role: "status" });
  const rest = element("div", { class: "quiet" });
  const strip = element("div", { class: "contact-strip", hidden: "" }, head, said, rest);
  /** @type {Told | null} */ let told = null;

  function say() {
    if (!told) return;
    const { asOf, ofTown, ofVillage, notes } = told;
    const { village } = town.selection;
    const sentence = village === null ? ofTown : ofVillage(village);
    strip.hidden = sentence === null && asOf === null;
    town.contact = strip.hidden ? null : [asOf, sentence, ...notes].filter(Boolean).join(" · ");
    const back = town.day ? [" ", element("button", { type: "button", class: "link", onclick: () => map.fire("gridplan:day", { day: null }) }, words.to_today)] : [];
    head.replaceChildren(...(asOf === null ? [] : [element("strong", {}, asOf), ...back]));
    said.textContent = sentence;
    rest.textContent = notes.join(" ");
  }
  for (const kind of ["click", "dblclick", "mousedown", "touchstart", "pointerdown"]) strip.addEventListener(kind, (event) => event.stopPropagation()); // a click on it means nothing on the map
  map.on("gridplan:selected", say);
  map.getContainer().append(strip);
  new ResizeObserver(([{ target }]) => map.getContainer().style.setProperty("--contact-strip", `${/** @type {HTMLElement} */ (target).offsetHeight}px`)).observe(strip);
  return (now) => {
    told = now;
    say();
  };
}

/** Shows how contact stood when the map was made, which carries it. @param {Town} town @param {CarriedContact} contact */
export function addCarriedContact(town, { as_of: asOf, sentence, villages }) {
  addStrip(town)({ asOf, ofTown: sentence, ofVillage: (village) => villages[village], notes: [] });
}

/** Shows how contact stands on the map of a town; returns what shows another day, null for today. @param {Town} town @param {(day: string | null) => Promise<ContactMap>} ask */
export function addContact(town, ask) {
  const { map, data } = town;
  const { words } = data;
  const ids = /** @type {LiveTownMap} */ (data).villages.features.map(({ properties }) => properties.id);
  const say = addStrip(town);
  return async (/** @type {string | null} */ day) => {
    const answer = await ask(day);
    const { gone, added } = setContactViews(town, answer);
    const counts = /** @type {const} */ ([[words.grids_gone, gone], [words.grids_new, added]]);
    const notes = answer.as_of === null ? [] : counts.flatMap(([text, n]) => (n ? [fill(text, { n: town.format(n) })] : []));
    const ofVillage = new Map(answer.villages);
    town.day = { shown: answer.day, first: answer.first, last: answer.today };
    say({ asOf: answer.as_of, ofTown: answer.sentence, ofVillage: (village) => ofVillage.get(ids[village]) ?? null, notes });
    if (town.view) town.colour(town.view.key);
    map.fire("gridplan:contact");
  };
}
