// The desk: what is half typed of a sheet comes back, Escape goes back to the pile.
import { halfTyped, keepHalfTyped, keysHalfTyped } from "../ui/half_typed.js";
import { allOf, byId, element } from "../ui/page.js";

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
  keep();
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
  for (const { dataset } of allOf("div", "[data-saved]").concat(allOf("p", "[data-saved]"))) keepHalfTyped(`${account} ${dataset.saved}`, null);
  const open = keysHalfTyped().flatMap((key) => (key.startsWith(`${account} `) ? [key.split(" ")] : []));
  if (!open.length) return;
  const list = byId("half-typed");
  list.hidden = false;
  list.append(list.dataset.sentence ?? "");
  for (const [, number, week] of open) list.append(" ", element("a", { href: `/desk/sheet?${new URLSearchParams({ number, week })}` }, number));
}
