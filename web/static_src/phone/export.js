// What a member could not send, as a file for the desk.
import { everything } from "./queue.js";
/** @import { PhoneFile } from "../wire.js" */
/** @import { Account, Entry } from "./queue.js" */

/** Returns the file of a member. @param {Account} account @param {Entry[]} entries Those of the member. @param {number} now @returns {PhoneFile} */
export function fileOf({ owner, epoch, high }, entries, now) {
  const ops = entries.filter(({ state }) => state !== "done").map(({ op }) => op).sort((one, other) => one.seq - other.seq);
  return { v: 1, member: owner, now, epoch, high, unsent: ops.length, ops };
}

/** Lets the member save the file of what was not sent; returns its text, for where a browser saves no files. @param {number} owner */
export async function saveFile(owner) {
  const { accounts, entries } = await everything();
  const account = accounts.find((one) => one.owner === owner);
  if (!account) throw new Error("nothing of this member is kept");
  const text = JSON.stringify(fileOf(account, entries.filter((entry) => entry.owner === owner), Date.now()));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = `gridplan-${owner}-${new Date().toISOString().slice(0, 10)}.json`;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  return text;
}
