// People: a form is sent once, cards are printed, a link is copied, villages are ticked all at once.

for (const form of document.querySelectorAll("form.once")) {
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    sent = true;
  });
  window.addEventListener("pageshow", () => (sent = false));
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

for (const button of document.querySelectorAll("[data-copy]")) {
  const field = document.getElementById(button.dataset.copy);
  button.hidden = false;
  field.addEventListener("focus", () => field.select());
  button.addEventListener("click", async () => {
    if (await copied(field)) button.textContent = button.dataset.done;
  });
}

/** Copies what a field says. Over plain HTTP browsers keep the clipboard to themselves, and the old way still works. */
async function copied(field) {
  field.select();
  if (!navigator.clipboard) return document.execCommand("copy");
  await navigator.clipboard.writeText(field.value);
  return true;
}

for (const button of document.querySelectorAll("[data-tick]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    for (const box of button.closest("fieldset").querySelectorAll("input[type=checkbox]")) box.checked = button.dataset.tick === "all";
  });
}

const roles = document.querySelector("[data-roles]");
if (roles) {
  const ofVillages = roles.dataset.roles.split(" ");
  const villages = document.querySelector(".villages-of");
  const show = () => {
    const role = (roles.querySelector("input:checked") ?? roles.querySelector("input"))?.value;
    villages.hidden = !ofVillages.includes(role);
  };
  roles.addEventListener("change", show);
  show();
}
