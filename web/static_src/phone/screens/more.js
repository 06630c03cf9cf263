// What is rare: what was not sent, pages of the service, a code for another browser, the language, signing in and out.
import { element } from "../../ui/page.js";
import * as phone from "../phone.js";
import { button, field, link, notice, put, quiet, typed } from "./parts.js";
import { isLate } from "../verdicts.js";
import { chooseLang, dayInWords, dayOf, lang, say } from "./words.js";
/** @import { Page, Screen } from "../shell.js" */

/** @returns {boolean} */
export function waitsTooLong() {
  const oldest = phone.oldest();
  return oldest !== null && isLate(oldest, Date.now());
}

/** What is not sent of who signed in here before, and what becomes of it; "" where there is nothing. */
export function ofOthers() {
  const left = sumOf(phone.leftBehind());
  const all = sumOf(phone.unsentOfOthers());
  return left ? say("phone.left_behind", { n: left }) : all ? say("phone.unsent_others", { n: all }) : "";
}

/** @param {{ count: number }[]} counts */
function sumOf(counts) {
  return counts.reduce((sum, { count }) => sum + count, 0);
}

/** @param {Page} page @returns {Screen} */
export function moreScreen(page) {
  const others = ofOthers();
  return {
    title: say("phone.more"),
    nodes: [
      element("h2", {}, say("phone.not_sent")),
      ...notSent(page),
      others ? quiet(others) : null,
      ...phone.leftBehind().map(fileButton),
      element("h2", {}, say("phone.with_signal")),
      element("div", { class: "choices" }, link(say("phone.needs"), "/mine/needs"), link(say("phone.all_pages"), "/mine"), link(say("phone.other_browser"), "#code")),
      element("h2", {}, say("phone.this_phone")),
      element("div", { class: "choices" }, languages(page), link(say("phone.test"), "#setup"), link(say("phone.sign_out"), "#sign-out", { class: "button bad" })),
    ],
    isLive: true,
  };
}

/** What is not sent, since when, and what can be done about it. @param {Page} page */
function notSent({ list }) {
  const n = phone.unsent();
  const oldest = phone.oldest();
  if (!n) return [quiet(say("phone.all_sent"))];
  const { isReached } = phone.state();
  return [
    element("p", {}, say("phone.unsent", { n })),
    oldest === null ? null : quiet(say("phone.unsent_since", { day: dayInWords(dayOf(oldest, list.zone)) })),
    isReached === false ? quiet(say("phone.not_reached")) : null,
    element("div", { class: "choices" }, button(say("phone.send_now"), () => phone.sendNow()), fileButton()),
  ];
}

/** What was saved as a file last, of whom and of how many entries. */
let saved = { text: "", owner: /** @type {number | undefined} */ (undefined), count: 0 };

/** Saves what is not sent as a file, and shows it where a browser saves none. @param {{ owner: number | undefined, count: number }} whose That of the list, unless it is of another one. */
export function fileButton({ owner, count } = { owner: undefined, count: phone.unsent() }) {
  const place = element("div");
  const show = () => put(place, quiet(say("phone.file_hint")), element("textarea", { readonly: "", rows: "3", "aria-label": say("phone.save_file") }, saved.text));
  const press = button(say("phone.save_file"), async () => {
    saved = { text: await phone.saveFile(owner), owner, count };
    show();
  });
  if (count && saved.count === count && saved.owner === owner) show();
  return element("div", { class: "file-button" }, press, place);
}

/** @param {Page | null} page */
export function languages(page) {
  const one = (/** @type {"zh" | "en"} */ key, /** @type {string} */ name) =>
    button(name, () => {
      chooseLang(key);
      (page?.redraw ?? (() => location.reload()))();
      phone.refreshAnew(); // titles are in the list
    }, { lang: key === "zh" ? "zh-CN" : "en", "aria-pressed": String(lang() === key) });
  return element("div", { class: "languages", role: "group", "aria-label": say("page.language") }, one("zh", "中文"), one("en", "English"));
}

/** A code that signs the same member in elsewhere, for ten minutes: in the phone's own browser, or on its home screen. @returns {Screen} */
export function codeScreen() {
  const place = element("div", { class: "code-place", role: "status" });
  const press = button(say("phone.get_code"), async () => {
    const { status, code } = await codeForElsewhere().catch(() => ({ status: 0, code: "" }));
    const isOver = status === 401 || status === 403;
    const refused = () => notice([element("p", {}, say(isOver ? "phone.signed_out" : "phone.no_signal")), isOver ? link(say("phone.sign_in"), "#sign-in") : null], "bad");
    put(place, ...(code ? [element("p", { class: "code" }, code), quiet(say("phone.code_how"))] : [refused()]));
  }, { class: "button primary" });
  const steps = [element("li", {}, say("phone.code_step_open"), element("p", { class: "address" }, `${location.origin}/m/`)), element("li", {}, say("phone.code_step_type"))];
  return { title: say("phone.other_browser"), nodes: [element("p", {}, say("phone.code_hint")), element("ol", { class: "steps" }, ...steps), element("div", { class: "choices" }, press), place] };
}

/** @returns {Promise<{ status: number, code: string }>} */
async function codeForElsewhere() {
  const csrf = phone.list()?.csrf ?? "";
  const answer = await fetch("/m/api/code", { method: "POST", headers: { Accept: "application/json", "X-CSRF-Token": csrf } });
  return { status: answer.status, code: answer.ok ? (await answer.json()).code : "" };
}

/** @param {Page} page @returns {Screen} */
export function signOutScreen(page) {
  const n = phone.unsent();
  return {
    title: say("phone.sign_out"),
    nodes: [
      element("p", {}, say("phone.sign_out_hint")),
      n ? notice([say("phone.sign_out_unsent", { n })], "due") : null,
      element("div", { class: "choices" }, button(say("phone.sign_out"), async () => {
        await phone.signOut();
        page.go("sign-in");
      }, { class: "button bad" }), link(say("phone.stay"), "#list")),
    ],
  };
}

/** By the code of a card, or one of ten minutes; the session is this browser's. @param {Page | null} page @returns {Screen} */
export function signInScreen(page) {
  const place = element("div", { role: "alert" });
  const left = element("div");
  let drawn = "";
  const update = () => {
    const now = JSON.stringify(phone.leftBehind());
    if (now !== drawn) put(left, ...phone.leftBehind().map((whose) => notice([element("p", {}, say("phone.left_behind", { n: whose.count })), fileButton(whose)], "due")));
    drawn = now;
  };
  update();
  const form = element("form", { class: "visit" },
    field("code", say("phone.code"), { required: "", autocapitalize: "characters", spellcheck: "false", maxlength: "20" }, say("entrance.code_hint")), place,
    element("p", { class: "own-save" }, element("button", { type: "submit", class: "button primary" }, say("phone.sign_in"))));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (form.dataset.keeping) return;
    form.dataset.keeping = "true";
    put(place);
    const problem = await signIn(typed(form).code).catch(() => "phone.no_signal");
    delete form.dataset.keeping;
    if (problem) return put(place, notice([say(problem)], "bad"));
    location.replace("#list");
  });
  return {
    title: say("phone.sign_in"),
    nodes: [
      element("p", {}, say(page ? "phone.sign_in_again_hint" : "phone.sign_in_hint")),
      form,
      left,
      page ? null : quiet(say("phone.no_card")),
      page ? null : element("div", { class: "choices" }, languages(null), link(say("phone.test"), "#setup")),
    ],
    update,
  };
}

/** Signs this browser in; returns the code of what is wrong, or null. @param {string} code @returns {Promise<string | null>} */
async function signIn(code) {
  const address = `/i/${code.normalize("NFKC").toUpperCase().replace(/[^0-9A-Z]/g, "")}`;
  const headers = { Accept: "text/html" };
  const invitation = await fetch(address, { headers, cache: "no-store" });
  if (invitation.status === 429) return "phone.code_wait";
  if (!invitation.ok) return "phone.code_refused";
  const found = new DOMParser().parseFromString(await invitation.text(), "text/html");
  const csrf = found.querySelector("input[name=csrf]")?.getAttribute("value");
  if (!csrf || found.querySelector("input[name=password]")) return "phone.code_of_no_member";
  const answer = await fetch(address, { method: "POST", headers, body: new URLSearchParams({ csrf }) });
  if (!answer.ok) return answer.status === 429 ? "phone.code_wait" : "phone.code_refused";
  await phone.refresh();
  return phone.list() ? null : "phone.no_signal";
}
