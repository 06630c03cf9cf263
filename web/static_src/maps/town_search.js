// The box that finds a village, a grid or a household of the map that is shown.
import { AnswerList } from "../ui/search_box.js";
import { element, fill } from "../ui/page.js";
import { residentsOf } from "./selection.js";
/** @import { Selection } from "./selection.js" */
/** @import { Town } from "./town.js" */
/** @import { TownMap } from "../wire.js" */

const MOST = 12;

/** @typedef {{ text: string, keys: string[], detail: string, selection: Partial<Selection> }} Entry `keys`: what it is found by, in small letters. */

/** @param {Town} town @param {HTMLElement} parent */
export function addSearch({ data, select }, parent) {
  const { words } = data;
  const entries = entriesOf(data);
  const box = element("input", { type: "search", class: "search", placeholder: words.search, "aria-label": words.search, autocomplete: "off", spellcheck: "false" });
  /** @type {AnswerList<Entry>} */
  const answers = new AnswerList(box, { id: "gridplan-results", label: words.results, choose: ({ selection }) => select(selection) });
  box.addEventListener("input", () => {
    const text = box.value.trim();
    if (text) answers.show(matching(entries, text.toLowerCase()), fill(words.search_none, { text }));
    else answers.close();
  });
  parent.append(element("div", { class: "search-box" }, box, answers.list));
}

/** Returns all that can be found: villages, grids, households. @param {TownMap} data @returns {Entry[]} */
export function entriesOf({ words, villages, grids, households }) {
  const entry = (/** @type {string[]} */ keys, /** @type {string} */ detail, /** @type {Partial<Selection>} */ selection) => {
    return { text: keys[0], keys: keys.map((key) => key.toLowerCase()), detail, selection };
  };
  const nameOf = (/** @type {number} */ village) => villages.features[village].properties.name;
  return [
    ...villages.features.map(({ properties: { name } }, village) => entry([name], words.village, { village })),
    ...grids.features.map(({ properties: { id, village, number } }, grid) => entry([id, `${nameOf(village)}-${number}`], fill(words.grid, { number }), { grid })),
    ...households.features.flatMap(({ properties }) =>
      residentsOf(properties).map(({ key, code, grid, name }) => entry(name ? [name, code] : [code], name ? code : words.household, { village: properties.village, grid, household: key })),
    ),
  ];
}

/**
 * Returns the first entries that contain a text: equal ones first, then those that begin with it.
 * @param {Entry[]} entries @param {string} text
 */
export function matching(entries, text) {
  /** @type {Entry[][]} */ const byCloseness = [[], [], []];
  for (const entry of entries) {
    const closeness = Math.min(...entry.keys.map((key) => (key === text ? 0 : key.startsWith(text) ? 1 : key.includes(text) ? 2 : 3)));
    if (closeness < 3 && byCloseness[closeness].length < MOST) byCloseness[closeness].push(entry);
  }
  return byCloseness.flat().slice(0, MOST);
}
