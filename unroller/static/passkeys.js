// Passkeys: shows the forms that need one where the browser has them, asks the browser, and sends what it answers.
(() => {
  "use strict";
  if (!window.PublicKeyCredential) return;
  const failed = document.querySelector("[data-passkey-failed]");
  document.querySelector("[data-passkey-missing]")?.remove();

  const ways = {
    make: () => webauthnJSON.create(JSON.parse(document.getElementById("passkey-options").textContent)),
    prove: () => webauthnJSON.get(JSON.parse(document.getElementById("passkey-options").textContent)),
    use: async (form) => {
      const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
      return webauthnJSON.get((await answer.json()).request_options);
    },
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      failed.hidden = true;
      try {
        form.elements.credential.value = JSON.stringify(await ways[form.dataset.passkey](form));
        form.submit();
      } catch {
        failed.hidden = false;
      }
    });
  }
})();
