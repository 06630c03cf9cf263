// Follows what takes a while: asks every second how far it is, until it has ended.
import { RequestRefused, ask, messageOf } from "./request.js";
import { element, say } from "./page.js";
/** @import { Job } from "../wire.js" */

const EVERY_MS = 1000;

/**
 * Calls onProgress(job) whenever it was asked, and onDone(job) once it has ended: job.state is then done, failed or
 * cancelled, and job.at a sentence. Where the service does not answer for a while, it is asked again.
 * @param {() => Promise<Job>} askForJob
 * @param {{ onProgress: (job: Job) => void, onDone: (job: Job | Failure) => void, everyMs?: number }} listeners
 * @typedef {{ state: "failed", at: string }} Failure The service no longer knows the job.
 */
export async function followJob(askForJob, { onProgress, onDone, everyMs = EVERY_MS }) {
  for (;;) {
    try {
      const job = await askForJob();
      onProgress(job);
      if (job.state !== "queued" && job.state !== "running") return onDone(job);
    } catch (problem) {
      if (problem instanceof RequestRefused) return onDone({ state: "failed", at: problem.message });
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

/**
 * Draws a job into a place of the page: what it is at, a bar, and a button that stops it; calls onDone(job) at its end.
 * The page has the sentences of "job." (parts.words_for("job.")).
 * @param {HTMLElement} place @param {string} id @param {(job: Job | Failure) => void} onDone
 */
export function showJob(place, id, onDone) {
  const at = element("p", { role: "status" });
  const bar = element("progress");
  const stop = element("button", { type: "button", class: "button small" }, say("job.stop"));
  stop.addEventListener("click", () => {
    stop.disabled = true;
    ask(`/api/jobs/${id}/stop`, { method: "POST" }).catch((problem) => (at.textContent = messageOf(problem)));
  });
  place.replaceChildren(element("div", { class: "job" }, at, bar, stop));
  followJob(() => ask(`/api/jobs/${id}`), {
    onProgress(job) {
      if (at.textContent !== job.at) at.textContent = job.at;
      if (job.total) Object.assign(bar, { max: job.total, value: job.done });
      else bar.removeAttribute("value");
    },
    onDone(job) {
      bar.remove();
      stop.remove();
      onDone(job);
    },
  });
}
