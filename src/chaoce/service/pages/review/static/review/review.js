/* What the departments' pages do in the browser beyond chaoce.js. Without it every form and link still works.
   [data-row]       links of a list: j, k and the arrows go from one to the next, x ticks the box of its row
   [data-keys]      opens the help on keys; [data-keys-on] in it turns keys of one letter off, kept in this browser
   [data-points]    the list of points; [data-more] adds a line without loading the page
   [data-several]   buttons over the ticked rows; off while nothing is ticked */
"use strict";
(() => {
  const writing = (target) => target.closest?.("select, textarea, [contenteditable], input:not([type=checkbox], [type=radio])");
  const plain = (event) => !(event.ctrlKey || event.metaKey || event.altKey || event.isComposing);

  /* Keys of one letter can be turned off: whoever speaks to the browser would else press them by words. */
  const kept = "chaoce.keys";
  const off = () => { try { return localStorage.getItem(kept) === "off"; } catch { return false; } };
  window.addEventListener("keydown", (event) => {
    if (off() && plain(event) && event.key.length === 1 && event.key !== " " && !writing(event.target)) event.stopImmediatePropagation();
  }, true);

  const keys = document.getElementById("keys");
  if (keys) {
    const box = keys.querySelector("[data-keys-on]");
    box.checked = !off();
    box.addEventListener("change", () => { try { localStorage.setItem(kept, box.checked ? "on" : "off"); } catch { /* not kept */ } });
    keys.addEventListener("keydown", (event) => event.stopPropagation());
    document.querySelector("[data-keys]")?.addEventListener("click", () => keys.showModal());
  }

  /* Lists. */
  const rows = [...document.querySelectorAll("[data-row]")];
  const here = () => rows.findIndex((row) => row.closest("tr").contains(document.activeElement));
  document.addEventListener("keydown", (event) => {
    if (!rows.length || !plain(event) || event.shiftKey || writing(event.target)) return;
    if (document.querySelector("dialog[open]") || event.target.closest("[role=tab], .dropdown-menu")) return;
    const at = here();
    const step = { j: 1, k: -1, ArrowDown: at < 0 ? 0 : 1, ArrowUp: at < 0 ? 0 : -1 }[event.key];
    if (step) {
      event.preventDefault();
      rows[Math.max(0, Math.min(rows.length - 1, at < 0 ? (step > 0 ? 0 : rows.length - 1) : at + step))].focus();
    } else if (event.key === "x" && at >= 0) {
      const box = rows[at].closest("tr").querySelector("input[name=case]");
      if (box) { event.preventDefault(); box.click(); }
    }
  });

  const buttons = [...document.querySelectorAll("[data-several]")];
  if (buttons.length) {
    const form = buttons[0].form;
    const words = form.querySelector("[data-chosen]");
    const count = () => {
      const chosen = form.querySelectorAll("input[name=case]:checked").length;
      for (const button of buttons) button.disabled = !chosen;
      words.textContent = chosen ? words.dataset.chosen.replace("%n", chosen) : "";
    };
    form.addEventListener("change", () => setTimeout(count));
    window.addEventListener("pageshow", count);
    count();
  }

  /* Steps that open: the first thing to write or choose is where one is. */
  document.addEventListener("click", (event) => {
    const summary = event.target.closest("details.step > summary");
    if (!summary) return;
    event.preventDefault();
    const step = summary.parentElement;
    step.open = !step.open;
    if (step.open) step.querySelector("input:not([type=hidden]), textarea, select")?.focus();
  });

  for (const points of document.querySelectorAll("[data-points]")) {
    points.querySelector("[data-more]").addEventListener("click", (event) => {
      event.preventDefault();
      const list = points.querySelector("ol");
      const number = list.children.length + 1;
      const row = list.lastElementChild.cloneNode(true);
      for (const part of row.querySelectorAll("[id]")) part.id = part.id.replace(/\d+$/, number);
      for (const label of row.querySelectorAll("label")) {
        label.htmlFor = label.htmlFor.replace(/\d+$/, number);
        label.textContent = label.textContent.replace(/\d+/, number);
      }
      row.querySelector("textarea").value = "";
      row.querySelector("select").selectedIndex = 0;
      list.append(row);
      row.querySelector("textarea").focus();
    });
  }

  const refused = document.getElementById("refused");
  if (refused) refused.focus();
  else document.querySelector("main [aria-invalid=true]")?.focus();
})();
