// The search in the bar: asks the server while one types.
import { AnswerList } from "../ui/search_box.js";
import { byId, element, fill, firstOf } from "../ui/page.js";
import { ask, messageOf } from "../ui/request.js";
/** @import { SearchAnswer, SearchAnswers } from "../wire.js" */

const PAUSE_MS = 120;
const form = byId("find", "form");
const box = firstOf("input", "", form);
/** @type {AnswerList<SearchAnswer | typeof more>} */
const answers = new AnswerList(box, { id: "found", label: form.dataset.results ?? "", choose: open, beside: onMap });
const more = { kind: "page", text: form.dataset.more ?? "", detail: "", href: "", on_map: null };
/** @type {ReturnType<typeof setTimeout>} */ let pause;

form.append(answers.list);

async function search() {
  const text = box.value.trim();
  if (!text) return answers.close();
  const isStale = () => box.value.trim() !== text;
  try {
    const query = `?q=${encodeURIComponent(text)}`;
    /** @type {SearchAnswers} */ const { found, more: hasMore } = await ask(`/api/search${query}`);
    if (!isStale()) answers.show(found, fill(form.dataset.none ?? "", { text }), hasMore ? { ...more, href: `${form.action}${query}` } : undefined);
  } catch (problem) {
    if (!isStale()) answers.say(messageOf(problem));
  }
}

/** Goes to the page of an answer or to it on the map, unless the page that is open shows it itself. @param {SearchAnswer | typeof more} answer @param {boolean} isOther */
function open(answer, isOther) {
  if (isOther && answer.on_map) location.assign(answer.on_map);
  else if (dispatchEvent(new CustomEvent("gridplan:found", { detail: answer, cancelable: true }))) location.assign(answer.href);
}

/** Returns what shows an answer on the map instead, for the mouse: Shift and Enter do it too. @param {SearchAnswer | typeof more} answer */
function onMap({ on_map: href }) {
  if (!href || location.pathname === new URL(href, location.href).pathname) return null;
  return element("span", { class: "on-map", onclick: () => location.assign(href) }, form.dataset.onMap ?? "");
}

box.addEventListener("input", () => {
  clearTimeout(pause);
  pause = setTimeout(search, PAUSE_MS);
});
document.addEventListener("click", ({ target }) => {
  if (!(target instanceof Node && form.contains(target))) answers.close();
});
