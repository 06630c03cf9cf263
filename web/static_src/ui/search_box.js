// One box that finds a grid, a household or a village; arrow keys walk the answers, Enter goes there, "/" comes here.
import { element, fill } from "./element.js";

const MOST = 12;

export function addSearch(town, parent) {
  const { words } = town.data;
  const entries = index(town);
  let found = [];
  let active = -1;

  const list = element("ul", { class: "results", role: "listbox", id: "gridplan-results", "aria-label": words.results, hidden: "" });
  const box = element("input", {
    type: "search",
    class: "search",
    role: "combobox",
    placeholder: words.search,
    "aria-label": words.search,
    "aria-expanded": "false",
    "aria-controls": "gridplan-results",
    "aria-autocomplete": "list",
    autocomplete: "off",
    spellcheck: "false",
    oninput: () => show(box.value.trim()),
    onkeydown: onKey,
  });
  parent.append(element("div", { class: "search-box" }, box, list));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) return;
    event.preventDefault();
    box.focus();
  });

  function show(text) {
    found = text ? find(entries, text.toLowerCase()) : [];
    active = found.length ? 0 : -1;
    const nothing = text && !found.length ? element("li", { class: "nothing" }, fill(words.search_none, { text })) : null;
    list.replaceChildren(...found.map(option), ...(nothing ? [nothing] : []));
    list.hidden = !text;
    box.setAttribute("aria-expanded", String(Boolean(text)));
    mark();
  }
  function option(entry, i) {
    const go = () => choose(entry);
    return element(
      "li",
      { role: "option", id: `gridplan-result-${i}`, onclick: go },
      element("span", {}, entry.text),
      element("span", { class: "kind" }, entry.detail),
    );
  }
  function mark() {
    [...list.children].forEach((item, i) => item.setAttribute("aria-selected", String(i === active)));
    if (active >= 0) {
      box.setAttribute("aria-activedescendant", `gridplan-result-${active}`);
      list.children[active].scrollIntoView({ block: "nearest" });
    } else box.removeAttribute("aria-activedescendant");
  }
  function choose(entry) {
    box.value = entry.text;
    show("");
    entry.go();
    town.map.fire("gridplan:chosen");
  }
  function onKey(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && found.length) {
      active = (active + step + found.length) % found.length;
      mark();
    } else if (event.key === "Enter" && active >= 0) choose(found[active]);
    else if (event.key === "Escape") {
      box.value = "";
      show("");
    } else return;
    event.preventDefault();
  }
}

function index({ data, showVillage, showGrid, showPlace }) {
  const { words } = data;
  const villages = data.villages.features.map(({ properties }, i) => ({
    text: properties.name,
    keys: [properties.name.toLowerCase()],
    detail: words.village,
    go: () => showVillage(i),
  }));
  const grids = data.grids.features.map(({ properties }, i) => ({
    text: properties.id,
    keys: [properties.id.toLowerCase(), `${villages[properties.village].keys[0]}-${properties.number}`],
    detail: fill(words.grid, { number: properties.number }),
    go: () => showGrid(i),
  }));
  const households = data.households.features.flatMap(({ properties }, i) =>
    properties.households.map(([code, , name]) => ({
      text: name ?? code,
      keys: name ? [name.toLowerCase(), code.toLowerCase()] : [code.toLowerCase()],
      detail: name ? code : words.household,
      go: () => showPlace(i),
    })),
  );
  return [...villages, ...grids, ...households];
}

/** Returns the first entries that contain the text: equal ones first, then those that begin with it. */
function find(entries, text) {
  const ranks = [[], [], []];
  for (const entry of entries) {
    const rank = Math.min(...entry.keys.map((key) => (key === text ? 0 : key.startsWith(text) ? 1 : key.includes(text) ? 2 : 3)));
    if (rank < 3 && ranks[rank].length < MOST) ranks[rank].push(entry);
  }
  return ranks.flat().slice(0, MOST);
}
