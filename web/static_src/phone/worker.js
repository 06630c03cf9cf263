// Keeps the shell, so that it opens without signal. What there is to keep stands before this script: views/phone.py puts it
// there, and where any of it changes, the browser takes this script for a new one. It has no part in what is asked of /m/api/.
/** @typedef {{ version: string, files: string[] }} Shell */
const worker = /** @type {ServiceWorkerGlobalScope & { SHELL: Shell }} */ (/** @type {unknown} */ (self));
const { version, files } = worker.SHELL;
const PREFIX = "shell-";
const KEPT = PREFIX + version;
/** How many shells are kept: this one, and the one that pages may still be open with. */
const SHELLS = 2;

worker.addEventListener("install", (event) => {
  event.waitUntil(keep().then(() => worker.skipWaiting()));
});

worker.addEventListener("activate", (event) => {
  event.waitUntil(forgetOld().then(() => worker.clients.claim()));
});

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname, search } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (request.mode === "navigate" && files.includes(pathname)) event.respondWith(kept(pathname, request));
  else if (files.includes(pathname + search) || pathname.startsWith("/static/dist/phone/")) event.respondWith(kept(pathname + search, request));
});

/** Whatever is a redirect, or is not there, keeps the shell from being replaced. */
async function keep() {
  const cache = await caches.open(KEPT);
  await cache.addAll(files.map((file) => new Request(file, { cache: "reload", credentials: "omit", redirect: "error" })));
}

async function forgetOld() {
  const shells = (await caches.keys()).filter((name) => name.startsWith(PREFIX)); // in the order in which they were made
  await Promise.all(shells.filter((name) => name !== KEPT).slice(0, 1 - SHELLS).map((name) => caches.delete(name)));
}

/** @param {string} address @param {Request} request */
async function kept(address, request) {
  const cache = await caches.open(KEPT);
  return (await cache.match(address)) || (await caches.match(address)) || fetch(request);
}
