// Two small helps of the account pages: the browser's time zone, and buttons that work once.
(() => {
  "use strict";
  const select = document.querySelector("select[name=time_zone]");
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const known = select && [...select.options].some((option) => option.value === here);
  if (known && select.value === "UTC" && here !== "UTC") {
    select.value = here;
    document.getElementById("zone-note").textContent = `Your browser says ${here.replaceAll("_", " ")}. Save to keep it.`;
  }

  for (const form of document.querySelectorAll("form[data-once]")) {
    form.addEventListener("submit", () => {
      for (const button of form.querySelectorAll("button")) button.disabled = true;
    });
  }
})();
