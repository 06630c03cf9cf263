// The answers below a search box, and the box that finds a grid, a household or a village of the map that is shown.
import { element, fill, isTyping } from "./page.js";
/** @import { TownMap } from "../wire.js" */

const MOST = 12;

/** @typedef {{ text: string, detail: string }} Answer */

/** Arrow keys walk the answers, Enter goes there, Escape empties the box, "/" comes here. @template {Answer} A */
export class AnswerList {
  /** @type {A[]} */ #answers = [];
  #active = -1;

  /** @param {HTMLInputElement} box @param {{ id: string, label: string, choose: (answer: A) => void }} options */
  constructor(box, { id, label, choose }) {
    this.box = box;
    this.choose = choose;
    this.list = element("ul", { class: "results", role: "listbox", id, "aria-label": label, hidden: "" });
    for (const [name, value] of Object.entries({ role: "combobox", "aria-controls": id, "aria-autocomplete": "list", "aria-expanded": "false" })) box.setAttribute(name, value);
    box.addEventListener("keydown", (event) => this.#onKey(event));
    document.addEventListener("keydown", (event) => {
      if (event.key !== "/" || event.ctrlKey || event.metaKey || isTyping(event)) return;
      event.preventDefault();
      box.focus();
    });
  }

  /** Shows answers, the first one active. @param {A[]} answers @param {string} none Said where there are none. */
  show(answers, none) {
    this.#answers = answers;
    this.#active = 0;
    this.list.replaceChildren(...answers.map((answer, index) => this.#option(answer, index)));
    if (answers.length) this.#open(true);
    else this.say(none);
    this.#mark();
  }

  /** @param {string} sentence */
  say(sentence) {
    this.list.replaceChildren(element("li", { class: "nothing", role: "status" }, sentence));
    this.#open(true);
  }

  close() {
    this.#answers = [];
    this.#open(false);
    this.box.removeAttribute("aria-activedescendant");
  }

  /** @param {boolean} isOpen */
  #open(isOpen) {
    this.list.hidden = !isOpen;
    this.box.setAttribute("aria-expanded", String(isOpen));
  }

  /** @param {A} answer @param {number} index */
  #option(answer, index) {
    const parts = [element("span", {}, answer.text), element("span", { class: "kind" }, answer.detail)];
    return element("li", { role: "option", id: `${this.list.id}-${index}`, onclick: () => this.#go(answer) }, ...parts);
  }

  #mark() {
    if (!this.#answers.length) return this.box.removeAttribute("aria-activedescendant");
    [...this.list.children].forEach((item, index) => item.setAttribute("aria-selected", String(index === this.#active)));
    this.box.setAttribute("aria-activedescendant", `${this.list.id}-${this.#active}`);
    this.list.children[this.#active].scrollIntoView({ block: "nearest" });
  }

  /** @param {A} answer */
  #go(answer) {
    this.box.value = answer.text;
    this.close();
    this.choose(answer);
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    const count = this.#answers.length;
    if (step && count) {
      this.#active = (this.#active + step + count) % count;
      this.#mark();
    } else if (event.key === "Enter" && count) this.#go(this.#answers[this.#active]);
    else if (event.key === "Escape") {
      this.box.value = "";
      this.close();
    } else return;
    event.preventDefault();
  }
}

/** @typedef {{ text: string, keys: string[], detail: string, show: () => void }} Entry `keys`: what it is found by, in small letters. */
/** @typedef {(index: number) => void} Show */
/** @typedef {{ data: TownMap, showVillage: Show, showGrid: Show, showPlace: Show }} Searched The map of a town, and what moves it. */

/** @param {Searched & { map: { fire: (event: "gridplan:chosen") => void } }} town @param {HTMLElement} parent */
export function addSearch(town, parent) {
  const { words } = town.data;
  const entries = entriesOf(town);
  const box = element("input", { type: "search", class: "search", placeholder: words.search, "aria-label": words.search, autocomplete: "off", spellcheck: "false" });
  /** @type {AnswerList<Entry>} */
  const answers = new AnswerList(box, { id: "gridplan-results", label: words.results, choose });
  /** @param {Entry} entry */
  function choose(entry) {
    entry.show();
    town.map.fire("gridplan:chosen");
  }
  box.addEventListener("input", () => {
    const text = box.value.trim();
    if (text) answers.show(matching(entries, text.toLowerCase()), fill(words.search_none, { text }));
    else answers.close();
  });
  parent.append(element("div", { class: "search-box" }, box, answers.list));
}

/** Returns all that can be found: villages, grids, households. @param {Searched} town @returns {Entry[]} */
export function entriesOf({ data: { words, villages, grids, households }, showVillage, showGrid, showPlace }) {
  const entry = (/** @type {string[]} */ keys, /** @type {string} */ detail, /** @type {() => void} */ show) => {
    return { text: keys[0], keys: keys.map((key) => key.toLowerCase()), detail, show };
  };
  const nameOf = (/** @type {number} */ village) => villages.features[village].properties.name;
  return [
    ...villages.features.map(({ properties: { name } }, index) => entry([name], words.village, () => showVillage(index))),
    ...grids.features.map(({ properties: { id, village, number } }, index) => entry([id, `${nameOf(village)}-${number}`], fill(words.grid, { number }), () => showGrid(index))),
    ...households.features.flatMap(({ properties }, index) =>
      properties.households.map(([code, , name]) => entry(name ? [name, code] : [code], name ? code : words.household, () => showPlace(index))),
    ),
  ];
}

/**
 * Returns the first entries that contain a text: equal ones first, then those that begin with it.
 * @param {Entry[]} entries @param {string} text
 */
export function matching(entries, text) {
  /** @type {Entry[][]} */ const byCloseness = [[], [], []];
  for (const entry of entries) {
    const closeness = Math.min(...entry.keys.map((key) => (key === text ? 0 : key.startsWith(text) ? 1 : key.includes(text) ? 2 : 3)));
    if (closeness < 3 && byCloseness[closeness].length < MOST) byCloseness[closeness].push(entry);
  }
  return byCloseness.flat().slice(0, MOST);
}
