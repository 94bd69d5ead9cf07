/* Passkeys: ties allauth's own functions (mfa/js/webauthn.js) to the forms of a page.
   A form says by data-passkey what it is for: add, login or authenticate; its button carries data-passkey-button. */
"use strict";
(() => {
  const say = (form, words) => {
    const place = form.querySelector("[data-passkey-fault]") ?? document.querySelector("[data-passkey-fault]");
    if (!place) return;
    place.textContent = words;
    place.closest(".note").hidden = !words;
  };
  document.addEventListener("allauth.error", (event) => {
    const form = document.querySelector("form[data-passkey]");
    if (!form) return;
    event.preventDefault();
    const cancelled = ["NotAllowedError", "AbortError"].includes(event.detail.exception?.name);
    const known = event.detail.exception?.name === "InvalidStateError";
    say(form, cancelled ? form.dataset.cancelled : known ? form.dataset.known ?? form.dataset.failed : form.dataset.failed);
  });
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const button = document.querySelector(`[data-passkey-button="${form.id}"]`);
    const credential = form.elements.credential;
    if (!button || !credential) continue;
    button.hidden = false;
    if (!window.PublicKeyCredential) {
      button.disabled = true;
      say(form, form.dataset.unsupported);
      continue;
    }
    if (!credential.id) credential.id = `${form.id}-credential`;
    if (!button.id) button.id = `${form.id}-button`;
    const ids = { credential: credential.id, data: "js_data" };
    const forms = window.allauth.webauthn.forms;
    button.addEventListener("click", () => say(form, ""), true);
    if (form.dataset.passkey === "add") forms.addForm({ ids: { ...ids, add: button.id, passwordless: form.elements.passwordless?.id } });
    if (form.dataset.passkey === "login") forms.loginForm({ ids: { ...ids, login: button.id } });
    if (form.dataset.passkey === "authenticate") forms.authenticateForm({ ids: { ...ids, authenticate: button.id } });
  }
})();
