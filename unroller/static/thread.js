// What makes a thread's page nicer to use. Everything on it works without this.
(() => {
  "use strict";
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const said = document.getElementById("said");

  // Copy, share, print

  async function copy(button) {
    await navigator.clipboard.writeText(button.dataset.copy);
    const label = button.textContent;
    if (label === "Copied") return;
    button.textContent = "Copied";
    said.textContent = "The link is copied.";
    setTimeout(() => {
      button.textContent = label;
      said.textContent = "";
    }, 2000);
  }

  function share(button) {
    const { title, address } = button.dataset;
    navigator.share({ title, url: address }).catch(() => {}); // the reader changed their mind
  }

  // Menus

  function closeMenus(except) {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (menu !== except) menu.open = false;
    }
  }

  // Videos: the poster's link becomes a player

  function play(link) {
    const { stream, width, height } = link.dataset;
    const video = document.createElement("video");
    if (stream && !video.canPlayType("application/vnd.apple.mpegurl")) return false;
    Object.assign(video, { controls: true, autoplay: true, playsInline: true, width, height });
    video.poster = link.querySelector("img")?.src ?? "";
    video.ariaLabel = link.ariaLabel;
    video.className = link.querySelector(".guess") ? "guess" : "";
    video.addEventListener("error", () => {
      delete link.dataset.width; // from now on it is the link it was
      video.replaceWith(link);
      said.textContent = "The video cannot be played here.";
    });
    video.src = stream ?? link.href;
    link.replaceWith(video);
    video.focus();
    return true;
  }

  // Animations: playing while they are seen, unless the reader prefers stillness

  function animate(animations) {
    if (calm.matches || navigator.connection?.saveData) return;
    const seen = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        if (!isIntersecting) target.pause();
        else if (!target.dataset.stopped) target.play().catch(() => {});
      }
    }, { threshold: 0.4 });
    for (const animation of animations) {
      animation.controls = false;
      animation.tabIndex = 0;
      seen.observe(animation);
    }
  }

  function toggle(animation) {
    if (animation.controls) return;
    if (animation.paused) animation.play().catch(() => {});
    else animation.pause();
    animation.dataset.stopped = animation.paused ? "yes" : "";
  }

  // The post that the address names, out of its fold

  function reveal() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    let folded = false;
    for (let fold = target.closest("details"); fold; fold = fold.parentElement.closest("details")) {
      folded ||= !fold.open;
      fold.open = true;
    }
    if (folded) target.scrollIntoView();
  }

  // From post to post: j and k

  function step(by) {
    const posts = [...document.querySelectorAll(".post")].filter((post) => post.offsetParent);
    const edge = parseFloat(getComputedStyle(document.documentElement).scrollPaddingTop) + 4;
    const tops = posts.map((post) => post.getBoundingClientRect().top);
    const next = by > 0
      ? tops.findIndex((top) => top > edge)
      : tops.findLastIndex((top) => top < edge - 8);
    if (next < 0) return;
    posts[next].tabIndex = -1;
    posts[next].focus({ preventScroll: true });
    posts[next].scrollIntoView({ behavior: calm.matches ? "auto" : "smooth" });
  }

  document.addEventListener("click", (event) => {
    const on = (selector) => event.target.closest(selector);
    const menu = on("details.menu");
    closeMenus(menu);
    if (on("[data-copy]")) copy(on("[data-copy]"));
    else if (on("[data-share]")) share(on("[data-share]"));
    else if (on("[data-print]")) print();
    else if (on("video.gif")) toggle(on("video.gif"));
    else if (on("a.play[data-width]") && !(event.ctrlKey || event.metaKey || event.shiftKey)) {
      if (play(on("a.play"))) event.preventDefault();
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { target, key } = event;
    if (key === "Escape") {
      const menu = document.querySelector("details.menu[open]");
      closeMenus();
      menu?.querySelector("summary").focus();
    } else if (target.matches("video.gif") && (key === "Enter" || key === " ")) {
      event.preventDefault();
      toggle(target);
    } else if (!target.matches("input, textarea, select, video, audio")) {
      if (key === "j") step(1);
      else if (key === "k") step(-1);
    }
  });

  let unfolded = [];
  addEventListener("beforeprint", () => {
    unfolded = [...document.querySelectorAll("main details:not([open])")];
    for (const fold of unfolded) fold.open = true;
  });
  addEventListener("afterprint", () => {
    for (const fold of unfolded) fold.open = false;
  });

  // Who stays for some seconds is a reader: a number for the author, no name

  const LOOKED = 5000;
  const page = document.querySelector("[data-page]")?.dataset.page ?? "";

  function count() {
    if (document.visibilityState === "visible") navigator.sendBeacon("/read", new URLSearchParams(page));
    else addEventListener("visibilitychange", () => setTimeout(count, LOOKED), { once: true });
  }

  if (page.startsWith("thread=")) setTimeout(count, LOOKED);

  addEventListener("hashchange", reveal);
  reveal();
  animate(document.querySelectorAll("video.gif"));
})();
