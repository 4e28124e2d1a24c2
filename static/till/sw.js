// Opens the till without a network. TOLD stands above this line: the release, the page, and what
// the page is made of. Nothing of the API is kept here; tickets are the page's own matter.

const CACHE = `epm-till-${TOLD.release}`;
const PATIENCE = 4000;

const isPage = (request) =>
  request.mode === "navigate" && new URL(request.url).pathname === TOLD.page;
const isShell = (request) =>
  request.method === "GET" && TOLD.shell.includes(new URL(request.url).pathname);

async function keepPage(cache, response) {
  // A page that led to the door, or says no, is not the till.
  if (response.ok && !response.redirected) await cache.put(TOLD.page, response.clone());
  return response;
}

addEventListener("install", (event) => {
  skipWaiting();
  event.waitUntil((async () => {
    const cache = await caches.open(CACHE);
    await cache.addAll(TOLD.shell.map((path) => new Request(path, { cache: "reload" })));
    await keepPage(cache, await fetch(TOLD.page, { credentials: "same-origin" }));
  })());
});

addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    const names = await caches.keys();
    const old = names.filter((name) => name.startsWith("epm-till-") && name !== CACHE);
    await Promise.all(old.map((name) => caches.delete(name)));
    await clients.claim();
  })());
});

async function page(request) {
  const cache = await caches.open(CACHE);
  try {
    const response = await fetch(request, { signal: AbortSignal.timeout(PATIENCE) });
    if (response.status < 500) return keepPage(cache, response);
  } catch {
    // No network, or none to speak of.
  }
  return (await cache.match(TOLD.page)) ?? Response.error();
}

async function shell(request) {
  const cache = await caches.open(CACHE);
  return (await cache.match(request, { ignoreSearch: true })) ?? fetch(request);
}

addEventListener("fetch", (event) => {
  if (isPage(event.request)) event.respondWith(page(event.request));
  else if (isShell(event.request)) event.respondWith(shell(event.request));
});
