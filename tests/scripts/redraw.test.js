// A draft as it is redrawn: steps go one after the other, nothing is done twice, and nothing is done on what others changed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { groupsOf } from "../../web/static_src/redraw/groups.js";
import { Redraw } from "../../web/static_src/redraw/state.js";
import { RequestRefused } from "../../web/static_src/ui/request.js";

const home = (id, grid, more = {}) => ({ id, code: `H${id}`, name: `示例${id}`, mark: `${id}号`, hamlet: "一组", lon: null, lat: null, at_hamlet: false, grid, locked: false, state: "", ...more });
const grid = (number, more = {}) => ({ number, label: null, group: null, locked: false, size: 2, walk_m: null, walk: null, connected: true, outline: null, leads: [], deputies: [], ...more });
const edit = (number, own = true) => ({ edit: number, said: `edit ${number}`, by: "陈静", at: "2026-11-16 10:00", own });

/** Returns a draft of two grids and a household in none, and what is asked of its server, which answers as is said. */
function opened(answer = () => ({})) {
  const asked = [];
  const plan = {
    plan: 1, village: "石桥村", draft: 1, version: 0, bounds: [10, 15], is_drawn: false, boundary: null, edit: null, broken: [], undo: null, redo: null,
    households: [home(1, 1), home(2, 1), home(3, 2), home(4, null), home(5, null, { state: "gone" })], grids: [grid(1), grid(2)],
  };
  const redraw = new Redraw(plan, async (url, request) => {
    asked.push({ address: url.replace("/api/plans/1/", ""), ...request?.body });
    const given = answer(asked.length, request?.body, url);
    if (given instanceof Error) throw given;
    return { version: (request?.body.version ?? 0) + 1, edit: null, said: "", left_out: [], households: [], left: [], grids: [], gone: [], broken: [], undo: null, redo: null, ...given };
  });
  return { redraw, asked };
}

test("what a step changed is taken over, in every list", async () => {
  const { redraw } = opened(() => ({ households: [home(1, 3), home(2, 3)], left: [5], grids: [grid(3)], gone: [1], undo: edit(7) }));
  const told = [];
  redraw.on("changed", (changed) => told.push(changed));
  redraw.chooseGrid(1);
  redraw.select([5, 1]);
  await redraw.move([1, 2], "new");
  assert.deepEqual(told, [{ households: [1, 2, 5], grids: [3], gone: [1] }]);
  assert.deepEqual([redraw.inside(1), redraw.inside(3), redraw.inside(null)], [[], [1, 2], [4]]);
  assert.deepEqual([[...redraw.grids.keys()], redraw.chosenGrid, [...redraw.selection], redraw.plan.undo.edit], [[2, 3], null, [1], 7]);
});

test("steps are sent one after the other, each against the version that the one before led to", async () => {
  const { redraw, asked } = opened();
  await Promise.all([redraw.move([1], 2), redraw.edit("label", { grid: 1, text: "东" }), redraw.restore(null)]);
  assert.deepEqual(asked.map(({ address, version }) => [address, version]), [["edits", 0], ["edits", 1], ["restore", 2]]);
  assert.deepEqual(asked[0].moves, [[1, 2]]);
  assert.equal(new Set(asked.map(({ id }) => id)).size, 3);
});

test("an answer that was lost is asked for again with the same id, and meanwhile nothing can be changed", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { redraw, asked } = opened((turn) => [new TypeError("no network"), new RequestRefused("away", 503)][turn - 1]);
  const reached = [];
  redraw.on("reach", () => {
    reached.push(redraw.isReached);
    if (!redraw.isReached) setImmediate(() => redraw.tryAgain());
  });
  const moved = redraw.move([1], 2);
  await new Promise(setImmediate);
  assert.equal(redraw.canEdit, false);
  assert.equal(await redraw.move([2], 2), null);
  setImmediate(() => redraw.tryAgain());
  await moved;
  assert.deepEqual([asked.length, new Set(asked.map(({ id }) => id)).size, reached, redraw.canEdit], [3, 1, [false, true], true]);
});

test("where others were faster nothing more is sent, and what was seen and asked can become a draft of its own", async () => {
  const since = [edit(9, false)];
  const { redraw, asked } = opened((turn) => (turn === 1 ? new RequestRefused("changed", 409, { message: "changed", version: 4, since }) : { plan: 8 }));
  const told = [];
  redraw.on("conflict", (conflict) => told.push(conflict.since));
  await Promise.all([redraw.move([1], 2), redraw.move([2], 2)]);
  assert.deepEqual([told, asked.length, redraw.canEdit], [[since], 1, false]);
  assert.equal(await redraw.keepMine(), 8);
  assert.deepEqual([asked[1].address, asked[1].version, asked[1].edit], ["copy", 0, { kind: "move", moves: [[1, 2]] }]);
});

test("loaded again, a draft is as the server has it, and what is chosen stays as far as it is there", async () => {
  const { redraw } = opened((turn) => (turn === 1 ? new RequestRefused("changed", 409, { message: "changed", version: 4, since: [] }) : { version: 4, plan: 1, households: [home(1, 2)], grids: [grid(2)] }));
  redraw.select([1, 3]);
  await redraw.move([1], 2);
  await redraw.reload();
  assert.deepEqual([redraw.canEdit, redraw.plan.version, [...redraw.selection], redraw.inside(2), [...redraw.grids.keys()]], [true, 4, [1], [1], [2]]);
});

test("another person's edit is undone only when that is asked for", async () => {
  const { redraw, asked } = opened(() => ({ undo: edit(3, false) }));
  const told = [];
  redraw.on("of_another", ({ of }) => told.push(of.edit));
  assert.equal(await redraw.undo(), null);
  await redraw.move([1], 2);
  await redraw.undo();
  assert.deepEqual([told, asked.length], [[3], 1]);
  await redraw.undo({ ofOthers: true });
  assert.deepEqual([asked[1].address, asked[1].of_others], ["undo", true]);
});

test("outcomes are asked for once for a choice and a version, and none stands there before", async () => {
  const outcome = (number, size) => ({ number, size, walk: null, connected: true, broken: [] });
  const { redraw, asked } = opened((turn, body, url) => (url.endsWith("outcomes") ? { without: [outcome(1, 1)], joined: [outcome(2, 2)], alone: outcome(0, 1) } : {}));
  assert.equal(redraw.outcomes(), null);
  redraw.select([1]);
  const found = redraw.outcomes();
  assert.equal(redraw.outcome(2), null);
  redraw.outcomes();
  await found;
  assert.deepEqual([asked.length, redraw.outcome(2).size, redraw.outcome("new").size, redraw.becomes(1).size], [1, 2, 1, 1]);
  await redraw.move([1], 2);
  assert.equal(redraw.outcome(2), null);
  await redraw.outcomes();
  assert.deepEqual(asked.map(({ address }) => address), ["outcomes", "edits", "outcomes"]);
});

test("the list shows what is wanted, in groups in their order", () => {
  const { redraw } = opened();
  redraw.households.get(3).hamlet = "十二组";
  redraw.households.get(2).locked = true;
  redraw.plan.broken = [{ code: "", text: "", grid: 2, household: null, exception: null, reason: null }];
  const listed = (wanted) => groupsOf(redraw, { text: "", which: "all", of: "", by: "grid", ...wanted }, "zh").map(({ ids }) => ids);
  assert.deepEqual(listed({}), [[4, 5], [1, 2], [3]]);
  assert.deepEqual(listed({ by: "hamlet" }), [[3], [1, 2, 4, 5]]);
  assert.deepEqual([listed({ which: "none" }), listed({ which: "lists" }), listed({ which: "locked" }), listed({ which: "broken" })], [[[4]], [[5]], [[2]], [[3]]]);
  assert.deepEqual([listed({ of: "g1" }), listed({ of: "h十二组" }), listed({ of: "g" })], [[[1, 2]], [[3]], [[4, 5]]]);
  assert.deepEqual([listed({ text: "h3" }), listed({ text: "4号" }), listed({ text: "一组", of: "g2" })], [[[3]], [[4]], []]);
});
