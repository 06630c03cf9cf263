// How much of what a member entered on this phone is not sent, on their pages that the service draws; the page of the phone sends it.
import { everything } from "../phone/queue.js";
import { isLate } from "../phone/verdicts.js";
import { byId, fill, firstOf } from "../ui/page.js";

addEventListener("pageshow", show);

async function show() {
  const line = byId("unsent");
  const { member, unsent = "", late = "" } = line.dataset;
  const { accounts, entries, unknown } = await everything().catch(() => ({ accounts: [], entries: [], unknown: 0 })); // a browser that keeps nothing
  const isOwn = (/** @type {{ owner: number }} */ { owner }) => String(owner) === member;
  const waiting = entries.filter((entry) => isOwn(entry) && entry.state !== "done");
  const n = waiting.length + unknown;
  line.hidden = n === 0;
  firstOf("a", "", line).textContent = fill(waiting.some(({ at }) => isLate(at, Date.now())) ? late : unsent, { n });
  if (accounts.some(isOwn)) for (const list of document.querySelectorAll(".own-bar a[href='/mine']")) list.setAttribute("href", "/m/");
}
