// The box that finds a village, a grid or a household of the map that is shown.
import { AnswerList } from "../ui/search_box.js";
import { element, fill } from "../ui/page.js";
import { residentsOf } from "./selection.js";
/** @import { PlaceFeature } from "./places.js" */
/** @import { Selection } from "./selection.js" */
/** @import { Town } from "./town.js" */
/** @import { TownMap } from "../wire.js" */

const MOST = 12;

/** @typedef {{ text: string, keys: string[], detail: string, selection: Partial<Selection> }} Entry `keys`: what it is found by, folded. */

/** @param {Town} town @param {HTMLElement} parent */
export function addSearch({ data, select, placesOf }, parent) {
  const { words } = data;
  let entries = entriesOf(data);
  const box = element("input", { type: "search", class: "search", placeholder: words.search, "aria-label": words.search, autocomplete: "off", spellcheck: "false" });
  /** @type {AnswerList<Entry>} */
  const answers = new AnswerList(box, { id: "gridplan-results", label: words.results, choose: ({ selection }) => select(selection) });
  box.addEventListener("input", () => {
    const text = box.value.trim();
    if (text) answers.show(matching(entries, text), fill(words.search_none, { text }));
    else answers.close();
  });
  // Households come by village, all of them only when somebody looks for one.
  const askForAll = () => Promise.all(data.villages.features.map((_, village) => placesOf(village)));
  box.addEventListener("focus", () => askForAll().then((places) => (entries = [...entriesOf(data), ...householdsOf(data, places.flat())]), console.error), { once: true });
  parent.append(element("div", { class: "search-box" }, box, answers.list));
}

/** Returns a text as it is compared: without spaces, in small letters. @param {string} text */
const folded = (text) => text.toLowerCase().replace(/\s+/g, "");

/** @param {string[]} keys @param {string} detail @param {Partial<Selection>} selection @returns {Entry} */
const entryOf = (keys, detail, selection) => ({ text: keys[0], keys: keys.map(folded), detail, selection });

/** Returns the villages and grids, which can be found at once. @param {TownMap} data */
export function entriesOf({ words, villages, grids }) {
  const nameOf = (/** @type {number} */ village) => villages.features[village].properties.name;
  return [
    ...villages.features.map(({ properties: { name } }, village) => entryOf([name], words.village, { village })),
    ...grids.features.map(({ properties: { id, village, number } }, grid) => {
      const called = fill(words.grid, { number });
      return entryOf([id, `${nameOf(village)}-${number}`, called, String(number), `${nameOf(village)} ${called}`], called, { grid });
    }),
  ];
}

/** Returns the households that can be found. @param {TownMap} data @param {PlaceFeature[]} places */
export function householdsOf({ words }, places) {
  return places.flatMap(({ properties }) =>
    residentsOf(properties).map(({ key, code, grid, name }) => entryOf(name ? [name, code] : [code], name ? code : words.household, { village: properties.village, grid, household: key })),
  );
}

/**
 * Returns the first entries that contain a text: equal ones first, then those that begin with it, contain it, have all its words.
 * @param {Entry[]} entries @param {string} text
 */
export function matching(entries, text) {
  /** @type {Entry[][]} */ const byCloseness = [[], [], [], []];
  const wanted = folded(text);
  const parts = text.trim().split(/\s+/).map(folded);
  for (const entry of entries) {
    const ofKey = (/** @type {string} */ key) => (key === wanted ? 0 : key.startsWith(wanted) ? 1 : key.includes(wanted) ? 2 : parts.every((part) => key.includes(part)) ? 3 : 4);
    const closeness = Math.min(...entry.keys.map(ofKey));
    if (closeness < 4 && byCloseness[closeness].length < MOST) byCloseness[closeness].push(entry);
  }
  return byCloseness.flat().slice(0, MOST);
}
