// The households of the village as a list: searched, filtered and grouped; chosen by row, range and group; dragged to a grid.
// Of thousands of rows those in sight are in the page.
import { NARROW } from "../maps/legend.js";
import { element, say } from "../ui/page.js";
import { dragFrom, dropOn } from "./drag.js";
import { groupsOf, kindOf } from "./groups.js";
/** @import { Outcome, RedrawHousehold } from "../wire.js" */
/** @import { Group, Wanted, Which } from "./groups.js" */
/** @import { Redraw } from "./state.js" */

const ROW_PX = 32;
const ROW_PX_NARROW = 48;
/** Rows beyond those in sight, so that scrolling finds them there. */
const SPARE_ROWS = 8;
const ASK_AFTER_MS = 120;
const STATES = { new: "redraw.is_new", gone: "redraw.is_gone", moved: "redraw.is_moved" };

/** @typedef {{ key: string, group: Group, id: number | null }} Row A household, or where `id` is null the head of its group. */

/** @param {Redraw} redraw @param {number | null} number */
export function gridTitle({ grids }, number) {
  if (number === null) return say("redraw.in_none");
  const label = grids.get(number)?.label;
  return label ? say("redraw.grid_called", { number, label }) : say("redraw.grid", { number });
}

/** Returns what a grid would be, in a few words. @param {Outcome} outcome */
export function outcomeWords({ size, living, walk, connected, broken }) {
  const parts = [living === size ? String(size) : say("redraw.size_living", { n: size, living }), ...(walk === null ? [] : [walk]), ...(connected === false ? [say("redraw.in_pieces")] : [])];
  return element("span", { class: broken.length ? "outcome broken" : "outcome", title: broken.join("\n") || null }, `→ ${parts.join(" · ")}`, broken.length ? element("b", { "aria-label": broken.join(" ") }, " !") : null);
}

export class HouseholdList {
  /** @type {Wanted} */ #wanted = { text: "", which: "all", of: "", by: "grid" };
  /** @type {Row[]} */ #rows = [];
  /** @type {Map<string, number>} */ #at = new Map();
  /** The rows that are in the page. @type {Map<string, HTMLElement>} */ #shown = new Map();
  /** Which row the keyboard is at, and from which a range begins. @type {string | null} */ #active = null;
  /** @type {string | null} */ #anchor = null;
  /** Whether the choice was made here, so that the list stays where it is. */
  #isChoosing = false;

  /** @param {Redraw} redraw @param {HTMLElement} place */
  constructor(redraw, place) {
    this.redraw = redraw;
    const chooser = (/** @type {string} */ label, /** @type {HTMLOptionElement[]} */ ...options) => element("select", { class: "search", "aria-label": say(label) }, ...options);
    this.search = element("input", { type: "search", class: "search", placeholder: say("redraw.search"), "aria-label": say("redraw.search"), "aria-keyshortcuts": "/" });
    this.which = chooser("redraw.which");
    this.of = chooser("redraw.of");
    this.by = chooser("redraw.by", element("option", { value: "grid" }, say("redraw.by_grid")), element("option", { value: "hamlet" }, say("redraw.by_hamlet")));
    this.filled = element("div", { class: "rows-in-sight" });
    this.list = element("div", { class: "household-list", role: "listbox", tabindex: "0", "aria-multiselectable": "true", "aria-label": say("redraw.tab.households") }, this.filled);
    this.empty = element("div", { class: "nothing-yet", hidden: "" });
    place.append(element("div", { class: "list-filters" }, this.search, this.which, this.of, this.by), this.empty, this.list);
    this.#listen();
    this.#arrange();
  }

  #listen() {
    const { list, redraw } = this;
    this.search.addEventListener("input", () => this.#want({ text: this.search.value }));
    this.search.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowDown" && event.key !== "Enter") return;
      event.preventDefault();
      this.#active = this.#anchor = this.#rows.find(({ id }) => id !== null)?.key ?? null;
      this.list.focus();
      this.#dress();
    });
    this.which.addEventListener("change", () => this.#want({ which: /** @type {Which} */ (this.which.value) }));
    this.of.addEventListener("change", () => this.#want({ of: this.of.value }));
    this.by.addEventListener("change", () => this.#want({ by: /** @type {Wanted["by"]} */ (this.by.value) }));
    redraw.onPainted("changed", () => this.#arrange());
    redraw.on("selection", () => {
      const [first] = redraw.selection;
      const isSeen = [...redraw.selection].some((id) => this.#shown.has(String(id)));
      if (!this.#isChoosing && first !== undefined && !isSeen) this.scrollTo(String(first));
      this.#dress();
    });
    redraw.on("pointed", () => this.#dress());
    redraw.on("outcomes", () => this.#dress());
    list.addEventListener("scroll", () => this.#draw(), { passive: true });
    new ResizeObserver(() => this.#draw()).observe(list);
    matchMedia(NARROW).addEventListener("change", () => this.#draw());
    list.addEventListener("click", (event) => this.#click(event));
    list.addEventListener("keydown", (event) => this.#key(event));
    list.addEventListener("mouseover", ({ target }) => redraw.point(this.#rowOf(target)?.id ?? null));
    list.addEventListener("mouseleave", () => redraw.point(null));
    dragFrom(list, (element_) => {
      const row = this.#rowOf(element_);
      if (!row || !redraw.canEdit) return null;
      const ids = row.id === null ? row.group.ids : redraw.selection.has(row.id) ? [...redraw.selection] : [row.id];
      this.#choose(ids, "replace");
      return { what: { households: ids }, text: say("redraw.households_n", { n: ids.length }) };
    });
    dropOn(list, ({ dataset }, what) => ("households" in what && redraw.canEdit ? () => redraw.move(what.households, dataset.drop === "" ? null : Number(dataset.drop)) : null));
  }

  /** @param {Partial<Wanted>} wanted */
  #want(wanted) {
    Object.assign(this.#wanted, wanted);
    this.list.scrollTop = 0;
    this.#arrange();
  }

  /** Shows all households, or some. @param {Partial<Wanted>} wanted */
  show(wanted) {
    const all = { text: "", which: /** @type {Which} */ ("all"), of: "" };
    this.#wanted = { ...this.#wanted, ...all, ...wanted };
    this.search.value = this.#wanted.text;
    this.which.value = this.#wanted.which;
    this.by.value = this.#wanted.by;
    this.list.scrollTop = 0;
    this.#arrange();
  }

  /** Puts what is wanted in order, and offers what may be wanted. */
  #arrange() {
    this.#offer();
    this.#rows = groupsOf(this.redraw, this.#wanted, document.documentElement.lang).flatMap((group) => [{ key: group.key, group, id: null }, ...group.ids.map((id) => ({ key: String(id), group, id }))]);
    this.#at = new Map(this.#rows.map(({ key }, at) => [key, at]));
    this.#shown.forEach((row) => row.remove());
    this.#shown.clear();
    const none = this.#rows.length === 0;
    this.empty.hidden = !none;
    this.list.hidden = none;
    if (none) {
      const all = element("button", { type: "button", class: "button small", onclick: () => this.show({}) }, say("redraw.show_all"));
      this.empty.replaceChildren(element("p", {}, say(this.redraw.households.size ? "redraw.none_found" : "redraw.no_households")), ...(this.redraw.households.size ? [all] : []));
    }
    this.#draw();
  }

  #offer() {
    const { redraw } = this;
    const homes = [...redraw.households.values()];
    const kinds = kindOf(redraw);
    const words = { all: "redraw.which.all", none: "redraw.which.none", lists: "redraw.which.lists", locked: "redraw.which.locked", broken: "redraw.which.broken" };
    fillOptions(this.which, Object.entries(words).map(([key, code]) => [key, `${say(code)} (${homes.filter(kinds[/** @type {Which} */ (key)]).length})`]), this.#wanted.which);
    const hamlets = [...new Set(homes.map(({ hamlet }) => hamlet))].filter((hamlet) => hamlet !== null).sort(new Intl.Collator(document.documentElement.lang, { numeric: true }).compare);
    const grids = [...redraw.grids.keys()].sort((a, b) => a - b);
    const options = [["", say("redraw.of_all")], ...hamlets.map((hamlet) => [`h${hamlet}`, hamlet]), ...grids.map((number) => [`g${number}`, gridTitle(redraw, number)])];
    if (!options.some(([value]) => value === this.#wanted.of)) this.#wanted.of = "";
    fillOptions(this.of, options, this.#wanted.of);
  }

  // ---- rows

  get #height() {
    return matchMedia(NARROW).matches ? ROW_PX_NARROW : ROW_PX;
  }

  /** Puts the rows in sight into the page; those that are there already stay, for one of them may be dragged. */
  #draw() {
    const height = this.#height;
    const first = Math.max(0, Math.floor(this.list.scrollTop / height) - SPARE_ROWS);
    const last = Math.min(this.#rows.length, Math.ceil((this.list.scrollTop + this.list.clientHeight) / height) + SPARE_ROWS);
    this.filled.style.height = `${this.#rows.length * height}px`;
    const before = this.#shown;
    this.#shown = new Map();
    for (let at = first; at < last; at += 1) {
      const row = this.#rows[at];
      const made = before.get(row.key) ?? this.#made(row);
      before.delete(row.key);
      this.#shown.set(row.key, made);
      Object.assign(made.style, { transform: `translateY(${at * height}px)`, height: `${height}px` });
      made.setAttribute("aria-setsize", String(this.#rows.length));
      made.setAttribute("aria-posinset", String(at + 1));
      if (made.parentNode === null) this.filled.append(made);
    }
    for (const gone of before.values()) gone.remove();
    this.#dress();
  }

  /** @param {Row} row */
  #made({ key, group, id }) {
    const attributes = { role: "option", id: `row-${key}`, "data-key": key, draggable: "true" };
    if (id === null) {
      const { grid, ids } = group;
      const drop = grid === undefined ? null : String(grid ?? "");
      return element("div", { ...attributes, "data-drop": drop, class: "head-row" },
        element("span", { class: "tick-mark", "aria-hidden": "true" }),
        element("b", {}, this.#titleOf(group)),
        element("span", { class: "quiet" }, say("redraw.households_n", { n: ids.length })),
        typeof grid === "number" && this.redraw.grids.get(grid)?.locked ? lockTag() : null,
        element("span", { class: "outcome-of" }));
    }
    const home = /** @type {RedrawHousehold} */ (this.redraw.households.get(id));
    const { name, mark, code, hamlet, locked, state } = home;
    return element("div", { ...attributes, "data-drop": String(home.grid ?? ""), class: "home-row" },
      element("span", { class: "tick-mark", "aria-hidden": "true" }),
      element("span", { class: "who" }, name ?? mark, locked ? lockTag() : null, state ? element("span", { class: "tag" }, say(STATES[state])) : null),
      element("span", { class: "quiet door" }, name && mark !== code ? mark : ""),
      element("span", { class: "quiet code" }, name || mark !== code ? code : ""),
      element("span", { class: "quiet of-hamlet" }, hamlet ?? ""),
      element("span", { class: "figure of-grid" }, home.grid === null ? "–" : String(home.grid)));
  }

  /** @param {Group} group */
  #titleOf({ grid, hamlet }) {
    return grid === undefined ? (hamlet ?? say("redraw.no_hamlet")) : gridTitle(this.redraw, grid);
  }

  /** Shows of the rows in sight which are chosen, which the mouse and the keyboard are at, and what is known of their grids. */
  #dress() {
    const { selection, pointed } = this.redraw;
    this.list.removeAttribute("aria-activedescendant");
    for (const [key, made] of this.#shown) {
      const { id, group } = this.#rows[this.#at.get(key) ?? 0];
      const chosen = id === null ? group.ids.filter((one) => selection.has(one)).length : Number(selection.has(id));
      const isChosen = chosen === (id === null ? group.ids.length : 1);
      made.classList.toggle("chosen", isChosen);
      made.classList.toggle("partly", chosen > 0 && !isChosen);
      made.classList.toggle("pointed", id !== null && id === pointed);
      made.classList.toggle("active", key === this.#active);
      made.setAttribute("aria-selected", String(isChosen));
      if (key === this.#active) this.list.setAttribute("aria-activedescendant", made.id);
      if (id !== null) continue;
      const outcome = typeof group.grid === "number" && selection.size ? this.redraw.becomes(group.grid) : null;
      made.lastElementChild?.replaceChildren(...(outcome ? [outcomeWords(outcome)] : []));
    }
  }

  /** @param {EventTarget | null} target @returns {Row | null} */
  #rowOf(target) {
    const found = target instanceof Element ? /** @type {HTMLElement | null} */ (target.closest("[data-key]")) : null;
    return this.#rows[this.#at.get(found?.dataset.key ?? "") ?? -1] ?? null;
  }

  // ---- choosing

  /** @param {Iterable<number>} ids @param {"replace" | "add" | "toggle" | "remove"} mode */
  #choose(ids, mode) {
    this.#isChoosing = true;
    this.redraw.select(ids, mode);
    this.#isChoosing = false;
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const row = this.#rowOf(event.target);
    if (!row) return;
    const isTicked = event.target instanceof Element && event.target.matches(".tick-mark");
    const byFinger = event instanceof PointerEvent && event.pointerType === "touch";
    if (event.shiftKey && this.#anchor !== null) this.#range(this.#anchor, row.key);
    else if (row.id === null) this.#toggle(row);
    else if (isTicked || byFinger || event.ctrlKey || event.metaKey) this.#toggle(row);
    else this.#choose([row.id], "replace");
    if (!event.shiftKey) this.#anchor = row.key;
    this.#active = row.key;
    this.#dress();
  }

  /** Chooses a household, or all of a group; or not any more. @param {Row} row */
  #toggle({ id, group }) {
    if (id !== null) return this.#choose([id], "toggle");
    const all = group.ids.every((one) => this.redraw.selection.has(one));
    this.#choose(group.ids, all ? "remove" : "add");
  }

  /** @param {string} from @param {string} to */
  #range(from, to) {
    const [a, b] = [this.#at.get(from) ?? 0, this.#at.get(to) ?? 0].sort((one, other) => one - other);
    this.#choose(this.#rows.slice(a, b + 1).flatMap(({ id }) => (id === null ? [] : [id])), "replace");
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const at = this.#active === null ? -1 : (this.#at.get(this.#active) ?? -1);
    const page = Math.max(1, Math.floor(this.list.clientHeight / this.#height) - 1);
    const last = this.#rows.length - 1;
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: last }[event.key];
    if (next !== undefined) {
      const row = this.#rows[Math.max(0, Math.min(last, next))];
      if (event.shiftKey) this.#range((this.#anchor ??= this.#active ?? row.key), row.key);
      this.#active = row.key;
      if (!event.shiftKey) this.#anchor = row.key;
      this.scrollTo(row.key);
      this.redraw.point(row.id);
    } else if (event.key === " " && at >= 0) this.#toggle(this.#rows[at]);
    else if (event.key === "Enter" && at >= 0) this.#choose(this.#rows[at].id === null ? this.#rows[at].group.ids : [/** @type {number} */ (this.#rows[at].id)], "replace");
    else if (event.key.toLowerCase() === "a" && (event.ctrlKey || event.metaKey)) this.#choose(this.#rows.flatMap(({ id }) => (id === null ? [] : [id])), "replace");
    else return;
    event.preventDefault();
    this.#dress();
  }

  /** Brings a row into sight. @param {string} key */
  scrollTo(key) {
    const at = this.#at.get(key);
    if (at === undefined) return;
    const [top, height] = [at * this.#height, this.#height];
    if (top < this.list.scrollTop) this.list.scrollTop = top;
    else if (top + height > this.list.scrollTop + this.list.clientHeight) this.list.scrollTop = top + height - this.list.clientHeight;
    this.#draw();
  }

  /** Goes to a household, and lets the keyboard go on from there. @param {number} id */
  goTo(id) {
    if (!this.#at.has(String(id))) this.show({});
    this.#active = this.#anchor = String(id);
    this.scrollTo(String(id));
    const top = (this.#at.get(String(id)) ?? 0) * this.#height;
    this.list.scrollTop = Math.max(0, top - this.list.clientHeight / 2);
    this.#draw();
  }

  /** Returns all rows that are listed, for paper. */
  onPaper() {
    const { redraw } = this;
    const cells = (/** @type {RedrawHousehold} */ { mark, name, code, hamlet }) => [mark, name && name !== mark ? name : "", code, hamlet ?? ""].map((text) => element("td", {}, text));
    const heads = ["redraw.column.mark", "redraw.column.name", "redraw.column.code", "redraw.column.hamlet", "redraw.column.grid"].map((code) => element("th", { scope: "col" }, say(code)));
    const body = this.#rows.map(({ group, id }) => {
      if (id === null) return element("tr", {}, element("th", { colspan: "5", scope: "rowgroup" }, `${this.#titleOf(group)} · ${say("redraw.households_n", { n: group.ids.length })}`));
      const home = /** @type {RedrawHousehold} */ (redraw.households.get(id));
      return element("tr", {}, ...cells(home), element("td", {}, home.grid === null ? "–" : String(home.grid)));
    });
    return element("table", {}, element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...body));
  }
}

function lockTag() {
  return element("span", { class: "tag", title: say("redraw.is_locked") }, say("redraw.locked"));
}

/** @param {HTMLSelectElement} select @param {string[][]} options @param {string} chosen */
function fillOptions(select, options, chosen) {
  const key = JSON.stringify(options);
  if (select.dataset.options !== key) {
    select.dataset.options = key;
    select.replaceChildren(...options.map(([value, text]) => element("option", { value }, text)));
  }
  select.value = chosen;
}

/** What is done with the chosen households, below the list; it is there for the map and the other lists too. @param {Redraw} redraw @param {HTMLElement} place */
export function addMoveBar(redraw, place) {
  const number = element("input", { type: "number", id: "to-grid", min: "1", step: "1", inputmode: "numeric", autocomplete: "off", "aria-describedby": "to-grid-outcome" });
  const told = element("span", { id: "to-grid-outcome", class: "to-grid-outcome", "aria-live": "polite" });
  const button = (/** @type {string} */ code, /** @type {() => unknown} */ onclick) => element("button", { type: "button", class: "button small", onclick }, say(code));
  const chosen = element("p", { class: "chosen-n", role: "status" });
  const form = element("form", { class: "to-grid" }, element("label", { for: "to-grid" }, say("redraw.to_grid")), number, element("button", { type: "submit", class: "button small primary" }, say("redraw.move")), told);
  const toNew = button("redraw.to_new", () => redraw.move(redraw.selection, "new"));
  const out = button("redraw.out", () => redraw.move([...redraw.selection].filter((id) => redraw.households.get(id)?.grid !== null), null));
  const lock = button("redraw.lock", () => lockChosen(redraw));
  const take = button("redraw.take_over", () => redraw.edit("take over", { households: [...redraw.selection].filter((id) => redraw.households.get(id)?.state) }));
  const clear = button("redraw.clear", () => redraw.select([]));
  place.append(chosen, form, element("div", { class: "buttons" }, toNew, out, lock, take, clear));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const to = Number(number.value);
    if (!redraw.grids.has(to)) {
      told.replaceChildren(element("span", { class: "broken" }, say("redraw.no_such_grid", { number: number.value || "–" })));
      return;
    }
    number.value = "";
    if (cameFrom instanceof HTMLElement && cameFrom.isConnected) cameFrom.focus(); // where the keyboard was before
    else number.blur();
    redraw.move(redraw.selection, to);
  });
  number.addEventListener("focus", ({ relatedTarget }) => (cameFrom = relatedTarget));
  /** @type {ReturnType<typeof setTimeout> | undefined} */ let wait;
  /** @type {EventTarget | null} */ let cameFrom = null;
  function show() {
    const homes = [...redraw.selection].map((id) => /** @type {RedrawHousehold} */ (redraw.households.get(id)));
    const none = homes.length === 0 || !redraw.canEdit;
    place.classList.toggle("idle", homes.length === 0);
    chosen.textContent = homes.length ? say("redraw.chosen_n", { n: homes.length, grids: [...new Set(homes.map(({ grid }) => grid ?? "–"))].slice(0, 6).join(", ") }) : say("redraw.choose");
    for (const control of [...form.elements, toNew, lock, clear]) /** @type {HTMLButtonElement} */ (control).disabled = none;
    out.disabled = none || homes.every(({ grid }) => grid === null);
    take.hidden = !homes.some(({ state }) => state);
    lock.textContent = say(isLocked(homes) ? "redraw.unlock" : "redraw.lock");
    preview();
  }
  function preview() {
    const to = Number(number.value);
    const outcome = number.value && redraw.selection.size ? redraw.outcome(to) : null;
    told.replaceChildren(...(outcome ? [outcomeWords(outcome)] : []));
  }
  number.addEventListener("input", preview);
  redraw.on("selection", () => {
    show();
    clearTimeout(wait);
    wait = setTimeout(() => redraw.outcomes(), ASK_AFTER_MS);
  });
  redraw.on("outcomes", preview);
  redraw.on("changed", show);
  redraw.on("reach", show);
  redraw.on("conflict", show);
  redraw.on("steps", () => {
    show();
    redraw.outcomes();
  });
  show();
  return { number };
}

/** @param {RedrawHousehold[]} homes */
function isLocked(homes) {
  return homes.length > 0 && homes.every(({ locked }) => locked);
}

/** Locks the chosen households, or unlocks them where all are locked. @param {Redraw} redraw */
export function lockChosen(redraw) {
  const homes = [...redraw.selection].map((id) => /** @type {RedrawHousehold} */ (redraw.households.get(id)));
  return homes.length ? redraw.edit(isLocked(homes) ? "unlock" : "lock", { households: homes.map(({ id }) => id) }) : null;
}

/** Prints what the list shows. @param {HTMLElement} content @param {string} title */
export function printList(content, title) {
  const date = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "long" }).format(new Date());
  const sheet = element("section", { class: "list-sheet" }, element("h1", {}, title), element("p", {}, date), content);
  document.body.append(sheet);
  document.body.classList.add("prints-list");
  addEventListener("afterprint", () => {
    sheet.remove();
    document.body.classList.remove("prints-list");
  }, { once: true });
  window.print();
}
