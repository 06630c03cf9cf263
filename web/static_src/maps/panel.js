// What is chosen on the map, told beside it: a village with its grids, a grid with its households, a household.
// It is built of text nodes, and a click in it chooses.
import { element, fill } from "../ui/page.js";
import { markRow, workRows } from "../ui/rows.js";
import { sortable } from "../ui/sortable.js";
import { ruleText } from "./marks.js";
import { NOTHING, residentsOf } from "./selection.js";
/** @import { Grid } from "../wire.js" */
/** @import { Resident, Selection } from "./selection.js" */
/** @import { Town } from "./town.js" */

/** @typedef {Resident & { spot: number }} Placed Those of one spot share its number. */

/**
 * Shows what is chosen in one part of the page, and others only while nothing is.
 * @param {Town} town @param {HTMLElement} place @param {HTMLElement[]} overview
 * @param {((resident: Resident) => Node | null) | null} remark What else is to be said of a household.
 */
export function addPanel(town, place, overview, remark = null) {
  const { map, data, select, point, placesOf } = town;
  const { words } = data;
  const nameOf = (/** @type {number} */ village) => data.villages.features[village].properties.name;
  const gridName = (/** @type {number} */ grid) => fill(words.grid, { number: data.grids.features[grid].properties.number });

  /** @param {Selection} selection */
  async function show(selection) {
    const hadFocus = [place, ...overview].some((part) => part.contains(document.activeElement));
    overview.forEach((part) => (part.hidden = selection.village !== null));
    place.hidden = selection.village === null;
    if (selection.village === null) return place.replaceChildren();
    const residents = (await placesOf(selection.village)).flatMap(({ properties }, spot) => residentsOf(properties).map((one) => ({ ...one, spot })));
    if (town.selection !== selection) return;
    const told = selection.household !== null ? ofHousehold(selection, residents) : selection.grid !== null ? ofGrid(selection.grid, residents) : ofVillage(selection.village);
    place.replaceChildren(crumbs(selection), ...told);
    place.scrollTop = 0;
    if (hadFocus) place.querySelector("h2")?.focus({ preventScroll: true });
  }

  /** @param {Selection} selection */
  function crumbs({ village, grid, household }) {
    const step = (/** @type {string} */ text, /** @type {Partial<Selection>} */ to) => element("button", { type: "button", class: "link", onclick: () => select(to) }, text);
    /** @type {Node[]} */ const trail = [step(words.whole_town, NOTHING)];
    if (village !== null && (grid !== null || household !== null)) trail.push(step(nameOf(village), { village }));
    if (grid !== null && household !== null) trail.push(step(gridName(grid), { grid }));
    return element("nav", { class: "trail", "aria-label": words.crumbs }, ...trail.flatMap((node, index) => (index ? [" › ", node] : [node])), " ›");
  }

  /** @param {string} text */
  const heading = (text) => element("h2", { class: "chosen-name", tabindex: "-1" }, text);

  /** @param {number} village */
  function ofVillage(village) {
    const { id, name, households, grids: count } = data.villages.features[village].properties;
    const grids = data.grids.features.map(({ properties }, index) => ({ ...properties, index })).filter((grid) => grid.village === village);
    const page = id === undefined ? null : element("p", {}, element("a", { class: "button small", href: `/villages/${id}` }, words.open_village));
    const figures = element("p", { class: "quiet" }, fill(words.village_figures, { households: town.format(households), grids: town.format(count) }));
    const about = element("div", { class: "about" }, figures, grids.length ? null : element("p", {}, words.not_planned ?? words.empty), page);
    return grids.length ? [heading(name), about, gridTable(name, grids)] : [heading(name), about];
  }

  /** @param {string} name @param {(Grid & { index: number })[]} grids */
  function gridTable(name, grids) {
    const broken = (/** @type {Grid} */ grid) => grid.broken.map((rule) => element("span", { class: "broken" }, ` ${ruleText(rule)}`));
    const row = (/** @type {Grid & { index: number }} */ grid) =>
      element(
        "tr",
        { "data-key": String(grid.index) },
        element("th", { scope: "row", "data-value": String(grid.number).padStart(4, "0") }, element("button", { type: "button", class: "link", onclick: () => select({ grid: grid.index }) }, String(grid.number)), ...broken(grid)),
        element("td", { "data-value": grid.lead ?? "" }, grid.lead ?? words.no_lead),
        element("td", { class: "figure", "data-value": String(grid.size) }, town.format(grid.size)),
        element("td", { class: "figure", "data-value": String(grid.walk_m ?? -1) }, grid.walk ?? "–"),
      );
    const column = (/** @type {string} */ text, /** @type {string | null} */ kind = null, order = "none") => element("th", { scope: "col", class: kind, "aria-sort": order }, element("button", { type: "button" }, text));
    const head = element("thead", {}, element("tr", {}, column(words.in_grid, null, "ascending"), column(words.lead), column(words.households, "figure"), column(words.walk, "figure")));
    const table = element("table", { class: "sortable", "aria-label": name }, head, element("tbody", {}, ...grids.map(row)));
    sortable(table);
    workRows(table, (key) => point(key === null ? NOTHING : { grid: Number(key) }));
    return table;
  }

  /** @param {number} index @param {Placed[]} residents */
  function ofGrid(index, residents) {
    const grid = data.grids.features[index].properties;
    const own = residents.filter((resident) => resident.grid === index);
    return [
      heading(`${nameOf(grid.village)} · ${gridName(index)}`),
      element(
        "div",
        { class: "about" },
        facts([[words.lead, grid.lead ? pageLink(grid.lead_id, "members", grid.lead) : words.no_lead], [words.households, town.format(grid.size)], [words.walk, grid.walk]]),
        ...grid.broken.map((rule) => element("p", { class: "broken" }, ruleText(rule))),
        grid.label ? null : element("p", { class: "quiet" }, words.not_drawn),
        grid.plan ? element("p", {}, element("a", { class: "button small", href: `/grids/${grid.plan}/${grid.number}` }, words.open_grid)) : null,
      ),
      ...(own.length ? [householdTable(grid.id, own)] : []),
    ];
  }

  /** @param {string} name @param {Resident[]} residents */
  function householdTable(name, residents) {
    const row = (/** @type {Resident} */ one) =>
      element(
        "tr",
        { "data-key": String(one.key) },
        element("th", { scope: "row" }, element("button", { type: "button", class: "link", onclick: () => select(selectionOf(one)) }, one.name ?? one.code)),
        element("td", {}, one.door),
        element("td", {}, one.hamlet),
      );
    const column = (/** @type {string} */ text) => element("th", { scope: "col" }, text);
    const head = element("thead", {}, element("tr", {}, column(words.household), column(words.door), column(words.hamlet)));
    const table = element("table", { "aria-label": name }, head, element("tbody", {}, ...residents.map(row)));
    const keys = new Map(residents.map((one) => [String(one.key), one]));
    workRows(table, (key) => {
      const one = keys.get(key ?? "");
      point(one ? selectionOf(one) : NOTHING);
    });
    return table;
  }

  /** @param {Resident} one @returns {Partial<Selection>} */
  function selectionOf({ key, grid }) {
    return { village: town.selection.village, grid, household: key };
  }

  /** @param {Selection} selection @param {Placed[]} residents */
  function ofHousehold({ household }, residents) {
    const one = residents.find(({ key }) => key === household);
    if (!one) return [element("p", { class: "empty" }, words.not_drawn)];
    const { code, name, door, hamlet, grid, leftOut } = one;
    const lead = grid === null ? null : data.grids.features[grid].properties;
    const inGrid = grid === null ? leftOut : element("button", { type: "button", class: "link", onclick: () => select({ grid }) }, gridName(grid));
    const page = typeof household === "number" ? element("p", {}, element("a", { class: "button small", href: `/households/${household}` }, words.open_household)) : null;
    const list = facts([[words.in_grid, inGrid], [words.lead, lead && (lead.lead ? pageLink(lead.lead_id, "members", lead.lead) : words.no_lead)], [words.door, door], [words.hamlet, hamlet], [words.code, name ? code : null]]);
    const here = residents.filter(({ spot }) => spot === one.spot);
    const several = here.length > 1 ? [element("h3", {}, fill(words.here, { n: here.length })), householdTable(code, here)] : [];
    return [heading(name ?? code), element("div", { class: "about" }, list, remark?.(one) ?? null, page), ...several];
  }

  map.on("gridplan:selected", ({ selection }) => show(selection));
  map.on("gridplan:pointed", ({ selection: { grid, household } }) => markRow(place, String(household ?? grid), "pointed"));
}

/** @param {[string, string | Node | null | undefined][]} rows */
function facts(rows) {
  const known = rows.flatMap(([name, value]) => (value === null || value === undefined ? [] : [element("dt", {}, name), element("dd", {}, value)]));
  return element("dl", { class: "facts" }, ...known);
}

/** @param {string | number | null | undefined} id None in the single file. @param {string} path @param {string} text */
function pageLink(id, path, text) {
  return id === null || id === undefined ? text : element("a", { href: `/${path}/${id}` }, text);
}
