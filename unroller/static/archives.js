// Sends the zip in parts, so that an upload that broke off goes on where it stopped. Without it the form does it all.
(() => {
  "use strict";
  const form = document.getElementById("archive");
  const failed = form.querySelector("[data-error]");
  const progress = form.querySelector("[data-progress]");
  const bar = progress.querySelector("progress");
  const said = progress.querySelector("[data-said]");
  const button = form.querySelector("button");
  const pauseButton = progress.querySelector("[data-pause]");
  const toDelete = progress.querySelector("[data-delete]");
  const waits = [2, 5, 15, 30, 60, 60, 60];
  const megabytes = (bytes) => Math.floor(bytes / 1e6).toLocaleString("en-US");
  let stop = new AbortController();

  class Refused extends Error {}

  const wait = (seconds) =>
    new Promise((done) => {
      setTimeout(done, seconds * 1000);
      stop.signal.addEventListener("abort", done);
    });

  const post = async (address, body) => {
    const token = form.elements.csrfmiddlewaretoken.value;
    const headers = { "X-CSRFToken": token };
    const answer = await fetch(address, { method: "POST", body, headers, signal: stop.signal });
    let told = {};
    try {
      told = await answer.json();
    } catch {
      if (answer.status < 500) throw new Refused("Please reload the page, and choose the same file again.");
    }
    if (told.error && answer.status !== 422) throw new Refused(told.error);
    if (!answer.ok && answer.status !== 409) throw new Error(String(answer.status));
    return told;
  };

  const patiently = async (work) => {
    for (const seconds of waits) {
      try {
        return await work();
      } catch (error) {
        if (error instanceof Refused || stop.signal.aborted) throw error;
        said.textContent = "The connection broke. We try again by ourselves.";
        await wait(seconds);
      }
    }
    return work();
  };

  let shown = "";
  const show = (received, size) => {
    bar.value = (100 * received) / size;
    shown = `${megabytes(received)} of ${megabytes(size)} MB`;
    said.textContent = shown;
  };

  const send = async (file) => {
    const about = new FormData();
    about.append("name", file.name);
    about.append("size", file.size);
    const begun = await patiently(() => post(form.dataset.begin, about));
    toDelete.href = begun.page;
    let received = begun.received;
    show(received, file.size);
    while (received < file.size) {
      const part = file.slice(received, received + begun.most);
      const address = `${begun.part}?offset=${received}&length=${part.size}`;
      const told = await patiently(() => post(address, new Blob([part], { type: "application/octet-stream" })));
      received = told.received;
      show(received, file.size);
    }
    window.location.assign(begun.page);
  };

  const failure = (error) =>
    error instanceof Refused ? error.message : "The upload stopped. Choose the same file to go on where it stopped.";

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const [file] = form.elements.file.files;
    if (!file) return;
    stop = new AbortController();
    failed.hidden = true;
    progress.hidden = pauseButton.hidden = false;
    button.disabled = toDelete.hidden = true;
    said.textContent = "";
    bar.value = 0;
    try {
      await send(file);
    } catch (error) {
      if (stop.signal.aborted) said.textContent = `Paused. ${shown && `${shown} are here. `}Upload goes on with the same file.`;
      else failed.textContent = failure(error);
      failed.hidden = stop.signal.aborted;
      toDelete.hidden = progress.hidden = !toDelete.href;
    } finally {
      button.disabled = false;
      pauseButton.hidden = true;
    }
  });

  pauseButton.addEventListener("click", () => stop.abort());
})();
