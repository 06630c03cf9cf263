// The page on which a draft of a village is redrawn: its frame, and what lies in it.
import { NARROW } from "../maps/legend.js";
import { openOnDrag } from "../redraw/drag.js";
import { GridList } from "../redraw/grids.js";
import { addHistory, addUndo } from "../redraw/history.js";
import { Keys } from "../redraw/keys.js";
import { HouseholdList, addMoveBar, lockChosen, printList } from "../redraw/list.js";
import { addNotices, ask as askInDialog } from "../redraw/notices.js";
import { addProposal, addRules, gridsOfChosen } from "../redraw/rules.js";
import { RedrawMap } from "../redraw/map.js";
import { Redraw } from "../redraw/state.js";
import { byId, element, say } from "../ui/page.js";
import { ask } from "../ui/request.js";
/** @import { RedrawPlan } from "../wire.js" */

const main = byId("main");
/** The map is a tab of its own where it has no room beside the others. @typedef {"map" | "households" | "grids" | "rules" | "history"} Tab */
/** @type {Tab[]} */ const TABS = ["map", "households", "grids", "rules", "history"];

start().catch((problem) => {
  console.error(problem);
  byId("redraw-loading").replaceChildren(say("redraw.failed"));
});

async function start() {
  /** @type {RedrawPlan} */ const plan = await ask(`/api/plans/${main.dataset.plan}/redraw.json`);
  const redraw = new Redraw(plan);
  const keys = new Keys();
  main.classList.toggle("drawn", plan.is_drawn);
  byId("redraw-loading").remove();
  byId("redraw-body").hidden = false;
  const tabs = new Tabs(redraw);
  const map = plan.is_drawn ? new RedrawMap(byId("map"), redraw) : null;
  const list = new HouseholdList(redraw, byId("tab-households"));
  const { number } = addMoveBar(redraw, byId("move-bar"));
  /** @param {number | null} grid */
  const showHouseholds = (grid) => {
    redraw.select(grid === null ? redraw.loose : redraw.inside(grid));
    tabs.show("households");
    list.show({ of: grid === null ? "" : `g${grid}`, which: grid === null ? "none" : "all" });
  };
  const grids = new GridList(redraw, byId("tab-grids"), showHouseholds);
  /** @param {{ grid: number | null, household: number | null }} rule */
  const showRule = ({ grid, household }) => {
    redraw.chooseGrid(grid);
    redraw.select(household === null ? redraw.inside(grid) : [household]);
    const [first] = redraw.selection;
    if (first !== undefined) list.goTo(first);
    if (!plan.is_drawn || matchMedia(NARROW).matches) tabs.show(household === null ? "grids" : "households");
    map?.show({ grid, household });
  };
  addRules(redraw, byId("tab-rules"), showRule);
  addHistory(redraw, byId("tab-history"));
  addUndo(redraw, byId("step-tools"));
  const tell = addNotices(redraw, { saved: byId("redraw-saved"), notices: byId("redraw-notices"), said: byId("redraw-said") });
  addProposal(redraw, byId("redraw-proposal"));
  const gaps = new Gaps(redraw, showRule, tell);

  const print = () => printList(tabs.shown === "households" || tabs.shown === "map" ? list.onPaper() : /** @type {HTMLElement} */ (byId(`tab-${tabs.shown}`).cloneNode(true)), document.title);
  const help = () => {
    const dialog = askInDialog(say("redraw.keys"), [keys.list()], [element("button", { type: "button", class: "button", onclick: () => dialog.close() }, say("redraw.close"))]);
  };
  const tool = (/** @type {string} */ code, /** @type {string} */ key, /** @type {() => unknown} */ onclick) => element("button", { type: "button", class: "button small", title: key, "aria-keyshortcuts": key, onclick }, say(code));
  const nextBroken = tool("redraw.next_broken", "R", () => gaps.broken());
  const nextLoose = tool("redraw.next_loose", "U", () => gaps.loose());
  byId("plan-tools").append(
    tool("redraw.mend", "B", () => redraw.propose("mend")), nextBroken, nextLoose,
    tool("redraw.print", "P", print), tool("redraw.help_short", "?", help));

  keys.add("?", "redraw.key.help", help);
  keys.add("/", "redraw.key.search", () => {
    tabs.show("households");
    list.search.focus();
  });
  keys.add("Ctrl+Z", "redraw.key.undo", () => redraw.undo());
  keys.add(["Ctrl+Y", "Ctrl+Shift+Z"], "redraw.key.redo", () => redraw.redo());
  keys.add("G", "redraw.key.to_grid", () => number.focus());
  keys.add("N", "redraw.key.to_new", () => redraw.selection.size && redraw.move(redraw.selection, "new"));
  keys.add("Delete", "redraw.key.out", () => redraw.selection.size && redraw.move(redraw.selection, null));
  keys.add("L", "redraw.key.lock", () => lockChosen(redraw) ?? lockGrid());
  keys.add("A", "redraw.key.all", () => redraw.select(gridsOfChosen(redraw).flatMap((grid) => redraw.inside(grid))));
  keys.add("S", "redraw.key.split", () => ofGrids((chosen) => redraw.propose("split", { grids: chosen.slice(0, 1) })));
  keys.add("M", "redraw.key.merge", () => ofGrids((chosen) => inGrid(chosen[0], "merge-with")));
  keys.add("D", "redraw.key.lead", () => ofGrids((chosen) => inGrid(chosen[0], "choose-lead")));
  keys.add("E", "redraw.key.label", () => ofGrids((chosen) => inGrid(chosen[0], "grid-label")));
  keys.add("B", "redraw.key.mend", () => redraw.propose("mend", gridsOfChosen(redraw).length ? { grids: gridsOfChosen(redraw) } : {}));
  keys.add("R", "redraw.key.next_broken", () => gaps.broken());
  keys.add("U", "redraw.key.next_loose", () => gaps.loose());
  keys.add("1", "redraw.key.households", () => tabs.focus("households"));
  keys.add("2", "redraw.key.grids", () => tabs.focus("grids"));
  keys.add("3", "redraw.key.rules", () => tabs.focus("rules"));
  keys.add("4", "redraw.key.history", () => tabs.focus("history"));
  keys.add("P", "redraw.key.print", print);
  map?.addTools(byId("map-tools"), keys);
  keys.add("Escape", "redraw.key.escape", () => map?.leave() || (redraw.proposal ? redraw.leaveProposal() : redraw.selection.size ? redraw.select([]) : redraw.chooseGrid(null)));

  /** @param {(chosen: number[]) => unknown} run */
  function ofGrids(run) {
    const chosen = redraw.chosenGrid !== null ? [redraw.chosenGrid] : gridsOfChosen(redraw);
    if (chosen.length) run(chosen);
    else tell(say("redraw.choose_grid"));
  }
  function lockGrid() {
    ofGrids((chosen) => redraw.edit(chosen.every((one) => redraw.grids.get(one)?.locked) ? "unlock" : "lock", { grids: chosen }));
  }
  /** @param {number} grid @param {string} id */
  function inGrid(grid, id) {
    tabs.show("grids");
    redraw.chooseGrid(grid);
    grids.open(id);
  }
  function show() {
    main.dataset.version = String(redraw.plan.version);
    nextBroken.disabled = gaps.brokenRules.length === 0;
    nextLoose.disabled = redraw.loose.length === 0;
  }
  redraw.on("changed", show);
  show();
  keepAddress(redraw, tabs, list);
  main.dataset.ready = "true";
}

/** The address says what is open and chosen, for whoever loads the page again or is sent there. @param {Redraw} redraw @param {Tabs} tabs @param {HouseholdList} list */
function keepAddress(redraw, tabs, list) {
  const query = new URLSearchParams(location.search);
  const [tab, grid, household] = ["tab", "grid", "household"].map((name) => query.get(name));
  if (TABS.some((name) => name === tab)) tabs.show(/** @type {Tab} */ (tab));
  redraw.chooseGrid(Number(grid ?? -1));
  redraw.select([Number(household ?? -1)]);
  for (const id of redraw.selection) list.goTo(id);
  const keep = () => {
    const kept = new URLSearchParams(location.search);
    const values = { tab: tabs.shown === "households" ? null : tabs.shown, grid: redraw.chosenGrid, household: redraw.selection.size === 1 ? [...redraw.selection][0] : null };
    for (const [name, value] of Object.entries(values)) {
      if (value === null) kept.delete(name);
      else kept.set(name, String(value));
    }
    history.replaceState(history.state, "", kept.size ? `?${kept}` : location.pathname);
  };
  redraw.on("chosen", keep);
  redraw.on("selection", keep);
  byId("redraw-tabs").addEventListener("click", keep);
}

/** One part is shown at a time; on a wide page the map, or where there is none the households, stand beside them all. */
class Tabs {
  /** @type {Map<Tab, HTMLButtonElement>} */ #buttons;
  /** @type {Tab} */ shown = "households";
  #narrow = matchMedia(NARROW);

  /** @param {Redraw} redraw */
  constructor(redraw) {
    this.drawn = redraw.plan.is_drawn;
    const words = { map: "redraw.tab.map", households: "redraw.tab.households", grids: "redraw.tab.grids", rules: "redraw.tab.rules", history: "redraw.tab.history" };
    this.#buttons = new Map(TABS.map((name) => [name, element("button", { type: "button", role: "tab", id: `for-${name}`, "aria-controls": `tab-${name}`, onclick: () => this.show(name) }, say(words[name]))]));
    const list = byId("redraw-tabs");
    list.append(...this.#buttons.values());
    for (const [name, button] of this.#buttons) openOnDrag(button, () => this.show(name));
    list.addEventListener("keydown", ({ key, target }) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
      const shown = [...this.#buttons.values()].filter((button) => button.checkVisibility());
      const at = shown.findIndex((button) => button === target);
      if (!step || at < 0) return;
      const next = shown[(at + step + shown.length) % shown.length];
      next.focus();
      next.click();
    });
    const count = element("span", { class: "count" });
    this.#buttons.get("rules")?.append(" ", count);
    const showCount = () => (count.textContent = String(redraw.plan.broken.filter(({ reason }) => !reason).length || ""));
    redraw.on("changed", showCount);
    showCount();
    this.#narrow.addEventListener("change", () => this.show(this.shown));
    this.show("households");
  }

  /** The part that stands beside the others on a wide page. */
  get #beside() {
    return this.#narrow.matches ? null : this.drawn ? "map" : "households";
  }

  /** @param {Tab} name */
  show(name) {
    const beside = this.#beside;
    this.shown = name === beside ? (this.drawn ? "households" : "grids") : name;
    for (const [other, button] of this.#buttons) {
      const isShown = other === this.shown;
      button.setAttribute("aria-selected", String(isShown));
      button.tabIndex = isShown ? 0 : -1;
      button.hidden = other === beside || (other === "map" && !this.drawn);
      byId(`tab-${other}`).hidden = !isShown && other !== beside;
    }
    main.dataset.tab = this.shown;
  }

  /** Shows a part and lets the keyboard go on in it. @param {Tab} name */
  focus(name) {
    this.show(name);
    const first = byId(`tab-${name}`).querySelector(name === "households" ? ".household-list" : "button:not([disabled])") ?? byId(`for-${name}`);
    if (first instanceof HTMLElement) first.focus();
  }
}

/** Leads from one gap to the next: broken rules, and households in no grid. */
class Gaps {
  #rule = -1;
  #home = -1;

  /** @param {Redraw} redraw @param {(rule: { grid: number | null, household: number | null }) => void} show @param {(text: string) => void} tell */
  constructor(redraw, show, tell) {
    this.redraw = redraw;
    this.show = show;
    this.tell = tell;
  }

  get brokenRules() {
    return this.redraw.plan.broken.filter(({ grid, household, reason }) => !reason && (grid !== null || household !== null));
  }

  broken() {
    const rules = this.brokenRules;
    if (!rules.length) return;
    this.#rule = (this.#rule + 1) % rules.length;
    this.show(rules[this.#rule]);
    this.tell(rules[this.#rule].text);
  }

  loose() {
    const homes = this.redraw.loose;
    if (!homes.length) return;
    this.#home = (this.#home + 1) % homes.length;
    this.show({ grid: null, household: homes[this.#home] });
  }
}
