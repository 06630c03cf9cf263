// A member's list: a visit is sent without leaving the page, and "saved" stands there once the service has answered.
import { byId } from "../ui/page.js";

const PATIENCE_MS = 15_000;

document.addEventListener("submit", async (event) => {
  const { target: form, submitter } = event;
  if (!(form instanceof HTMLFormElement) || !submitter || !form.closest("#main")) return;
  event.preventDefault();
  if (form.dataset.sending) return;
  form.dataset.sending = "true";
  const fields = new URLSearchParams(/** @type {[string, string][]} */ ([...new FormData(form)]));
  if (submitter instanceof HTMLButtonElement && submitter.name) fields.set(submitter.name, submitter.value);
  const patience = new AbortController();
  const clock = setTimeout(() => patience.abort(), PATIENCE_MS);
  const notSaved = byId("not-saved");
  notSaved.hidden = true;
  try {
    const answer = await fetch(form.action, { method: "POST", body: fields, headers: { Accept: "text/html" }, signal: patience.signal });
    show(await answer.text(), answer.url);
  } catch {
    notSaved.hidden = false; // the same form sent again is the same visit
  } finally {
    clearTimeout(clock);
    delete form.dataset.sending;
  }
});

document.addEventListener("toggle", ({ target }) => {
  if (!(target instanceof HTMLDetailsElement) || !target.open) return;
  document.querySelector(".toast:not(#not-saved)")?.remove();
  target.scrollIntoView({ block: "nearest" });
}, true);

// A page that the browser kept has forms that were sent.
addEventListener("pageshow", (event) => event.persisted && location.reload());

/** Puts a page that was answered in the place of this one, which stays where it was scrolled to. @param {string} html @param {string} url */
function show(html, url) {
  const main = new DOMParser().parseFromString(html, "text/html").getElementById("main");
  if (!main) throw new Error("no page was answered");
  if (main.querySelector(".own-list")) history.replaceState(null, "", url);
  byId("main").replaceWith(main);
}
