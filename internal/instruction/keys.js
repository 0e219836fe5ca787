// The keyboard of instruction. Every page works without it, and it can be turned off in its help.
(function () {
  "use strict";
  var memory = "hygie-instruction-keys";
  var box = document.querySelector("[data-keys-on]");
  function on() {
    try { return localStorage.getItem(memory) !== "off"; } catch (e) { return true; }
  }
  if (box) {
    box.checked = on();
    box.addEventListener("change", function () {
      try { localStorage.setItem(memory, box.checked ? "on" : "off"); } catch (e) { /* kept for this page only */ }
    });
  }

  // The links of the list, and which of them has the focus.
  function step(by) {
    var rows = Array.from(document.querySelectorAll("[data-row]"));
    var at = rows.findIndex(function (row) { return row.closest("tr").contains(document.activeElement); });
    var next = rows[Math.min(Math.max(at + by, 0), rows.length - 1)];
    if (next) next.focus();
  }

  // A page that asks begins at its answer, so that Enter gives it; one that was sent wrong begins at what is wrong.
  var answer = document.querySelector("[data-keys] form.confirm input[type=radio]:checked");
  if (answer && on() && !document.querySelector("[data-errors]")) answer.focus();

  function press(element) {
    if (!element) return false;
    element.click();
    return true;
  }

  document.addEventListener("keydown", function (event) {
    if (!on() || event.ctrlKey || event.metaKey || event.altKey || event.repeat && event.key !== "j" && event.key !== "k") return;
    if (!(event.target instanceof Element) || event.target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable], dialog")) return;
    var done = true;
    switch (event.key) {
      case "j": step(1); break;
      case "k": step(-1); break;
      case "x":
        var row = document.activeElement.closest("tr");
        done = press(row && row.querySelector("input[type=checkbox]")) || press(document.querySelector('[data-key="x"]'));
        break;
      case "p":
        var look = document.querySelector("[data-look]");
        if (look) { look.focus(); } else { done = false; }
        break;
      case "e": // the next document, beside what it is to prove; the last one is closed
        var files = Array.from(document.querySelectorAll("[data-preview]"));
        var open = files.findIndex(function (link) { return link.getAttribute("aria-current") === "true"; });
        done = press(files[open + 1] || files[open]);
        break;
      case "?":
        var help = document.querySelector("[data-keys-help]");
        if (help) {
          help.open = !help.open;
          help.querySelector("summary").focus();
        }
        break;
      default:
        done = /^[a-z]$/.test(event.key) && press(document.querySelector('[data-key="' + event.key + '"]'));
    }
    if (done) event.preventDefault();
  });
})();
