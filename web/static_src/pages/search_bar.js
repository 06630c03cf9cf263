// The search in the bar: asks the server while one types; arrow keys walk the answers, Enter goes there, "/" comes here.
import { ask } from "../ui/request.js";
import { element, fill } from "../ui/element.js";

const PAUSE_MS = 120;
const form = document.getElementById("find");
const box = form.querySelector("input");
const list = element("ul", { class: "results", role: "listbox", id: "found", "aria-label": form.dataset.results, hidden: "" });
let found = [];
let active = -1;
let asked = 0;
let waiting = null;

form.append(list);
box.setAttribute("role", "combobox");
box.setAttribute("aria-controls", "found");
box.setAttribute("aria-autocomplete", "list");
box.setAttribute("aria-expanded", "false");

async function look() {
  const text = box.value.trim();
  const turn = ++asked;
  if (!text) return show(null);
  try {
    const answer = await ask(`/api/search?q=${encodeURIComponent(text)}`);
    if (turn === asked) show(answer.found, text);
  } catch (problem) {
    if (turn === asked) say(problem.message);
  }
}

function show(entries, text = "") {
  found = entries ?? [];
  active = found.length ? 0 : -1;
  const option = (entry, i) =>
    element("li", { role: "option", id: `found-${i}`, onclick: () => go(entry) }, element("span", {}, entry.text), element("span", { class: "kind" }, entry.detail));
  list.replaceChildren(...found.map(option));
  if (entries && !entries.length) say(fill(form.dataset.none, { text }));
  open(entries !== null);
  mark();
}

function say(sentence) {
  list.replaceChildren(element("li", { class: "nothing", role: "status" }, sentence));
  open(true);
}

function open(there) {
  list.hidden = !there;
  box.setAttribute("aria-expanded", String(there));
}

function mark() {
  [...list.children].forEach((item, i) => item.setAttribute("aria-selected", String(i === active)));
  if (active < 0) return box.removeAttribute("aria-activedescendant");
  box.setAttribute("aria-activedescendant", `found-${active}`);
  list.children[active].scrollIntoView({ block: "nearest" });
}

/** Goes to the page of an answer, unless the page that is open shows it itself. */
function go(entry) {
  open(false);
  box.value = entry.text;
  if (dispatchEvent(new CustomEvent("gridplan:found", { detail: entry, cancelable: true }))) location.assign(entry.href);
}

box.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(look, PAUSE_MS);
});
box.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && found.length) {
    active = (active + step + found.length) % found.length;
    mark();
  } else if (event.key === "Enter" && active >= 0 && !list.hidden) go(found[active]);
  else if (event.key === "Escape") {
    box.value = "";
    asked += 1;
    show(null);
  } else return;
  event.preventDefault();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) return;
  event.preventDefault();
  box.focus();
});
document.addEventListener("click", ({ target }) => form.contains(target) || open(false));
