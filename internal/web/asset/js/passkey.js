// Passkeys: the browser's own dialog, and nothing else. A form with data-passkey="create" or "get" names two addresses: data-begin gives
// the options, data-finish takes the answer and says where to go. Without support the form stays hidden and its page offers another way.
(function () {
  "use strict";
  var forms = document.querySelectorAll("form[data-passkey]");
  var able = window.PublicKeyCredential && PublicKeyCredential.parseCreationOptionsFromJSON;
  forms.forEach(function (form) {
    if (!able) return;
    form.hidden = false;
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      run(form);
    });
  });
  if (!able) document.querySelectorAll("[data-passkey-none]").forEach(function (note) { note.hidden = false; });

  async function run(form) {
    var button = form.querySelector("[type=submit]");
    var note = form.querySelector("[data-passkey-error]");
    button.disabled = true;
    note.hidden = true;
    try {
      var dialog = await send(form.dataset.begin, Object.fromEntries(new FormData(form)));
      var credential = form.dataset.passkey === "create"
        ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(dialog.options) })
        : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(dialog.options) });
      var fields = Object.fromEntries(new FormData(form));
      var answer = await send(form.dataset.finish, { ceremony: dialog.ceremony, credential: credential.toJSON(), label: fields.label || "", back: fields.back || "" });
      location.assign(answer.to);
      return;
    } catch (error) {
      // A dialog that was closed says nothing useful; our own refusals have a sentence.
      note.querySelector("span").textContent = error.sentence || note.dataset.passkeyError;
      note.hidden = false;
      note.focus();
    }
    button.disabled = false;
  }

  async function send(address, body) {
    var response = await fetch(address, {
      method: "POST",
      headers: { "Content-Type": "application/json", "Accept": "application/json" },
      body: JSON.stringify(body)
    });
    var answer = await response.json();
    if (response.ok) return answer;
    var failure = new Error("refused");
    failure.sentence = [answer.reason].concat(answer.fields || []).filter(Boolean).join(" ");
    throw failure;
  }
})();
