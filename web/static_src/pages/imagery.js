// The form that sends an orthophoto or a map: in pieces, then a job cuts it into tiles.
import { allOf, byId, element, say } from "../ui/page.js";
import { ask, messageOf } from "../ui/request.js";
import { showJob } from "../ui/job_progress.js";
import { sendInPieces } from "../ui/upload.js";
/** @import { Upload } from "../wire.js" */

const form = /** @type {HTMLFormElement} */ (byId("imagery-form", "form"));
const place = byId("imagery-progress");
const frame = byId("f-imagery-frame", "select");
const epsg = byId("f-imagery-epsg", "input");
const mb = (/** @type {number} */ bytes) => (bytes / 1e6).toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 });

const showEpsg = () => {
  const isOther = frame.value === "other";
  epsg.required = isOther;
  /** @type {HTMLElement} */ (epsg.parentElement).hidden = !isOther;
};
frame.addEventListener("change", showEpsg);
showEpsg();

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const [file] = byId("f-imagery-file", "input").files ?? [];
  if (!file) return;
  const [button] = allOf("button", "", form);
  button.disabled = true;
  const leaving = (/** @type {BeforeUnloadEvent} */ unload) => unload.preventDefault();
  addEventListener("beforeunload", leaving);
  /** @type {number | null} */ let id = null;
  try {
    const sent = { village: Number(form.dataset.village) || null, name: file.name, size: file.size, frame: frame.value === "other" ? epsg.value : frame.value };
    /** @type {Upload} */ const upload = await ask("/api/imagery", { method: "POST", body: sent });
    id = upload.id;
    const said = element("p", { role: "status" });
    const bar = element("progress", { max: String(file.size), value: "0" });
    place.replaceChildren(element("div", { class: "job" }, said, bar));
    await sendInPieces(file, upload, (have, isLost) => {
      bar.value = have;
      said.textContent = isLost ? say("imagery.again") : say("imagery.sending", { have: mb(have), size: mb(file.size) });
    });
    const { job } = await ask(`/api/imagery/${id}/cut`, { method: "POST" });
    showJob(place, String(job), (ended) => {
      removeEventListener("beforeunload", leaving);
      if (ended.state === "done" && "result" in ended) {
        const { scan } = ended.result;
        location.assign(scan ? `/place/pictures/${scan}` : `${location.pathname}?imagery=${id}`);
      } else fail(ended.at);
    });
  } catch (problem) {
    removeEventListener("beforeunload", leaving);
    fail(messageOf(problem));
  }

  /** Forgets what was sent, so that nothing is left of it. @param {string} sentence */
  function fail(sentence) {
    place.replaceChildren(element("p", { class: "notice bad", role: "alert" }, sentence));
    button.disabled = false;
    if (id !== null) ask(`/imagery/${id}/remove`, { method: "POST" }).catch(() => {});
  }
});
