// Pages of a main courante open without network as their empty offline page, if this device was prepared. Nothing that was written or read is kept here.
"use strict";
const store = "hygie-offline";
self.addEventListener("activate", function (event) { event.waitUntil(self.clients.claim()); });
self.addEventListener("install", function () { self.skipWaiting(); });
self.addEventListener("fetch", function (event) {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  if (url.pathname.startsWith("/assets/")) {
    event.respondWith(fetch(event.request).catch(function () { return caches.match(event.request, { cacheName: store }).then(answer); }));
  } else if (event.request.mode === "navigate") {
    event.respondWith(fetch(event.request).catch(function () { return shell(url); }));
  }
});
function answer(found) { return found || Response.error(); }
// The offline page of the book that the address is in.
async function shell(url) {
  const cache = await caches.open(store);
  for (const request of await cache.keys()) {
    const path = new URL(request.url).pathname;
    if (!path.endsWith("/offline")) continue;
    const base = path.slice(0, -"/offline".length), home = base.slice(0, base.lastIndexOf("/"));
    if (url.pathname === home || url.pathname.startsWith(home + "/")) return cache.match(request);
  }
  return Response.error();
}
