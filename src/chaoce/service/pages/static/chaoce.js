/* What every page does in the browser. Without it every form and link still works.
   data-confirm="words"   on a button or form: asked before it is sent
   data-draft             on a form: leaving with unsaved entries is asked about
   data-once              on a form: sent once only, its buttons off while it goes
   data-key="k"           on a link, button or field: pressed, followed or focused by that key
   data-submit            on a field: its form is sent when it changes
   data-close             on a button: hides the nearest note or banner
   data-check-all="name"  on a box: ticks all boxes of that name in its form */
"use strict";
(() => {
  /* The cookie is newer than the page where somebody has signed in again in another tab meanwhile. */
  const token = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? document.querySelector('meta[name="csrf-token"]')?.content ?? "";
  const lost = document.getElementById("lost");
  const failed = document.getElementById("failed");

  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.verb === "get") return;
    event.detail.headers["X-CSRFToken"] = token();
    event.detail.parameters.csrfmiddlewaretoken = token();
  });

  /* A connection that is lost, and answers that are none. */
  const online = () => { if (lost) lost.hidden = navigator.onLine; };
  window.addEventListener("online", online);
  window.addEventListener("offline", online);
  online();
  const again = document.getElementById("sign-again");
  const tell = (words, out = false) => {
    if (!failed) return;
    if (again) {
      again.hidden = !out;
      again.href = `${again.dataset.to}?ended=1&next=${encodeURIComponent(location.pathname + location.search)}`;
    }
    failed.querySelector("span").textContent = words;
    failed.hidden = false;
  };
  const meaning = { 401: "signedOut", 403: "refused", 404: "missing", 409: "stale", 412: "stale", 413: "large", 429: "many" };
  document.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    tell(failed?.dataset[meaning[status] ?? (status >= 500 ? "broken" : "unsent")] ?? "", status === 401);
  });
  for (const name of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, () => tell(failed?.dataset.unsent ?? ""));
  }
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful && failed) failed.hidden = true;
  });

  /* Questions before a step. */
  const dialog = document.getElementById("confirm");
  const ask = (words, then) => {
    if (!dialog?.showModal) { if (window.confirm(words)) then(); return; }
    dialog.querySelector("#confirm-words").textContent = words;
    dialog.returnValue = "no";
    dialog.addEventListener("close", () => { if (dialog.returnValue === "yes") then(); }, { once: true });
    dialog.showModal();
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const words = event.submitter?.dataset.confirm ?? form.dataset.confirm;
    if (words && form.dataset.confirmed !== words) {
      event.preventDefault();
      event.stopImmediatePropagation();
      const submitter = event.submitter;
      ask(words, () => {
        form.dataset.confirmed = words;
        form.requestSubmit(submitter && submitter.form === form ? submitter : undefined);
      });
      return;
    }
    delete form.dataset.confirmed;
    changed.delete(form);
    const field = form.elements.csrfmiddlewaretoken;
    if (field) field.value = token();
    if ("once" in form.dataset && form.method === "post") {
      if (form.dataset.sent) { event.preventDefault(); return; }
      form.dataset.sent = "1";
      setTimeout(() => { for (const button of form.querySelectorAll("button")) button.disabled = true; });
    }
  }, true);
  const free = (forms) => {
    for (const form of forms) {
      delete form.dataset.sent;
      for (const button of form.querySelectorAll("button")) button.disabled = false;
    }
  };
  window.addEventListener("pageshow", (event) => { if (event.persisted) free(document.querySelectorAll("form[data-sent]")); });
  document.addEventListener("htmx:afterRequest", (event) => free([event.target.closest?.("form[data-sent]")].filter(Boolean)));
  document.addEventListener("htmx:confirm", (event) => {
    const words = event.target.dataset?.confirm;
    if (!words || event.target instanceof HTMLFormElement) return;
    event.preventDefault();
    ask(words, () => event.detail.issueRequest(true));
  });

  /* Entries that are not saved yet. */
  const changed = new Set();
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (form && "draft" in form.dataset) changed.add(form);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target.closest?.("form[data-draft]");
    if (form && event.detail.successful) changed.delete(form);
  });
  document.addEventListener("restored", (event) => changed.add(event.target));
  again?.addEventListener("click", () => changed.clear());  /* kept.js has them */
  window.addEventListener("beforeunload", (event) => {
    for (const form of changed) if (!form.isConnected) changed.delete(form);
    if (changed.size) event.preventDefault();
  });

  /* Keys, where nobody is writing. */
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || dialog?.open) return;
    if (event.target.closest("input, select, textarea, [contenteditable], [role=menu], .dropdown-menu")) return;
    const goal = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (!goal || goal.disabled) return;
    event.preventDefault();
    if (goal.matches("input:not([type=checkbox], [type=radio]), textarea, select")) goal.focus();
    else goal.click();
  });

  /* What slides in is a dialog while it is shown, and needs a name then; standing in the page it has none. */
  document.addEventListener("show.bs.offcanvas", (event) => event.target.setAttribute("aria-label", event.target.dataset.dialogLabel ?? ""));
  document.addEventListener("hidden.bs.offcanvas", (event) => event.target.removeAttribute("aria-label"));

  document.addEventListener("change", (event) => {
    const box = event.target;
    if ("submit" in box.dataset) box.form?.requestSubmit();
    if (box.dataset.checkAll) {
      for (const other of box.form?.querySelectorAll(`input[type=checkbox][name="${CSS.escape(box.dataset.checkAll)}"]`) ?? []) {
        if (!other.disabled) other.checked = box.checked;
      }
    }
  });
  document.addEventListener("click", (event) => {
    const close = event.target.closest("[data-close]");
    if (close) close.closest(".note, .banner").hidden = true;
    const print = event.target.closest("[data-print]");
    if (print) window.print();
    const copy = event.target.closest("[data-copy]");
    if (copy) navigator.clipboard?.writeText(document.getElementById(copy.dataset.copy)?.textContent.trim() ?? "");
  });
})();
