// The elements of a page: those that its template has, found by tag so that their kind is known, and new ones.
// Names of people and places are data from strangers: text gets into the page only as text nodes.
/** @import { Words } from "../wire.js" */

/** Returns the element of an id. @overload @param {string} id @returns {HTMLElement} */
/**
 * @template {keyof HTMLElementTagNameMap} Tag @overload @param {string} id @param {Tag} tag
 * @returns {HTMLElementTagNameMap[Tag]}
 */
/** @param {string} id @param {string} [tag] */
export function byId(id, tag) {
  const found = document.getElementById(id);
  if (!found || (tag && found.localName !== tag)) throw new Error(`The page has no ${tag ?? "element"} #${id}`);
  return found;
}

/**
 * Returns the elements of a tag that the rest of a selector picks out, on the page or in a part of it.
 * @template {keyof HTMLElementTagNameMap} Tag @param {Tag} tag @param {string} rest @param {ParentNode} part
 * @returns {HTMLElementTagNameMap[Tag][]}
 */
export function allOf(tag, rest = "", part = document) {
  return [...part.querySelectorAll(tag + rest)].map((found) => /** @type {HTMLElementTagNameMap[Tag]} */ (found));
}

/** @template {keyof HTMLElementTagNameMap} Tag @param {Tag} tag @param {string} rest @param {ParentNode} part */
export function firstOf(tag, rest = "", part = document) {
  const [found] = allOf(tag, rest, part);
  if (!found) throw new Error(`The page has no ${tag}${rest}`);
  return found;
}

/** Returns the data that the page carries as JSON, of the type that wire.ts says. @param {string} id */
export function dataOf(id) {
  return JSON.parse(byId(id).textContent);
}

/** Whether what is typed goes into a field. @param {Event} event */
export function isTyping(event) {
  return event.target instanceof Element && event.target.matches("input, select, textarea");
}

/** @typedef {Record<string, string | null | ((event: never) => unknown)>} Attributes */

/**
 * Returns a new element; attributes whose value is null are left out, "on..." are listeners, children are nodes or text.
 * @template {keyof HTMLElementTagNameMap} Tag @param {Tag} tag @param {Attributes} attributes
 * @param {...(Node | string | null)} children
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    else if (value !== null) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** Fills the {values} of a sentence in, and the words that go by one of them: {n:grid|grids}. @param {string} sentence @param {Record<string, string | number>} values */
export function fill(sentence, values) {
  return sentence
    .replace(/\{(\w+):([^|}]*)\|([^}]*)\}/g, (_, name, one, many) => (String(values[name]) === "1" ? one : many))
    .replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/** @type {Words | null} */ let kept = null;

/** Returns the sentences that came with the page, by their codes. */
function catalogue() {
  kept ??= /** @type {Words} */ (JSON.parse(document.getElementById("words")?.textContent ?? "{}"));
  return kept;
}

/** Returns a sentence that came with the page. @param {string} code @param {Record<string, string | number>} values */
export function say(code, values = {}) {
  return fill(catalogue()[code], values);
}

/** Returns the sentences whose codes begin with a prefix, by what follows it. @param {string} prefix @returns {Words} */
export function wordsOf(prefix) {
  /** @type {Words} */ const found = {};
  for (const [code, sentence] of Object.entries(catalogue())) if (code.startsWith(prefix)) found[code.slice(prefix.length)] = sentence;
  return found;
}
