// What an answer of the service, or the lack of one, means for what is kept on this phone.
/** @import { Heard, Operation, SyncAnswer, SyncRequest } from "../wire.js" */
/** @import { Account, Change, Entry } from "./queue.js" */

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** How long an entry that was answered for is kept, unless a backup has it before. */
export const KEPT = 14 * DAY;
/** How much older than a backup an answer is that is surely in it. */
const SURE = 60 * MINUTE;
/** How long entries may wait until they are to be shown to the office. */
const LATE = 3 * DAY;
const OPERATIONS = 50;
const BYTES = 60 * 2 ** 10;
/** @type {readonly string[]} */ const JUDGED = ["created", "replay", "conflict", "quarantined", "gone"];

/**
 * Returns what an answer changes. Where the service does not know any more what it answered for, all of that is to be sent again.
 * @param {Account} account @param {Entry[]} entries Those of the member. @param {SyncRequest} request @param {SyncAnswer} answer
 * @param {Heard} heard When it came.
 * @returns {Change & { isRestored: boolean }}
 */
export function afterAnswer(account, entries, request, answer, heard) {
  const isRestored = isOther(account, answer.epoch) || answer.high < request.high;
  const asked = new Set(request.ops.map(({ id }) => id));
  const results = new Map(answer.results.filter(({ id, verdict }) => asked.has(id) && JUDGED.includes(verdict)).map((result) => [result.id, result]));
  const judged = entries.filter(({ id }) => results.has(id)).map((entry) => ({ ...toSend(entry), ...results.get(entry.id), state: /** @type {const} */ ("done"), answered: answer.now }));
  const before = entries.filter(({ id, state }) => !results.has(id) && state === "done");
  return {
    account: { ...account, epoch: answer.epoch, high: isRestored ? answer.high : Math.max(account.high, answer.high), heard, checked: heard.device },
    changed: [...judged, ...(isRestored ? before.map(toSend) : [])],
    forgotten: isRestored ? [] : before.filter((entry) => isOver(entry, answer)).map(({ id }) => id),
    isRestored,
  };
}

/** Whether the service is another one than the one that answered before. @param {Account} account @param {string} epoch */
export function isOther(account, epoch) {
  return account.epoch !== "" && account.epoch !== epoch;
}

/** Returns an entry that is to be sent, whatever was answered for it before. @param {Entry} entry @returns {Entry} */
export function toSend(entry) {
  return { ...entry, state: "sent", verdict: undefined, day: undefined, why: undefined, is_uncertain: undefined, answered: undefined, is_told: undefined };
}

/** Whether an entry may be forgotten. @param {Entry} entry @param {SyncAnswer} answer */
function isOver(entry, { now, kept_until }) {
  const answered = entry.answered ?? now;
  const isInBackup = kept_until !== null && answered + SURE < kept_until;
  return now - answered > KEPT || (isInBackup && !isToBeTold(entry));
}

/** Whether an entry of a moment waits for too long. @param {number} at @param {number} now */
export function isLate(at, now) {
  return now - at > LATE;
}

/** Whether the member has still to see what became of an entry. @param {Entry} entry */
export function isToBeTold({ state, verdict, is_uncertain, is_told }) {
  return state === "done" && !is_told && (is_uncertain === true || verdict === "conflict" || verdict === "quarantined" || verdict === "gone");
}

/** Returns operations in batches that the service takes. @param {Operation[]} ops @returns {Operation[][]} */
export function batchesOf(ops) {
  /** @type {Operation[][]} */ const batches = [];
  let bytes = Infinity;
  for (const op of ops) {
    const more = new TextEncoder().encode(JSON.stringify(op)).length + 1;
    const last = batches[batches.length - 1];
    if (!last || bytes + more > BYTES || last.length === OPERATIONS) {
      batches.push([op]);
      bytes = more;
    } else {
      last.push(op);
      bytes += more;
    }
  }
  return batches;
}

/** @param {Operation[]} batch @returns {Operation[][]} */
export function halves(batch) {
  const middle = Math.ceil(batch.length / 2);
  return [batch.slice(0, middle), batch.slice(middle)];
}

/**
 * What an answer other than the expected one asks for: another card, a smaller batch, newer scripts, or patience.
 * @typedef {"card" | "smaller" | "reload" | "wait"} Trouble
 */
/** @param {number} status @returns {Trouble} */
export function troubleOf(status) {
  if (status === 401) return "card";
  if (status === 400 || status === 413) return "smaller";
  return status === 426 ? "reload" : "wait";
}

/** Whether an answer is one, and not something else in its place. @param {any} content @returns {content is SyncAnswer} */
export function isAnswer(content) {
  return (
    content !== null && typeof content === "object" && typeof content.now === "number" && typeof content.epoch === "string" && typeof content.high === "number" && Array.isArray(content.results)
  );
}

/**
 * Returns how many milliseconds to wait before the next attempt: any time up to a second, two, four, ... a minute.
 * @param {number} failures How many went before. @param {number} random From 0 to 1. @param {number} least Seconds that the service asked for.
 */
export function pauseAfter(failures, random, least = 0) {
  return 1000 * (least + random * Math.min(60, 2 ** (failures - 1)));
}
