// Edits are shown at once, sent in order, and can be undone; one that fails is kept.
import assert from "node:assert/strict";
import { test } from "node:test";
import { EditQueue } from "../../web/static_src/ui/edit_queue.js";

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
