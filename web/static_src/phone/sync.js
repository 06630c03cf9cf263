// Sends what is kept, with the token of each member, and takes over what the service says of each operation. Whatever goes wrong,
// everything stays: what was perhaps received is sent again as it is, and the service knows it by its id.
import { heardNow } from "./clock.js";
import { change, everything } from "./queue.js";
import { afterAnswer, batchesOf, halves, isAnswer, pauseAfter, troubleOf } from "./verdicts.js";
/** @import { Operation, SyncAnswer, SyncRequest } from "../wire.js" */
/** @import { Account } from "./queue.js" */
/** @import { Trouble } from "./verdicts.js" */

const PATIENCE_MS = 60_000;
const LONGEST_S = 3600;
/** How many operations are refused alone, and no other taken, until the rest is left for later. */
const REFUSED_ALONE = 3;
/** Within which all phones send again after the service was restored. */
const AFTER_RESTORE_MS = 300_000;
/** After which a phone that has nothing to send asks whether the service still knows what it answered for. */
const QUIET_MS = 3_600_000;

/**
 * How sending stands.
 * @typedef {object} Sending
 * @property {boolean | null} isReached Whether the service answered last; null: nothing was asked yet.
 * @property {boolean} isSending
 * @property {number[]} needCard The members whose token the service does not take any more.
 * @property {string[]} refused The ids of operations that it cannot read even one by one: they go by file.
 * @property {boolean} isOutdated Whether it takes nothing from scripts as old as these.
 * @property {string | null} movedTo
 * @property {string[]} notices
 */
/** @typedef {"taken" | "restored" | Trouble} Outcome */

export class Sender {
  /** @type {Sending} */
  state = { isReached: null, isSending: false, needCard: [], refused: [], isOutdated: false, movedTo: null, notices: [] };
  /** @type {Promise<void> | null} */ #running = null;
  #isAsked = false;
  #failures = 0;
  #least = 0;
  #timer = 0;

  #hasTaken = false;

  /** @param {() => Promise<void>} changed Called whenever entries or `state` have changed. @param {() => void} taken When the service has taken something, and the rest waits. */
  constructor(changed, taken) {
    this.changed = changed;
    this.taken = taken;
  }

  /** Sends everything that waits; settles when it was sent, or had to be left for later. @returns {Promise<void>} */
  flush() {
    this.#isAsked = true;
    this.#running ??= this.#run();
    return this.#running;
  }

  /** Sends again within a few minutes: every phone does, because the service was restored. */
  flushAfterRestore() {
    this.#flushIn(Math.random() * AFTER_RESTORE_MS);
  }

  async #run() {
    clearTimeout(this.#timer);
    /** @type {number | null} */ let pause = null;
    while (this.#isAsked) {
      this.#isAsked = false;
      this.state.isSending = true;
      await this.changed();
      pause = await inTurn(() => this.#sendAll()).catch(() => this.#pause());
    }
    this.#running = null;
    this.state.isSending = false;
    if (pause !== null) this.#flushIn(pause);
    await this.changed();
    if (this.#hasTaken) this.taken();
    this.#hasTaken = false;
  }

  /** @param {number} pause */
  #flushIn(pause) {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => document.visibilityState === "visible" && this.flush(), pause); // hidden: when it is seen again
  }

  #pause() {
    this.#failures += 1;
    return pauseAfter(this.#failures, Math.random(), this.#least);
  }

  /** Sends what each member entered; returns how long to wait until the rest is tried again, null: no longer than until it is asked for. */
  async #sendAll() {
    const { accounts } = await everything();
    this.state.refused = [];
    /** @type {Outcome[]} */ const outcomes = [];
    for (const { owner, token } of accounts) {
      if (token === null) continue;
      const outcome = await this.#sendThose(owner, token);
      if (outcome !== "wait") this.state.needCard = this.state.needCard.filter((one) => one !== owner).concat(outcome === "card" ? owner : []);
      outcomes.push(outcome);
    }
    if (outcomes.includes("wait")) return this.#pause();
    this.#failures = 0;
    return outcomes.includes("restored") ? Math.random() * AFTER_RESTORE_MS : null;
  }

  /** @param {number} owner @param {string} token @returns {Promise<Outcome>} */
  async #sendThose(owner, token) {
    const { accounts, entries } = await everything();
    const own = entries.filter((entry) => entry.owner === owner);
    const waiting = own.filter(({ state }) => state !== "done").sort((one, other) => one.op.seq - other.op.seq);
    const batches = batchesOf(waiting.map(({ op }) => op));
    if (!batches.length && own.length && isQuiet(accounts.find((one) => one.owner === owner))) batches.push([]);
    let taken = 0;
    let refused = 0;
    for (let batch = batches.shift(); batch; batch = batches.shift()) {
      const outcome = await this.#send(owner, token, batch);
      if (outcome === "taken") taken += 1;
      else if (outcome !== "smaller") return outcome;
      else if (batch.length > 1) batches.unshift(...halves(batch));
      else if (batch.length) {
        refused += 1;
        this.state.refused.push(batch[0].id);
        if (!taken && refused === REFUSED_ALONE) break;
      }
    }
    return "taken";
  }

  /** @param {number} owner @param {string} token @param {Operation[]} ops @returns {Promise<Outcome>} */
  async #send(owner, token, ops) {
    const ids = new Set(ops.map(({ id }) => id));
    const { accounts, entries } = await everything();
    const { epoch, high } = accounts.find((one) => one.owner === owner) ?? { epoch: "", high: 0 };
    const unsent = entries.filter((entry) => entry.owner === owner && entry.state !== "done").length;
    await change(owner, (account, own) => ({
      account,
      changed: own.filter(({ id, state }) => ids.has(id) && state === "new").map((entry) => ({ ...entry, state: "sent" })),
    })).catch(() => {}); // a disk that is full keeps nothing from being sent
    /** @type {SyncRequest} */ const request = { v: 1, now: Date.now(), epoch, high, unsent, ops };
    const answered = await post(token, request);
    this.#least = answered.least;
    this.state.isReached = answered.trouble !== "wait";
    if (answered.trouble) {
      this.state.isOutdated = answered.trouble === "reload";
      return answered.trouble;
    }
    const { answer } = answered;
    const heard = heardNow(answer.now);
    let isRestored = false;
    await change(owner, (account, own) => {
      const { isRestored: is, ...changes } = afterAnswer(account, own, request, answer, heard);
      isRestored = is;
      return changes;
    });
    this.#hasTaken ||= ops.length > 0;
    Object.assign(this.state, { isOutdated: false, movedTo: answer.moved_to ?? null, notices: answer.notices ?? [] });
    await this.changed();
    return isRestored ? "restored" : "taken";
  }
}

/** Whether the service was not asked about operations for long. @param {Account | undefined} account */
function isQuiet(account) {
  return !account || Math.abs(Date.now() - account.checked) > QUIET_MS;
}

/** @typedef {{ trouble: Trouble, least: number } | { trouble: null, least: 0, answer: SyncAnswer }} Answered */

/** @param {string} token @param {SyncRequest} request @returns {Promise<Answered>} */
async function post(token, request) {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), PATIENCE_MS);
  try {
    const answer = await fetch("/m/api/sync", {
      method: "POST",
      credentials: "omit",
      redirect: "error",
      cache: "no-store",
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify(request),
      signal: patience.signal,
    });
    const least = Math.min(Number(answer.headers.get("Retry-After")) || 0, LONGEST_S);
    if (!answer.ok) return { trouble: troubleOf(answer.status), least };
    const content = await answer.json();
    return isAnswer(content) ? { trouble: null, least: 0, answer: content } : { trouble: "wait", least };
  } catch {
    return { trouble: "wait", least: 0 };
  } finally {
    clearTimeout(timer);
  }
}

/** Does something while no other page of this browser does it, where the browser can tell. @template Result @param {() => Promise<Result>} work @returns {Promise<Result>} */
function inTurn(work) {
  return navigator.locks ? navigator.locks.request("gridplan-send", work) : work();
}
