// Computes the SHA-256 of a file in the browser and writes it into the form; the file itself is not sent. Without this script the hash is pasted.
(function () {
  "use strict";
  var box = document.querySelector("[data-digest]");
  if (!box || !window.Worker || !window.Blob || !Blob.prototype.arrayBuffer) return;
  var form = document.getElementById(box.dataset.digest), words = box.dataset, worker = null;
  var file = box.querySelector("input[type=file]"), bar = box.querySelector("progress"), state = box.querySelector("[role=status]");
  var send = form.querySelector("button");
  box.hidden = false;

  function stop() {
    if (worker) worker.terminate();
    worker = null;
    bar.hidden = true;
    send.disabled = false;
  }
  file.addEventListener("change", function () {
    var chosen = file.files[0];
    stop();
    form.elements.sha256.value = form.elements.size.value = state.textContent = "";
    if (!chosen) return;
    worker = new Worker(words.worker);
    bar.hidden = false;
    bar.value = 0;
    send.disabled = true;
    state.textContent = words.busy;
    worker.onmessage = function (message) {
      var news = message.data;
      if (news.done) { bar.value = news.done / news.size; return; }
      stop();
      if (news.failed) { state.textContent = words.failed; return; }
      form.elements.sha256.value = news.sha256;
      form.elements.size.value = news.size;
      if (!form.elements.name.value) form.elements.name.value = chosen.name.slice(0, 200);
      state.textContent = words.done;
    };
    worker.onerror = function () { stop(); state.textContent = words.failed; };
    worker.postMessage(chosen);
  });
})();
