// Forms in which villages are ticked: all, none, how many, and on the button how many of them.
import { allOf, firstOf, say } from "../ui/page.js";

const boxes = [...allOf("input", '[type="checkbox"][name="village"]'), ...allOf("input", '[type="checkbox"][name="plan"]')];
const chosen = document.getElementById("chosen");
const [button] = allOf("button", "[data-count]");
const figures = new Intl.NumberFormat(document.documentElement.lang);

function count() {
  const ticked = boxes.filter((box) => box.checked);
  if (chosen) {
    const households = ticked.reduce((sum, box) => sum + Number(box.dataset.households), 0);
    chosen.textContent = say("drafts.chosen.villages", { n: figures.format(ticked.length), households: figures.format(households) });
  }
  if (button) {
    button.textContent = say(button.dataset.count ?? "", { n: figures.format(ticked.length) });
    button.disabled = !ticked.length;
  }
}

for (const chooser of allOf("button", "[data-choose]")) {
  chooser.hidden = false;
  chooser.addEventListener("click", () => {
    for (const box of boxes) box.checked = chooser.dataset.choose === "all";
    count();
  });
}
// An amount that is typed chooses the way it belongs to.
for (const amount of allOf("input", ".amount")) {
  amount.addEventListener("input", () => (firstOf("input", `[name="how"][value="${amount.name}"]`).checked = true));
}
for (const box of boxes) box.addEventListener("change", count);
count();
