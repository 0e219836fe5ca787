// Pages of a main courante open without network as their empty offline page, which was kept when they were open with one. Nothing that was written or read
// is kept here.
"use strict";
const prefix = "hygie-offline ", patience = 8000; // ms, after which a network that neither answers nor fails counts as none
self.addEventListener("activate", function (event) { event.waitUntil(self.clients.claim()); });
self.addEventListener("install", function () { self.skipWaiting(); });
self.addEventListener("fetch", function (event) {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  if (url.pathname.startsWith("/assets/")) {
    event.respondWith(file(event.request)); // the name of a file changes with its content
  } else if (event.request.mode === "navigate") {
    event.respondWith(page(event.request, url));
  }
});

async function file(request) {
  return await caches.match(request, { ignoreVary: true }) || fetch(request);
}

// page is what the network says, unless it is silent or only a gateway answers.
async function page(request, url) {
  const shell = await offline(url);
  if (!shell) return fetch(request);
  const late = new Promise(function (done) { setTimeout(done, patience); });
  try {
    const answer = await Promise.race([fetch(request), late]);
    return answer && (answer.status < 502 || answer.status > 504) ? answer : shell;
  } catch {
    return shell;
  }
}

// offline finds the offline page of the book that the address is in: its own pages, and those of what it is about.
async function offline(url) {
  for (const name of await caches.keys()) {
    if (!name.startsWith(prefix)) continue;
    const at = name.slice(prefix.length), base = at.slice(0, at.lastIndexOf("/")), home = base.slice(0, base.lastIndexOf("/"));
    if (url.pathname === home || url.pathname.startsWith(home + "/")) return caches.match(at, { cacheName: name, ignoreVary: true });
  }
}
