/* What was typed into a form outlives the end of a session: it is kept in this tab while somebody signs in again, and stands in the
   form once its page is shown again to the same person. Never kept: passwords, files, hidden fields.
   <form data-draft>     whose entries are kept
   data-not-taken        on a page that says that what was sent was not taken
   data-kept             shown on the page of signing in where something is kept */
"use strict";
(() => {
  const SLOT = "chaoce.kept";
  const person = document.querySelector('meta[name="person"]')?.content ?? "";
  const failed = document.getElementById("failed");
  const read = () => { try { return JSON.parse(sessionStorage.getItem(SLOT)) ?? []; } catch { return []; } };
  const write = (rows) => {
    try { if (rows.length) sessionStorage.setItem(SLOT, JSON.stringify(rows)); else sessionStorage.removeItem(SLOT); } catch { /* no room: nothing is kept */ }
  };
  const typed = (form) => [...form.elements].filter((one) => one.name && one.matches("textarea, select, input:not([type=hidden], [type=password], [type=file], [type=submit], [type=button])"));
  const ticks = (field) => field.type === "checkbox" || field.type === "radio";
  /* A form is known by where it is sent: the same one may stand at several addresses. */
  const which = (form) => form.getAttribute("action") || location.pathname + location.search;
  const keep = (form, sent) => {
    const entries = typed(form).filter((field) => !field.multiple).map((field) => [field.name, field.value, ticks(field) ? field.checked : null]);
    write([...read().filter((row) => row.form !== which(form)), { form: which(form), person, sent, entries }]);
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method === "post" && "draft" in form.dataset && person) keep(form, true);
  }, true);
  const changed = new Set();
  document.addEventListener("input", (event) => { if (event.target.form && "draft" in event.target.form.dataset) changed.add(event.target.form); });
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target.closest?.("form[data-draft]");
    if (form && event.detail.successful) changed.delete(form);
    if (event.detail.xhr?.status === 401) for (const one of changed) if (one.isConnected) keep(one, false);
  });

  const formOf = (row) => [...document.querySelectorAll("form[data-draft]")].find((one) => which(one) === row.form);
  const restore = (row) => {
    const form = formOf(row);
    let differs = false;
    for (const [name, value, checked] of row.entries) {
      const field = typed(form).find((one) => one.name === name && (!ticks(one) || one.value === value));
      if (!field || field.disabled) continue;
      const same = checked === null ? field.value === value : field.checked === checked;
      if (same) continue;
      differs = true;
      if (checked === null) field.value = value;
      else field.checked = checked;
    }
    if (differs) form.dispatchEvent(new Event("restored", { bubbles: true }));
    return differs;
  };

  const unsent = !person || document.querySelector("[data-not-taken]");
  let rows = read();
  if (unsent) {
    rows = rows.map((row) => ({ ...row, sent: false }));
    const words = document.querySelector("[data-kept]");
    if (words) words.hidden = rows.length === 0;
  } else {
    rows = rows.filter((row) => !row.sent && row.person === person);
    const mine = rows.filter(formOf);
    rows = rows.filter((row) => !formOf(row));
    if (mine.map(restore).includes(true)) {
      const note = document.createElement("div");
      note.className = "note tone-info";
      note.setAttribute("role", "status");
      note.append(document.createElement("div"));
      note.firstChild.textContent = failed?.dataset.restored ?? "";
      document.getElementById("told")?.append(note);
    }
  }
  write(rows);
})();
