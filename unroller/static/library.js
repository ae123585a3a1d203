// Keys of the library, and choosing many at once. Every key presses what can be clicked; without this script all works.
(() => {
  "use strict";
  const SWITCH = "library-keys";
  const PLACE = "library-place";
  const dialog = document.getElementById("keys");
  const form = document.querySelector(".list-form");
  const rows = [...document.querySelectorAll(".rows > .saved")];
  const title = (row) => row.querySelector("h2 a");
  let current = -1;

  function used() {
    return localStorage.getItem(SWITCH) !== "off";
  }

  // The current thread is the one whose title is focused, so that screen readers say it and Enter opens it

  function go(index) {
    if (!rows.length) return;
    current = Math.max(0, Math.min(rows.length - 1, index));
    title(rows[current]).focus();
    rows[current].scrollIntoView({ block: "nearest" });
  }

  function press(key) {
    rows[current]?.querySelector(`[data-key="${key}"]`)?.click();
  }

  const KEYS = {
    j: () => go(current + 1),
    k: () => go(current - 1),
    o: () => rows[current] && title(rows[current]).click(),
    e: () => press("e"),
    f: () => press("f"),
    t: () => press("t"),
    x: () => rows[current]?.querySelector("[name=saved]").click(),
    "/": () => document.getElementById("q")?.focus(),
    "?": () => dialog.showModal(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (event.repeat && !"jk".includes(event.key)) return;
    if (dialog.open || event.target.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable]")) return;
    if (!used() || !Object.hasOwn(KEYS, event.key)) return;
    event.preventDefault();
    KEYS[event.key]();
  });

  form?.addEventListener("focusin", ({ target }) => {
    const row = rows.indexOf(target.closest(".saved"));
    if (row >= 0) current = row;
  });

  // After a key that changed a thread the page comes anew: go on where one was

  form?.addEventListener("submit", ({ submitter }) => {
    if (submitter?.dataset.key) sessionStorage.setItem(PLACE, `${location.pathname}${location.search} ${current}`);
  });

  const [page, place] = (sessionStorage.getItem(PLACE) ?? "").split(" ");
  sessionStorage.removeItem(PLACE);
  if (place && page === location.pathname + location.search) go(Number(place));

  document.querySelector("[data-help]")?.addEventListener("click", () => dialog.showModal());
  const keys = dialog.querySelector("[data-keys]");
  keys.checked = used();
  keys.addEventListener("change", () => localStorage.setItem(SWITCH, keys.checked ? "on" : "off"));

  // Many at once

  const many = document.querySelector(".many");
  if (!many) return;
  const ticks = rows.map((row) => row.querySelector("[name=saved]"));
  const all = many.querySelector("[data-all]");

  function count() {
    const chosen = ticks.filter((tick) => tick.checked).length;
    many.querySelector("[data-chosen]").textContent = chosen ? `${chosen} chosen` : "";
    all.checked = chosen === ticks.length;
    all.indeterminate = chosen > 0 && chosen < ticks.length;
    if (chosen) many.open = true;
  }

  all.addEventListener("change", () => {
    for (const tick of ticks) tick.checked = all.checked;
    count();
  });
  form.addEventListener("change", ({ target }) => target.name === "saved" && count());
  count();
})();
