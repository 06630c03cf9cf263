// What was done to the draft, by whom and when; any point of it can be restored. And what the latest step was.
import { element, say } from "../ui/page.js";
import { messageOf } from "../ui/request.js";
/** @import { EditSummary, PastEdit } from "../wire.js" */
/** @import { Redraw } from "./state.js" */

/** Lists what was done, whenever the list is shown and something was done since. @param {Redraw} redraw @param {HTMLElement} place */
export function addHistory(redraw, place) {
  const list = element("ol", { class: "history" });
  place.append(element("p", { class: "quiet about" }, say("redraw.about_history")), list);
  let version = -1;
  /** The latest first. @type {PastEdit[]} */ let known = [];
  async function show() {
    if (!place.checkVisibility() || version === redraw.plan.version) return;
    const asked = (version = redraw.plan.version);
    try {
      const { edits, earlier } = await redraw.history();
      if (asked !== version) return;
      known = [...edits].reverse();
      draw(earlier);
    } catch (problem) {
      version = -1;
      list.replaceChildren(element("li", { class: "broken", role: "alert" }, messageOf(problem)));
    }
  }
  /** Lists what was done before a version too. @param {number} before @param {HTMLElement} told */
  async function showEarlier(before, told) {
    const asked = version;
    try {
      const { edits, earlier } = await redraw.history(before);
      if (asked !== version) return;
      known = [...known, ...[...edits].reverse()];
      draw(earlier);
    } catch (problem) {
      told.replaceChildren(element("p", { class: "broken", role: "alert" }, messageOf(problem)));
    }
  }
  /** @param {number | null} earlier The version before which there is more to list. */
  function draw(earlier) {
    const row = (/** @type {number | null} */ edit, /** @type {Node[]} */ told, /** @type {boolean} */ isOnWay) => {
      const isHere = edit === redraw.plan.edit;
      const restore = element("button", { type: "button", class: "button small", onclick: () => redraw.restore(edit) }, say("redraw.restore"));
      const tag = isHere ? element("span", { class: "tag good" }, say("redraw.here_now")) : isOnWay ? null : element("span", { class: "tag" }, say("redraw.is_taken_back"));
      return element("li", { class: isHere ? "here" : isOnWay ? "" : "taken-back" }, element("div", {}, ...told), tag, isHere ? null : restore);
    };
    const told = (/** @type {PastEdit} */ { said, by, at }) => [element("p", {}, said), element("p", { class: "quiet" }, `${at} · ${by}`)];
    /** @type {HTMLElement} */
    const more = element("li", {}, element("button", { type: "button", class: "button small", onclick: () => earlier && showEarlier(earlier, more) }, say("redraw.earlier")));
    list.replaceChildren(
      ...known.map((one) => row(one.edit, told(one), one.on_way)),
      ...(earlier ? [more] : []),
      row(null, [element("p", {}, say("redraw.as_it_was_made"))], true),
    );
  }
  redraw.onPainted("changed", show);
  new IntersectionObserver(show).observe(place);
}

/** Undo and redo, which say what they would do. @param {Redraw} redraw @param {HTMLElement} place */
export function addUndo(redraw, place) {
  const undo = element("button", { type: "button", class: "button small", id: "undo", "aria-keyshortcuts": "Control+Z", onclick: () => redraw.undo() }, say("redraw.undo"));
  const redo = element("button", { type: "button", class: "button small", id: "redo", "aria-keyshortcuts": "Control+Y", onclick: () => redraw.redo() }, say("redraw.redo"));
  const titleOf = (/** @type {string} */ key, /** @type {string} */ none, /** @type {EditSummary | null} */ edit) => (edit ? `${say("redraw.would", { what: edit.said, by: edit.by, at: edit.at })} (${key})` : say(none));
  place.append(undo, redo);
  function show() {
    const { undo: last, redo: next } = redraw.plan;
    undo.disabled = !last || !redraw.canEdit;
    redo.disabled = !next || !redraw.canEdit;
    undo.title = titleOf("Ctrl+Z", "redraw.nothing_to_undo", last);
    redo.title = titleOf("Ctrl+Y", "redraw.nothing_to_redo", next);
  }
  for (const name of /** @type {const} */ (["changed", "reach", "conflict", "steps"])) redraw.on(name, show);
  show();
}
