// The grid of an observer: what is ticked and written stays in the browser until the server has taken it, and the page opens again without network. Without this
// script the form is sent as any other.
(function () {
  "use strict";
  var form = document.querySelector("form[data-grid]");
  if (!form || !window.fetch || !window.URLSearchParams) return;
  var words = form.dataset, state = form.querySelector("[data-grid-state]"), ready = form.querySelector("[data-grid-ready]");
  var key = "hygie-grid " + words.grid, busy = false, store;
  try { store = window.localStorage; store.getItem(key); } catch (e) { return; } // a browser that keeps nothing

  // What is kept: the values of the form, whether they are to be sent, and a number that grows with each change.
  function kept() { try { return JSON.parse(store.getItem(key)); } catch (e) { return null; } }
  function keep(draft) { try { store.setItem(key, JSON.stringify(draft)); return true; } catch (e) { return false; } }
  function values() { return Array.from(new FormData(form).entries()).filter(function (pair) { return typeof pair[1] === "string"; }); }
  function say(word) { state.textContent = words[word] || ""; }

  function changed(send) {
    var before = kept() || { n: 0 };
    var safe = keep({ values: values(), send: send || before.send === true, n: before.n + 1 });
    say(safe ? (send ? "waiting" : "unsent") : "unsafe");
    return safe;
  }
  function fill(draft) {
    draft.values.forEach(function (pair) {
      Array.from(form.elements).forEach(function (field) {
        if (field.name !== pair[0]) return;
        if (field.type === "radio") field.checked = field.value === pair[1];
        else field.value = pair[1];
      });
    });
    say(draft.send ? "waiting" : "unsent");
  }
  function send() {
    var draft = kept();
    if (busy || !draft || !draft.send) return;
    busy = true;
    fetch(form.action, { method: "POST", body: new URLSearchParams(draft.values), redirect: "manual", credentials: "same-origin" }).then(function (answer) {
      if (answer.type !== "opaqueredirect") { // refused, or a gateway that answers for the server
        say(answer.status < 500 ? "refused" : "waiting");
        if (answer.status < 500) { draft.send = false; keep(draft); }
        return;
      }
      var now = kept();
      if (now && now.n === draft.n) { store.removeItem(key); say("sent"); }
    }, function () { say("waiting"); }).then(function () { busy = false; });
  }

  // Keeps this page and the files it needs, under the name by which the worker finds it.
  function prepare() {
    var name = "hygie-offline " + words.grid + "/kept/page", at = words.grid + "/kept/page";
    function get(address) {
      return fetch(address, { credentials: "same-origin" }).then(function (a) { if (!a.ok || a.redirected) throw new Error(); return a; });
    }
    return navigator.serviceWorker.register("/offline.js").then(function () { return get(words.grid); }).then(function (page) {
      return page.clone().text().then(function (text) {
        var files = new DOMParser().parseFromString(text, "text/html").querySelectorAll("link[href], script[src]");
        var all = Array.from(new Set(Array.from(files, function (e) { return new URL(e.getAttribute("href") || e.getAttribute("src"), location.href).href; })));
        return Promise.all(all.map(get)).then(function (answers) {
          return caches.open(name).then(function (cache) {
            return Promise.all([cache.put(at, page)].concat(answers.map(function (a, i) { return cache.put(all[i], a); })));
          });
        });
      });
    }).then(function () { ready.textContent = words.ready; }, function () {
      return caches.has(name).then(function (before) { if (before) ready.textContent = words.ready; });
    });
  }

  var draft = kept();
  if (draft && draft.values) fill(draft);
  form.addEventListener("input", function () { changed(false); });
  form.addEventListener("submit", function (event) {
    if (!changed(true)) return; // nothing can be kept: the form goes as any other
    event.preventDefault();
    send();
  });
  if ("serviceWorker" in navigator && window.caches) prepare();
  window.addEventListener("online", send);
  setInterval(send, 15000);
  send();
})();
