// The desk: what is half typed of a sheet comes back, what is typed too early is not lost, Escape goes back to the pile.
import { halfTyped, keepHalfTyped, keysHalfTyped } from "../ui/half_typed.js";
import { allOf, byId, element } from "../ui/page.js";

const EARLY = "gridplan-typed-early";
const PATIENCE_MS = 5000;

for (const form of allOf("form", "#sheet-form")) typing(form);
for (const form of allOf("form", "#next-sheet")) pile(form);

/** @param {HTMLFormElement} form */
function typing(form) {
  const key = form.dataset.draft ?? "";
  const fields = allOf("input", "[data-rows]", form);
  const rows = () => Object.fromEntries(fields.map((field) => [field.name, field.value]));
  const stored = Object.fromEntries(fields.map((field) => [field.name, field.dataset.stored ?? ""]));
  const before = form.dataset.fresh ? null : halfTyped(key);
  if (before) {
    byId("half-typed-back").hidden = false;
    for (const field of fields) field.value = before[field.name] ?? field.value;
  }
  takeEarly(fields[0]);
  keep();
  keepEarly(form);
  form.addEventListener("input", keep);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.isComposing) location.assign(form.dataset.back ?? "/desk");
  });

  function keep() {
    const typed = rows();
    keepHalfTyped(key, fields.some((field) => typed[field.name] !== stored[field.name]) ? typed : null);
  }
}

/** @param {HTMLFormElement} form */
function pile(form) {
  const account = form.dataset.account ?? "";
  takeEarly(byId("f-number", "input"));
  keepEarly(form);
  for (const { dataset } of [...allOf("div", "[data-saved]"), ...allOf("p", "[data-saved]")]) keepHalfTyped(`${account} ${dataset.saved}`, null);
  const open = keysHalfTyped().flatMap((key) => (key.startsWith(`${account} `) ? [key.split(" ")] : []));
  if (!open.length) return;
  const list = byId("half-typed");
  list.hidden = false;
  list.append(list.dataset.sentence ?? "");
  for (const [, number, week] of open) list.append(" ", element("a", { href: `/desk/sheet?${new URLSearchParams({ number, week })}` }, number));
}

/** Keeps what is typed while the next page is on its way: it is meant for that one. @param {HTMLFormElement} form */
function keepEarly(form) {
  let until = 0;
  let typed = "";
  form.addEventListener("submit", () => {
    until = Date.now() + PATIENCE_MS;
    typed = "";
  });
  window.addEventListener("pageshow", () => (until = 0));
  document.addEventListener("keydown", (event) => {
    if (Date.now() > until || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    if (event.key === "Backspace") typed = typed.slice(0, -1);
    if (event.key.length === 1) typed += event.key;
    sessionStorage.setItem(EARLY, typed);
  });
}

/** Puts what was typed early behind what a field holds, unless the page says that something is wrong there. @param {HTMLInputElement} field */
function takeEarly(field) {
  const typed = sessionStorage.getItem(EARLY) ?? "";
  sessionStorage.removeItem(EARLY);
  if (!field.hasAttribute("aria-invalid")) field.value += typed;
  field.setSelectionRange(field.value.length, field.value.length);
}
