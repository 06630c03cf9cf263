// One box that finds a grid, a household or a village of the map that is shown.
import { AnswerList } from "./answer_list.js";
import { element, fill } from "./element.js";

const MOST = 12;

/** @typedef {{ text: string, keys: string[], detail: string, show: () => void }} Entry `keys`: what it is found by, in small letters. */
/**
 * @typedef {object} Searched The map of a town, and what moves it.
 * @property {import("../wire.js").TownMap} data
 * @property {(index: number) => void} showVillage
 * @property {(index: number) => void} showGrid
 * @property {(index: number) => void} showPlace
 * @property {{ fire: (event: "gridplan:chosen") => void }} map
 */

/**
 * @param {Searched} town
 * @param {HTMLElement} parent
 */
export function addSearch(town, parent) {
  const { words } = town.data;
  const entries = entriesOf(town);
  const box = element("input", { type: "search", class: "search", placeholder: words.search, "aria-label": words.search, autocomplete: "off", spellcheck: "false" });
  /** @type {AnswerList<Entry>} */
  const answers = new AnswerList(box, { id: "gridplan-results", label: words.results, choose });
  /** @param {Entry} entry */
  function choose(entry) {
    entry.show();
    town.map.fire("gridplan:chosen");
  }
  box.addEventListener("input", () => {
    const text = box.value.trim();
    if (text) answers.show(matching(entries, text.toLowerCase()), fill(words.search_none, { text }));
    else answers.close();
  });
  parent.append(element("div", { class: "search-box" }, box, answers.list));
}

/**
 * Returns all that can be found: villages, grids, households.
 * @param {Omit<Searched, "map">} town
 * @returns {Entry[]}
 */
export function entriesOf({ data: { words, villages, grids, households }, showVillage, showGrid, showPlace }) {
  const nameOf = (/** @type {number} */ village) => villages.features[village].properties.name;
  return [
    ...villages.features.map(({ properties: { name } }, index) => ({
      text: name,
      keys: [name.toLowerCase()],
      detail: words.village,
      show: () => showVillage(index),
    })),
    ...grids.features.map(({ properties: { id, village, number } }, index) => ({
      text: id,
      keys: [id.toLowerCase(), `${nameOf(village).toLowerCase()}-${number}`],
      detail: fill(words.grid, { number }),
      show: () => showGrid(index),
    })),
    ...households.features.flatMap(({ properties }, index) =>
      properties.households.map(([code, , name]) => ({
        text: name ?? code,
        keys: name ? [name.toLowerCase(), code.toLowerCase()] : [code.toLowerCase()],
        detail: name ? code : words.household,
        show: () => showPlace(index),
      })),
    ),
  ];
}

/**
 * Returns the first entries that contain a text: equal ones first, then those that begin with it.
 * @param {Entry[]} entries
 * @param {string} text
 */
export function matching(entries, text) {
  /** @type {Entry[][]} */
  const byCloseness = [[], [], []];
  for (const entry of entries) {
    const closeness = Math.min(...entry.keys.map((key) => (key === text ? 0 : key.startsWith(text) ? 1 : key.includes(text) ? 2 : 3)));
    if (closeness < 3 && byCloseness[closeness].length < MOST) byCloseness[closeness].push(entry);
  }
  return byCloseness.flat().slice(0, MOST);
}
