// People: a form is sent once, cards are printed, a link is copied, villages are ticked all at once.
import { allOf, byId, firstOf } from "../ui/page.js";

for (const form of allOf("form", ".once")) {
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    sent = true;
  });
  window.addEventListener("pageshow", () => (sent = false));
}

for (const button of allOf("button", "[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

for (const button of allOf("button", "[data-copy]")) {
  const field = /** @type {HTMLInputElement | HTMLTextAreaElement} */ (byId(button.dataset.copy ?? ""));
  button.hidden = false;
  field.addEventListener("focus", () => field.select());
  button.addEventListener("click", async () => {
    if (await copied(field)) button.textContent = button.dataset.done ?? "";
  });
}

/** Copies what a field says. @param {HTMLInputElement | HTMLTextAreaElement} field */
async function copied(field) {
  field.select();
  // Over plain HTTP browsers keep the clipboard to themselves, and the old way still works.
  if (!navigator.clipboard) return document.execCommand("copy");
  await navigator.clipboard.writeText(field.value);
  return true;
}

for (const button of allOf("button", "[data-tick]")) {
  const fieldset = button.closest("fieldset");
  if (!fieldset) continue;
  button.hidden = false;
  button.addEventListener("click", () => {
    for (const box of allOf("input", "[type=checkbox]", fieldset)) box.checked = button.dataset.tick === "all";
  });
}

for (const roles of allOf("fieldset", "[data-roles]")) {
  const ofVillages = (roles.dataset.roles ?? "").split(" ");
  const villages = firstOf("fieldset", ".villages-of");
  const show = () => {
    const [role] = [...allOf("input", ":checked", roles), ...allOf("input", "", roles)];
    villages.hidden = !ofVillages.includes(role?.value);
  };
  roles.addEventListener("change", show);
  show();
}
