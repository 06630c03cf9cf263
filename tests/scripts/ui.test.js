// What pages share.
import assert from "node:assert/strict";
import { test } from "node:test";
import { EditQueue } from "../../web/static_src/ui/edit_queue.js";
import { followJob } from "../../web/static_src/ui/job_progress.js";
import { RequestRefused } from "../../web/static_src/ui/request.js";
import { Places, unpacked } from "../../web/static_src/maps/places.js";
import { entriesOf, householdsOf, matching } from "../../web/static_src/maps/town_search.js";
import { comparison, nextOrder } from "../../web/static_src/ui/sortable.js";
import { golden } from "./golden.js";

// What the search box of a map finds.

const data = unpacked(golden("map_file"));
const places = new Places(data, async (village) => data.places[village]);
const homes = (await Promise.all(data.villages.features.map((_, village) => places.of(village)))).flat();
const entries = [...entriesOf(data), ...householdsOf(data, homes)];
const textsOf = (text) => matching(entries, text).map((entry) => entry.text);

test("villages, grids and households are found", () => {
  const rows = data.places.flat().flatMap(({ households }) => households);
  assert.equal(entries.length, data.villages.features.length + data.grids.features.length + rows.length);
});

test("what is equal comes before what begins with it, and that before what contains it", () => {
  assert.deepEqual(matching(["cab", "abc", "ab", "b"].map((key) => ({ keys: [key] })), "ab").flatMap(({ keys }) => keys), ["ab", "abc", "cab"]);
  assert.deepEqual(textsOf("石桥村").slice(0, 3), ["石桥村", "石桥村-01", "石桥村-02"]);
  assert.equal(textsOf("石桥村0007").length, 1);
  assert.deepEqual(textsOf("xt15"), ["XT15"]);
  assert.deepEqual(textsOf("nothing"), []);
});

test("a grid is found by its number without a nought, as it is called, with and without its village", () => {
  assert.deepEqual(textsOf("石桥村-1"), ["石桥村-01"]);
  assert.deepEqual(textsOf("1 号").slice(0, 2), ["石桥村-01", "小塘村-01"]);
  assert.equal(textsOf("1号 石桥")[0], "石桥村-01");
});

test("at most twelve answers", () => {
  assert.equal(textsOf("村").length, 12);
});

test("an answer selects its village, its grid, or its household in a village", () => {
  const selections = ["小塘村", "小塘村-01", "xt17"].map((text) => matching(entries, text)[0].selection);
  assert.deepEqual(selections, [{ village: 1 }, { grid: 2 }, { village: 1, grid: null, household: "XT17" }]);
});

// How columns of a table are sorted.

test("names begin with the first letter, figures with the largest, and a second click turns them round", () => {
  assert.equal(nextOrder("none", false), "ascending");
  assert.equal(nextOrder("none", true), "descending");
  assert.equal(nextOrder("ascending", true), "descending");
  assert.equal(nextOrder("descending", false), "ascending");
});

test("figures compare as numbers, names as their language has it", () => {
  assert.deepEqual(["9", "10", "-1", "2.5"].sort(comparison("ascending", true)), ["-1", "2.5", "9", "10"]);
  assert.deepEqual(["9", "10"].sort(comparison("descending", true)), ["10", "9"]);
  assert.deepEqual(["张", "李 10", "王", "李 2"].sort(comparison("ascending", false)), ["李 2", "李 10", "王", "张"]);
});

// A job is followed until it has ended.

/** Follows a job whose answers are given one after the other; an error is thrown. */
async function follow(...answers) {
  const seen = [];
  const askForJob = async () => {
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const last = await new Promise((onDone) => {
    followJob(askForJob, { onProgress: ({ state }) => seen.push(state), onDone, everyMs: 0 });
  });
  return { seen, last, left: answers.length };
}

test("it is asked for while it waits and runs, and once it has ended no more", async () => {
  const [waiting, running, ...ended] = golden("jobs");
  for (const job of ended) {
    const { seen, last, left } = await follow(waiting, running, job, job);
    assert.deepEqual(seen, ["queued", "running", job.state]);
    assert.deepEqual([last, left], [job, 1]);
  }
});

test("where the service does not answer, it is asked again", async () => {
  const done = golden("jobs")[2];
  assert.equal((await follow(new TypeError("no network"), done)).last, done);
});

test("a job that the service does not know has failed, with what it says", async () => {
  assert.deepEqual((await follow(new RequestRefused("not here"))).last, { state: "failed", at: "not here" });
});

// Edits are shown at once, sent in order, and can be undone; one that fails is kept.

/** Returns a queue of edits that set the value of a subject on a server, which refuses what is negative. */
function desk() {
  const server = new Map();
  const log = [];
  const queue = new EditQueue(() => log.push(queue.waiting));
  const edit = (subject, value) => {
    let before = subject.value;
    return {
      subject,
      show: () => (subject.value = value),
      async send() {
        await null;
        if (value < 0) throw new Error("refused");
        server.set(subject, value);
      },
      revert: () => (subject.value = before),
      refresh: async () => (before = subject.value = server.get(subject) ?? 0),
    };
  };
  const set = (subject, value) => {
    const before = subject.value;
    queue.add(edit(subject, value), () => edit(subject, before));
  };
  return { queue, server, log, set };
}

test("an edit is shown before it is sent", async () => {
  const { queue, server, set } = desk();
  const subject = { value: 0 };
  set(subject, 1);
  assert.equal(subject.value, 1);
  assert.deepEqual([queue.waiting, server.size], [1, 0]);
  await queue.sent;
  assert.deepEqual([queue.waiting, server.get(subject)], [0, 1]);
});

test("one that fails is kept, and those after it are sent", async () => {
  const { queue, server, set } = desk();
  const [bad, good] = [{ value: 0 }, { value: 0 }];
  set(bad, -1);
  set(good, 2);
  await queue.sent;
  assert.equal(server.get(good), 2);
  assert.deepEqual(queue.failures.map(({ edit, problem }) => [edit.subject, problem.message]), [[bad, "refused"]]);
});

test("one that failed can be dropped: it is shown as it was, and cannot be undone", async () => {
  const { queue, set } = desk();
  const subject = { value: 0 };
  set(subject, -1);
  await queue.sent;
  queue.drop(queue.failures[0]);
  assert.equal(subject.value, 0);
  assert.deepEqual([queue.failures, queue.canUndo], [[], false]);
});

test("one that failed can be sent again", async () => {
  const { queue, set } = desk();
  const subject = { value: 0 };
  set(subject, -1);
  await queue.sent;
  await queue.retry(queue.failures[0]);
  assert.deepEqual([queue.failures.length, queue.waiting, subject.value], [0, 1, -1]);
  await queue.sent;
  assert.equal(queue.failures.length, 1);
});

test("the last edit is undone, then the one before", async () => {
  const { queue, server, set } = desk();
  const subject = { value: 0 };
  set(subject, 1);
  set(subject, 2);
  assert.equal(queue.undo(), subject);
  assert.equal(subject.value, 1);
  queue.undo();
  await queue.sent;
  assert.deepEqual([subject.value, server.get(subject), queue.undo()], [0, 0, null]);
});

test("undoing one that failed drops it", async () => {
  const { queue, server, set } = desk();
  const subject = { value: 0 };
  set(subject, -1);
  await queue.sent;
  queue.undo();
  assert.deepEqual([subject.value, queue.failures, server.size], [0, [], 0]);
});
