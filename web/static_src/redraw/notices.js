// What the page says besides its lists: whether all is saved, a server that is away, what was refused or left out, and what others did.
import { element, say } from "../ui/page.js";
import { messageOf } from "../ui/request.js";
/** @import { RedrawConflict } from "../wire.js" */
/** @import { OfAnother, Redraw } from "./state.js" */

const SEEN_MS = 8000;

/**
 * Returns what says a sentence for a while.
 * @param {Redraw} redraw
 * @param {{ saved: HTMLElement, notices: HTMLElement, said: HTMLElement }} places
 */
export function addNotices(redraw, { saved, notices, said }) {
  let last = "";
  /** @type {ReturnType<typeof setTimeout> | undefined} */ let seen;
  const away = element("div", { class: "notice bad", role: "alert", hidden: "" }, element("p", {}, say("redraw.away")), element("button", { type: "button", class: "button small", onclick: () => redraw.tryAgain() }, say("redraw.try_now")));
  const refused = element("div", { class: "notice due", role: "alert", hidden: "" });
  notices.append(away, refused);
  /** @param {(string | Node)[]} what */
  const notice = (...what) => {
    refused.replaceChildren(...what, element("button", { type: "button", class: "link", onclick: () => (refused.hidden = true) }, say("redraw.close")));
    refused.hidden = false;
  };
  function showSaved() {
    saved.textContent = !redraw.isReached ? say("redraw.not_reached") : redraw.waiting ? say("redraw.saving") : last || say("redraw.saved");
  }
  /** Shows a sentence for a while. @param {string} text */
  function tell(text) {
    said.replaceChildren(element("span", {}, text));
    clearTimeout(seen);
    seen = setTimeout(() => said.replaceChildren(), SEEN_MS);
  }
  redraw.on("reach", () => {
    away.hidden = redraw.isReached;
    showSaved();
  });
  redraw.on("steps", () => {
    if (redraw.waiting) refused.hidden = true;
    showSaved();
  });
  redraw.on("said", ({ text, left_out: leftOut }) => {
    const at = new Intl.DateTimeFormat(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hour12: false }).format(new Date());
    last = say("redraw.saved_at", { at });
    tell(text);
    if (leftOut.length) notice(element("p", {}, say("redraw.left_out")), element("ul", {}, ...leftOut.map((one) => element("li", {}, one))));
    showSaved();
  });
  redraw.on("refused", ({ text }) => notice(element("p", {}, text)));
  redraw.on("conflict", (conflict) => conflict && askAboutConflict(redraw, conflict));
  redraw.on("of_another", (step) => askAboutAnother(redraw, step));
  addEventListener("online", () => redraw.tryAgain());
  addEventListener("beforeunload", (event) => redraw.waiting && event.preventDefault());
  showSaved();
  return tell;
}

/** Others were faster: the plan is loaded again, or what was seen here becomes a draft of its own. @param {Redraw} redraw @param {RedrawConflict} conflict */
function askAboutConflict(redraw, { message, since }) {
  const problem = element("p", { class: "broken", role: "alert" });
  const tell = (/** @type {unknown} */ refusal) => (problem.textContent = messageOf(refusal));
  const reload = () => redraw.reload().then(() => dialog.close(), () => location.reload()); // it may be no draft any more
  const keep = () => redraw.keepMine().then((plan) => location.assign(`/plans/${plan}/redraw`), tell);
  const dialog = ask(
    say("redraw.conflict"),
    [element("p", {}, message), element("ul", { class: "since" }, ...since.map(({ said, by, at }) => element("li", {}, element("p", {}, said), element("p", { class: "quiet" }, `${at} · ${by}`)))), problem],
    [element("button", { type: "button", class: "button primary", onclick: reload }, say("redraw.reload")), element("button", { type: "button", class: "button", onclick: keep }, say("redraw.keep_mine"))],
  );
  dialog.addEventListener("cancel", (event) => event.preventDefault()); // one of the two has to be chosen
}

/** @param {Redraw} redraw @param {OfAnother} step */
function askAboutAnother(redraw, { kind, of: { said, by, at } }) {
  const take = () => {
    dialog.close();
    redraw[kind]({ ofOthers: true });
  };
  const words = { undo: ["redraw.undo_of_another", "redraw.undo_all_the_same"], redo: ["redraw.redo_of_another", "redraw.redo_all_the_same"] }[kind];
  const dialog = ask(
    say(words[0], { by }),
    [element("p", {}, said), element("p", { class: "quiet" }, `${at} · ${by}`)],
    [element("button", { type: "button", class: "button primary", onclick: take }, say(words[1])), element("button", { type: "button", class: "button", onclick: () => dialog.close() }, say("redraw.leave_it"))],
  );
}

/** Opens a dialog, which goes when it is closed. @param {string} title @param {Node[]} content @param {Node[]} buttons */
export function ask(title, content, buttons) {
  const dialog = element("dialog", { class: "asks", "aria-labelledby": "asks" }, element("h2", { id: "asks" }, title), ...content, element("div", { class: "buttons" }, ...buttons));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}
