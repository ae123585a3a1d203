// Leaves the page alone while nothing new is known, so that a screen reader does not repeat itself.
(() => {
  "use strict";
  let last = "";
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { detail } = event;
    if (detail.serverResponse === last) detail.shouldSwap = false;
    last = detail.serverResponse;
  });
})();
