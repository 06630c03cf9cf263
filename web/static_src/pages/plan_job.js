// How far a planning is, until there is a draft to look at.
import { byId, element } from "../ui/page.js";
import { showJob } from "../ui/job_progress.js";

const place = byId("job");
if ("open" in place.dataset) {
  showJob(place, place.dataset.job ?? "", (job) => {
    if (job.state === "done") return void location.replace(`/drafts/${job.result.draft}`);
    place.replaceChildren(element("p", { class: `notice ${job.state === "failed" ? "bad" : ""}`, role: "alert" }, job.at));
    byId("may-leave").hidden = true;
    byId("again").hidden = false;
  });
}
