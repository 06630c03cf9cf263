// What an answer of the service means for what a phone keeps, and what is kept for whom.
import assert from "node:assert/strict";
import { test } from "node:test";
import { changesOf } from "../../web/static_src/phone/changes.js";
import { serverTime } from "../../web/static_src/phone/clock.js";
import { fileOf } from "../../web/static_src/phone/export.js";
import { afterAnswer, batchesOf, halves, isAnswer, isToBeTold, KEPT, pauseAfter, troubleOf } from "../../web/static_src/phone/verdicts.js";

const HOUR = 3_600_000;
const NOW = 1_800_000_000_000;
const HEARD = { server: NOW, device: NOW + 5 };
const account = { id: "token:7", v: 1, owner: 7, token: "secret", epoch: "first", high: 10, seq: 3, heard: null, checked: 0 };
const op = (id, seq, more = {}) => ({ type: "visit", id, seq, household: 1, outcome: "met", channel: "door", days_ago: 0, made_at: 1, after: HEARD, list: "2027-01-15", ...more });
const entry = (id, seq, state = "sent", more = {}) => ({ id, v: 1, owner: 7, state, op: op(id, seq), at: 1, ...more });
const done = (id, answered, more = {}) => entry(id, 1, "done", { verdict: "created", answered, ...more });
const request = (...ids) => ({ v: 1, now: 1, epoch: "first", high: 10, unsent: ids.length, ops: ids.map((id) => op(id, 1)) });
const answer = (results, more = {}) => ({ now: NOW, epoch: "first", high: 11, kept_until: null, results, notices: [], ...more });
const states = ({ changed }) => Object.fromEntries(changed.map(({ id, state }) => [id, state]));

test("every final verdict ends an entry, and says what the service said", () => {
  const verdicts = ["created", "replay", "conflict", "quarantined", "gone"];
  const entries = verdicts.map((verdict, at) => entry(verdict, at));
  const after = afterAnswer(account, entries, request(...verdicts), answer(verdicts.map((verdict) => ({ id: verdict, verdict, day: "2027-01-15" }))), HEARD);
  assert.deepEqual(after.changed.map(({ state, verdict, answered, op: { id } }) => [state, verdict, answered, id]), verdicts.map((verdict) => ["done", verdict, NOW, verdict]));
  assert.deepEqual(after.changed.filter(isToBeTold).map(({ id }) => id), ["conflict", "quarantined", "gone"]);
  assert.deepEqual([after.account.high, after.account.heard], [11, HEARD]);
});

test("what was not judged, not answered for, not asked or judged by an unknown word is kept", () => {
  const results = [{ id: "later", verdict: "later" }, { id: "new word", verdict: "perhaps" }, { id: "not asked", verdict: "created" }];
  const entries = ["later", "new word", "not asked", "silent"].map((id, at) => entry(id, at));
  assert.deepEqual(afterAnswer(account, entries, request("later", "new word", "silent"), answer(results), HEARD).changed, []);
});

test("after a restore everything that was answered for is sent again, but for what this answer judged", () => {
  const entries = [done("old", NOW - HOUR), entry("asked", 2), done("told", NOW - HOUR, { verdict: "conflict", is_told: true })];
  for (const [theirs, more] of [[{ ...account }, { epoch: "second" }], [{ ...account }, { high: 9 }]]) {
    const after = afterAnswer(theirs, entries, request("asked"), answer([{ id: "asked", verdict: "created" }], more), HEARD);
    assert.equal(after.isRestored, true);
    assert.deepEqual(states(after), { old: "sent", asked: "done", told: "sent" });
    assert.deepEqual(after.forgotten, []);
    assert.ok(after.changed.every((changed) => changed.state === "done" || (changed.verdict ?? changed.is_told) === undefined));
    assert.deepEqual([after.account.epoch, after.account.high], [more.epoch ?? "first", more.high ?? 11]);
  }
});

test("the first answer is no restore, nor is one that was overtaken", () => {
  assert.equal(afterAnswer({ ...account, epoch: "" }, [done("old", NOW)], request(), answer([]), HEARD).isRestored, false);
  const overtaken = afterAnswer({ ...account, high: 20 }, [done("old", NOW)], request(), answer([]), HEARD);
  assert.deepEqual([overtaken.isRestored, overtaken.account.high], [false, 20]);
});

test("what was answered for is forgotten when a backup has it, or after 14 days, and never before", () => {
  const forgotten = (one, kept_until = null) => afterAnswer(account, [one], request(), answer([], { kept_until }), HEARD).forgotten;
  assert.deepEqual(forgotten(done("fresh", NOW - KEPT + 1)), []);
  assert.deepEqual(forgotten(done("old", NOW - KEPT - 1)), ["old"]);
  assert.deepEqual(forgotten(done("in the backup", NOW - 3 * HOUR), NOW - HOUR), ["in the backup"]);
  assert.deepEqual(forgotten(done("during the backup", NOW - 3 * HOUR), NOW - 3 * HOUR + 1), []);
  assert.deepEqual(forgotten(done("not seen", NOW - 3 * HOUR, { verdict: "conflict" }), NOW), []);
  assert.deepEqual(forgotten(done("seen", NOW - 3 * HOUR, { verdict: "conflict", is_told: true }), NOW), ["seen"]);
  for (const state of ["new", "sent"]) assert.deepEqual(forgotten(entry("waits", 1, state), NOW), []);
});

test("batches have at most fifty operations and sixty kilobytes, in the order given", () => {
  const many = Array.from({ length: 120 }, (_, at) => op(`${at}`, at));
  assert.deepEqual(batchesOf(many).map((batch) => batch.length), [50, 50, 20]);
  assert.deepEqual(batchesOf(many).flat(), many);
  const long = Array.from({ length: 9 }, (_, at) => op(`${at}`, at, { text: "很".repeat(6000) }));
  assert.deepEqual(batchesOf(long).map((batch) => batch.length), [3, 3, 3]);
  assert.deepEqual(batchesOf([op("a", 1, { text: "很".repeat(60_000) }), op("b", 2)]).map((batch) => batch.length), [1, 1]);
  assert.deepEqual(batchesOf([]), []);
  assert.deepEqual(halves(many.slice(0, 3)).map((half) => half.length), [2, 1]);
});

test("anything but an answer of the service loses nothing", () => {
  const troubles = [401, 400, 413, 426, 403, 404, 429, 500, 502, 503, 507].map(troubleOf);
  assert.deepEqual(troubles, ["card", "smaller", "smaller", "reload", ...Array(7).fill("wait")]);
  for (const strange of [null, "OK", [], {}, { results: [] }, { ...answer([]), results: {} }]) assert.equal(isAnswer(strange), false);
  assert.equal(isAnswer(answer([])), true);
});

test("the pause grows to a minute, is drawn anew each time, and is as long as the service asks for", () => {
  assert.deepEqual([1, 2, 3, 7, 50].map((failures) => pauseAfter(failures, 1)), [1000, 2000, 4000, 60_000, 60_000]);
  assert.equal(pauseAfter(5, 0), 0);
  assert.equal(pauseAfter(1, 0.5, 30), 30_500);
});

test("the service's time goes on with this phone's clock, and never back", () => {
  assert.equal(serverTime({ server: 1000, device: 50 }, 60), 1010);
  assert.equal(serverTime({ server: 1000, device: 50 }, 10), 1000);
});

test("the file has what was not answered for, of one member, in order, and no names", () => {
  const file = fileOf(account, [entry("second", 2, "new"), done("over", 1), entry("first", 1)], 9);
  assert.deepEqual(file.ops.map(({ id }) => id), ["first", "second"]);
  assert.deepEqual({ ...file, ops: [] }, { v: 1, member: 7, now: 9, epoch: "first", high: 10, unsent: 2, ops: [] });
  assert.doesNotMatch(JSON.stringify(file), /secret/);
});

test("what a form that was kept says later is a change of it, and nothing that it said is lost", () => {
  let made = 0;
  const newId = () => `new ${(made += 1)}`;
  const form = { id: "a", type: "visit", household: 1, outcome: "met", channel: "door", days_ago: 0 };
  const amend = { ...entry("b", 2), op: { type: "amend", id: "b", seq: 2, visit: "a", kind: "outcome", outcome: "away" } };
  const kept = [entry("a", 1)];
  assert.deepEqual(changesOf(form, [], newId), [form]);
  assert.deepEqual(changesOf(form, kept, newId), [form]);
  const said = { ...form, outcome: "away", channel: "phone", days_ago: 1 };
  assert.deepEqual(changesOf(said, kept, newId).map(({ type, visit, kind, ...more }) => [type, visit, kind, more]), [["amend", "a", "outcome", { id: "new 1", outcome: "away" }], ["amend", "a", "channel", { id: "new 2", channel: "phone" }], ["amend", "a", "day", { id: "new 3", days_ago: 1 }]]);
  assert.deepEqual(changesOf({ ...form, outcome: "away" }, [...kept, amend], newId), []);
  assert.deepEqual(changesOf(form, [...kept, amend], newId), [form, { id: "new 4", type: "amend", visit: "a", kind: "outcome", outcome: "met" }]);
  const need = { id: "n", type: "need", text: "water" };
  assert.deepEqual(changesOf({ ...need, text: "light" }, [{ ...entry("n", 3), op: { ...need, seq: 3 } }], newId), [{ ...need, id: "new 5", text: "light" }]);
});
