// The keyboard of the page: what each key does, said by "?".
import { element, isTyping, say } from "../ui/page.js";

/** @typedef {{ keys: string[], code: string, run: (event: KeyboardEvent) => void }} Shortcut */

export class Keys {
  /** @type {Shortcut[]} */ #shortcuts = [];

  constructor() {
    // Before the search of the bar above, which takes "/" on every other page.
    addEventListener("keydown", (event) => this.#press(event), { capture: true });
  }

  /**
   * Lets keys do something, unless somebody types or a dialog is open; the later one of two for one key is called.
   * @param {string | string[]} keys As events name them; with "Ctrl+" before, and "Shift+" where a letter needs it.
   * @param {string} code Of the sentence that says what they do. @param {(event: KeyboardEvent) => void} run
   */
  add(keys, code, run) {
    this.#shortcuts.unshift({ keys: [keys].flat(), code, run });
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    if (event.defaultPrevented || event.isComposing || event.altKey || document.querySelector("dialog[open]")) return;
    if (isTyping(event)) {
      if (event.key === "Escape" && event.target instanceof HTMLElement) event.target.blur(); // so that keys are heard again
      return;
    }
    const pressed = nameOf(event);
    const found = this.#shortcuts.find(({ keys }) => keys.includes(pressed));
    if (!found) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    found.run(event);
  }

  /** Returns the list of all keys, in the order in which they were added. */
  list() {
    const rows = [...this.#shortcuts].reverse().map(({ keys, code }) => element("div", {}, element("dt", {}, ...keys.flatMap((key, at) => [at ? " " : "", element("kbd", {}, shown(key))])), element("dd", {}, say(code))));
    return element("dl", { class: "keys" }, ...rows);
  }
}

/** @param {KeyboardEvent} event */
function nameOf({ key, ctrlKey, metaKey, shiftKey }) {
  const letter = key.length === 1;
  const parts = [...(ctrlKey || metaKey ? ["Ctrl"] : []), ...(shiftKey && (!letter || ctrlKey || metaKey) ? ["Shift"] : [])];
  return [...parts, letter ? key.toUpperCase() : key].join("+");
}

/** @param {string} key */
function shown(key) {
  return key.replace("Escape", "Esc").replace("ArrowUp", "↑").replace("ArrowDown", "↓");
}
