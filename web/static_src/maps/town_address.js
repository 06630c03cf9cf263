// The address of the map of a town says what is chosen, by ids, and which part of the map is shown, so that it can be sent
// to a colleague. Choosing is a step back leads from, moving the map is none.
import { allOf, element, fill } from "../ui/page.js";
import { RequestRefused } from "../ui/request.js";
import { CONTACT_VIEWS } from "./contact.js";
/** @import { HouseholdDetails, LiveTownMap } from "../wire.js" */
/** @import { HouseholdKey, Selection } from "./selection.js" */
/** @import { Town } from "./town.js" */

/** @typedef {{ plan: number, number: number }} GridKey */
/** @typedef {{ village: number | null, grid: GridKey | null, household: number | null, view: string | null, day: string | null }} Address By ids; `view`: what colours mean; `day`: as of which contact is shown, null for today. */
/** @typedef {{ zoom: number, lat: number, lng: number }} Extent */

/** Returns the query of an address. @param {Address} address @param {Extent | null} extent */
export function queryOf({ village, grid, household, view, day }, extent = null) {
  const query = new URLSearchParams();
  if (village !== null) query.set("village", String(village));
  if (grid) query.set("grid", `${grid.plan}-${grid.number}`);
  if (household !== null) query.set("household", String(household));
  if (view) query.set("view", view);
  if (day) query.set("as_of", day);
  if (extent) query.set("at", [extent.zoom, extent.lat.toFixed(6), extent.lng.toFixed(6)].join());
  return `?${query}`;
}

/**
 * Returns what an address says; `isReadable`: whether all of it makes sense.
 * @param {string} search The query of an address. @returns {Address & { extent: Extent | null, isReadable: boolean }}
 */
export function readQuery(search) {
  const query = new URLSearchParams(search);
  let isReadable = true;
  /** @param {string} name @param {RegExp} form */
  function numbers(name, form) {
    const text = query.get(name);
    const found = text === null ? null : form.exec(text);
    if (text !== null && !found) isReadable = false;
    return found ? found.slice(1).map(Number) : [];
  }
  const [village = null] = numbers("village", /^(\d{1,15}|[1-8]\d{15})$/);
  const [plan, number] = numbers("grid", /^(\d{1,15})-(\d{1,6})$/);
  const [household = null] = numbers("household", /^(\d{1,15}|[1-8]\d{15})$/);
  const [zoom, lat, lng] = numbers("at", /^([\d.]{1,9}),(-?[\d.]{1,12}),(-?[\d.]{1,12})$/);
  const day = query.get("as_of");
  const isDay = /^\d{4}-\d\d-\d\d$/.test(day ?? "");
  if (day !== null && !isDay) isReadable = false;
  const isPlace = zoom >= 0 && zoom <= 21 && Math.abs(lat) <= 85 && Math.abs(lng) <= 180;
  if (query.has("at") && !isPlace) isReadable = false;
  return { village, grid: number === undefined ? null : { plan, number }, household, view: query.get("view"), day: isDay ? day : null, extent: isPlace ? { zoom, lat, lng } : null, isReadable };
}

/**
 * Writes what is chosen into the address, and shows what an address says; where that is not here, a sentence says so.
 * Returns what shows another address.
 * @param {Town} town @param {LiveTownMap} data @param {(household: HouseholdKey) => Promise<HouseholdDetails>} ofHousehold
 * @param {HTMLElement} notice @param {((day: string | null) => Promise<void>) | null} showDay Shows how contact stands on a day, null for today.
 */
export function keepAddress(town, data, ofHousehold, notice, showDay = null) {
  const { map } = town;
  const { words } = data;
  const villages = data.villages.features.map(({ properties }) => properties);
  const grids = data.grids.features.map(({ properties }) => properties);
  /** @type {string | null} */ let view = null;
  /** @type {string | null | undefined} */ let day;
  let isReading = false;
  let readings = 0;

  const villageAt = (/** @type {number} */ id) => villages.findIndex((village) => village.id === id);
  const gridAt = (/** @type {number} */ plan, /** @type {number} */ number) => grids.findIndex((grid) => grid.plan === plan && grid.number === number);
  /** @returns {Address} */
  function address() {
    const { village, grid, household } = town.selection;
    return { village: village === null ? null : villages[village].id, grid: grid === null ? null : grids[grid], household: household === null ? null : Number(household), view, day: day ?? null };
  }
  /** @param {"pushState" | "replaceState"} change */
  function write(change) {
    if (isReading) return;
    const query = queryOf(address(), { zoom: map.getZoom(), ...map.getCenter() });
    history[change](null, "", query);
    for (const link of allOf("a", "[hreflang]")) link.search = `${query}&lang=${new URLSearchParams(link.search).get("lang")}`;
  }
  function remember() {
    if (isReading) return;
    notice.replaceChildren();
    if (queryOf(readQuery(location.search)) !== queryOf(address())) write("pushState");
  }

  /**
   * Returns what an address chooses, null where that is not on this map. Who sees counts only is shown the grid of a household.
   * @param {Address} wanted @returns {Promise<Selection | null>}
   */
  async function chosenBy({ village, grid, household }) {
    const index = { village: village === null ? null : villageAt(village), grid: grid === null ? null : gridAt(grid.plan, grid.number) };
    if (grid && index.grid === -1 && index.village !== null) index.grid = grids.findIndex((one) => one.village === index.village && one.number === grid.number); // a redraw keeps its number
    if (index.village === -1 || index.grid === -1) return null;
    if (index.grid !== null && index.village !== null && grids[index.grid].village !== index.village) return null;
    if (household === null || (data.counts_only && index.grid !== null)) return { village: index.grid === null ? index.village : grids[index.grid].village, grid: index.grid, household: null };
    try {
      const told = await ofHousehold(household);
      const home = villageAt(told.village);
      const inGrid = told.grids.map(([plan, number]) => gridAt(plan, number)).find((one) => one >= 0) ?? null;
      return home < 0 ? null : { village: home, grid: inGrid, household };
    } catch (problem) {
      if (problem instanceof RequestRefused) return null;
      throw problem;
    }
  }

  /** Shows contact as of a day; returns what is wrong with it. @param {string | null} wanted @returns {Promise<string | null>} */
  async function show(wanted) {
    if (!showDay || wanted === day) return null;
    try {
      await showDay(wanted);
      day = wanted;
    } catch (problem) {
      if (problem instanceof RequestRefused) return problem.message;
      console.error(problem); // a map without contact still does its work
    }
    return null;
  }
  const refused = (/** @type {string} */ problem) => element("p", { class: "notice due", role: "alert" }, problem);

  async function read() {
    const reading = ++readings;
    const wanted = readQuery(location.search);
    const { extent } = wanted;
    const shown = wanted.isReadable ? show(wanted.day) : null;
    const wrong = wanted.day !== null || CONTACT_VIEWS.includes(wanted.view ?? "") ? await shown : null; // else the map waits for nothing
    if (wrong && reading === readings) await show(null);
    const isView = wanted.view === null || data.views.some(({ key }) => key === wanted.view);
    const chosen = wanted.isReadable && isView ? await chosenBy(wanted) : null;
    if (reading !== readings) return;
    isReading = true;
    await town.select(chosen ?? {}, { animate: false, move: chosen && extent ? "none" : "fit" });
    if (isView && wanted.view !== view) town.colour(wanted.view);
    if (chosen && extent) map.setView(extent, extent.zoom, { animate: false });
    isReading = false;
    notice.replaceChildren(...(chosen ? [] : [lost(wanted)]), ...(wrong ? [refused(wrong)] : []));
    if (chosen && !wrong) write("replaceState");
  }
  /** Returns what is said of an address that leads to nothing here. @param {Address} wanted */
  function lost(wanted) {
    const village = wanted.village === null ? -1 : villageAt(wanted.village);
    const go = village < 0 ? null : element("button", { type: "button", class: "link", onclick: () => town.select({ village }) }, fill(words.show_village, { name: villages[village].name }));
    return element("p", { class: "notice due", role: "alert" }, words.unknown_address, go && " ", go);
  }

  map.on("gridplan:colour", (colours) => {
    view = colours.view?.key ?? null;
    remember();
  });
  map.on("gridplan:selected", remember);
  map.on("gridplan:day", async (asked) => {
    const wrong = await show(asked.day);
    if (wrong) notice.replaceChildren(refused(wrong));
    else remember();
  });
  map.on("moveend", () => notice.hasChildNodes() || write("replaceState"));
  addEventListener("popstate", () => read().catch(console.error));
  return {
    read,
    /** Shows what an address chooses; returns whether it is on this map. @param {string} href */
    async follow(href) {
      const chosen = await chosenBy(readQuery(new URL(href, location.href).search));
      if (chosen) town.select(chosen);
      return chosen !== null;
    },
  };
}
