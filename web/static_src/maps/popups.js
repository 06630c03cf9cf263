// What a click on the map tells, built of text nodes.
import { element, fill } from "../ui/element.js";

const facts = (rows) =>
  element(
    "dl",
    { class: "facts" },
    ...rows.filter(([, value]) => value !== null && value !== undefined).flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]),
  );

// Only the live page has pages behind the map, and ids that lead to them.
const page = (id, path, text) => (id === null || id === undefined ? text : element("a", { href: `/${path}/${id}` }, text));

const link = (text, onclick) => element("button", { type: "button", class: "link", onclick }, text);

export function gridPopup({ words, grids, villages, number }, index, { showVillage }) {
  const grid = grids.features[index].properties;
  return element(
    "div",
    { class: "popup" },
    element("h2", {}, fill(words.grid, { number: grid.number })),
    facts([
      [words.village, link(villages.features[grid.village].properties.name, () => showVillage(grid.village))],
      [words.households, number(grid.size)],
      [words.walk, grid.walk],
      [words.lead, grid.lead ? page(grid.lead_id, "members", grid.lead) : words.no_lead],
    ]),
    grid.label ? null : element("p", { class: "quiet" }, words.not_drawn),
    ...grid.broken.map((sentence) => element("p", { class: "broken" }, `! ${sentence}`)),
    grid.plan ? element("p", {}, page(`${grid.plan}/${grid.number}`, "grids", words.open_grid)) : null,
  );
}

export function householdPopup({ words, grids }, { households: rows, ids = [] }, { showGrid }) {
  const several = rows.length > 1 ? element("h2", {}, fill(words.here, { n: rows.length })) : null;
  return element("div", { class: "popup" }, several, element("div", { class: "households", tabindex: several && "0" }, ...rows.map(household)));

  function household([code, grid, name, door, hamlet, leftOut], index) {
    const where = grid === null ? leftOut : link(grids.features[grid].properties.id, () => showGrid(grid));
    return element(
      "section",
      {},
      element("h3", {}, page(ids[index], "households", name ?? code)),
      facts([
        [words.code, name ? code : null],
        [words.door, door],
        [words.hamlet, hamlet],
        [words.in_grid, where],
      ]),
    );
  }
}
