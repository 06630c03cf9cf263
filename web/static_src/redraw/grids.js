// The grids of the village: their size, walk and people, what they would be with the chosen households, and what is done with one.
import { element, say } from "../ui/page.js";
import { messageOf } from "../ui/request.js";
import { workRows } from "../ui/rows.js";
import { dragFrom, dropOn } from "./drag.js";
import { gridTitle, outcomeWords } from "./list.js";
/** @import { RedrawGrid, RedrawPerson } from "../wire.js" */
/** @import { Redraw } from "./state.js" */

const NEW = "new";
const IN_NONE = "";

/** @typedef {(number: number | null) => void} ShowHouseholds Shows the households of a grid, or those in none, in their list. */

export class GridList {
  /** @type {Map<number, HTMLTableRowElement>} */ #rows = new Map();
  /** Below the row of the chosen grid. @type {HTMLTableRowElement | null} */ #detail = null;

  /** @param {Redraw} redraw @param {HTMLElement} place @param {ShowHouseholds} show */
  constructor(redraw, place, show) {
    this.redraw = redraw;
    this.show = show;
    this.body = element("tbody");
    this.inNone = element("tr", { "data-drop": IN_NONE, "data-key": IN_NONE, class: "in-none" });
    this.fresh = element("tr", { "data-drop": NEW, class: "fresh" });
    this.outcomeHead = element("th", { scope: "col", class: "outcome-of" });
    const [least, most] = redraw.plan.bounds;
    const heads = [["redraw.column.grid", ""], ["redraw.column.size", "figure"], ["redraw.column.living", "figure"], ["redraw.column.walk", "figure"], ["redraw.column.lead", ""]];
    const table = element("table", { class: "grid-list" },
      element("thead", {}, element("tr", {}, ...heads.map(([code, kind]) => element("th", { scope: "col", class: kind }, say(code, { least, most }))), this.outcomeHead)),
      this.body);
    this.empty = element("div", { class: "nothing-yet" }, element("p", {}, say("redraw.no_grids")));
    place.append(table, this.empty);
    this.#listen(table);
    this.#arrange([...redraw.grids.keys()]);
  }

  /** @param {HTMLElement} table */
  #listen(table) {
    const { redraw } = this;
    redraw.onPainted("changed", ({ grids }) => this.#arrange(grids));
    redraw.on("selection", () => this.#outcomes());
    redraw.on("outcomes", () => this.#outcomes());
    redraw.on("chosen", () => this.#choose());
    redraw.on("steps", () => this.#outcomes());
    new IntersectionObserver(() => this.#outcomes()).observe(table);
    workRows(table, () => {});
    dragFrom(table, ({ dataset, textContent }) => (dataset.member && redraw.canEdit ? { what: { member: Number(dataset.member), name: textContent }, text: textContent } : null));
    dropOn(table, ({ dataset }, what) => {
      const to = dataset.drop ?? "";
      if (!redraw.canEdit) return null;
      if ("households" in what) return () => redraw.move(what.households, to === NEW ? NEW : to === IN_NONE ? null : Number(to));
      return to === NEW || to === IN_NONE ? null : () => redraw.edit("lead", { grid: Number(to), member: what.member });
    });
  }

  /** Puts the rows of some grids in again, all in the order of their numbers. @param {number[]} touched */
  #arrange(touched) {
    const { redraw } = this;
    for (const number of touched) {
      const grid = redraw.grids.get(number);
      if (grid) this.#rows.set(number, this.#row(grid));
    }
    const wrong = new Set(redraw.plan.broken.map(({ grid }) => grid));
    for (const [number, row] of this.#rows) {
      if (!redraw.grids.has(number)) this.#rows.delete(number);
      const told = redraw.plan.broken.filter(({ grid }) => grid === number).map(({ text }) => text);
      row.classList.toggle("wrong-grid", wrong.has(number));
      row.cells[1]?.querySelector("b")?.remove();
      if (told.length) row.cells[1]?.prepend(element("b", { class: "broken", title: told.join("\n"), "aria-label": told.join(" ") }, "! "));
    }
    this.inNone.replaceChildren(
      element("td", { colspan: "5" }, element("button", { type: "button", class: "link", onclick: () => this.show(null) }, say("redraw.in_none_n", { n: redraw.loose.length }))),
      element("td", { class: "outcome-of" }, this.#moveHere(null)));
    this.fresh.replaceChildren(element("td", { colspan: "5" }, say("redraw.new_grid")), element("td", { class: "outcome-of" }, this.#moveHere(NEW)));
    const rows = [...this.#rows].sort(([a], [b]) => a - b).map(([, row]) => row);
    this.body.replaceChildren(this.inNone, ...rows, this.fresh);
    this.empty.hidden = rows.length > 0;
    this.#choose();
    this.#outcomes();
  }

  /** @param {RedrawGrid} grid */
  #row({ number, locked, size, living, walk, connected, leads, deputies }) {
    const { redraw } = this;
    const choose = () => redraw.chooseGrid(redraw.chosenGrid === number ? null : number);
    return element("tr", { "data-key": String(number), "data-drop": String(number) },
      element("td", {}, element("button", { type: "button", class: "link", onclick: choose, "aria-expanded": "false" }, gridTitle(redraw, number)), locked ? element("span", { class: "tag" }, say("redraw.locked")) : null),
      element("td", { class: "figure" }, String(size)),
      element("td", { class: "figure" }, living === null ? "–" : String(living)),
      element("td", { class: "figure" }, walk ?? "–", connected ? null : element("span", { class: "broken pieces" }, say("redraw.in_pieces"))),
      element("td", {}, ...(leads.length ? people(leads) : [element("span", { class: "quiet" }, say("redraw.nobody"))]), deputies.length ? element("span", { class: "quiet" }, ` +${deputies.length}`) : null),
      element("td", { class: "outcome-of" }, this.#moveHere(number)));
  }

  /** @param {number | "new" | null} to */
  #moveHere(to) {
    return element("span", { class: "move-here" }, element("span", { class: "becomes" }), element("button", { type: "button", class: "button small", onclick: () => this.redraw.move(this.redraw.selection, to) }, say("redraw.here")));
  }

  /** Shows what each grid would be, or blanks. */
  #outcomes() {
    const { redraw } = this;
    if (!this.body.checkVisibility()) return; // it shows them when it is opened
    const { size } = redraw.selection;
    this.body.parentElement?.classList.toggle("picked-up", size > 0);
    this.outcomeHead.textContent = size ? say("redraw.with_chosen", { n: size }) : "";
    for (const row of this.body.rows) {
      const to = row.dataset.drop;
      if (to === undefined) continue;
      const outcome = !size || to === IN_NONE ? null : to === NEW ? redraw.outcome(NEW) : redraw.becomes(Number(to));
      row.querySelector(".move-here .becomes")?.replaceChildren(...(outcome ? [outcomeWords(outcome)] : []));
      const button = row.querySelector("button.button");
      if (button instanceof HTMLButtonElement) button.disabled = !redraw.canEdit;
    }
  }

  // ---- the chosen grid

  #choose() {
    this.#detail?.remove();
    this.#detail = null;
    for (const [number, row] of this.#rows) {
      const isChosen = number === this.redraw.chosenGrid;
      row.classList.toggle("shown", isChosen);
      row.querySelector("button")?.setAttribute("aria-expanded", String(isChosen));
    }
    const grid = this.redraw.grids.get(this.redraw.chosenGrid ?? -1);
    const row = this.#rows.get(grid?.number ?? -1);
    if (!grid || !row) return;
    this.#detail = element("tr", { class: "detail" }, element("td", { colspan: "6" }, this.#told(grid)));
    row.after(this.#detail);
    if (!this.#detail.checkVisibility()) return;
    this.#detail.scrollIntoView({ block: "nearest" });
    row.scrollIntoView({ block: "nearest" });
  }

  /** @param {RedrawGrid} grid */
  #told(grid) {
    const { redraw } = this;
    const { number, label, locked, leads, deputies } = grid;
    const button = (/** @type {string} */ code, /** @type {() => unknown} */ onclick, values = {}) => element("button", { type: "button", class: "button small", onclick }, say(code, values));
    const propose = (/** @type {string} */ kind) => () => redraw.propose(kind, { grids: [number] });
    const name = element("input", { id: "grid-label", value: label ?? "", maxlength: "40", autocomplete: "off" });
    const rename = element("form", { class: "line" }, element("label", { for: "grid-label" }, say("redraw.label")), name, element("button", { type: "submit", class: "button small" }, say("redraw.rename")));
    rename.addEventListener("submit", (event) => {
      event.preventDefault();
      redraw.edit("label", { grid: number, text: name.value });
    });
    const others = [...redraw.grids.keys()].filter((other) => other !== number).sort((a, b) => a - b);
    const other = element("select", { id: "merge-with" }, ...others.map((one) => element("option", { value: String(one) }, gridTitle(redraw, one))));
    const merge = element("form", { class: "line" }, element("label", { for: "merge-with" }, say("redraw.merge_with")), other, element("button", { type: "submit", class: "button small" }, say("redraw.merge")));
    merge.addEventListener("submit", (event) => {
      event.preventDefault();
      redraw.propose("merge", { grids: [Number(other.value), number] });
    });
    const candidates = element("div", { class: "candidates" });
    const choose = element("button", { type: "button", class: "button small", id: "choose-lead", "aria-expanded": "false" }, say("redraw.choose_lead"));
    choose.addEventListener("click", () => this.#offerLeads(number, candidates, choose));
    const wrong = redraw.plan.broken.filter((one) => one.grid === number);
    return element("div", { class: "grid-told" },
      ...wrong.map(({ text }) => element("p", { class: "broken" }, text)),
      element("p", {}, `${say("redraw.column.lead")}: `, ...(leads.length ? people(leads) : [say("redraw.nobody")]), " ", choose),
      deputies.length ? element("p", {}, `${say("redraw.deputies")}: `, ...deputies.flatMap((one) => [...people([one]), element("button", { type: "button", class: "link", "aria-label": say("redraw.no_deputy", { name: one.name }), title: say("redraw.no_deputy", { name: one.name }), onclick: () => redraw.edit("deputy", { grid: number, member: one.id, add: false }) }, " ×"), " "])) : null,
      candidates,
      element("div", { class: "buttons" },
        button("redraw.its_households", () => this.show(number)),
        button(locked ? "redraw.unlock" : "redraw.lock", () => redraw.edit(locked ? "unlock" : "lock", { grids: [number] })),
        button("redraw.split", propose("split")),
        button("redraw.mend", propose("mend")),
        button("redraw.more_here", propose("more")),
        button("redraw.fewer_here", propose("fewer")),
        button("redraw.dissolve", propose("dissolve"))),
      others.length ? merge : null,
      rename);
  }

  /** Lists who could lead a grid, the nearest first. @param {number} number @param {HTMLElement} place @param {HTMLElement} opener */
  async #offerLeads(number, place, opener) {
    const isOpen = opener.getAttribute("aria-expanded") === "true";
    opener.setAttribute("aria-expanded", String(!isOpen));
    place.replaceChildren(...(isOpen ? [] : [element("p", { class: "quiet", role: "status" }, say("redraw.loading_leads"))]));
    if (isOpen) return;
    const { redraw } = this;
    try {
      const found = await redraw.candidates(number);
      const edit = (/** @type {string} */ kind, /** @type {object} */ values) => () => redraw.edit(kind, { grid: number, ...values });
      const agreement = (/** @type {number} */ member, /** @type {boolean} */ agreed) => {
        const box = element("input", { type: "checkbox", checked: agreed ? "" : null });
        box.addEventListener("change", async () => {
          try {
            await redraw.noteAgreement(number, { member, agreed: box.checked });
          } catch (problem) {
            box.checked = !box.checked;
            box.closest("label")?.after(element("span", { class: "broken", role: "alert" }, messageOf(problem)));
          }
        });
        return element("label", { class: "tick" }, box, element("span", {}, say("redraw.may_be_named")));
      };
      const rows = found.map(({ id, name, facts, is_lead, is_deputy, named_on_maps, has_room, can_help }) => element("li", {},
        element("span", {}, ...people([{ id, name }]), is_lead ? element("span", { class: "tag good" }, say("redraw.leads_it")) : null, is_deputy ? element("span", { class: "tag" }, say("redraw.deputy")) : null, has_room || is_lead ? null : element("span", { class: "tag" }, say("redraw.no_room")), element("span", { class: "quiet why" }, facts.join(" · ")), is_lead ? agreement(id, named_on_maps) : null),
        element("span", { class: "buttons" },
          is_lead ? element("button", { type: "button", class: "button small", onclick: edit("lead", { member: null }) }, say("redraw.take_lead_away")) : element("button", { type: "button", class: "button small", onclick: edit("lead", { member: id }) }, say("redraw.make_lead")),
          !can_help ? null : element("button", { type: "button", class: "button small", onclick: edit("deputy", { member: id, add: true }) }, say("redraw.make_deputy")))));
      place.replaceChildren(rows.length ? element("ul", { class: "ranked" }, ...rows) : element("p", { class: "quiet" }, say("redraw.no_candidates")));
      place.scrollIntoView({ block: "nearest" });
      opener.scrollIntoView({ block: "nearest" });
    } catch (problem) {
      place.replaceChildren(element("p", { class: "broken", role: "alert" }, messageOf(problem)));
    }
  }

  /** Opens what a key asks for of the chosen grid. @param {string} id */
  open(id) {
    const found = this.#detail?.querySelector(`#${id}`);
    if (found instanceof HTMLButtonElement) found.click();
    if (found instanceof HTMLElement) found.focus();
  }
}

/** Returns members by name, who can be dragged to a grid to lead it. @param {RedrawPerson[]} persons */
function people(persons) {
  return persons.flatMap(({ id, name }, at) => [...(at ? [", "] : []), element("span", { class: "person", draggable: "true", "data-member": String(id), title: say("redraw.drag_person") }, name)]);
}
