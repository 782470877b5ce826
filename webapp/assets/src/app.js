// The pages' one script. Every page works without it: htmx swaps fragments that the server also sends as pages,
// a form is sent once and shows its progress, a receipt is printed or shared.
import htmx from "htmx.org";
import { enhanceDigests } from "./digest.js";
import { enhanceUploads } from "./upload.js";

document.documentElement.classList.add("scripted");
if (navigator.share) document.documentElement.classList.add("shares");

// A second press on a slow line must not send a second time; the server refuses it too, but with a puzzling answer.
document.addEventListener("submit", ({ target, defaultPrevented }) => {
  if (defaultPrevented || !target.matches("form[data-once]")) return;
  // After the event, so that the pressed button's own value is still part of what is sent.
  setTimeout(() => setBusy(target, true));
});

document.addEventListener("click", (event) => {
  if (event.target.closest('[aria-disabled="true"]')) event.preventDefault();
  if (event.target.closest("[data-print]")) window.print();
  share(event.target.closest("[data-share]"));
  closeMenus((menu) => !menu.contains(event.target));
});

// The phone asks to whom. Whoever thinks better of it has done nothing wrong.
function share(button) {
  if (button) navigator.share({ text: button.dataset.share }).catch(() => {});
}

// On a phone the navigation may be wider than the screen; the place where one is must be in sight.
document.querySelector(".nav-strip [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });

document.addEventListener("keydown", ({ key }) => {
  if (key !== "Escape") return;
  closeMenus((menu) => {
    if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
    return true;
  });
});

// How many boxes of a choice are ticked stands on its button.
document.addEventListener("change", ({ target }) => {
  if (target.form?.matches("form[data-choose]")) countChosen(target.form);
});

// A page that comes back from the browser's history must be usable again, and browsers keep what was ticked there.
window.addEventListener("pageshow", ({ persisted }) => {
  document.querySelectorAll("form[data-choose]").forEach(countChosen);
  if (persisted) document.querySelectorAll("form[data-once]").forEach((form) => setBusy(form, false));
});

// A refusal comes as HTML and htmx puts it where it belongs (see the configuration in base.html). A lost connection
// brings nothing, and silence would look like success.
for (const name of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, () => {
    const sentence = document.querySelector('template[data-message="lost"]').content.cloneNode(true);
    document.getElementById("pesan").replaceChildren(sentence);
  });
}

document.addEventListener("htmx:beforeRequest", ({ target }) => {
  if (target.matches("form[data-once]")) setBusy(target, true);
});
document.addEventListener("htmx:afterRequest", ({ target }) => {
  if (target.matches("form[data-once]")) setBusy(target, false);
});

// Errors that the server found are read first: focus goes to their summary, on a full page as in a fragment.
function focusErrors(root) {
  const summary = "[data-error-summary]";
  (root.matches?.(summary) ? root : root.querySelector(summary))?.focus();
}

function setBusy(form, busy) {
  form.querySelectorAll('button[type="submit"]').forEach((button) => {
    if (busy) button.setAttribute("aria-disabled", "true");
    else button.removeAttribute("aria-disabled");
  });
}

function countChosen(form) {
  const count = form.querySelectorAll(":checked").length;
  form.querySelector("[data-choose-count]").textContent = count ? `(${count})` : "";
}

function closeMenus(isDone) {
  document.querySelectorAll("details[data-menu][open]").forEach((menu) => {
    if (isDone(menu)) menu.open = false;
  });
}

htmx.onLoad((root) => {
  enhanceDigests(root);
  enhanceUploads(root, (fragment) => htmx.process(fragment));
  focusErrors(root);
});
