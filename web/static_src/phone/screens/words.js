// The words of the screens, in both languages since they have to be there without signal, and days as people say them.
import { dataOf, fill } from "../../ui/page.js";
/** @import { Words } from "../../wire.js" */

/** @typedef {"zh" | "en"} Lang */

const KEPT = "gridplan-lang";
const DAY_MS = 86_400_000;
const LOCALES = { zh: "zh-CN", en: "en-GB" };

/** @type {Record<Lang, Words> | null} */ let catalogues = null;
/** @type {Lang} */ let chosen = "zh";

/** Takes the words of the page and the language that was chosen on this phone, else the browser's own. */
export function startWords() {
  catalogues = /** @type {Record<Lang, Words>} */ (dataOf("words"));
  chosen = keptLang() ?? ((navigator.language || "zh").toLowerCase().startsWith("zh") ? "zh" : "en");
  document.documentElement.lang = LOCALES[chosen];
}

/** @returns {Lang | null} */
function keptLang() {
  try {
    const kept = localStorage.getItem(KEPT);
    return kept === "zh" || kept === "en" ? kept : null;
  } catch {
    return null; // a browser that keeps nothing
  }
}

export function lang() {
  return chosen;
}

/** @param {Lang} wanted */
export function chooseLang(wanted) {
  chosen = wanted;
  document.documentElement.lang = LOCALES[wanted];
  try {
    localStorage.setItem(KEPT, wanted);
  } catch {
    // It is asked again the next time.
  }
}

/** Returns a sentence with its values. @param {string} code @param {Record<string, string | number>} values */
export function say(code, values = {}) {
  const sentence = catalogues?.[chosen][code];
  if (sentence === undefined) throw new Error(`no words for ${code}`);
  return fill(sentence, values);
}

/** What the screens have one word for: an outcome, a channel, a state. @param {string} area @param {string} key */
export function named(area, key) {
  return say(`${area}.${key.replace(/ /g, "_")}`);
}

/** Returns the day of a moment in the town. @param {number} moment @param {string} timeZone */
export function dayOf(moment, timeZone) {
  const parts = new Intl.DateTimeFormat("en-GB", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" }).formatToParts(moment);
  return ["year", "month", "day"].map((type) => parts.find((part) => part.type === type)?.value).join("-");
}

/** Returns a day some days before another. @param {string} day @param {number} days */
export function before(day, days) {
  return new Date(Date.parse(day) - days * DAY_MS).toISOString().slice(0, 10);
}

/** How many days lie between two days. @param {string} day @param {string} today */
export function daysSince(day, today) {
  return Math.round((Date.parse(today) - Date.parse(day)) / DAY_MS);
}

/** Returns the Monday of the week of a day. @param {string} day */
export function mondayOf(day) {
  return before(day, (new Date(day).getUTCDay() + 6) % 7);
}

/** Returns a day as people say it: Mon 16 Nov, 11月16日. @param {string} day */
export function dayInWords(day) {
  const [year, month, date] = day.split("-").map(Number);
  if (chosen === "zh") return `${month}月${date}日`;
  const name = (/** @type {Intl.DateTimeFormatOptions} */ part) => new Date(Date.UTC(year, month - 1, date)).toLocaleDateString(LOCALES.en, { timeZone: "UTC", ...part });
  return `${name({ weekday: "short" })} ${date} ${name({ month: "short" })}`;
}

/** Returns today, yesterday or the day. @param {string} day @param {string} today */
export function whenInWords(day, today) {
  const days = daysSince(day, today);
  return days === 0 ? say("own.today") : days === 1 ? say("own.yesterday", { day: dayInWords(day) }) : dayInWords(day);
}
