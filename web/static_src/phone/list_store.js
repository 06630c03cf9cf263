// The last list that the service answered, with the names of the member's own households: until it expires, or the member leaves.
import { serverTime } from "./clock.js";
import { Database, answerOf } from "./database.js";
/** @import { Heard, OwnListAnswer } from "../wire.js" */

/** @typedef {{ list: OwnListAnswer, heard: Heard }} KeptList */

const LIST = "list";
const LEAVING = "leaving";
/** What the list looks like; one of other scripts is asked for again. */
const SHAPE = 1;
const database = new Database("gridplan-list");

/** @param {KeptList} kept */
export function keepList({ list, heard }) {
  return database.transact("readwrite", (store) => answerOf(store.put({ id: LIST, v: SHAPE, list, heard })));
}

/**
 * Returns the list; null where it was forgotten, undefined where none was ever kept, or the storage was cleared.
 * @returns {Promise<KeptList | null | undefined>}
 */
export function keptList() {
  return database.transact("readwrite", async (store) => {
    const kept = await answerOf(store.get(LIST));
    if (!kept) return undefined;
    if (kept.list && kept.v === SHAPE && serverTime(kept.heard) < kept.list.expires) return kept;
    await forgetIn(store);
    return null;
  });
}

export function forget() {
  return database.transact("readwrite", forgetIn);
}

/** Forgets the list; its session is still to be ended, by this mark. @param {string} csrf */
export function leave(csrf) {
  return database.transact("readwrite", async (store) => {
    await forgetIn(store);
    await answerOf(store.put({ id: LEAVING, csrf }));
  });
}

/** Returns the mark of a session that is still to be ended, null if there is none. @returns {Promise<string | null>} */
export async function leaving() {
  return (await database.transact("readonly", (store) => answerOf(store.get(LEAVING))))?.csrf ?? null;
}

/** The session has ended. */
export function left() {
  return database.transact("readwrite", (store) => answerOf(store.delete(LEAVING)));
}

/** Leaves a mark that there is none, for other pages of this browser. @param {IDBObjectStore} store */
function forgetIn(store) {
  return answerOf(store.put({ id: LIST, v: SHAPE, list: null }));
}
