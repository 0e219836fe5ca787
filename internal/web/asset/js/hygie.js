// What pages gain with a script. Every page works without it.
(function () {
  "use strict";
  var root = document.documentElement;
  root.classList.add("script");

  // Closest element from an event, for delegation: components may come later, swapped in.
  function from(event, selector) {
    return event.target instanceof Element ? event.target.closest(selector) : null;
  }

  // Buttons: copy a text, open a dialog, close it, print.
  document.addEventListener("click", function (event) {
    var button = from(event, "[data-copy]");
    if (button) copy(button);

    button = from(event, "[data-dialog]");
    var dialog = button && document.getElementById(button.dataset.dialog);
    if (dialog && dialog.showModal) {
      event.preventDefault();
      dialog.showModal();
    }
    button = from(event, "[data-close]");
    if (button && button.closest("dialog")) {
      event.preventDefault();
      button.closest("dialog").close();
    }
    if (from(event, "[data-print]")) window.print();
    closeMenus(event.target);
  });

  function copy(button) {
    var source = document.getElementById(button.dataset.copy);
    if (!source || !navigator.clipboard) return;
    navigator.clipboard.writeText(source.textContent).then(function () {
      var label = button.querySelector("[data-done]");
      if (!label) return;
      var before = label.textContent;
      label.textContent = label.dataset.done;
      setTimeout(function () { label.textContent = before; }, 2000);
    });
  }

  // Drop-down panels close on Escape and when one acts elsewhere.
  function closeMenus(inside) {
    document.querySelectorAll("details[data-menu][open]").forEach(function (menu) {
      if (!menu.contains(inside)) menu.open = false;
    });
  }
  document.addEventListener("focusin", function (event) { closeMenus(event.target); });
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape") return;
    var menu = from(event, "details[data-menu][open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });

  // "/" goes to the field of search, unless one is typing.
  document.addEventListener("keydown", function (event) {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || from(event, "input, textarea, select, [contenteditable]")) return;
    var field = document.getElementById("search");
    if (!field) return;
    event.preventDefault();
    field.focus();
    field.select();
  });

  // Files: drag them onto the field, see their names and sizes.
  ["dragover", "dragleave", "drop"].forEach(function (kind) {
    document.addEventListener(kind, function (event) {
      var zone = from(event, "[data-drop]");
      if (!zone) return;
      event.preventDefault();
      zone.toggleAttribute("data-over", kind === "dragover");
      var input = zone.querySelector("input[type=file]");
      if (kind !== "drop" || !input || input.disabled || !event.dataTransfer.files.length) return;
      var files = new DataTransfer();
      Array.from(event.dataTransfer.files).slice(0, input.multiple ? undefined : 1).forEach(function (file) { files.items.add(file); });
      input.files = files.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
  });
  document.addEventListener("change", function (event) {
    var zone = from(event, "[data-drop]");
    var list = zone && zone.querySelector(".drop-files");
    if (!list || event.target.type !== "file") return;
    var size = new Intl.NumberFormat(root.lang, { maximumFractionDigits: 1 });
    list.replaceChildren.apply(list, Array.from(event.target.files).map(function (file) {
      var row = document.createElement("li"), name = document.createElement("span"), weight = document.createElement("span");
      name.textContent = file.name;
      weight.textContent = size.format(file.size / 1e6) + "\u00a0" + (root.lang === "fr" ? "Mo" : "MB");
      weight.className = "nowrap muted";
      row.append(name, weight);
      return row;
    }));
  });

  // A form with files shows how much has gone. The server's answer is the same page as without script.
  document.addEventListener("submit", function (event) {
    var form = from(event, "form[data-upload]");
    var bar = form && form.querySelector("[data-sent]");
    if (!bar || event.defaultPrevented || form.dataset.busy) return;
    event.preventDefault();
    form.dataset.busy = "yes";
    var request = new XMLHttpRequest(), data = new FormData(form, event.submitter), meter = bar.querySelector("progress");
    bar.hidden = false;
    request.upload.onprogress = function (sent) {
      if (sent.lengthComputable) { meter.max = sent.total; meter.value = sent.loaded; }
    };
    request.onload = function () {
      delete form.dataset.busy;
      var next = request.getResponseHeader("X-Next");
      if (next) { location.assign(next); return; }
      var page = new DOMParser().parseFromString(request.responseText, "text/html").querySelector("main");
      if (!page) { location.reload(); return; }
      document.querySelector("main").replaceWith(page);
      if (window.htmx) window.htmx.process(page);
      focusErrors();
    };
    request.onerror = function () {
      delete form.dataset.busy;
      bar.hidden = true;
      var failed = form.querySelector("[data-failed]");
      if (failed) { failed.hidden = false; failed.focus(); }
    };
    request.open(form.method, form.action);
    request.setRequestHeader("X-Upload", "true");
    request.send(data);
  });

  // The summary of errors takes the focus, so that it is read first.
  function focusErrors() {
    var errors = document.querySelector("main > [data-errors]");
    if (errors) errors.focus();
  }
  focusErrors();
  document.addEventListener("htmx:after:swap", function () {
    focusErrors();
    listen();
    Object.keys(missed).forEach(function (topic) {
      delete missed[topic];
      setTimeout(refresh, 0, topic);
    });
  });

  // Live parts: one stream names the topics that changed, each as an event of that name with a version; the parts of that
  // topic then ask their own address again (hx-trigger="live").
  var stream = null, heard = "", versions = {}, missed = {};
  function refresh(topic) {
    document.querySelectorAll("[data-live]").forEach(function (part) {
      if (part.dataset.live !== topic) return;
      // An answer under way may be older than this news: ask once more when it is there.
      if (part.classList.contains("htmx-request")) missed[topic] = true;
      else part.dispatchEvent(new CustomEvent("live"));
    });
  }
  function listen() {
    var parts = Array.from(document.querySelectorAll("[data-live]"));
    var topics = Array.from(new Set(parts.map(function (part) { return part.dataset.live; }))).sort().slice(0, 16);
    var wanted = topics.join("\n");
    if (!window.EventSource || !root.dataset.stream || wanted === heard) return;
    heard = wanted;
    if (stream) stream.close();
    stream = null;
    if (!topics.length) return;
    stream = new EventSource(root.dataset.stream + "?" + new URLSearchParams(topics.map(function (topic) { return ["topic", topic]; })));
    topics.forEach(function (topic) {
      stream.addEventListener(topic, function (event) {
        if (versions[topic] === event.data) return; // a new connection repeats what is known
        versions[topic] = event.data;
        refresh(topic);
      });
    });
  }
  listen();
})();
