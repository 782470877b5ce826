// Upload with true progress, for every <form data-upload> (components/upload.html).
//
// The form works without this. With it, the file is sent by XMLHttpRequest, because fetch() still tells nothing about
// what has left the machine. One choice of file has one Idempotency-Key: sending again after a lost connection
// is the same delivery for the server, whether or not the first attempt arrived. The sentences stand in the page,
// translated there; here only numbers are put in.

const STALL_MS = 60_000;
const PDF_MARK = "%PDF-";
const MOST_BESIDE = 9;

export function enhanceUploads(root, onFragment) {
  const forms = root.matches?.("form[data-upload]") ? [root] : root.querySelectorAll("form[data-upload]");
  forms.forEach((form) => {
    if (!form.dataset.uploadReady) new Upload(form, onFragment);
  });
}

class Upload {
  constructor(form, onFragment) {
    this.form = form;
    this.onFragment = onFragment;
    this.input = form.querySelector('input[type="file"]');
    this.part = (name) => form.querySelector(`[data-upload-part="${name}"]`);
    this.result = document.getElementById(form.dataset.upload);
    this.numbers = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1 });
    form.dataset.uploadReady = "yes";

    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    form.addEventListener("change", () => this.choose());
    this.part("retry").addEventListener("click", () => this.send());
    this.part("cancel").addEventListener("click", () => this.stop("cancelled"));
    this.acceptDrops(this.part("drop"));
    window.addEventListener("beforeunload", (event) => {
      if (this.request) event.preventDefault();
    });
    this.choose();
  }

  acceptDrops(area) {
    // Leaving one child for another also fires dragleave, so entering and leaving are counted.
    let depth = 0;
    const mark = (change) => {
      depth = Math.max(0, depth + change);
      area.classList.toggle("is-over", depth > 0);
    };
    area.addEventListener("dragenter", () => mark(+1));
    area.addEventListener("dragleave", () => mark(-1));
    area.addEventListener("dragover", (event) => event.preventDefault());
    area.addEventListener("drop", (event) => {
      event.preventDefault();
      mark(-depth);
      if (this.request || event.dataTransfer.files.length === 0) return;
      if (event.dataTransfer.files.length > 1) return this.complain("several");
      this.input.files = event.dataTransfer.files;
      this.choose();
    });
  }

  // Another file or another field is another delivery, and gets a key of its own.
  choose() {
    this.key = randomKey();
    const file = this.input.files[0];
    this.part("chosen").textContent = file ? `${file.name} (${this.size(file.size)})` : "";
    this.settle();
  }

  async send() {
    if (this.request) return;
    const file = this.input.files[0];
    const fault = (await this.faultOf(file)) ?? this.faultBeside(file);
    if (fault) return this.complain(fault);
    this.settle();

    const request = new XMLHttpRequest();
    this.request = request;
    this.startedAt = performance.now();
    request.open(this.form.method, this.form.action);
    request.setRequestHeader("Idempotency-Key", this.key);
    request.setRequestHeader("X-CSRFToken", this.form.elements.csrf_token.value);
    // The server answers what asks like htmx with a fragment instead of a whole page.
    request.setRequestHeader("HX-Request", "true");
    request.upload.addEventListener("progress", (event) => this.progress(event));
    request.upload.addEventListener("load", () => this.waitForReceipt());
    request.addEventListener("load", () => this.answer(request));
    request.addEventListener("error", () => this.stop("lost"));
    request.send(new FormData(this.form));

    this.part("progress").hidden = false;
    this.part("send").hidden = true;
    this.announced = 0;
    this.say("sending");
    this.progress({ loaded: 0, total: file.size, lengthComputable: true });
  }

  // What the server would refuse after the last byte is better said before the first one.
  async faultOf(file) {
    if (!file) return "missing";
    if (file.size === 0) return "empty";
    if (file.size > Number(this.form.dataset.maxBytes || Infinity)) return "large";
    try {
      const head = await file.slice(0, 1024).text();
      return head.includes(PDF_MARK) ? null : "type";
    } catch {
      return "unreadable"; // moved, renamed or changed on disk since it was chosen
    }
  }

  // What travels with the file: how many, and how much all together.
  faultBeside(file) {
    const beside = Array.from(this.part("supporting")?.files ?? []);
    if (beside.length > MOST_BESIDE) return "many";
    const total = beside.reduce((sum, one) => sum + one.size, file.size);
    return total > Number(this.form.dataset.maxBytes || Infinity) ? "total" : null;
  }

  progress({ loaded, total, lengthComputable }) {
    clearTimeout(this.stall);
    this.stall = setTimeout(() => this.stop("lost"), STALL_MS);
    if (!lengthComputable) return;
    const share = total ? loaded / total : 1;
    const seconds = (performance.now() - this.startedAt) / 1000;
    this.part("meter").value = share;
    this.part("sent").textContent = `${this.size(loaded)} / ${this.size(total)}`;
    this.part("percent").textContent = `${Math.floor(share * 100)}%`;
    // An estimate from the first second would jump; none is better.
    const left = seconds > 1 && share > 0 ? Math.ceil((seconds / share) * (1 - share)) : null;
    this.part("left").hidden = !left;
    if (left) this.part("seconds").textContent = this.numbers.format(left);
    // A screen reader hears a quarter at a time, not every packet.
    const quarter = Math.floor(share * 4) * 25;
    if (quarter > this.announced && quarter < 100) {
      this.announced = quarter;
      this.part("heard").textContent = `${quarter}%`;
    }
  }

  waitForReceipt() {
    clearTimeout(this.stall);
    this.part("meter").removeAttribute("value");
    this.part("left").hidden = true;
    this.part("cancel").hidden = true;
    this.say("storing");
  }

  // Whatever the server says in HTML is shown, a refusal as well as the receipt; its own fault may be tried again.
  answer(request) {
    const follow = request.getResponseHeader("HX-Redirect");
    if (follow) return this.leaveFor(follow);
    if (!request.getResponseHeader("Content-Type")?.startsWith("text/html")) return this.stop("server");
    this.finish();
    this.settle();
    this.result.innerHTML = request.responseText;
    this.onFragment(this.result);
    this.result.focus();
    if (request.status < 300) this.form.hidden = true;
    if (request.status >= 500) this.offerRetry();
  }

  leaveFor(address) {
    this.finish();
    location.assign(address);
  }

  stop(reason) {
    const request = this.request;
    this.finish();
    request?.abort();
    this.complain(reason);
    this.offerRetry();
    if (reason !== "cancelled") this.part("retry").focus();
  }

  offerRetry() {
    this.part("retry").hidden = false;
    this.part("send").hidden = true;
  }

  finish() {
    clearTimeout(this.stall);
    this.request = null;
    this.part("progress").hidden = true;
  }

  // Back to the quiet form: a button to send, nothing to complain of.
  settle() {
    this.part("problem").hidden = true;
    this.part("retry").hidden = true;
    this.part("cancel").hidden = false;
    this.part("send").hidden = false;
    this.part("status").textContent = "";
    this.input.removeAttribute("aria-invalid");
  }

  say(name) {
    this.part("status").textContent = this.sentence(name);
  }

  complain(name) {
    this.settle();
    this.part("problem-text").textContent = this.sentence(name);
    this.part("problem").hidden = false;
    if (["missing", "empty", "large", "type", "unreadable", "several"].includes(name)) {
      this.input.setAttribute("aria-invalid", "true");
      this.input.focus();
    }
  }

  sentence(name) {
    return this.part("sentences").content.querySelector(`[data-sentence="${name}"]`).textContent;
  }

  size(bytes) {
    const [unit, divisor] = bytes < 1e6 ? ["kB", 1e3] : ["MB", 1e6];
    return `${this.numbers.format(bytes / divisor)} ${unit}`;
  }
}

// Not crypto.randomUUID(): that is missing where the office network serves plain HTTP.
function randomKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
