// The answers below a search box.
import { element, isTyping } from "./page.js";

/** @typedef {{ text: string, detail: string }} Answer */

/** Arrow keys walk the answers, Enter goes there, Escape empties the box, "/" comes here. @template {Answer} A */
export class AnswerList {
  /** @type {A[]} */ #answers = [];
  #active = -1;
  /** @type {A | undefined} */ #more;

  /**
   * @param {HTMLInputElement} box
   * @param {object} options `beside` returns another way to go, which stands beside an answer; `choose` is told whether Shift was held.
   * @param {string} options.id @param {string} options.label
   * @param {(answer: A, withShift: boolean) => void} options.choose @param {(answer: A) => HTMLElement | null} [options.beside]
   */
  constructor(box, { id, label, choose, beside = () => null }) {
    this.box = box;
    this.choose = choose;
    this.beside = beside;
    this.list = element("ul", { class: "results", role: "listbox", id, "aria-label": label, hidden: "" });
    for (const [name, value] of Object.entries({ role: "combobox", "aria-controls": id, "aria-autocomplete": "list", "aria-expanded": "false" })) box.setAttribute(name, value);
    box.addEventListener("keydown", (event) => this.#onKey(event));
    document.addEventListener("keydown", (event) => {
      if (event.key !== "/" || event.ctrlKey || event.metaKey || isTyping(event)) return;
      event.preventDefault();
      box.focus();
    });
  }

  /**
   * Shows answers, the first one active. @param {A[]} answers @param {string} none Said where there are none.
   * @param {A} [more] What leads to all of them, below these.
   */
  show(answers, none, more) {
    this.#more = more;
    this.#answers = more && answers.length ? [...answers, more] : answers;
    this.#active = 0;
    this.list.replaceChildren(...this.#answers.map((answer, index) => this.#option(answer, index)));
    if (more) this.list.lastElementChild?.classList.add("more");
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
    const other = this.beside(answer);
    other?.addEventListener("click", (event) => event.stopPropagation());
    return element("li", { role: "option", id: `${this.list.id}-${index}`, onclick: () => this.#go(answer, false) }, ...parts, other);
  }

  #mark() {
    if (!this.#answers.length) return this.box.removeAttribute("aria-activedescendant");
    [...this.list.children].forEach((item, index) => item.setAttribute("aria-selected", String(index === this.#active)));
    this.box.setAttribute("aria-activedescendant", `${this.list.id}-${this.#active}`);
    this.list.children[this.#active].scrollIntoView({ block: "nearest" });
  }

  /** @param {A} answer @param {boolean} withShift */
  #go(answer, withShift) {
    if (answer !== this.#more) this.box.value = answer.text;
    this.close();
    this.choose(answer, withShift);
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    const count = this.#answers.length;
    if (step && count) {
      this.#active = (this.#active + step + count) % count;
      this.#mark();
    } else if (event.key === "Enter" && count) this.#go(this.#answers[this.#active], event.shiftKey);
    else if (event.key === "Escape") {
      this.box.value = "";
      this.close();
    } else return;
    event.preventDefault();
  }
}
