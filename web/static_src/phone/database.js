// A database of this browser with one store, whose records have an `id`. What is written is on the disk before it is said to be.

const STORE = "entries";
/** Never raised: a higher one waits for pages that are open, and scripts that are older cannot open it any more. */
const VERSION = 1;

/** The errors of a database that was closed by the browser. */
const TAKEN_AWAY = ["AbortError", "InvalidStateError"];
const ATTEMPTS = 4;
const PAUSE_MS = 100;

export class Database {
  /** @type {Promise<IDBDatabase> | null} */ #opened = null;

  /** @param {string} name */
  constructor(name) {
    this.name = name;
  }

  /**
   * Returns what the work returns, once everything that it wrote is on the disk. The work waits for nothing but `answerOf`;
   * where the browser took the database away meanwhile, its storage being cleared, all of it is done again.
   * @template Result @param {IDBTransactionMode} mode @param {(store: IDBObjectStore) => Promise<Result>} work
   * @returns {Promise<Result>}
   */
  async transact(mode, work) {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await inTransaction(await this.#connection(), mode, work);
      } catch (problem) {
        if (attempt === ATTEMPTS || !(problem instanceof DOMException) || !TAKEN_AWAY.includes(problem.name)) throw problem;
        this.#opened = null;
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    }
  }

  #connection() {
    if (this.#opened) return this.#opened;
    const opening = open(this.name, () => this.#forget(opening));
    opening.catch(() => this.#forget(opening));
    this.#opened = opening;
    return opening;
  }

  /** @param {Promise<IDBDatabase>} opening */
  #forget(opening) {
    if (this.#opened === opening) this.#opened = null;
  }
}

/** @param {string} name @param {() => void} closed Called when it has to be opened anew. @returns {Promise<IDBDatabase>} */
function open(name, closed) {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, VERSION);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "id" });
    request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      const database = request.result;
      database.onclose = closed; // its storage was cleared
      database.onversionchange = () => {
        database.close();
        closed();
      };
      resolve(database);
    };
  });
}

/** @template Result @param {IDBDatabase} database @param {IDBTransactionMode} mode @param {(store: IDBObjectStore) => Promise<Result>} work */
async function inTransaction(database, mode, work) {
  const transaction = database.transaction(STORE, mode, { durability: "strict" });
  const ended = new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(undefined);
    transaction.onabort = () => reject(transaction.error || new DOMException("The transaction ended", "AbortError"));
  });
  ended.catch(() => {}); // told below, unless the work itself fails
  try {
    const result = await work(transaction.objectStore(STORE));
    await ended;
    return result;
  } catch (problem) {
    if (transaction.error === null) abort(transaction);
    throw transaction.error || problem;
  }
}

/** @param {IDBTransaction} transaction */
function abort(transaction) {
  try {
    transaction.abort();
  } catch {
    // It has ended by itself.
  }
}

/** Returns what a request answers. @template Result @param {IDBRequest<Result>} request @returns {Promise<Result>} */
export function answerOf(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
