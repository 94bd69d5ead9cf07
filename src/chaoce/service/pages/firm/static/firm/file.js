/* On the page of a file: the line that is worked on is marked in the source beside it; j and k go from line to line. */
"use strict";
(() => {
  let marked = new URLSearchParams(location.search).get("line") ?? "";
  const mark = (number) => {
    if (number === marked || !window.matchMedia("(min-width: 1100px)").matches) return;
    marked = number;
    document.querySelector(`[data-line="${CSS.escape(number)}"] [data-show]`)?.click();
  };
  /* An answer that comes while somebody goes on choosing must not take back what was chosen: the form stays, and what the answer
     says of the saved state is kept for the call that follows. */
  const entered = (form) => JSON.stringify([...new FormData(form)].filter(([name]) => name !== "seen" && name !== "save"));
  const sent = new WeakMap();
  document.addEventListener("htmx:beforeRequest", (event) => {
    const form = event.target;
    if (form.matches?.(".line-form")) sent.set(form, entered(form));
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const form = event.detail.requestConfig?.elt;
    if (!form?.matches?.(".line-form") || !sent.has(form) || sent.get(form) === entered(form)) return;
    event.detail.shouldSwap = false;
    const seen = new DOMParser().parseFromString(event.detail.serverResponse, "text/html").querySelector(".line-form [name=seen]");
    if (seen && event.detail.xhr.status === 200) form.elements.seen.value = seen.value;
  });

  let timer = 0;
  document.addEventListener("focusin", (event) => {
    const card = event.target.closest?.("[data-line]");
    if (!card || event.target.matches("[data-show]")) return;
    clearTimeout(timer);
    timer = setTimeout(() => mark(card.dataset.line), 250);
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("[data-show]");
    if (!link) return;
    marked = link.closest("[data-line]").dataset.line;
    wanted = event.isTrusted;
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (!["j", "k"].includes(event.key) || event.target.closest("input, select, textarea, [contenteditable]")) return;
    const cards = [...document.querySelectorAll("[data-line]")];
    if (!cards.length) return;
    event.preventDefault();
    const here = cards.indexOf(document.activeElement?.closest?.("[data-line]"));
    const next = event.key === "j" ? Math.min(cards.length - 1, here + 1) : Math.max(0, here - 1);
    const goal = cards[next].querySelector("[data-line-type]") ?? cards[next].querySelector("a");
    goal.focus();
    cards[next].scrollIntoView({ block: "nearest" });
  });
  let wanted = false;
  const bring = () => {
    const beside = document.getElementById("beside");
    if (wanted && beside && beside.getBoundingClientRect().top > window.innerHeight / 2) beside.scrollIntoView({ block: "start" });
    wanted = false;
    const here = document.querySelector("#beside .here");
    const body = here?.closest(".beside-body");
    if (body) body.scrollTop += here.getBoundingClientRect().top - body.getBoundingClientRect().top - body.clientHeight / 3;
  };
  bring();
  document.addEventListener("htmx:afterSettle", bring);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && event.target.matches?.("[data-line-type]")) event.target.blur();
  });
})();
