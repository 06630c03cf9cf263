// What a form says that was kept before, though it was told that it was not: changes of what it said then.
import { isSame } from "./queue.js";
/** @import { Intent } from "../wire.js" */
/** @import { Entry } from "./queue.js" */

/**
 * Returns what to keep for a form, so that what it says now holds.
 * @param {Intent} intent @param {Entry[]} entries Those of the member, the earliest first. @param {() => string} newId
 * @returns {Intent[]}
 */
export function changesOf(intent, entries, newId) {
  const op = entries.find(({ id }) => id === intent.id)?.op;
  if (!op) return [intent];
  if (op.type !== "visit" || intent.type !== "visit") return [isSame(op, intent) ? intent : { ...intent, id: newId() }];
  const amends = entries.map((entry) => entry.op).filter((one) => one.type === "amend" && one.visit === op.id);
  const { outcome, channel, days_ago } = /** @type {typeof op} */ (Object.assign({}, op, ...amends));
  const amend = () => ({ id: newId(), type: /** @type {const} */ ("amend"), visit: op.id });
  /** @type {Intent[]} */ const changes = [];
  if (intent.outcome !== outcome) changes.push({ ...amend(), kind: "outcome", outcome: intent.outcome });
  if (intent.channel !== channel) changes.push({ ...amend(), kind: "channel", channel: intent.channel });
  if (intent.days_ago !== days_ago) changes.push({ ...amend(), kind: "day", days_ago: intent.days_ago });
  return isSame(op, intent) ? [intent, ...changes] : changes;
}
