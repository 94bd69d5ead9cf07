/* Files are sent one by one, each in a call of its own, with its progress. A lost connection is waited for and the file is sent
   again. What needs a person stands first: a file that cannot be taken says why and stays; what has arrived goes to the end, and
   leaves when more files are chosen. Without this script the plain form does the work.
   <form data-upload="url">      files chosen in it are sent to the url
   <… data-drop>                 files dropped on it are sent to the url of its form
   <… data-sending data-words-…> where the files and their progress are listed, with the words for it */
"use strict";
(() => {
  const panel = document.querySelector("[data-sending]");
  if (!panel) return;
  document.documentElement.classList.add("with-script");
  const list = panel.querySelector("[data-queue]");
  const count = panel.querySelector("[data-count]");
  const words = (name) => panel.dataset[`words${name}`] ?? "";
  /* The cookie is newer than the page where somebody has signed in again in another tab. */
  const token = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? document.querySelector('meta[name="csrf-token"]')?.content ?? "";
  const most = Number(panel.dataset.most) * 1_000_000;
  const AT_ONCE = 2;
  const LONGEST_WAIT = 30_000;
  const URGENT = ["refused", "lost", "out"];
  let all = [];
  let running = 0;

  const tally = () => {
    const many = (...states) => all.filter((one) => states.includes(one.state)).length;
    const said = [words("Count").replace("{done}", many("done")).replace("{all}", all.length)];
    if (many("refused")) said.push(words("Refused").replace("{n}", many("refused")));
    if (many("lost", "out")) said.push(words("Held").replace("{n}", many("lost", "out")));
    count.textContent = said.join(words("Between"));
    count.classList.toggle("with-refused", many("refused") > 0);
  };

  /* Rows stand by how much they need a person: what was not taken, what is under way, what has arrived. */
  const place = (job) => {
    if (job.state === "done") list.append(job.row);
    else if (URGENT.includes(job.state)) {
      const first = [...list.children].find((row) => !URGENT.some((state) => row.classList.contains(`sending-${state}`)));
      first?.before(job.row);
      list.scrollTop = 0;
    }
  };

  const show = (job, state, text) => {
    job.state = state;
    job.row.className = `sending-${state}`;
    job.said.textContent = text;
    job.bar.hidden = state !== "sending";
    job.again.hidden = state !== "lost" && state !== "out";
    place(job);
    tally();
  };

  const add = (file, url) => {
    const row = document.createElement("li");
    const name = document.createElement("span");
    name.className = "sending-name";
    name.textContent = file.name;
    const bar = document.createElement("progress");
    bar.max = Math.max(1, file.size);
    bar.value = 0;
    bar.setAttribute("aria-label", file.name);
    const said = document.createElement("span");
    said.className = "sending-said";
    const again = document.createElement("button");
    again.type = "button";
    again.className = "btn btn-sm";
    again.textContent = words("Again");
    row.append(name, bar, said, again);
    list.append(row);
    panel.hidden = false;
    const job = { file, url, row, bar, said, again, tries: 0, state: "waiting", timer: 0 };
    again.addEventListener("click", () => retry(job));
    all.push(job);
    if (file.size > most) return show(job, "refused", words("Large"));
    if (file.size === 0) return show(job, "refused", words("Empty"));
    show(job, "waiting", words("Waiting"));
  };

  const retry = (job) => {
    clearTimeout(job.timer);
    show(job, "waiting", words("Waiting"));
    next();
  };

  const next = () => {
    while (running < AT_ONCE) {
      const job = all.find((one) => one.state === "waiting");
      if (!job) break;
      send(job);
    }
    if (running === 0 && !all.some((one) => one.state === "waiting")) changed();
  };

  const changed = () => document.body.dispatchEvent(new Event("files-changed"));

  const lost = (job) => {
    job.tries += 1;
    show(job, "lost", words("Lost"));
    const wait = Math.min(LONGEST_WAIT, 1000 * 2 ** job.tries);
    job.timer = setTimeout(() => { if (job.state === "lost") retry(job); }, wait);
  };

  const send = (job) => {
    running += 1;
    job.bar.value = 0;
    show(job, "sending", words("Sending"));
    const call = new XMLHttpRequest();
    call.open("POST", job.url);
    call.setRequestHeader("X-CSRFToken", token());
    call.setRequestHeader("X-File-Name", encodeURIComponent(job.file.name));
    call.setRequestHeader("Content-Type", "application/octet-stream");
    call.setRequestHeader("Accept", "application/json");
    call.upload.addEventListener("progress", (event) => { job.bar.value = event.loaded; });
    call.addEventListener("error", () => lost(job));
    call.addEventListener("timeout", () => lost(job));
    call.addEventListener("abort", () => lost(job));
    call.addEventListener("load", () => {
      let answer = null;
      try { answer = JSON.parse(call.responseText); } catch { /* not ours: a page of signing in, or of a proxy */ }
      if (answer?.url) {
        show(job, "done", answer.said || words("Done"));
        const link = document.createElement("a");
        link.href = answer.url;
        link.textContent = answer.name;
        job.row.querySelector(".sending-name").replaceChildren(link);
        changed();
      } else if (answer?.error) {
        show(job, "refused", answer.error);
      } else if (call.status >= 500 || call.status === 0 || call.status === 429) {
        lost(job);
      } else if (call.status === 413) {
        show(job, "refused", words("Large"));
      } else {
        show(job, "out", words("Out"));
      }
    });
    call.addEventListener("loadend", () => { running -= 1; next(); });
    call.send(job.file);
  };

  window.addEventListener("online", () => { for (const job of all) if (job.state === "lost") retry(job); });
  window.addEventListener("beforeunload", (event) => {
    if (all.some((job) => ["waiting", "sending", "lost", "out"].includes(job.state))) event.preventDefault();
  });

  /* Folders that are dropped are opened, folder by folder. */
  const filesOf = async (entry) => {
    if (entry.isFile) return [await new Promise((give, fail) => entry.file(give, fail))];
    const reader = entry.createReader();
    const found = [];
    for (;;) {
      const some = await new Promise((give, fail) => reader.readEntries(give, fail));
      if (!some.length) return found;
      for (const one of some) if (!one.name.startsWith(".")) found.push(...await filesOf(one));
    }
  };

  const take = (files, url) => {
    const names = new Set(files.map((file) => file.name));
    for (const job of all) job.left = job.state === "done" || (job.state === "refused" && names.has(job.file.name));
    for (const job of all) if (job.left) job.row.remove();
    all = all.filter((job) => !job.left);
    list.scrollTop = 0;
    for (const file of files) add(file, url);
    next();
  };

  document.addEventListener("change", (event) => {
    const input = event.target;
    const form = input.closest?.("form[data-upload]");
    if (!form || input.type !== "file" || !input.files.length) return;
    event.stopPropagation();
    take([...input.files], form.dataset.upload);
    input.value = "";
  }, true);
  for (const name of ["dragenter", "dragover"]) {
    document.addEventListener(name, (event) => {
      const zone = event.target.closest?.("[data-drop]");
      if (!zone || !event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      zone.classList.add("over");
    });
  }
  document.addEventListener("dragleave", (event) => {
    const zone = event.target.closest?.("[data-drop]");
    if (zone && !zone.contains(event.relatedTarget)) zone.classList.remove("over");
  });
  document.addEventListener("drop", async (event) => {
    const zone = event.target.closest?.("[data-drop]");
    if (!zone) return;
    event.preventDefault();
    zone.classList.remove("over");
    const url = zone.closest("form[data-upload]").dataset.upload;
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    const plain = [...event.dataTransfer.files];
    if (!entries.some((entry) => entry.isDirectory)) return take(plain, url);
    const found = [];
    for (const entry of entries) found.push(...await filesOf(entry));
    take(found, url);
  });
})();
