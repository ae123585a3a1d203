// Who reads for free and selects words of a thread is told, once in this browser, that words can be highlighted.
(() => {
  "use strict";
  const TOLD = "highlights-offered";
  const SETTLED = 600;
  let timer = 0;
  if (!document.documentElement.classList.contains("member") || known()) return;

  function known() {
    try {
      return localStorage.getItem(TOLD) !== null;
    } catch {
      return true; // where nothing can be remembered it would come each time
    }
  }

  function look() {
    const selection = getSelection();
    const offer = document.querySelector(".hl-offer");
    const inside = selection.anchorNode?.parentElement?.closest(".thread .text");
    if (!offer || !inside || selection.isCollapsed || known()) return;
    localStorage.setItem(TOLD, "1");
    document.removeEventListener("selectionchange", wait);
    document.body.append(offer);
    offer.hidden = false;
    document.getElementById("said").textContent = offer.querySelector("p").textContent;
    const close = () => offer.remove();
    offer.querySelector("button").addEventListener("click", close);
    document.addEventListener("keydown", ({ key }) => key === "Escape" && close());
  }

  function wait() {
    clearTimeout(timer);
    timer = setTimeout(look, SETTLED);
  }

  document.addEventListener("selectionchange", wait);
})();
