// Keeps the shell, so that it opens without signal. What there is to keep stands before this script: views/phone.py puts it there.
/** @typedef {{ version: string, files: string[] }} Shell */
const worker = /** @type {ServiceWorkerGlobalScope & { SHELL: Shell }} */ (/** @type {unknown} */ (self));
const { version, files } = worker.SHELL;
const KEPT = `shell-${version}`;

worker.addEventListener("install", (event) => {
  event.waitUntil(keep().then(() => worker.skipWaiting()));
});

worker.addEventListener("activate", (event) => {
  event.waitUntil(forgetOthers().then(() => worker.clients.claim()));
});

worker.addEventListener("fetch", (event) => {
  const { pathname, search } = new URL(event.request.url);
  if (event.request.method === "GET" && files.includes(pathname + search)) event.respondWith(kept(event.request));
});

async function keep() {
  const cache = await caches.open(KEPT);
  await cache.addAll(files.map((file) => new Request(file, { cache: "reload", credentials: "omit", redirect: "error" })));
}

async function forgetOthers() {
  for (const name of await caches.keys()) if (name !== KEPT) await caches.delete(name);
}

/** @param {Request} request */
async function kept(request) {
  const cache = await caches.open(KEPT);
  return (await cache.match(request)) || fetch(request);
}
