// The page on which a draft of a village is redrawn: its frame, and what lies in it.
import { NARROW } from "../maps/legend.js";
import { Redraw } from "../redraw/state.js";
import { byId, element, say } from "../ui/page.js";
import { ask } from "../ui/request.js";
/** @import { RedrawPlan } from "../wire.js" */

const main = byId("main");
/** The map is a tab of its own where it has no room beside the others. */
const TABS = ["map", "households", "grids", "rules", "history"];
const NAMES = { map: "redraw.tab.map", households: "redraw.tab.households", grids: "redraw.tab.grids", rules: "redraw.tab.rules", history: "redraw.tab.history" };

start().catch((problem) => {
  console.error(problem);
  byId("redraw-loading").replaceChildren(say("redraw.failed"));
});

async function start() {
  /** @type {RedrawPlan} */ const plan = await ask(`/api/plans/${main.dataset.plan}/redraw.json`);
  const redraw = new Redraw(plan);
  main.classList.toggle("drawn", plan.is_drawn);
  addTabs();
  byId("redraw-loading").remove();
  main.dataset.version = String(redraw.plan.version);
  redraw.on("changed", () => (main.dataset.version = String(redraw.plan.version)));
}

/** One part is shown at a time; on a wide page the map stands beside them all. */
function addTabs() {
  const narrow = matchMedia(NARROW);
  const buttons = new Map(TABS.map((name) => {
    const button = element("button", { type: "button", role: "tab", id: `for-${name}`, "aria-controls": `tab-${name}`, onclick: () => show(name) }, say(NAMES[/** @type {keyof typeof NAMES} */ (name)]));
    return [name, button];
  }));
  const list = byId("redraw-tabs");
  list.append(...buttons.values());
  list.addEventListener("keydown", ({ key, target }) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
    const shown = [...buttons.values()].filter((button) => button.checkVisibility());
    const at = shown.findIndex((button) => button === target);
    if (!step || at < 0) return;
    const next = shown[(at + step + shown.length) % shown.length];
    next.focus();
    next.click();
  });

  /** @param {string} name */
  function show(name) {
    for (const [other, button] of buttons) {
      button.setAttribute("aria-selected", String(other === name));
      button.tabIndex = other === name ? 0 : -1;
      byId(`tab-${other}`).hidden = other !== name && !(other === "map" && !narrow.matches && main.classList.contains("drawn"));
    }
    main.dataset.tab = name;
  }
  narrow.addEventListener("change", () => show(main.dataset.tab === "map" ? "households" : (main.dataset.tab ?? "households")));
  show("households");
}
