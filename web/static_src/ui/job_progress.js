// Follows what takes a while: asks every second how far it is, until it has ended.
import { ask } from "./request.js";
import { element } from "./element.js";
import { say } from "./words.js";

const OPEN = ["queued", "running"];
const EVERY_MS = 1000;

/**
 * Calls onProgress(job) whenever it was asked, and onDone(job) once it has ended: job.state is then done, failed or
 * cancelled, and job.at a sentence. Where the service does not answer for a while, it is asked again.
 */
export function watchJob(id, { onProgress = () => {}, onDone }) {
  async function look() {
    try {
      const job = await ask(`/api/jobs/${id}`);
      onProgress(job);
      if (!OPEN.includes(job.state)) return onDone(job);
    } catch (problem) {
      if (problem.status) return onDone({ id, state: "failed", at: problem.message, done: 0, total: 0, result: {} });
    }
    setTimeout(look, EVERY_MS);
  }
  look();
}

/**
 * Draws a job into a place of the page: what it is at, a bar, and a button that stops it; calls onDone(job) at its end.
 * The page brings the sentences of "job." (parts.words_for("job.")).
 */
export function showJob(place, id, onDone) {
  const at = element("p", { role: "status" });
  const bar = element("progress", {});
  const stop = element("button", { type: "button", class: "button small" }, say("job.stop"));
  stop.addEventListener("click", () => {
    stop.disabled = true;
    ask(`/api/jobs/${id}/stop`, { method: "POST" }).catch((problem) => (at.textContent = problem.message));
  });
  place.replaceChildren(element("div", { class: "job" }, at, bar, stop));
  watchJob(id, {
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
