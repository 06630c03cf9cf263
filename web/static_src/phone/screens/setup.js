// Which way works on this phone: tried, and said in one sentence with what to do.
import { element } from "../../ui/page.js";
import { link, put, quiet } from "./parts.js";
import { say } from "./words.js";
/** @import { Screen } from "../shell.js" */

/** Windows inside other apps, which forget what they keep and whose cookies are their own. */
const IN_APP = /MicroMessenger|wxwork|QQ\/|DingTalk|AlipayClient|Weibo|aweme|FBAN|FBAV|Instagram|Line\//i;

/** @typedef {{ inApp: boolean, keeps: boolean, opensOffline: boolean, persists: boolean, isApple: boolean, isInstalled: boolean }} Tried */

export function isInApp() {
  return IN_APP.test(navigator.userAgent);
}

export function opensOffline() {
  return isSecureContext && "serviceWorker" in navigator;
}

/** @returns {Promise<Tried>} */
async function tried() {
  return {
    inApp: isInApp(),
    keeps: await keeps(),
    opensOffline: opensOffline() && (await navigator.serviceWorker.register("/m/sw.js", { scope: "/m/" }).then(() => true, () => false)),
    persists: (await navigator.storage?.persist?.().catch(() => false)) === true,
    isApple: /iPhone|iPad|iPod/.test(navigator.userAgent),
    isInstalled: matchMedia("(display-mode: standalone)").matches || /** @type {{ standalone?: boolean }} */ (navigator).standalone === true,
  };
}

/** Whether what is written is read back, as the queue does it, in a database of its own. @returns {Promise<boolean>} */
function keeps() {
  const name = "gridplan-test";
  const mark = String(Math.random());
  return new Promise((resolve) => {
    setTimeout(() => resolve(false), 5_000);
    const fail = () => resolve(false);
    try {
      const opening = indexedDB.open(name, 1);
      opening.onupgradeneeded = () => opening.result.createObjectStore("entries", { keyPath: "id" });
      opening.onerror = fail;
      opening.onsuccess = () => {
        const database = opening.result;
        const writing = database.transaction("entries", "readwrite", { durability: "strict" });
        writing.objectStore("entries").put({ id: "test", mark });
        writing.onabort = fail;
        writing.oncomplete = () => {
          const reading = database.transaction("entries").objectStore("entries").get("test");
          reading.onerror = fail;
          reading.onsuccess = () => {
            database.close();
            indexedDB.deleteDatabase(name);
            resolve(reading.result?.mark === mark);
          };
        };
      };
    } catch {
      fail();
    }
  });
}

/** Returns the codes of which way works, and of what to do. @param {Tried} found @returns {"nothing" | "in_app" | "page" | "apple" | "installed" | "all"} */
export function wayOfPhone({ inApp, keeps: doesKeep, opensOffline: opens, persists, isApple, isInstalled }) {
  if (!doesKeep) return "nothing";
  if (inApp) return "in_app";
  if (!opens) return "page";
  if (isInstalled || (persists && !isApple)) return "installed";
  return isApple ? "apple" : "all";
}

/** @returns {Screen} */
export function setupScreen() {
  const place = element("div", { class: "setup", role: "status" }, quiet(say("phone.setup.trying")));
  tried().then((found) => {
    const way = wayOfPhone(found);
    const check = (/** @type {boolean} */ is, /** @type {string} */ code) => element("li", {}, element("span", { class: is ? "yes" : "no", "aria-hidden": "true" }, is ? "✓" : "–"), ` ${say(code)}${is ? "" : ` ${say("phone.setup.not_here")}`}`);
    put(place,
      element("p", { class: "setup-way" }, say(`phone.setup.${way}`)),
      element("p", {}, say(`phone.setup.do_${way}`)),
      way === "in_app" ? element("p", { class: "address" }, `${location.origin}/m/`) : null,
      element("ul", { class: "checks" }, check(found.keeps, "phone.setup.keeps"), check(found.opensOffline, "phone.setup.opens"), check(found.persists || found.isInstalled, "phone.setup.persists")),
      element("div", { class: "choices" }, way === "in_app" ? link(say("phone.other_browser"), "/m/#code") : null, link(say("phone.setup.go"), "/m/", { class: way === "nothing" ? "button" : "button primary" })));
  });
  return { title: say("phone.setup"), nodes: [place] };
}
