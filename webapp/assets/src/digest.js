// SHA-256 of a chosen or dropped file, for every element with data-digest (the id of the field that gets it). The file
// input has no name, so the file is never part of what the form sends. Browsers compute only on https or localhost.

export function enhanceDigests(root) {
  root.querySelectorAll("[data-digest]").forEach((area) => {
    const input = area.querySelector('input[type="file"]');
    const part = (name) => area.querySelector(`[data-digest-part="${name}"]`);
    const say = (name) => {
      part("status").textContent = part("sentences").content.querySelector(`[data-sentence="${name}"]`).textContent;
    };
    let latest;

    input.addEventListener("change", async () => {
      const file = (latest = input.files[0]);
      if (!file) return;
      say("reading");
      let digest = "";
      try {
        const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
        digest = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
      } catch {
        // No secure context, or the file is gone or larger than memory: the field is filled in by hand.
      }
      if (latest !== file) return; // another one was chosen meanwhile
      if (digest) document.getElementById(area.dataset.digest).value = digest;
      say(digest ? "done" : "unable");
    });
    area.addEventListener("dragover", (event) => event.preventDefault());
    area.addEventListener("drop", (event) => {
      event.preventDefault();
      if (event.dataTransfer.files.length !== 1) return;
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event("change"));
    });
  });
}
