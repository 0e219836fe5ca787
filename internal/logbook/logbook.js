// Lines of a main courante, kept in the browser until the server has given a receipt. Without this script the form is sent as any other.
(function () {
  "use strict";
  var box = document.querySelector("[data-log]");
  if (!box || !window.indexedDB || !window.fetch) return;
  var form = box.querySelector("form[data-log-form]"), list = box.querySelector("[data-log-waiting]"), state = box.querySelector("[data-log-state]");
  var book = box.dataset.log, words = box.dataset, busy = false, trouble = "";

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
  // The lines of this book on this device, as they were written; those that the server refused come last, so that they hold up no other.
  function mine() {
    return act("lines", "readonly", function (store) { return store.getAll(); }).then(function (all) {
      return (all || []).filter(function (l) { return l.book === book; }).sort(function (a, b) { return !!a.reason - !!b.reason || a.seq - b.seq; });
    });
  }
  function value(name) { var f = form.elements[name]; return f ? String(f.value || "").trim() : ""; }

  // The moment that a field shows. In the hour that comes twice when clocks go back it is the later one that is not after now, as on the server.
  function moment(text, now) {
    var at = text ? new Date(text) : null;
    if (!at || isNaN(at)) return "";
    var later = new Date(at.getTime() + 3600000);
    if (later.getHours() === at.getHours() && later.getMinutes() === at.getMinutes() && later <= now) at = later;
    return at.toISOString();
  }

  if (!form) {
    if (window.caches) caches.delete("hygie-offline " + words.offline); // nothing is written here any more
    return;
  }
  form.addEventListener("submit", function (event) {
    if (!value("text")) return; // the browser says what is missing
    event.preventDefault();
    next().then(function (device) {
      var now = new Date();
      return act("lines", "readwrite", function (store) {
        store.put({ id: word(), book: book, person: words.person, kind: value("kind") || "fact", text: value("text"), written: now.toISOString(),
          at: moment(value("at"), now), role: value("role"), cell: value("cell"), from: value("from"), to: value("to"), channel: value("channel"), link: value("link"),
          corrects: parseInt(value("corrects"), 10) || 0, device: device.word, seq: device.seq, offline: !navigator.onLine });
      });
    }).then(function () {
      form.elements.text.value = "";
      ["at", "corrects", "from", "to", "link"].forEach(function (name) { if (form.elements[name]) form.elements[name].value = ""; });
      form.elements.text.focus();
      return show().then(send);
    }).catch(function () {
      state.textContent = words.unkept; // the words stay in the field
    });
  });

  // One line that waits, with why, and for one that was refused the way to write it again.
  function waiting(l) {
    var item = document.createElement("li"), head = document.createElement("p"), text = document.createElement("p");
    var why = l.person !== words.person ? words.other : l.reason;
    item.className = "log-waiting";
    head.textContent = words.waiting + " · " + new Date(l.written).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" }) + (why ? " · " + why : "");
    text.className = "log-text";
    text.textContent = l.text;
    item.append(head, text);
    if (l.reason && l.person === words.person) {
      var again = document.createElement("button");
      again.type = "button";
      again.className = "button button-small";
      again.textContent = words.again;
      again.addEventListener("click", function () {
        act("lines", "readwrite", function (store) { store.delete(l.id); }).then(function () {
          form.elements.text.value = (form.elements.text.value + "\n" + l.text).trim();
          form.elements.text.focus();
          return show();
        });
      });
      item.append(again);
    }
    return item;
  }

  function show() {
    return mine().then(function (lines) {
      list.replaceChildren.apply(list, lines.map(waiting));
      state.textContent = lines.length ? words.waiting + " (" + lines.length + ")" + (trouble ? " · " + trouble : "") : "";
      return lines;
    });
  }

  // Without an answer the lines were written without network, also when the browser thinks that it has one.
  function unreached(lines) {
    return act("lines", "readwrite", function (store) {
      lines.forEach(function (l) { if (!l.offline) { l.offline = true; store.put(l); } });
    });
  }

  function send() {
    if (busy) return;
    busy = true;
    var added = 0;
    return mine().then(function (lines) {
      lines = lines.filter(function (l) { return l.person === words.person; }).slice(0, 50);
      if (!lines.length) return;
      return fetch(words.sync, { method: "POST", headers: { "Content-Type": "application/json" }, credentials: "same-origin", redirect: "error", signal: AbortSignal.timeout(20000),
        body: JSON.stringify({ person: words.person, sent: new Date().toISOString(), lines: lines }) }).then(function (answer) {
        trouble = answer.ok ? "" : answer.status === 401 || answer.status === 403 ? words.signin : answer.status === 409 ? words.other : words.unwell;
        return answer.ok ? answer.json() : null;
      }, function () {
        trouble = "";
        return unreached(lines);
      }).then(function (result) {
        if (!result) return;
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
      if (added) refresh(lines.length);
      if (added && lines.length) return send();
    });
  }

  // The list as the server has it now; the part asks for itself.
  function refresh(left) {
    var part = document.getElementById("log-lines");
    if (part) part.dispatchEvent(new CustomEvent("live"));
    else if (!left) state.textContent = words.recorded;
  }

  // Keeps the page without content and its files, so that it opens without network: all of them, or what was kept before.
  function prepare() {
    var kept = "hygie-offline " + words.offline, ready = box.querySelector("[data-log-ready]");
    function get(address) {
      return fetch(address, { credentials: "same-origin", redirect: "error" }).then(function (answer) {
        if (!answer.ok) throw new Error(answer.status);
        return answer;
      });
    }
    return navigator.serviceWorker.register("/offline.js").then(function () { return get(words.offline); }).then(function (page) {
      return page.clone().text().then(function (text) {
        var files = new DOMParser().parseFromString(text, "text/html").querySelectorAll("link[href], script[src]");
        var all = Array.from(new Set(Array.from(files, function (e) { return new URL(e.getAttribute("href") || e.getAttribute("src"), location.href).href; })));
        return Promise.all(all.map(get)).then(function (answers) {
          return caches.open(kept).then(function (cache) {
            return Promise.all([cache.put(words.offline, page)].concat(answers.map(function (a, i) { return cache.put(all[i], a); }))).then(function () { return cache.keys(); }).then(function (keys) {
              var wanted = all.concat([new URL(words.offline, location.href).href]);
              return Promise.all(keys.map(function (k) { return wanted.indexOf(k.url) < 0 && cache.delete(k); })); // files of an older program
            });
          });
        });
      });
    }).then(function () { ready.textContent = words.prepared; }, function () {
      return caches.has(kept).then(function (before) { ready.textContent = before ? words.prepared : words.unprepared; });
    });
  }
  if (box.querySelector("[data-log-ready]") && "serviceWorker" in navigator && window.caches) prepare();
  window.addEventListener("online", send);
  setInterval(send, 15000);
  show().then(send);
})();
