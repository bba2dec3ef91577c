// What needs a script: the theme's switch, the filters, and the pictures enlarged. The page is whole without.
"use strict";
(() => {
  const at = (id) => document.getElementById(id);

  // The theme: as the system has it until the reader chooses.
  const theme = at("theme");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const current = () => document.documentElement.dataset.theme || (dark.matches ? "dark" : "light");
  const stored = (value) => {
    try { // Refused where the browser keeps nothing for files.
      if (value) localStorage.setItem("retake-theme", value);
      return localStorage.getItem("retake-theme");
    } catch { return null; }
  };
  const label = () => { theme.textContent = current() === "dark" ? "Light" : "Dark"; };
  const remembered = stored();
  if (remembered === "dark" || remembered === "light") document.documentElement.dataset.theme = remembered;
  theme.hidden = false;
  label();
  dark.addEventListener("change", label);
  theme.addEventListener("click", () => {
    document.documentElement.dataset.theme = stored(current() === "dark" ? "light" : "dark") ||
      (current() === "dark" ? "light" : "dark");
    label();
  });

  const filters = at("filters");
  if (!filters) return;
  const groups = [...document.querySelectorAll(".group")];
  const items = [...document.querySelectorAll(".item")];

  // The filters.
  const wanted = (name) => filters.elements[name]?.value || "";
  const filter = () => {
    let shown = 0;
    for (const group of groups) {
      const fits = (name) => !wanted(name) || group.dataset[name] === wanted(name);
      let left = 0;
      for (const item of group.querySelectorAll(".item")) {
        const fact = wanted("fact");
        const ok = fits("category") && fits("kind") &&
          (!fact || item.dataset.facts.split(" ").includes(fact)) &&
          (!wanted("change") || item.dataset.change === wanted("change"));
        item.hidden = !ok;
        left += ok;
      }
      group.hidden = left === 0;
      shown += left;
    }
    at("shown").textContent = `${shown} shown`;
    at("nothing").hidden = shown > 0;
    document.body.classList.toggle("no-overlay", filters.elements.overlay?.checked === false);
  };
  filters.hidden = false;
  filters.addEventListener("change", filter);
  filters.addEventListener("reset", () => setTimeout(filter));
  filters.addEventListener("submit", (event) => event.preventDefault());
  for (const link of document.querySelectorAll("a[data-kind], a[data-change]")) {
    link.addEventListener("click", () => {
      filters.reset();
      for (const [name, value] of Object.entries(link.dataset)) filters.elements[name].value = value;
      // Before the browser goes there.
      filter();
    });
  }
  filter();

  // The enlarged picture.
  const box = at("box");
  const visible = () => items.filter((item) => !item.hidden);
  const opener = (item) => item.querySelector(".open");
  let open = null;
  const show = (item) => {
    open = item;
    const all = visible();
    const place = all.indexOf(item);
    at("box-title").textContent = item.dataset.name;
    at("box-place").textContent = `${place + 1} of ${all.length}`;
    at("box-previous").disabled = place === 0;
    at("box-next").disabled = place === all.length - 1;
    const words = document.createElement("div");
    words.className = "words";
    words.append(...[".said", ".facts"].map((part) => item.querySelector(part).cloneNode(true)));
    const figures = [...item.querySelectorAll("figure")].map((figure) => figure.cloneNode(true));
    for (const figure of figures) figure.querySelector(".open")?.remove();
    at("box-body").replaceChildren(...figures, words);
    if (!box.open) box.showModal();
    box.scrollTop = 0;
  };
  const step = (by) => {
    const all = visible();
    const next = all[all.indexOf(open) + by];
    if (next) show(next);
  };
  at("box-close").addEventListener("click", () => box.close());
  at("box-previous").addEventListener("click", () => step(-1));
  at("box-next").addEventListener("click", () => step(1));
  box.addEventListener("click", (event) => { if (event.target === box) box.close(); });
  box.addEventListener("close", () => opener(open)?.focus());
  box.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by) { event.preventDefault(); step(by); }
  });

  // Every picture is in the order of Tab; the arrow keys go from one to the next, past what lies between.
  for (const item of items) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "open";
    button.setAttribute("aria-label", `Enlarge: ${item.dataset.name}`);
    button.addEventListener("click", () => show(item));
    button.addEventListener("keydown", (event) => {
      const all = visible();
      const here = all.indexOf(item);
      const there = {
        ArrowLeft: here - 1, ArrowUp: here - 1, ArrowRight: here + 1, ArrowDown: here + 1, Home: 0, End: all.length - 1,
      }[event.key];
      if (there === undefined) return;
      event.preventDefault();
      const next = all[there];
      if (next) opener(next).focus();
    });
    item.querySelector(".frame").append(button);
  }
})();
