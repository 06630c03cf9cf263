// Finds what a template has put on the page, by tag, so that its kind is known.

/**
 * Returns the element of an id.
 * @overload
 * @param {string} id
 * @returns {HTMLElement}
 */
/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @overload
 * @param {string} id
 * @param {Tag} tag
 * @returns {HTMLElementTagNameMap[Tag]}
 */
/**
 * @param {string} id
 * @param {string} [tag]
 */
export function byId(id, tag) {
  const found = document.getElementById(id);
  if (!found || (tag && found.localName !== tag)) throw new Error(`The page has no ${tag ?? "element"} #${id}`);
  return found;
}

/**
 * Returns the elements of a tag that the rest of a selector picks out, on the page or in a part of it.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} rest
 * @param {ParentNode} part
 * @returns {HTMLElementTagNameMap[Tag][]}
 */
export function allOf(tag, rest = "", part = document) {
  return [...part.querySelectorAll(tag + rest)].map((found) => /** @type {HTMLElementTagNameMap[Tag]} */ (found));
}

/**
 * Returns the first of them; there has to be one.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} rest
 * @param {ParentNode} part
 */
export function firstOf(tag, rest = "", part = document) {
  const [found] = allOf(tag, rest, part);
  if (!found) throw new Error(`The page has no ${tag}${rest}`);
  return found;
}

/**
 * Returns the data that the page carries as JSON, of the type that wire.d.ts says.
 * @param {string} id
 */
export function dataOf(id) {
  return JSON.parse(byId(id).textContent);
}

/**
 * Whether what is typed goes into a field.
 * @param {Event} event
 */
export function isTyping(event) {
  return event.target instanceof Element && event.target.matches("input, select, textarea");
}
