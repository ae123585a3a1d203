// Saves how often one is told as soon as it is chosen, and selects the feed's address when it is clicked.
(() => {
  "use strict";

  async function save(form) {
    const answer = await fetch(form.action, {
      method: "POST",
      body: new FormData(form),
      headers: { Accept: "text/plain" },
    });
    if (!answer.ok || answer.redirected) throw new Error(answer.status);
    form.closest("li").querySelector("output").textContent = await answer.text();
  }

  document.addEventListener("change", ({ target }) => {
    const form = target.closest("form[data-cadence]");
    if (!form) return;
    form.closest("li").querySelector("output").textContent = "";
    save(form).catch(() => form.submit());
  });

  document.addEventListener("focusin", ({ target }) => {
    if (target.matches("[data-select]")) target.select();
  });
})();
