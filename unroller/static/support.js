// The box that asks for support, fetched when a reader comes near it. Members get none.
(() => {
  "use strict";
  const spot = document.querySelector("[data-support]");
  if (!spot) return;

  async function load() {
    const answer = await fetch(spot.dataset.support, { headers: { Accept: "text/html" } });
    if (answer.status !== 200) return;
    const parts = new DOMParser().parseFromString(await answer.text(), "text/html");
    spot.replaceChildren(...[...parts.body.childNodes].map((node) => document.importNode(node, true)));
  }

  const near = new IntersectionObserver(
    (entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      near.disconnect();
      load().catch(() => {}); // the page is whole without it
    },
    { rootMargin: "600px" },
  );
  near.observe(spot);
})();
