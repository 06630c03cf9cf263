// Which households of a draft a list shows, and in which groups.
/** @import { RedrawHousehold } from "../wire.js" */
/** @import { Redraw } from "./state.js" */

/** @typedef {"all" | "none" | "lists" | "locked" | "broken"} Which */
/** @typedef {{ text: string, which: Which, of: string, by: "grid" | "hamlet" }} Wanted `of`: a grid ("g7"), a hamlet ("h…"), or "" for all. */
/** @typedef {{ key: string, grid?: number | null, hamlet?: string | null, ids: number[] }} Group Of a grid, or of a hamlet. */

/** @param {Redraw} redraw @param {Wanted} wanted @param {string} lang Whose order hamlets have. @returns {Group[]} */
export function groupsOf(redraw, { text, which, of, by }, lang) {
  const isOfKind = kindOf(redraw)[which];
  const searched = text.trim().toLowerCase();
  const keys = (/** @type {RedrawHousehold} */ { grid, hamlet }) => ({ grid: `g${grid ?? ""}`, hamlet: `h${hamlet ?? ""}` });
  const isWanted = (/** @type {RedrawHousehold} */ home) =>
    isOfKind(home) && (of === "" || Object.values(keys(home)).includes(of)) &&
    (searched === "" || [home.mark, home.name, home.code, home.hamlet].some((value) => value?.toLowerCase().includes(searched)));
  /** @type {Map<string, Group>} */ const groups = new Map();
  for (const home of redraw.households.values()) {
    if (!isWanted(home)) continue;
    const key = keys(home)[by];
    const group = groups.get(key);
    if (group) group.ids.push(home.id);
    else groups.set(key, { key, [by]: home[by], ids: [home.id] });
  }
  const { compare } = new Intl.Collator(lang, { numeric: true });
  return [...groups.values()].sort((a, b) => (by === "grid" ? (a.grid ?? 0) - (b.grid ?? 0) : compare(a.hamlet ?? "", b.hamlet ?? "")));
}

/** Returns what tells of which kind a household is. @param {Redraw} redraw @returns {Record<Which, (home: RedrawHousehold) => boolean>} */
export function kindOf({ plan, grids }) {
  const broken = { grids: new Set(plan.broken.map(({ grid }) => grid)), homes: new Set(plan.broken.map(({ household }) => household)) };
  return {
    all: () => true,
    none: ({ grid, state }) => grid === null && state !== "gone",
    lists: ({ state }) => state !== "",
    locked: ({ locked, grid }) => locked || (grid !== null && grids.get(grid)?.locked === true),
    broken: ({ id, grid }) => broken.homes.has(id) || (grid !== null && broken.grids.has(grid)),
  };
}
