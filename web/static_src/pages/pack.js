// A new pack: forms that the chosen profile does not have cannot be ticked, and say why; a form can be looked at.
import { allOf, byId, element, firstOf, say } from "../ui/page.js";

const profiles = allOf("input", '[name="profile"]');
const preview = byId("preview");
const chosenProfile = () => profiles.find((one) => one.checked)?.value ?? "";
/** @type {HTMLAnchorElement | null} */ let shown = null;

function offer() {
  const chosen = chosenProfile();
  const has = (/** @type {HTMLElement} */ of) => (of.dataset.profiles ?? "").split(" ").includes(chosen);
  for (const form of allOf("li", "[data-profiles]")) {
    form.classList.toggle("not-offered", !has(form));
    for (const why of allOf("p", ".why", form)) why.hidden = has(form);
    for (const field of [...allOf("input", "", form), ...allOf("select", "", form)]) field.disabled = !has(form);
    for (const choice of allOf("label", "[data-profiles]", form)) {
      choice.hidden = !has(choice);
      firstOf("input", "", choice).disabled = !has(choice);
    }
  }
}

/** @param {HTMLAnchorElement} link */
function show(link) {
  shown = link;
  const village = allOf("input", '[name="village"]').find((one) => one.checked);
  const address = new URL(link.href);
  if (village) address.searchParams.set("village", village.value);
  address.searchParams.set("profile", chosenProfile());
  const told = element("p", { class: "quiet", role: "status" }, say("pack.preview_loading"));
  const picture = element("img", { src: address.href, alt: link.getAttribute("aria-label") ?? "" });
  picture.addEventListener("load", () => told.replaceChildren(say("pack.preview_about")));
  picture.addEventListener("error", () => {
    picture.remove();
    told.replaceChildren(say("pack.preview_failed"));
  });
  preview.hidden = false;
  preview.replaceChildren(told, picture);
}

/** What is shown has to be of the profile that is chosen. */
function showAgain() {
  offer();
  preview.hidden = true;
  if (shown?.checkVisibility({ visibilityProperty: true })) show(shown);
}

for (const one of profiles) one.addEventListener("change", showAgain);
for (const link of allOf("a", ".preview")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    show(link);
    preview.scrollIntoView({ block: "nearest" });
  });
}
offer();
