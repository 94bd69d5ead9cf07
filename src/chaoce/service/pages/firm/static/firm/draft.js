/* A draft that is being saved by itself is handed in only when that has ended: both would else count as changes beside each other. */
"use strict";
(() => {
  const form = document.getElementById("draft");
  if (!form) return;
  let saving = 0;
  let waiting = null;
  document.addEventListener("htmx:beforeRequest", (event) => { if (event.target === form) saving += 1; });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.target !== form) return;
    saving = Math.max(0, saving - 1);
    /* The queue of htmx sends what was typed meanwhile right after this event. */
    setTimeout(() => {
      const version = form.elements.version?.value ?? document.querySelector('[name="version"][form="draft"]')?.value;
      for (const field of document.querySelectorAll("[data-version]")) if (version) field.value = version;
      if (saving === 0 && waiting) {
        /* The answer may have put another button in its place, one that is off where the window has closed meanwhile. */
        const button = waiting.isConnected ? waiting : document.getElementById(waiting.id);
        waiting = null;
        if (button && !button.disabled) form.requestSubmit(button);
      }
    }, 30);
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-submit-draft]");
    if (!button || saving === 0) return;
    event.preventDefault();
    waiting = button;
  });
  form.addEventListener("submit", () => { for (const one of document.querySelectorAll("[data-submit-draft]")) setTimeout(() => { one.disabled = true; }); });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) for (const one of document.querySelectorAll("[data-submit-draft]")) one.disabled = false;
  });
})();
