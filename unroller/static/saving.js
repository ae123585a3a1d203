// Saves a thread without leaving the place one reads at. Without this script the form does the same with a new page.
(() => {
  "use strict";

  async function save(form) {
    const answer = await fetch(form.action, {
      method: "POST",
      body: new FormData(form),
      headers: { Accept: "text/plain" },
    });
    if (answer.status !== 201) throw new Error(answer.status);
    const address = answer.headers.get("Content-Location");
    for (const each of document.querySelectorAll("form[data-save]")) {
      const link = Object.assign(document.createElement("a"), { className: "button", href: address, textContent: "Saved" });
      const focused = each.contains(document.activeElement);
      each.replaceWith(link);
      if (focused) link.focus();
    }
    document.getElementById("said").textContent = await answer.text();
  }

  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-save]")) return;
    event.preventDefault();
    save(event.target).catch(() => event.target.submit());
  });
})();
