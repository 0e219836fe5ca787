// Lines of a main courante, kept in the browser until the server has given a receipt. Without this script the form is sent as any other.
(function () {
  "use strict";
  var box = document.querySelector("[data-log]");
  if (!box || !window.indexedDB || !window.fetch) return;
  var form = box.querySelector("form[data-log-form]"), list = box.querySelector("[data-log-waiting]"), state = box.querySelector("[data-log-state]");
  var book = box.dataset.log, words = box.dataset, busy = false;

  function open() {
    return new Promise(function (done, fail) {
      var request = indexedDB.open("hygie-logbook", 1);
      request.onupgradeneeded = function () {
        request.result.createObjectStore("lines", { keyPath: "id" });
        request.result.createObjectStore("device", { keyPath: "name" });
      };
      request.onsuccess = function () { done(request.result); };
      request.onerror = function () { fail(request.error); };
    });
  }
  // One act on the store; it is done when the browser says that it is on the disk.
  function act(name, mode, work) {
    return open().then(function (db) {
      return new Promise(function (done, fail) {
        var tx = db.transaction(name, mode, { durability: "strict" }), result = work(tx.objectStore(name));
        tx.oncomplete = function () { db.close(); done(result && result.result); };
        tx.onerror = tx.onabort = function () { db.close(); fail(tx.error); };
      });
    });
  }
  function word() {
    return Array.from(crypto.getRandomValues(new Uint8Array(16)), function (b) { return b.toString(16).padStart(2, "0"); }).join("");
  }
  // The name of this device and its next number, counted in one transaction so that two tabs never share one.
  function next() {
    var taken;
    return act("device", "readwrite", function (store) {
      var request = store.get("this");
      request.onsuccess = function () {
        taken = request.result || { name: "this", word: word(), seq: 0 };
        taken.seq++;
        store.put(taken);
      };
    }).then(function () { return taken; });
  }
  function mine() {
    return act("lines", "readonly", function (store) { return store.getAll(); }).then(function (all) {
      return (all || []).filter(function (l) { return l.book === book; }).sort(function (a, b) { return a.seq - b.seq; });
    });
  }
  function value(name) { var f = form.elements[name]; return f ? String(f.value || "").trim() : ""; }

  form.addEventListener("submit", function (event) {
    if (!value("text")) return; // the browser says what is missing
    event.preventDefault();
    next().then(function (device) {
      var now = new Date(), at = value("at") ? new Date(value("at")) : null;
      return act("lines", "readwrite", function (store) {
        store.put({ id: word(), book: book, person: words.person, kind: value("kind") || "fact", text: value("text"), written: now.toISOString(),
          at: at && !isNaN(at) ? at.toISOString() : "", role: value("role"), cell: value("cell"), from: value("from"), to: value("to"), channel: value("channel"),
          corrects: parseInt(value("corrects"), 10) || 0, device: device.word, seq: device.seq, offline: !navigator.onLine });
      });
    }).then(function () {
      form.elements.text.value = "";
      ["at", "corrects", "from", "to"].forEach(function (name) { if (form.elements[name]) form.elements[name].value = ""; });
      form.elements.text.focus();
      return show().then(send);
    }).catch(function () {
      state.textContent = words.unkept; // the words stay in the field
    });
  });

  function show() {
    return mine().then(function (lines) {
      list.textContent = "";
      lines.forEach(function (l) {
        var item = document.createElement("li"), head = document.createElement("p"), text = document.createElement("p");
        item.className = "log-waiting";
        head.textContent = words.waiting + " · " + new Date(l.written).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" }) + (l.reason ? " · " + l.reason : "");
        text.className = "log-text";
        text.textContent = l.text;
        item.append(head, text);
        list.append(item);
      });
      state.textContent = lines.length ? words.waiting + " (" + lines.length + ")" : "";
      return lines;
    });
  }

  function send() {
    if (busy) return;
    busy = true;
    var added = 0;
    return mine().then(function (lines) {
      lines = lines.filter(function (l) { return l.person === words.person; }).slice(0, 50);
      if (!lines.length) return;
      return fetch(words.sync, { method: "POST", headers: { "Content-Type": "application/json" }, credentials: "same-origin", redirect: "error",
        body: JSON.stringify({ person: words.person, sent: new Date().toISOString(), lines: lines }) }).then(function (answer) {
        if (!answer.ok) throw new Error(answer.status);
        return answer.json();
      }).then(function (result) {
        return act("lines", "readwrite", function (store) {
          result.receipts.forEach(function (r) {
            var line = lines.find(function (l) { return l.id === r.id; });
            if (r.number > 0) { store.delete(r.id); added++; }
            else if (line) { line.reason = r.reason; store.put(line); }
          });
        });
      });
    }).catch(function () { /* they wait */ }).then(function () {
      busy = false;
      return show();
    }).then(function (lines) {
      if (added) refresh();
      if (added && lines.length) return send();
    });
  }

  // The list as the server has it now.
  function refresh() {
    var part = document.getElementById("log-lines");
    if (!part) { state.textContent = words.recorded; return; }
    fetch(location.href, { credentials: "same-origin" }).then(function (answer) { return answer.ok ? answer.text() : ""; }).then(function (text) {
      var fresh = new DOMParser().parseFromString(text, "text/html").getElementById("log-lines");
      if (fresh) part.replaceWith(fresh);
    }).catch(function () {});
  }

  var prepare = box.querySelector("[data-log-prepare]");
  if (prepare && "serviceWorker" in navigator && window.caches) {
    prepare.hidden = false;
    prepare.addEventListener("click", function () {
      var files = Array.from(document.querySelectorAll("link[rel=stylesheet], script[src], link[rel=preload]"), function (e) { return e.href || e.src; });
      navigator.serviceWorker.register("/offline.js").then(function () { return caches.open("hygie-offline"); }).then(function (cache) {
        return cache.addAll(files.concat([words.offline]));
      }).then(function () { prepare.textContent = words.prepared; prepare.disabled = true; }, function () { state.textContent = words.unprepared; });
    });
  }
  window.addEventListener("online", send);
  setInterval(send, 15000);
  show().then(send);
})();
