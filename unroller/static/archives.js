// Sends the zip in parts, so that an upload that broke off goes on where it stopped. Without it the form does it all.
(() => {
  "use strict";
  const form = document.getElementById("archive");
  const failed = form.querySelector("[data-error]");
  const progress = form.querySelector("[data-progress]");
  const bar = progress.querySelector("progress");
  const said = progress.querySelector("[data-said]");
  const button = form.querySelector("button");
  const waits = [2, 5, 15, 30, 60, 60, 60];
  const megabytes = (bytes) => Math.floor(bytes / 1e6).toLocaleString("en-US");
  const pause = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));

  class Refused extends Error {}

  const post = async (address, body) => {
    const token = form.elements.csrfmiddlewaretoken.value;
    const answer = await fetch(address, { method: "POST", body, headers: { "X-CSRFToken": token } });
    let told = {};
    try {
      told = await answer.json();
    } catch {
      if (answer.status < 500) throw new Refused("The site gave an answer that makes no sense. Please reload the page.");
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
        if (error instanceof Refused) throw error;
        said.textContent = "The connection broke. We try again by ourselves.";
        await pause(seconds);
      }
    }
    return work();
  };

  const show = (received, size) => {
    bar.value = (100 * received) / size;
    said.textContent = `${megabytes(received)} of ${megabytes(size)} MB`;
  };

  const send = async (file) => {
    const about = new FormData();
    about.append("name", file.name);
    about.append("size", file.size);
    const begun = await patiently(() => post(form.dataset.begin, about));
    if (begun.received === undefined) throw new Refused("This file is empty. Choose the zip just as X gave it to you.");
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

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const [file] = form.elements.file.files;
    if (!file) return;
    failed.hidden = true;
    progress.hidden = false;
    button.disabled = true;
    try {
      await send(file);
    } catch (error) {
      failed.textContent = error instanceof Refused ? error.message : "The upload stopped. Choose the same file to go on where it stopped.";
      failed.hidden = false;
    } finally {
      button.disabled = false;
    }
  });
})();
