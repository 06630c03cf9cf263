// What members entered on this phone, until the service has it. An entry is written once and read back before anybody is told
// that it is saved; what it says never changes afterwards, and only what the service has answered for is ever forgotten.
// Beside the entries of each member stands their account: the token that they are sent by, and what was heard of the service.
import { Database, answerOf } from "./database.js";
/** @import { Heard, Intent, Operation, Verdict } from "../wire.js" */

/**
 * @typedef {object} Entry
 * @property {string} id That of its operation.
 * @property {1} v
 * @property {number} owner The member who entered it.
 * @property {"new" | "sent" | "done"} state Kept here alone; perhaps received; answered for.
 * @property {Operation} op
 * @property {number} at When it was kept, by this phone's clock.
 * @property {Verdict} [verdict] What the service said, and with it day, why and whether the day is uncertain.
 * @property {string} [day]
 * @property {string} [why]
 * @property {true} [is_uncertain]
 * @property {number} [answered] When it said so, by its own clock.
 * @property {true} [is_told] Whether the member has seen what it said.
 */
/**
 * @typedef {object} Account
 * @property {string} id
 * @property {1} v
 * @property {number} owner
 * @property {string | null} token Null: this phone was given none yet.
 * @property {string} epoch
 * @property {number} high
 * @property {number} seq The last number that an operation got.
 * @property {Heard | null} heard
 * @property {number} checked When the service last answered for operations, by this phone's clock.
 */
/** @typedef {{ accounts: Account[], entries: Entry[], unknown: number }} Kept `unknown`: entries of a newer script, which it will send. */
/** @typedef {{ account: Account, changed?: Entry[], forgotten?: string[] }} Change */

const ACCOUNT = "token:";
const PATIENCE_MS = 15_000;
const database = new Database("gridplan-queue");

/** This browser did not keep an entry: nothing is saved. */
export class QueueRefused extends Error {
  /** @param {unknown} why */
  constructor(why) {
    super(why instanceof Error ? `${why.name}: ${why.message}` : String(why));
    /** Whether the browser did not answer in time: it may keep the entry later. */
    this.isLate = why instanceof NoAnswer;
  }
}

class NoAnswer extends Error {}

/**
 * Keeps what a member entered: all of it or nothing. Returns the entries once they were read back from the disk. What is
 * kept already, from the same form tapped twice, stays as it is.
 * @param {number} owner @param {Intent[]} intents @param {{ list: string, heard: Heard }} known
 * @returns {Promise<Entry[]>}
 * @throws {QueueRefused}
 */
export async function keep(owner, intents, { list, heard }) {
  try {
    const kept = await inTime(database.transact("readwrite", (store) => add(store, owner, intents, list, heard)));
    const there = await inTime(database.transact("readonly", (store) => Promise.all(kept.map(({ id }) => answerOf(store.get(id))))));
    if (JSON.stringify(there) !== JSON.stringify(kept)) throw new Error("what was written is not there");
    return kept;
  } catch (problem) {
    throw new QueueRefused(problem);
  }
}

/** @param {IDBObjectStore} store @param {number} owner @param {Intent[]} intents @param {string} list @param {Heard} heard */
async function add(store, owner, intents, list, heard) {
  const account = await accountIn(store, owner);
  const at = Date.now();
  /** @type {Entry[]} */ const kept = [];
  for (const intent of intents) {
    /** @type {Entry | undefined} */ const there = await answerOf(store.get(intent.id));
    if (there && !isSame(there.op, intent)) throw new Error("this form was kept with something else");
    if (!there) account.seq += 1;
    /** @type {Operation} */ const op = { ...intent, seq: account.seq, made_at: at, after: account.heard ?? heard, list };
    kept.push(there ?? { id: op.id, v: 1, owner, state: "new", op, at });
    if (!there) await answerOf(store.add(kept[kept.length - 1]));
  }
  await answerOf(store.put(account));
  return kept;
}

/** Whether an operation says what a form says now. @param {Operation} op @param {Intent} intent */
export function isSame(op, intent) {
  return Object.entries(intent).every(([name, value]) => JSON.stringify(/** @type {Record<string, unknown>} */ (/** @type {unknown} */ (op))[name]) === JSON.stringify(value));
}

/** Returns everything that is kept. @returns {Promise<Kept>} */
export async function everything() {
  const records = await database.transact("readonly", (store) => answerOf(store.getAll()));
  const accounts = records.filter(isAccount);
  const entries = records.filter((record) => !isAccount(record));
  return { accounts, entries: entries.filter(isKnown), unknown: entries.filter((entry) => !isKnown(entry) && entry.state !== "done").length };
}

/**
 * Changes the account of a member and how entries stand, at once; what entries say stays.
 * @param {number} owner @param {(account: Account, entries: Entry[]) => Change} decide Says how, without waiting.
 * @returns {Promise<Account>}
 */
export function change(owner, decide) {
  return database.transact("readwrite", async (store) => {
    const found = await accountIn(store, owner);
    const records = await answerOf(store.getAll());
    const entries = records.filter((record) => !isAccount(record) && isKnown(record) && record.owner === owner);
    const { account, changed = [], forgotten = [] } = decide(found, entries);
    await Promise.all([account, ...changed].map((record) => answerOf(store.put(record))));
    await Promise.all(forgotten.map((id) => answerOf(store.delete(id))));
    return account;
  });
}

/** Writes what this page still holds and the browser has lost, its storage having been cleared. @param {Entry[]} entries @param {Account[]} accounts */
export function putBack(entries, accounts) {
  return database.transact("readwrite", async (store) => {
    for (const entry of entries) if (!(await answerOf(store.get(entry.id)))) await answerOf(store.add(entry));
    for (const account of accounts) {
      const { seq } = await accountIn(store, account.owner);
      await answerOf(store.put({ ...account, seq: Math.max(seq, account.seq) }));
    }
  });
}

/** @param {IDBObjectStore} store @param {number} owner @returns {Promise<Account>} */
async function accountIn(store, owner) {
  const id = `${ACCOUNT}${owner}`;
  return (await answerOf(store.get(id))) ?? { id, v: 1, owner, token: null, epoch: "", high: 0, seq: 0, heard: null, checked: 0 };
}

/** @param {{ id: string }} record @returns {record is Account} */
function isAccount(record) {
  return record.id.startsWith(ACCOUNT);
}

/** @param {{ v: number }} entry */
function isKnown({ v }) {
  return v === 1;
}

/** @template Result @param {Promise<Result>} work @returns {Promise<Result>} */
function inTime(work) {
  return new Promise((resolve, reject) => {
    const patience = setTimeout(() => reject(new NoAnswer("the browser did not answer")), PATIENCE_MS);
    work.then(resolve, reject).then(() => clearTimeout(patience));
  });
}
