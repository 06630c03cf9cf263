// How far a job is; once it has come to something, the page leads there when it is loaded again.
import { byId, element } from "../ui/page.js";
import { showJob } from "../ui/job_progress.js";

const place = byId("job");
if ("open" in place.dataset) {
  showJob(place, place.dataset.job ?? "", (job) => {
    if (job.state === "done") return void location.reload();
    place.replaceChildren(element("p", { class: `notice ${job.state === "failed" ? "bad" : ""}`, role: "alert" }, job.at));
    byId("may-leave").hidden = true;
    byId("again").hidden = false;
  });
}
