// Puts the reader's choices on <html> before anything is painted, keeps them in a cookie, and tells the account.
(() => {
  "use strict";
  const root = document.documentElement;
  const choices = {
    theme: ["auto", "light", "dark", "sepia"],
    size: ["3", "1", "2", "4", "5"],
    width: ["normal", "narrow", "wide"],
    face: ["serif", "sans"],
  }; // the first of each is the default

  const chosen = {};
  const cookie = /(?:^|; )reading=([\w.-]*)/.exec(document.cookie);
  const kept = cookie ? cookie[1].split(".") : [];
  Object.entries(choices).forEach(([name, values], index) => {
    chosen[name] = values.includes(kept[index]) ? kept[index] : values[0];
    root.dataset[name] = chosen[name];
  });
  const member = /(?:^|; )member=1/.test(document.cookie);
  root.classList.add("scripted");
  root.classList.toggle("member", member);
  root.classList.toggle("copies", Boolean(navigator.clipboard));
  root.classList.toggle("shares", Boolean(navigator.share));

  function keep() {
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `reading=${Object.values(chosen).join(".")}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
    if (!member) return;
    const body = new URLSearchParams(chosen);
    const headers = { Accept: "application/json" }; // an answer without a page
    fetch("/account/reading", { method: "POST", body, headers, keepalive: true }).catch(() => {}); // this machine has it
  }

  document.addEventListener("DOMContentLoaded", () => {
    const panel = document.querySelector("form#reading");
    if (!panel) return;
    for (const input of panel.elements) {
      if (input.type === "radio") input.checked = chosen[input.name] === input.value;
    }
    panel.addEventListener("change", ({ target }) => {
      root.dataset[target.name] = chosen[target.name] = target.value;
      keep();
    });
  });
})();
