// A new pack: forms that the chosen profile does not have cannot be ticked, and say why; a form can be looked at.
import { allOf, byId, element, say } from "../ui/page.js";

const profiles = allOf("input", '[name="profile"]');
const preview = byId("preview");

function offer() {
  const chosen = profiles.find((one) => one.checked)?.value ?? "";
  for (const form of allOf("li", "[data-profiles]")) {
    const has = (form.dataset.profiles ?? "").split(" ").includes(chosen);
    form.classList.toggle("not-offered", !has);
    for (const why of allOf("p", ".why", form)) why.hidden = has;
    for (const field of [...allOf("input", "", form), ...allOf("select", "", form)]) field.disabled = !has;
  }
}

/** @param {HTMLAnchorElement} link */
function show(link) {
  const village = allOf("input", '[name="village"]').find((one) => one.checked);
  const address = new URL(link.href);
  if (village) address.searchParams.set("village", village.value);
  const told = element("p", { class: "quiet", role: "status" }, say("pack.preview_loading"));
  const picture = element("img", { src: address.href, alt: link.getAttribute("aria-label") ?? "" });
  picture.addEventListener("load", () => told.replaceChildren(say("pack.preview_about")));
  picture.addEventListener("error", () => {
    picture.remove();
    told.replaceChildren(say("pack.preview_failed"));
  });
  preview.hidden = false;
  preview.replaceChildren(told, picture);
  preview.scrollIntoView({ block: "nearest" });
}

for (const one of profiles) one.addEventListener("change", offer);
for (const link of allOf("a", ".preview")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    show(link);
  });
}
offer();
