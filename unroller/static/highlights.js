// Passages that a reader marks on a thread's page. Does nothing for guests.
//
// A place counts code points of a post's words (core/passages.py), a browser UTF-16 units. A selection of several posts
// becomes one highlight in each, so that nothing of it is left out but what stands between the posts' words.
(() => {
  "use strict";
  const spot = document.querySelector("[data-personal=highlights]");
  if (!spot || !document.documentElement.classList.contains("member")) return;
  const WORDS = ":is(.post, .post > .fold) > .text";
  const MOST_POSTS = 10; // whoever selects more than that wants to copy them
  const SETTLED = 200;
  const said = document.getElementById("said");
  const all = new Map();
  let [form, bar] = [null, null]; // what the personal part brought
  let chosen = []; // the passages that are selected
  let opened = null; // the highlight that is looked at
  let [pointing, hinted, timer] = [false, false, 0];

  class Refusal extends Error {}

  // Counting
  const points = (text) => [...text].length;
  const bare = (text) => text.replace(/[\u2028\u2029]/g, "");
  const spaced = (text) => text.replace(/[\u2028\u2029]/g, " ");
  const units = (text, count) => [...text].slice(0, count).join("").length;

  // Marks

  function draw(id) {
    const post = `.post[data-post-id="${CSS.escape(id)}"]`;
    const words = document.querySelector(`${post} > .text, ${post} > .fold > .text`);
    if (!words) return;
    for (const old of words.querySelectorAll(".hl, .hl-open")) old.replaceWith(...old.childNodes);
    words.normalize();
    const here = [...all.values()].filter((each) => each.post_id === id);
    for (const each of here.sort((one, other) => one.start - other.start)) wrap(words, each);
  }

  function wrap(words, each) {
    const text = words.textContent;
    const from = units(text, each.start);
    const to = from + units(text.slice(from), each.length);
    if (!spaced(text.slice(from)).startsWith(each.begins)) return; // a page of another version of the thread
    let [last, position] = [null, 0];
    for (const node of textNodes(words)) {
      const next = position + node.length;
      const [start, end] = [Math.max(from, position), Math.min(to, next)];
      if (start < end && !node.parentElement.matches("ul, ol")) last = mark(node, start - position, end - start, each);
      position = next;
    }
    (last?.closest("a") ?? last)?.after(opener(each));
  }

  function textNodes(words, found = []) {
    const walker = document.createTreeWalker(words, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) found.push(walker.currentNode);
    return found;
  }

  function mark(node, start, length, each) {
    const piece = start ? node.splitText(start) : node;
    if (length < piece.length) piece.splitText(length);
    const around = Object.assign(document.createElement("mark"), { className: `hl hl-${each.color}` });
    around.dataset.highlight = each.id;
    piece.replaceWith(around);
    around.append(piece);
    return around;
  }

  // For the keyboard, for screen readers, and where the whole passage is a link
  function opener(each) {
    const button = document.createElement("button");
    button.dataset.highlight = each.id;
    return Object.assign(button, {
      type: "button",
      className: `hl-open hl-${each.color}${each.note ? " hl-noted" : ""}`,
      title: each.note,
      ariaLabel: `Highlight, ${each.color}${each.note ? ", with a note" : ""}`,
    });
  }

  // What is selected

  function passages() {
    const range = selected();
    if (!range) return [];
    const shown = [...document.querySelectorAll(WORDS)].filter((words) => !words.closest("details:not([open])"));
    const touched = shown.filter((words) => range.intersectsNode(words));
    return touched.length > MOST_POSTS ? [] : touched.map((words) => passage(words, range)).filter(Boolean);
  }

  function selected() {
    const selection = getSelection();
    return selection.rangeCount && !selection.isCollapsed ? selection.getRangeAt(0) : null;
  }

  function passage(words, range) {
    const inside = document.createRange();
    inside.selectNodeContents(words);
    const before = inside.cloneRange();
    const { startContainer, startOffset, endContainer, endOffset } = range;
    if (inside.isPointInRange(startContainer, startOffset)) inside.setStart(startContainer, startOffset);
    if (inside.isPointInRange(endContainer, endOffset)) inside.setEnd(endContainer, endOffset);
    before.setEnd(inside.startContainer, inside.startOffset);
    const quote = inside.toString();
    const blank = quote.length - quote.trimStart().length;
    if (!quote.trim()) return null;
    return {
      post_id: words.closest(".post").dataset.postId,
      start: points(before.toString() + quote.slice(0, blank)),
      length: points(quote.trim()),
      quote: quote.trim(),
    };
  }

  // The bar

  function look() {
    const occupied = pointing || bar.ariaBusy === "true" || bar.contains(document.activeElement);
    if (occupied || !("may" in form.dataset)) return;
    chosen = passages();
    if (chosen.length) {
      show(null, selected().getBoundingClientRect());
      if (!hinted) said.textContent = "Press Tab to highlight these words.";
      hinted = true;
    } else if (!opened) hide();
  }

  function show(highlight, place) {
    opened = highlight;
    bar.hidden = false;
    bar.classList.toggle("hl-making", !highlight);
    tell("");
    part("delete").hidden = !highlight;
    part("delete").textContent = "Remove";
    bar.querySelector(".hl-said").textContent = highlight?.note ?? "";
    for (const dot of bar.querySelectorAll("[data-color]")) {
      dot.ariaPressed = highlight ? String(dot.dataset.color === highlight.color) : null;
    }
    write(false);
    const above = place.top - bar.offsetHeight - 10;
    const header = document.querySelector(".bar").getBoundingClientRect().bottom;
    const left = Math.min(place.left, document.documentElement.clientWidth - bar.offsetWidth - 8);
    bar.style.setProperty("--hl-top", `${(above > header ? above : place.bottom + 10) + scrollY}px`);
    bar.style.setProperty("--hl-left", `${Math.max(8, left)}px`);
  }

  function hide() {
    if (bar.hidden) return;
    const back = bar.contains(document.activeElement) && opened ? opened.id : 0;
    bar.hidden = true;
    opened = null;
    document.querySelector(`.hl-open[data-highlight="${back}"]`)?.focus({ preventScroll: true });
  }

  const part = (name) => bar.querySelector(`[data-do=${name}]`);
  const tell = (sentence) => bar.querySelector(".hl-error").replaceChildren(sentence);

  function write(open) {
    const note = bar.querySelector(".hl-note");
    note.hidden = !open;
    bar.querySelector(".hl-said").hidden = open;
    part("note")?.setAttribute("aria-expanded", String(open));
    if (!open) return;
    document.querySelector(`.hl[data-highlight="${opened?.id}"]`)?.scrollIntoView({ block: "nearest" });
    Object.assign(note.querySelector("textarea"), { value: opened?.note ?? "" }).focus();
  }

  // What the reader wants

  async function send(address, fields) {
    const body = new URLSearchParams([...new FormData(form), ...Object.entries(fields)]);
    const answer = await fetch(address, { method: "POST", body, headers: { Accept: "application/json" } });
    if (answer.status === 204) return null;
    const told = await answer.json();
    if (!answer.ok) throw new Refusal(told.sentence);
    return told;
  }

  function remember(told) {
    all.set(told.id, { ...told, begins: bare(told.quote.slice(0, 24)) });
    draw(told.post_id);
  }

  async function make(color, note = "") {
    let first = null;
    while (chosen.length) {
      const told = await send(form.action, { ...chosen[0], color, note: first ? "" : note });
      chosen.shift();
      remember(told);
      first ??= told;
    }
    getSelection().removeAllRanges();
    opened = first;
    return "Highlighted.";
  }

  async function change(fields, sentence) {
    const told = await send(form.dataset.change + opened.id, fields);
    all.delete(opened.id);
    if (told) remember(told);
    else draw(opened.post_id);
    return sentence;
  }

  function annotate(note) {
    if (!opened) return make("yellow", note);
    return change({ action: "note", note }, note ? "Your note is saved." : "Your note is removed.");
  }

  function recolor(color) {
    if (!opened) return make(color);
    return change({ action: "color", color }, `The highlight is ${color} now.`);
  }

  // One wish at a time; in the end it is said what became of it
  async function grant(wish) {
    if (bar.ariaBusy === "true") return;
    bar.ariaBusy = "true";
    tell("");
    try {
      said.textContent = await wish();
      hide();
    } catch (error) {
      if (error instanceof Refusal) tell(error.message);
      else if (!navigator.onLine) tell("You are offline. Please try again when you are back.");
      else tell("This did not work. Please load the page again.");
    } finally {
      bar.ariaBusy = "false";
    }
  }

  function press(button) {
    const { color, do: wish } = button?.dataset ?? {};
    if (color) grant(() => recolor(color));
    else if (wish === "note") write(bar.querySelector(".hl-note").hidden);
    else if (wish === "close") hide();
    else if (wish !== "delete") return;
    else if (opened.note && button.textContent === "Remove") button.textContent = "Remove with its note?";
    else grant(() => change({ action: "delete" }, "The highlight is removed."));
  }

  function listen() {
    document.addEventListener("pointerdown", ({ target }) => {
      if (bar.contains(target)) return;
      pointing = true;
      if (!target.closest(".hl, .hl-open")) hide();
    });
    for (const sign of ["selectionchange", "pointerup", "pointercancel"]) {
      document.addEventListener(sign, () => {
        if (sign !== "selectionchange") pointing = false;
        clearTimeout(timer);
        timer = setTimeout(look, SETTLED);
      });
    }
    bar.addEventListener("mousedown", (event) => {
      if (!event.target.closest("textarea")) event.preventDefault(); // the selection stays
    });
    bar.addEventListener("click", ({ target }) => press(target.closest("button[type=button]")));
    bar.querySelector(".hl-note").addEventListener("submit", (event) => {
      event.preventDefault();
      grant(() => annotate(event.target.querySelector("textarea").value.trim()));
    });
    document.addEventListener("click", ({ target }) => {
      const place = target.closest(".hl, .hl-open");
      if (!place || target.closest("a") || selected()) return;
      show(all.get(Number(place.dataset.highlight)), place.getBoundingClientRect());
      place.scrollIntoView({ block: "nearest" }); // on a phone the bar lies over it
      const first = bar.querySelector("[aria-pressed=true]") ?? bar.querySelector("button:not([hidden])");
      first.focus({ preventScroll: true });
    });
    document.addEventListener("keydown", (event) => {
      if (bar.hidden) return;
      if (event.key === "Escape") hide();
      else if (event.key === "Tab" && !event.shiftKey && chosen.length && !opened && !bar.contains(event.target)) {
        event.preventDefault();
        bar.querySelector("button").focus({ preventScroll: true });
      }
    });
  }

  function begin() {
    form = spot.querySelector("form[data-change]");
    if (!form || bar) return;
    bar = spot.querySelector(".hl-bar");
    document.body.append(bar);
    for (const { dataset, textContent: note } of spot.querySelectorAll("[data-highlight]")) {
      const [id, start, length] = [dataset.highlight, dataset.start, dataset.length].map(Number);
      const { post: post_id, color, begins } = dataset;
      all.set(id, { id, post_id, start, length, color, note, begins: bare(begins) });
    }
    for (const id of new Set([...all.values()].map((each) => each.post_id))) draw(id);
    listen();
    look(); // the reader may have been faster
  }

  new MutationObserver(begin).observe(spot, { childList: true });
  begin();
})();
