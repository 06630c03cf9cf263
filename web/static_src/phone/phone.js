// What the screens of a member's phone work with. All of it works without signal.
//   start(changed)   opens what is kept, shows it by calling changed(), and then asks the service; again on `online` and when seen
//   list()           the last list (OwnListAnswer), null: none, or forgotten. Entries are not worked into it: entries() has them
//   entries()        what the member of the list entered and this phone still has, the earliest first (queue.js: Entry)
//   log(intent), logAll(intents)   resolve once everything is written and was read back, and only then "saved" may be said;
//                    throw QueueRefused: nothing is saved, the form stays. An intent is an operation (wire.ts: Intent) with the
//                    id that newId() gave when its form opened; undo and changes are operations of their own, and so is what
//                    the same form says later, where the browser had kept it after all
//   serverNow()      what time it is for the service, as far as this phone can tell
//   unsent(), oldest()   how many of the member's are not answered for, and when the first of them was entered (device time)
//   unsentOfOthers() how many of other members: [{ owner, count }]
//   leftBehind()     those of them of whom the service takes nothing from this phone any more: it goes by file
//   state()          isSignedIn (null: not known yet), canKeep (false: this browser keeps nothing), isUpdated (a newer shell is
//                    there after the next opening), and of sync.js: isReached, isSending, needCard, refused, isOutdated, movedTo, notices
//   told(ids)        the member has seen verdicts (verdicts.js: isToBeTold)
//   sendNow(), refresh()   send; ask for the list anew
//   refreshAnew()    asks for it once more, where it is on its way already
//   signOut()        forgets names and ends the session, now or when there is signal; what was entered stays and is sent
//   saveFile()       saves what is not sent as a file; returns its text
import { changesOf } from "./changes.js";
import { heardNow, serverTime } from "./clock.js";
import * as file from "./export.js";
import { forget, keepList, keptList, leave, leaving, left } from "./list_store.js";
import { QueueRefused, change, everything, keep, putBack } from "./queue.js";
import { Sender } from "./sync.js";
import { isOther, toSend } from "./verdicts.js";
/** @import { DeviceAnswer, Intent, OwnListAnswer } from "../wire.js" */
/** @import { KeptList } from "./list_store.js" */
/** @import { Account, Entry } from "./queue.js" */

export { QueueRefused };

/** How old list and shell may be that are not asked for again when the page is seen. */
const FRESH_MS = 60_000;
const SHELL_FRESH_MS = 3_600_000;
const PATIENCE_MS = 30_000;

/** @type {KeptList | null} */ let kept = null;
/** Whether the browser keeps it as well. */
let isListKept = false;
/** @type {Entry[]} */ let entered = [];
/** @type {Account[]} */ let accounts = [];
let unknown = 0;
const here = { isSignedIn: /** @type {boolean | null} */ (null), canKeep: true, isUpdated: false };
/** The mark of the session that is to be ended. @type {string | null} */ let toEnd = null;
let isPersistAsked = false;
let asked = 0;
let shellAsked = 0;
/** @type {Promise<void> | null} */ let asking = null;
let changed = () => {};
const sender = new Sender(reread, refresh);

/** @param {() => void} onChange Called whenever there is something else to show. */
export async function start(onChange) {
  changed = onChange;
  await rereadList();
  await reread();
  addEventListener("online", seen);
  addEventListener("pageshow", seen);
  document.addEventListener("visibilitychange", seen);
  keepShell();
  sendNow();
  refresh();
}

/** @returns {OwnListAnswer | null} */
export function list() {
  return kept?.list ?? null;
}

/** @returns {Entry[]} */
export function entries() {
  return entered.filter(({ owner }) => owner === kept?.list.member.id).sort((one, other) => one.op.seq - other.op.seq);
}

export function unsent() {
  return entries().filter(isUnsent).length + unknown;
}

/** @returns {number | null} */
export function oldest() {
  const waiting = entries().filter(isUnsent);
  return waiting.length ? Math.min(...waiting.map(({ at }) => at)) : null;
}

/** @returns {{ owner: number, count: number }[]} */
export function unsentOfOthers() {
  const others = accounts.filter(({ owner }) => owner !== kept?.list.member.id);
  return others.map(({ owner }) => ({ owner, count: entered.filter((entry) => entry.owner === owner && isUnsent(entry)).length })).filter(({ count }) => count > 0);
}

/** @returns {{ owner: number, count: number }[]} */
export function leftBehind() {
  return unsentOfOthers().filter(({ owner }) => needsToken(owner));
}

export function state() {
  return { ...here, ...sender.state };
}

/** Returns what time it is for the service, as far as this phone can tell. */
export function serverNow() {
  return kept ? serverTime(kept.heard) : Date.now();
}

/** Returns a new id for a form that opens. @returns {string} */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)].join("-");
}

/** @param {Intent} intent @throws {QueueRefused} */
export async function log(intent) {
  await logAll([intent]);
}

/** Keeps several at once: all or none. @param {Intent[]} intents @throws {QueueRefused} */
export async function logAll(intents) {
  if (!kept) throw new QueueRefused("there is no list");
  const { list: shown, heard } = kept;
  const keepThose = (/** @type {Intent[]} */ those) => keep(shown.member.id, those.flatMap((intent) => changesOf(intent, entries(), newId)), { list: shown.list, heard });
  try {
    await keepThose(intents);
  } catch (problem) {
    const there = reread(); // late, it shows what the browser kept later
    if (problem instanceof QueueRefused && problem.isLate) throw problem;
    await there;
    if (!intents.some(({ id }) => entered.some((entry) => entry.id === id))) throw problem;
    await keepThose(intents).finally(reread);
  }
  await reread();
  askToPersist();
  sendNow();
}

/** @param {string[]} ids */
export async function told(ids) {
  const owners = new Set(entered.filter(({ id }) => ids.includes(id)).map(({ owner }) => owner));
  for (const owner of owners) {
    await change(owner, (account, own) => ({ account, changed: own.filter(({ id }) => ids.includes(id)).map((entry) => ({ ...entry, is_told: true })) }));
  }
  await reread();
}

/** @returns {Promise<void>} */
export async function sendNow() {
  await sender.flush();
  await forgetIfLost();
  if (sender.state.isOutdated) await askForShell();
}

/** Asks for the list, and for a token where this phone has none that is taken. @returns {Promise<void>} */
export function refresh() {
  asking ??= askForList()
    .catch(() => {}) // there is no signal: what is kept is shown
    .then(() => {
      asking = null;
    });
  return asking;
}

/** Asks for the list anew, also where an answer is on its way. @returns {Promise<void>} */
export async function refreshAnew() {
  await asking;
  await refresh();
}

export async function signOut() {
  const csrf = kept?.list.csrf ?? null;
  kept = null;
  here.isSignedIn = false;
  toEnd = csrf;
  if (csrf !== null) await leave(csrf).catch(() => {});
  changed();
  await refreshAnew(); // a list that is on its way comes too late
}

/** @param {number | undefined} owner That of the list, unless it is of another one. */
export async function saveFile(owner = kept?.list.member.id) {
  if (owner === undefined) throw new Error("there is no list");
  return file.saveFile(owner);
}

/** @param {Entry} entry */
function isUnsent(entry) {
  return entry.state !== "done";
}

/** Takes over what is kept, by whichever page; what this page holds and the browser has lost is written again. */
async function reread() {
  try {
    let now = await everything();
    const ids = new Set([...now.accounts, ...now.entries].map(({ id }) => id));
    const lost = entered.filter((entry) => isUnsent(entry) && !ids.has(entry.id));
    const without = accounts.filter(({ owner, token }) => !now.accounts.some((one) => one.owner === owner && (one.token !== null || token === null)));
    if (lost.length || without.length) {
      await putBack(lost, without);
      now = await everything();
    }
    ({ accounts, entries: entered, unknown } = now);
    here.canKeep = true;
  } catch {
    here.canKeep = false;
  }
  changed();
}

/** Takes over the list that is kept, or that it was forgotten: it has expired, or the member left on another page. */
async function rereadList() {
  try {
    const there = await keptList();
    if (there === undefined && kept) await keepList(kept);
    else if (there || isListKept) kept = there ?? null;
    isListKept = kept !== null;
  } catch {
    // It is shown as long as this page is open.
  }
}

/** @param {Event} event */
async function seen({ type }) {
  if (document.visibilityState !== "visible") return;
  await rereadList();
  await reread();
  sendNow();
  if (type === "online" || isOlder(asked, FRESH_MS)) refresh();
  askForShell();
}

/** Asks whether there is a newer shell: pages of a home screen stay open for days. */
async function askForShell() {
  if (!navigator.serviceWorker || !isOlder(shellAsked, SHELL_FRESH_MS)) return;
  shellAsked = Date.now();
  const registration = await navigator.serviceWorker.getRegistration("/m/").catch(() => undefined);
  await registration?.update().catch(() => {});
}

/** @param {number} moment @param {number} age By a clock that may be set. */
function isOlder(moment, age) {
  return Math.abs(Date.now() - moment) > age;
}

/** Forgets names where neither session nor token are taken any more: the phone was reported lost. */
async function forgetIfLost() {
  if (here.isSignedIn !== false || !kept || !sender.state.needCard.includes(kept.list.member.id)) return;
  kept = null;
  await forget().catch(() => {});
  changed();
}

async function askForList() {
  const ended = await sessionToEnd();
  if (ended !== null) await ask("/leave", { method: "POST", headers: { "X-CSRF-Token": ended }, redirect: "manual" });
  const answer = await ask(`/m/api/list?lang=${document.documentElement.lang.slice(0, 2)}`); // titles, and all other pages, are in it too
  if (answer.status === 401 || answer.status === 403) {
    here.isSignedIn = false;
    if (ended !== null) await hasLeft();
    await forgetIfLost();
    changed();
  }
  if (!answer.ok) return;
  /** @type {OwnListAnswer} */ const now = await answer.json();
  if (now.csrf === (await sessionToEnd())) return; // the member has left, or is about to
  if (ended !== null) await hasLeft();
  asked = Date.now();
  here.isSignedIn = true;
  kept = { list: now, heard: heardNow(now.now) };
  sender.state.isReached = true;
  isListKept = await keepList(kept).then(() => true, () => false);
  await takeOver(kept).catch(() => {}); // reread() says so
  await reread();
  if (here.canKeep && needsToken(now.member.id)) await askForToken(now);
}

async function sessionToEnd() {
  return (await leaving().catch(() => null)) ?? toEnd;
}

async function hasLeft() {
  toEnd = null;
  await left().catch(() => {});
}

/** What the service said with the list. @param {KeptList} answered */
async function takeOver({ list: { member, epoch }, heard }) {
  let isRestored = false;
  await change(member.id, (account, own) => {
    isRestored = isOther(account, epoch);
    return { account: { ...account, epoch, heard }, changed: isRestored ? own.filter((entry) => !isUnsent(entry)).map(toSend) : [] };
  });
  if (isRestored) sender.flushAfterRestore();
}

/** @param {number} owner */
function needsToken(owner) {
  return !accounts.some((account) => account.owner === owner && account.token) || sender.state.needCard.includes(owner);
}

/** Asks for a token; all that was sent by another one is sent again. @param {OwnListAnswer} signedIn */
async function askForToken({ csrf }) {
  const answer = await ask("/m/api/device", { method: "POST", headers: { "X-CSRF-Token": csrf } });
  if (!answer.ok) return;
  /** @type {DeviceAnswer} */ const { token, member, epoch } = await answer.json();
  await change(member, (account, own) => ({ account: { ...account, token, epoch, high: 0 }, changed: own.filter((entry) => !isUnsent(entry)).map(toSend) }));
  await sendNow();
}

/** @param {string} url @param {RequestInit} options */
async function ask(url, { headers, ...options } = {}) {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), PATIENCE_MS);
  try {
    return await fetch(url, { credentials: "same-origin", cache: "no-store", redirect: "error", headers: { Accept: "application/json", ...headers }, signal: patience.signal, ...options });
  } finally {
    clearTimeout(timer);
  }
}

/** Keeps the shell, where this browser can. */
async function keepShell() {
  if (!navigator.serviceWorker) return;
  const hadOne = navigator.serviceWorker.controller !== null;
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    here.isUpdated = hadOne;
    changed();
  });
  await navigator.serviceWorker.register("/m/sw.js", { scope: "/m/" }).catch(() => {});
}

/** Asks the browser not to clear what is kept; some ask the member, and that once is enough. */
function askToPersist() {
  if (isPersistAsked) return;
  isPersistAsked = true;
  navigator.storage?.persist?.().catch(() => {});
}
