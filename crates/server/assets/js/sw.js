// The service worker. It keeps the files of its build, which never change, and one page that
// says that there is no network. Nothing else passes through it: no page of money, no answer of
// the server is ever kept. BUILD and FILES stand before this text; see web/app.rs.

const KEPT = `enishi-${BUILD}`;

self.addEventListener("install", (event) => {
  const filled = caches.open(KEPT).then((cache) => cache.addAll(FILES));
  event.waitUntil(filled.then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const old = (name) => name.startsWith("enishi-") && name !== KEPT;
  const tidied = caches.keys().then((names) =>
    Promise.all(names.filter(old).map((name) => caches.delete(name))));
  event.waitUntil(tidied.then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (url.pathname.startsWith("/assets/")) {
    event.respondWith(caches.match(request).then((kept) => kept || fetch(request)));
  } else if (request.mode === "navigate") {
    // The page of codes works from what the device keeps; no page of money does.
    const codes = /^\/w\/[^/]+\/code$/.test(url.pathname) || url.pathname === "/code";
    event.respondWith(fetch(request).catch(() => caches.match(codes ? "/code" : "/offline")));
  }
});
