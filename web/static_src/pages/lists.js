// The lists of the directory: what is asked for changes the rows and the address, without loading the whole page again.
import { allOf, byId } from "../ui/page.js";

const PAUSE_MS = 300;
/** Filters whose values are of one village, and mean nothing in another one. */
const OF_VILLAGE = ["hamlet", "grid", "lead"];
/** @type {ReturnType<typeof setTimeout>} */ let pause;
let asked = 0;

/**
 * Shows what an address asks for: its rows, and its filters unless somebody types among them. The answer to an earlier
 * question comes too late; where there is none, the browser goes there itself.
 * @param {string} address @param {{ keeps?: boolean, types?: boolean }} how `keeps` the address that the browser has.
 */
async function show(address, { keeps = false, types = false } = {}) {
  const turn = ++asked;
  byId("list").setAttribute("aria-busy", "true");
  const answer = await fetch(address, { headers: { Accept: "text/html" } }).then((found) => found.text(), () => "");
  if (turn !== asked) return;
  const page = new DOMParser().parseFromString(answer, "text/html");
  const parts = (types ? ["list"] : ["filters", "list"]).map((id) => page.getElementById(id));
  if (parts.includes(null)) return location.assign(address);
  const focused = selectorOfFocus();
  for (const part of parts) if (part) byId(part.id).replaceWith(part);
  if (!keeps) history[types && history.state === "typed" ? "replaceState" : "pushState"](types ? "typed" : null, "", address);
  if (focused) /** @type {HTMLElement | null} */ (document.querySelector(focused))?.focus();
}

/** Returns what finds the element with the focus again among new ones. */
function selectorOfFocus() {
  const at = document.activeElement;
  if (!(at instanceof HTMLElement)) return null;
  if (at.dataset.sort) return `[data-sort="${at.dataset.sort}"]`;
  return at.closest(".pager") ? "#count" : at.closest("#filters") && at.id ? `#${at.id}` : null;
}

/** Asks for what the form says; blanks are left out of the address. @param {{ types?: boolean }} how */
function submit(how = {}) {
  clearTimeout(pause);
  const form = byId("filters", "form");
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (typeof value === "string" && value.trim()) query.append(name, value.trim());
  return show(query.size ? `${form.action}?${query}` : form.action, how);
}

document.addEventListener("submit", (event) => {
  if (!(event.target instanceof HTMLFormElement) || event.target.id !== "filters") return;
  event.preventDefault();
  void submit();
});
document.addEventListener("change", ({ target }) => {
  if (!(target instanceof HTMLSelectElement) || target.form?.id !== "filters") return;
  const others = target.name === "village" ? allOf("select", "", target.form).filter(({ name }) => OF_VILLAGE.includes(name)) : [];
  for (const other of others) if (other.name === "hamlet" || /\d/.test(other.value)) other.value = "";
  void submit();
});
document.addEventListener("input", (event) => {
  if (!(event.target instanceof HTMLInputElement) || event.target.id !== "f-q") return;
  clearTimeout(pause);
  pause = setTimeout(() => void submit({ types: true }), PAUSE_MS);
});
document.addEventListener("click", (event) => {
  if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (!link?.closest("#filters, #list") || link.hasAttribute("download") || link.pathname !== location.pathname) return;
  event.preventDefault();
  void show(link.href);
});
addEventListener("popstate", () => void show(location.href, { keeps: true }));
