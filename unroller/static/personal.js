// What a page says to one reader only. Guests' browsers never ask for it.
(() => {
  "use strict";
  const root = document.documentElement;
  if (!root.classList.contains("member")) return;
  const page = document.querySelector("[data-page]")?.dataset.page ?? "";
  const thread = page.startsWith("thread=");
  const SAVE_EVERY = 5000;

  async function load() {
    const answer = await fetch(`/personal?${page}`, { headers: { Accept: "text/html" } });
    if (answer.status === 204) root.classList.remove("member");
    if (answer.status !== 200) return;
    const parts = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of parts.querySelectorAll("[data-for]")) fill(part);
    const place = parts.querySelector("form[data-for=place]");
    if (thread && place) {
      resume();
      keepPlace(place);
    }
  }

  // Several places of a page may show the same part
  function fill(part) {
    for (const spot of document.querySelectorAll(`[data-personal="${part.dataset.for}"]`)) {
      spot.replaceChildren(...[...part.childNodes].map((node) => document.importNode(node, true)));
    }
  }

  // Back to the post where the reader stopped, unless they went somewhere already

  function resume() {
    const note = document.querySelector(".back-at");
    if (!note || location.hash || scrollY > 200) return;
    const post = document.querySelector(`[data-post-id="${CSS.escape(note.dataset.post)}"]`);
    if (!post?.matches(".thread > li > .post") || post.id === "post-1") return;
    post.prepend(note);
    note.hidden = false;
    post.scrollIntoView();
  }

  // Where the reader is, told now and then and when they leave

  function keepPlace(form) {
    let told = "";
    let finished = false;
    const seen = new IntersectionObserver((entries) => {
      finished ||= entries.some((entry) => entry.isIntersecting);
    });
    const end = document.querySelector(".end");
    if (end) seen.observe(end);

    function current() {
      const edge = parseFloat(getComputedStyle(root).scrollPaddingTop) + 8;
      const posts = [...document.querySelectorAll(".thread > li > .post")];
      return posts.findLast((post) => post.getBoundingClientRect().top <= edge) ?? posts[0];
    }

    function tell() {
      const post = current();
      if (!post) return;
      const fields = new FormData(form);
      fields.set("post_id", post.dataset.postId);
      fields.set("position", post.id);
      if (finished) fields.set("finished", "on");
      const now = `${post.id} ${finished}`;
      if (now !== told && navigator.sendBeacon(form.action, fields)) told = now;
    }

    setInterval(() => {
      if (document.visibilityState === "visible") tell();
    }, SAVE_EVERY);
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") tell();
    });
    addEventListener("pagehide", tell);
    setTimeout(tell, 1000);
  }

  load().catch(() => {}); // the page is whole without it
})();
