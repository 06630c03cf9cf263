// A job is followed until it has ended.
import assert from "node:assert/strict";
import { test } from "node:test";
import { followJob } from "../../web/static_src/ui/job_progress.js";
import { RequestRefused } from "../../web/static_src/ui/request.js";
import { golden } from "./golden.js";

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
