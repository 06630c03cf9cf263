// The rules that the draft breaks, as sentences that lead there; what mends them; and what is proposed, with its price.
import { allOf, element, say } from "../ui/page.js";
import { gridTitle } from "./list.js";
/** @import { Proposal, RedrawRule } from "../wire.js" */
/** @import { Redraw } from "./state.js" */

const MOST_MOVES = 60;

/** @typedef {(rule: { grid: number | null, household: number | null }) => void} ShowRule Chooses what a rule is about, and goes there. */

/** Lists the broken rules. @param {Redraw} redraw @param {HTMLElement} place @param {ShowRule} show */
export function addRules(redraw, place, show) {
  const list = element("ul", { class: "rules" });
  place.append(proposalButtons(redraw), element("h2", {}, say("redraw.broken")), list);
  let drawn = -1;
  function draw() {
    if (place.hidden || drawn === redraw.plan.version) return; // nobody waits for it, and a drop is to be seen at once
    drawn = redraw.plan.version;
    const open = redraw.plan.broken.filter(({ reason }) => !reason);
    const accepted = redraw.plan.broken.filter(({ reason }) => reason);
    const rows = [...open, ...accepted].map((rule) => ruleRow(redraw, rule, show));
    list.replaceChildren(...(rows.length ? rows : [element("li", { class: "nothing-yet" }, element("p", {}, say("redraw.nothing_broken")))]));
  }
  redraw.on("changed", draw);
  new IntersectionObserver(draw).observe(place);
}

/** @param {Redraw} redraw @param {RedrawRule} rule @param {ShowRule} show */
function ruleRow(redraw, rule, show) {
  const { text, grid, household, exception, reason } = rule;
  const accept = element("form", { class: "line accept", hidden: "" });
  const why = element("input", { required: "", maxlength: "200", "aria-label": say("redraw.reason"), placeholder: say("redraw.reason"), autocomplete: "off" });
  accept.append(why, element("button", { type: "submit", class: "button small" }, say("redraw.accept")));
  accept.addEventListener("submit", (event) => {
    event.preventDefault();
    redraw.edit("accept", { exception, reason: why.value });
  });
  const open = element("button", { type: "button", class: "button small", "aria-expanded": "false", onclick: () => {
    accept.hidden = !accept.hidden;
    open.setAttribute("aria-expanded", String(!accept.hidden));
    if (!accept.hidden) why.focus();
  } }, say("redraw.accept_with"));
  const home = grid === null && household !== null ? redraw.households.get(household) : null;
  const name = home ? (home.name ?? home.mark) : redraw.grids.get(grid ?? -1)?.label; // the sentence has the number or the code
  return element("li", { class: reason ? "rule accepted" : "rule" },
    element("p", {}, ...(name ? [element("b", {}, name), " "] : []), text),
    !reason ? null : element("p", { class: "quiet" }, say("redraw.accepted_because", { reason })),
    element("div", { class: "buttons" },
      grid === null && household === null ? null : element("button", { type: "button", class: "button small", onclick: () => show(rule) }, say("redraw.show")),
      reason || grid === null ? null : element("button", { type: "button", class: "button small", onclick: () => redraw.propose("mend", { grids: [grid] }) }, say("redraw.mend")),
      !exception ? null : !reason ? open : element("button", { type: "button", class: "button small", onclick: () => redraw.edit("accept", { exception, reason: null }) }, say("redraw.accept_no_more"))),
    accept);
}

/** What can be proposed for the whole village, and for the chosen households. @param {Redraw} redraw */
function proposalButtons(redraw) {
  const propose = (/** @type {string} */ code, /** @type {string} */ kind, /** @type {() => object} */ values = () => ({})) => element("button", { type: "button", class: "button small", onclick: () => redraw.propose(kind, values()) }, say(code));
  const mendChosen = propose("redraw.mend_chosen", "mend", () => ({ grids: gridsOfChosen(redraw) }));
  const nearest = propose("redraw.nearest", "nearest", () => ({ households: [...redraw.selection] }));
  const loose = propose("redraw.loose", "loose");
  const whole = [propose("redraw.mend_village", "mend"), propose("redraw.more", "more"), propose("redraw.fewer", "fewer"), loose];
  function show() {
    const none = redraw.selection.size === 0;
    mendChosen.disabled = nearest.disabled = none || !redraw.canEdit;
    for (const button of whole) button.disabled = !redraw.canEdit;
    loose.disabled ||= redraw.loose.length === 0;
  }
  for (const name of /** @type {const} */ (["selection", "changed", "reach", "conflict", "steps"])) redraw.on(name, show);
  show();
  return element("section", { class: "proposing" }, element("h2", {}, say("redraw.propose")), element("div", { class: "buttons" }, ...whole, mendChosen, nearest));
}

/** Returns the grids of the chosen households; of none the chosen grid. @param {Redraw} redraw */
export function gridsOfChosen({ selection, households, chosenGrid }) {
  const grids = new Set([...selection].flatMap((id) => households.get(id)?.grid ?? []));
  return grids.size ? [...grids] : chosenGrid === null ? [] : [chosenGrid];
}

/** Shows what is proposed, to be applied or left. @param {Redraw} redraw @param {HTMLElement} place */
export function addProposal(redraw, place) {
  redraw.on("proposal", (proposal) => {
    place.hidden = proposal === null;
    place.replaceChildren(...(proposal ? told(redraw, proposal) : []));
    const [first] = allOf("button", ".button", place);
    first?.focus({ preventScroll: true });
  });
}

/** @param {Redraw} redraw @param {Proposal} proposal */
function told(redraw, proposal) {
  const { said, notes, price, moves } = proposal;
  const row = (/** @type {[number, number | null]} */ [id, to]) => {
    const home = redraw.households.get(id);
    const title = (/** @type {number | null} */ number) => (number !== null && number < 0 ? say("redraw.new_grid") : gridTitle(redraw, number));
    return element("li", {}, element("button", { type: "button", class: "link", onclick: () => redraw.select([id]) }, home?.name ?? home?.mark ?? ""), element("span", { class: "quiet" }, ` ${title(home?.grid ?? null)} → ${title(to)}`));
  };
  const rows = moves.slice(0, MOST_MOVES).map(row);
  if (moves.length > MOST_MOVES) rows.push(element("li", { class: "quiet" }, say("redraw.more_moves", { n: moves.length - MOST_MOVES })));
  return [
    element("p", { class: "said-of" }, said),
    ...notes.map((note) => element("p", { class: "quiet" }, note)),
    price.length ? element("dl", { class: "facts" }, ...price.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)])) : "",
    element("div", { class: "buttons" },
      moves.length ? element("button", { type: "button", class: "button small primary", onclick: () => redraw.applyProposal(proposal) }, say("redraw.apply")) : null,
      element("button", { type: "button", class: "button small", onclick: () => redraw.leaveProposal() }, say("redraw.leave"))),
    moves.length ? element("details", { open: "" }, element("summary", {}, say("redraw.moves_n", { n: moves.length })), element("ul", { class: "moves" }, ...rows)) : "",
  ];
}
