// What this phone knows of the service's clock. Its own may be wrong, so it sends moments by both, and never a date.
/** @import { Heard } from "../wire.js" */

/** Returns that an answer came now, which the service gave at `server`. @param {number} server @returns {Heard} */
export function heardNow(server) {
  return { server, device: Date.now() };
}

/** Returns what time it is for the service, as far as this phone can tell. @param {Heard} heard @param {number} [device] */
export function serverTime(heard, device = Date.now()) {
  return heard.server + Math.max(0, device - heard.device);
}
