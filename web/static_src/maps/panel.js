// What is chosen on the map, told beside it: a village with its grids, a grid with its people and households, a household.
// It is built of text nodes. A click in it chooses, Escape goes a step up.
import { element, fill, isTyping } from "../ui/page.js";
import { RequestRefused } from "../ui/request.js";
import { markRow, workRows } from "../ui/rows.js";
import { BY_NAME, sortable } from "../ui/sortable.js";
import { CONTACT_VIEWS } from "./contact.js";
import { ruleText } from "./drawing/marks.js";
import { NOTHING, residentsOf } from "./selection.js";
/** @import { Grid, GridContactDetails, GridDetails, Link, Person, VillageDetails } from "../wire.js" */
/** @import { Details } from "./details.js" */
/** @import { HouseholdKey, Resident, Selection } from "./selection.js" */
/** @import { Town } from "./town.js" */

/** Grids without a lead that are told one by one; more are folded. */
const MANY = 6;

/** @typedef {Resident & { spot: number, position: "exact" | "hamlet" | "none" }} Placed Those who live on one spot share its number. */
/**
 * @typedef {object} PanelParts
 * @property {HTMLElement} head Receives where one is and the name of what is chosen.
 * @property {HTMLElement} body Receives the rest.
 * @property {HTMLElement[]} overview What stands there while nothing is chosen.
 * @property {(resident: Resident) => Node | null} [remark] What else is to be said of a household.
 */

/** @param {Town} town @param {Details} details @param {PanelParts} parts */
export function addPanel(town, details, { head, body, overview, remark = () => null }) {
  const { map, data, select, point, placesOf } = town;
  const { words } = data;
  const villages = data.villages.features.map(({ properties }) => properties);
  const grids = data.grids.features.map(({ properties }) => properties);
  const gridName = (/** @type {number} */ index) => fill(words.grid, { number: grids[index].number });
  const gridOf = (/** @type {number} */ village, /** @type {number} */ number) => grids.findIndex((grid) => grid.village === village && grid.number === number);
  const called = data.called === undefined ? words.lead : data.called;
  let shown = NOTHING;

  /** @param {Selection} selection */
  async function show(selection) {
    const hadFocus = [head, body, ...overview].some((part) => part.contains(document.activeElement));
    const left = keyOf(shown);
    shown = selection;
    const isChosen = selection.village !== null;
    overview.forEach((part) => (part.hidden = isChosen));
    head.hidden = body.hidden = !isChosen;
    head.replaceChildren(...headOf(selection, null));
    body.replaceChildren(...(isChosen ? [status(words.loading)] : []));
    body.scrollTop = 0;
    const focus = () => {
      const rows = [body, ...overview].map((part) => part.querySelector(`[data-key="${CSS.escape(left)}"] :is(button, a)`));
      const row = rows.find((one) => one?.checkVisibility());
      if (hadFocus) /** @type {HTMLElement | null} */ (row ?? head.querySelector("h1"))?.focus({ preventScroll: !row });
    };
    focus();
    try {
      const told = isChosen ? await tell(selection) : [];
      if (shown !== selection) return;
      body.replaceChildren(...told);
      if (body.querySelector(`[data-key="${CSS.escape(left)}"]`)) focus();
    } catch (problem) {
      if (!(problem instanceof RequestRefused)) console.error(problem);
      if (shown !== selection) return;
      const again = element("button", { type: "button", class: "button small", onclick: () => show(selection) }, words.try_again);
      body.replaceChildren(element("div", { class: "about" }, element("p", { class: "notice bad", role: "alert" }, problem instanceof RequestRefused ? problem.message : words.not_loaded), again));
    }
  }

  /** @param {Selection} selection */
  async function tell(selection) {
    const { village, grid, household } = selection;
    if (village === null) return [];
    const places = await placesOf(village);
    const residents = places.flatMap(({ geometry, properties }, spot) => {
      const position = !geometry ? "none" : properties.at_hamlet ? "hamlet" : "exact";
      return residentsOf(properties).map((one) => /** @type {Placed} */ ({ ...one, spot, position }));
    });
    if (household !== null) return ofHousehold(household, selection, residents, await details.ofHousehold(household));
    if (grid !== null) return showsContact() ? ofContact(grid, residents, await details.contactOf(grid)) : ofGrid(grid, residents, await details.ofGrid(grid));
    return ofVillage(village, residents, await details.ofVillage(village));
  }

  /** @param {Selection} selection @param {string | null} name Of the household, once it is known. */
  function headOf({ village, grid, household }, name) {
    if (village === null) return [];
    const step = (/** @type {string} */ text, /** @type {Partial<Selection>} */ to) => element("button", { type: "button", class: "link", onclick: () => select(to) }, text);
    const trail = [step(words.whole_town, NOTHING)];
    if (grid !== null || household !== null) trail.push(step(villages[village].name, { village }));
    if (grid !== null && household !== null) trail.push(step(gridName(grid), { grid }));
    const title = household !== null ? (name ?? words.household) : grid !== null ? `${villages[village].name} · ${gridName(grid)}` : villages[village].name;
    return [element("nav", { class: "trail", "aria-label": words.crumbs }, ...trail.flatMap((node, index) => (index ? [" › ", node] : [node])), " ›"), element("h1", { tabindex: "-1" }, title)];
  }

  // ---- a village

  /** @param {number} village @param {Placed[]} residents @param {VillageDetails} told */
  function ofVillage(village, residents, told) {
    const { name, households, grids: count, walk } = villages[village];
    const own = grids.map((grid, index) => ({ ...grid, index })).filter((grid) => grid.village === village);
    const loose = residents.filter((one) => one.grid === null);
    const about = facts([[words.households, town.format(households)], [words.grids, count ? town.format(count) : words.not_planned], [words.walk, count ? walk : null], ...told.facts]);
    return [
      element("div", { class: "about" }, about, links(told.links)),
      contactOf(told.contact),
      wrongIn(own, told.wrong),
      own.length ? gridTable(name, own) : "",
      own.length && loose.length ? section(`${words.in_no_grid} (${town.format(loose.length)})`, householdTable(words.in_no_grid, loose)) : "",
    ];
  }

  /** @param {(Grid & { index: number })[]} own @param {VillageDetails["wrong"]} wrong */
  function wrongIn(own, wrong) {
    const lines = wrong.map(({ grid, text }) => ({ index: own.find(({ number }) => number === grid)?.index ?? null, text }));
    const isSaid = (/** @type {number} */ of) => lines.some(({ index }) => index === of);
    for (const { index, broken } of own) if (broken.length && !isSaid(index)) lines.push({ index, text: broken.map(ruleText).join(" · ") });
    const leaderless = data.called !== undefined ? [] : own.filter(({ lead }) => !lead).map(({ index }) => ({ index, text: words.no_lead }));
    const folded = leaderless.length > MANY ? leaderless : [];
    if (!folded.length) lines.push(...leaderless);
    if (!lines.length && !folded.length) return "";
    const line = (/** @type {typeof lines[number]} */ { index, text }) =>
      element("li", index === null ? {} : { "data-key": `grid:${index}` }, ...(index === null ? [] : [gridButton(index), " "]), element("span", { class: "broken" }, text));
    const list = (/** @type {typeof lines} */ some) => {
      const made = element("ul", { class: "wrong" }, ...some.map(line));
      workRows(made, pointAt);
      return made;
    };
    const fold = folded.length ? element("details", { class: "fold-list" }, element("summary", {}, fill(words.without_lead, { n: town.format(folded.length) })), list(folded)) : "";
    return section(`${words.wrong} (${town.format(lines.length + folded.length)})`, element("div", {}, list(lines), fold));
  }

  /** @param {string} name @param {(Grid & { index: number })[]} own */
  function gridTable(name, own) {
    const hasWalks = data.called === undefined || own.some(({ walk }) => walk !== null);
    const mark = (/** @type {Grid} */ grid) => grid.broken.map((rule) => element("span", { class: "broken" }, ` ${ruleText(rule)}`));
    const row = (/** @type {Grid & { index: number }} */ grid) =>
      element(
        "tr",
        { "data-key": `grid:${grid.index}` },
        element("th", { scope: "row", "data-value": String(grid.number).padStart(4, "0") }, element("button", { type: "button", class: "link", onclick: () => select({ grid: grid.index }) }, String(grid.number)), ...mark(grid)),
        called === null ? null : element("td", { "data-value": grid.lead ?? "" }, grid.lead ?? words.no_lead),
        element("td", { class: "figure", "data-value": String(grid.size) }, town.format(grid.size)),
        hasWalks ? element("td", { class: "figure", "data-value": String(grid.walk_m ?? -1) }, grid.walk ?? "–") : null,
      );
    const column = (/** @type {string} */ text, /** @type {string | null} */ kind = null, order = "none") => element("th", { scope: "col", class: kind, "aria-sort": order }, element("button", { type: "button" }, text));
    const columns = element("tr", {}, column(words.grids, null, "ascending"), called === null ? null : column(called), column(words.households, "figure"), hasWalks ? column(words.walk, "figure") : null);
    const table = element("table", { class: "sortable", "aria-label": name }, element("thead", {}, columns), element("tbody", {}, ...own.map(row)));
    sortable(table);
    workRows(table, pointAt);
    return table;
  }

  // ---- a grid

  /** @param {number} index @param {Placed[]} residents @param {GridDetails} told */
  function ofGrid(index, residents, told) {
    const { id, village, size, walk, broken, label } = grids[index];
    const beside = told.neighbours.map((number) => gridOf(village, number)).filter((near) => near >= 0);
    const about = facts([
      [called ?? "", told.leads.length ? people(told.leads) : data.called === undefined ? nobody() : null],
      [words.deputies, told.deputies.length ? people(told.deputies) : null],
      [words.households, `${town.format(size)} `, fill(words.bounds, data.bounds)],
      [words.living, told.living === null ? null : town.format(told.living)],
      [words.walk, walk],
      [words.neighbours, beside.length ? chips(beside) : null],
    ]);
    return [
      element(
        "div",
        { class: "about" },
        ...broken.map((rule) => element("p", { class: "broken" }, ruleText(rule))),
        label ? null : element("p", { class: "notice" }, words.not_drawn),
        about,
        told.offers.length ? element("ul", { class: "options" }, ...told.offers.map((offer) => element("li", {}, offer))) : null,
        links(told.links),
      ),
      homesOf(index, id, residents),
    ];
  }

  /** What is told of a grid while the map is coloured by contact: figures stand beside nobody's name. @param {number} index @param {Placed[]} residents @param {GridContactDetails} told */
  function ofContact(index, residents, told) {
    return [contactOf(told.contact), element("div", { class: "about" }, links(told.links)), homesOf(index, grids[index].id, residents)];
  }

  /** @param {number} index @param {string} id @param {Placed[]} residents */
  function homesOf(index, id, residents) {
    const homes = residents.filter((one) => one.grid === index);
    return homes.length ? section(`${words.dots} (${town.format(homes.length)})`, householdTable(id, homes)) : "";
  }

  const showsContact = () => CONTACT_VIEWS.includes(town.view?.key ?? "");

  /** @param {[string, string][]} contact */
  function contactOf(contact) {
    return contact.length ? section(words.contact, element("dl", { class: "facts counted about" }, ...contact.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]))) : "";
  }

  /** @param {Person[]} persons */
  function people(persons) {
    return element("ul", { class: "people-of" }, ...persons.map(({ id, name, why }) => element("li", {}, person(id, name), why ? element("details", { class: "quiet" }, element("summary", {}, words.why), why) : null)));
  }

  /** @param {number | null} id @param {string} name */
  const person = (id, name) => (id === null ? name : element("a", { href: `/members/${id}` }, name));
  const nobody = () => element("span", { class: "broken" }, words.no_lead);

  /** @param {number[]} near Indices of grids. */
  function chips(near) {
    const list = element("ul", { class: "chips" }, ...near.map((index) => element("li", { "data-key": `grid:${index}` }, gridButton(index))));
    workRows(list, pointAt);
    return list;
  }

  /** @param {number} index */
  function gridButton(index) {
    return element("button", { type: "button", class: "link", onclick: () => select({ grid: index }) }, gridName(index));
  }

  // ---- households

  /** @param {string} name @param {Placed[]} homes */
  function householdTable(name, homes) {
    const beside = /** @type {const} */ (["door", "hamlet"]).filter((part) => homes.some((one) => one[part]));
    const row = (/** @type {Placed} */ one) =>
      element(
        "tr",
        { "data-key": `household:${one.key}` },
        element("th", { scope: "row" }, element("button", { type: "button", class: "link", onclick: () => select(selectionOf(one)) }, one.name ?? one.code)),
        ...beside.map((part) => element("td", {}, one[part])),
      );
    const ordered = [...homes].sort((a, b) => BY_NAME.compare(a.code, b.code));
    const columns = element("tr", {}, ...[words.household, ...beside.map((part) => words[part])].map((heading) => element("th", { scope: "col" }, heading)));
    const table = element("table", { "aria-label": name }, element("thead", {}, columns), element("tbody", {}, ...ordered.map(row)));
    const selections = new Map(homes.map((one) => [`household:${one.key}`, selectionOf(one)]));
    workRows(table, (key) => point(selections.get(key ?? "") ?? NOTHING));
    return table;
  }

  /** @param {Placed} one @returns {Partial<Selection>} */
  function selectionOf({ key, grid }) {
    return { village: shown.village, grid, household: key };
  }

  /** @param {HouseholdKey} key @param {Selection} selection @param {Placed[]} residents @param {{ links: Link[], contact?: string | null }} told */
  function ofHousehold(key, selection, residents, { links: pages, contact = null }) {
    const one = residents.find((resident) => resident.key === key);
    if (!one) throw new Error(`The map has no household ${key}`);
    const { code, name, door, hamlet, grid, leftOut, spot, position } = one;
    head.replaceChildren(...headOf(selection, name ?? code));
    const lead = grid === null ? null : grids[grid];
    const about = facts([
      [words.in_grid, grid === null ? leftOut : gridButton(grid)],
      [words.lead, lead && (lead.lead ? person(lead.lead_id ?? null, lead.lead) : nobody())],
      [words.door, door],
      [words.hamlet, hamlet],
      [words.code, name ? code : null],
      [words.position, words[`position.${position}`]],
      [words.contact, contact],
    ]);
    const here = position === "none" ? [] : residents.filter((other) => other.spot === spot);
    const inGrid = grid === null ? [] : residents.filter((other) => other.grid === grid);
    const lists = [];
    if (here.length > 1) lists.push(section(fill(words.here, { n: here.length }), householdTable(words.position, here)));
    if (grid !== null) lists.push(section(`${gridName(grid)} · ${words.dots} (${town.format(inGrid.length)})`, householdTable(gridName(grid), inGrid)));
    lists.forEach((list) => markRow(list, `household:${key}`, "shown"));
    return [element("div", { class: "about" }, remark(one), about, links(pages)), ...lists];
  }

  // ---- what the parts share

  /** @param {string | null} key */
  function pointAt(key) {
    point(key === null ? NOTHING : { grid: Number(key.split(":")[1]) });
  }

  /** @param {Link[]} pages */
  function links(pages) {
    return pages.length ? element("p", { class: "buttons" }, ...pages.map(({ text, href }) => element("a", { class: "button small", href }, text))) : null;
  }

  map.on("gridplan:selected", ({ selection }) => show(selection));
  map.on("gridplan:colour", () => {
    if (shown.grid !== null && shown.household === null) show({ ...shown });
  });
  map.on("gridplan:contact", () => {
    if (shown.village !== null && shown.household === null) show({ ...shown });
  });
  map.on("gridplan:pointed", ({ selection }) => {
    const isInGrid = shown.grid !== null || shown.household !== null;
    markRow(body, keyOf(isInGrid && selection.household !== null ? selection : { ...selection, household: null }), "pointed");
  });
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || isTyping(event) || shown.village === null) return;
    const { village, grid, household } = shown;
    if (event.key === "Escape") select(household !== null ? { village, grid } : grid !== null ? { village } : NOTHING);
    else if (event.key === "ArrowDown" && head.contains(document.activeElement)) /** @type {HTMLElement | null} */ (body.querySelector("[data-key] :is(button, a)"))?.focus();
    else return;
    event.preventDefault();
  });
}

/** Returns the key of the row of what is chosen. @param {Selection} selection */
function keyOf({ village, grid, household }) {
  return household !== null ? `household:${household}` : grid !== null ? `grid:${grid}` : `village:${village}`;
}

/** @param {string} sentence */
function status(sentence) {
  return element("p", { class: "empty", role: "status" }, sentence);
}

/** @param {string} title @param {Node} content */
function section(title, content) {
  return element("section", {}, element("h2", {}, title), content);
}

/** @param {[name: string, ...values: (string | Node | null | undefined)[]][]} rows Those without a value are left out. */
function facts(rows) {
  const known = rows.flatMap(([name, value, beside]) =>
    value === null || value === undefined ? [] : [element("dt", {}, name), element("dd", {}, value, beside ? element("span", { class: "quiet" }, beside) : null)],
  );
  return element("dl", { class: "facts" }, ...known);
}
