// What is told of a village, a grid or a household beyond what the map draws: the server is asked, and the single file
// carries it.
import { ask } from "../ui/request.js";
/** @import { HouseholdKey } from "./selection.js" */
/** @import { GridContactDetails, GridDetails, HouseholdDetails, Link, LiveTownMap, TownMap, VillageDetails } from "../wire.js" */

/**
 * @typedef {object} Details
 * @property {(village: number) => Promise<VillageDetails>} ofVillage
 * @property {(grid: number) => Promise<GridDetails>} ofGrid
 * @property {(grid: number) => Promise<GridContactDetails>} contactOf Of a grid, where the map is coloured by contact.
 * @property {(household: HouseholdKey) => Promise<{ links: Link[] }>} ofHousehold
 */

/** Returns what asks the server, once for each thing. @param {LiveTownMap} data @param {() => string | null} day As of which contact is told, null for today. @returns {Details & { ofHousehold: (id: HouseholdKey) => Promise<HouseholdDetails> }} */
export function askedDetails({ villages, grids }, day = () => null) {
  /** @type {Map<string, Promise<any>>} */ const answers = new Map();
  /** @param {string} path */
  function once(path) {
    const answer = answers.get(path) ?? ask(`/api/map/${path}`);
    answers.set(path, answer);
    answer.catch(() => answers.delete(path));
    return answer;
  }
  /** @param {string} path @param {Record<string, string | number | null | undefined>} values */
  function withQuery(path, values) {
    const known = Object.entries(values).flatMap(([name, value]) => (value === null || value === undefined ? [] : [[name, String(value)]]));
    return known.length ? `${path}?${new URLSearchParams(known)}` : path;
  }
  return {
    ofVillage(index) {
      const plan = grids.features.find(({ properties }) => properties.village === index)?.properties.plan;
      return once(withQuery(`villages/${villages.features[index].properties.id}`, { plan, as_of: day() }));
    },
    ofGrid(index) {
      const { plan, number } = grids.features[index].properties;
      return once(`grids/${plan}/${number}`);
    },
    contactOf(index) {
      const { plan, number } = grids.features[index].properties;
      return once(withQuery(`grids/${plan}/${number}/contact`, { as_of: day() }));
    },
    ofHousehold: (id) => once(`households/${id}`),
  };
}

/** @param {TownMap} data Of the single file. @returns {Details} */
export function carriedDetails({ contact, details, grids, views, words }) {
  if (!details) throw new Error("The map carries no details");
  return {
    ofVillage: async (index) => details.villages[index],
    ofGrid: async (index) => details.grids[index],
    async contactOf(index) {
      const { village, number } = grids.features[index].properties;
      const plan = contact?.plans[village];
      const pages = document.querySelector("meta[name=coverage]")?.getAttribute("content"); // where the service shows the file
      const texts = { coverage: words.view_coverage, frequency: words.view_frequency, weeks: words.view_weeks };
      const told = views.flatMap(({ key, classes, grids: of }) => (key in texts ? [/** @type {[string, string]} */ ([texts[/** @type {keyof typeof texts} */ (key)], classes[of[index]].text])] : []));
      return { contact: told, links: pages && plan ? [{ text: words.coverage_page, href: `${pages}/grids/${plan}/${number}` }] : [] };
    },
    ofHousehold: async () => ({ links: [] }),
  };
}
