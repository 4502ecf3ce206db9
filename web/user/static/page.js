// Everything works without this file; with it there is less to type and more is forgotten.
"use strict";

// --- times in the reader's own zone ---
for (const time of document.querySelectorAll("time[datetime]")) {
  const at = new Date(time.dateTime);
  if (!Number.isNaN(at.getTime())) {
    time.textContent = at.toLocaleString(document.documentElement.lang, {
      dateStyle: "long", timeStyle: "short" }) + " (" + time.textContent + ")";
  }
}

// --- the page that asks ---
const form = document.getElementById("open");
if (form) {
  const field = document.getElementById("key");
  const looksLikeKey = (text) => /^[0-9A-Za-z%._\s-]{32,}$/.test(text);
  let sent = 0;

  const takeKey = () => {
    const fragment = location.hash.slice(1);
    const kept = history.state && typeof history.state.key === "string" ? history.state.key : "";
    const key = field.value || (looksLikeKey(fragment) ? fragment : kept);
    // Out of the address bar. A phone that drops the page while its owner looks up the code finds it in the tab's state.
    history.replaceState({ key }, "", form.getAttribute("action"));
    if (!looksLikeKey(key)) return;
    field.value = key;
    document.getElementById("key-field").hidden = true;
    const recognised = document.getElementById("recognised");
    recognised.textContent = recognised.dataset.text;
  };
  takeKey();
  addEventListener("hashchange", () => { field.value = ""; takeKey(); });

  form.addEventListener("submit", (event) => {
    // A second click would call off the first request after the password has left, and be told that it has.
    if (Date.now() - sent < 15000) { event.preventDefault(); return; }
    sent = Date.now();
    if (event.submitter) event.submitter.setAttribute("aria-disabled", "true");
  });
  document.getElementById("word").addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;            // Enter means the button of its own section, not the first on the page
    event.preventDefault();
    form.requestSubmit(document.getElementById("end"));
  });
  addEventListener("pageshow", () => {
    sent = 0;
    for (const button of form.querySelectorAll("button")) button.removeAttribute("aria-disabled");
  });
}

// --- the link once more, on a page of the same address that does not ask: only the fragment changed ---
if (!form) {
  addEventListener("hashchange", () => {
    const shown = document.getElementById("shown");
    const { pathname, hash } = location;
    if (shown && !shown.hidden) history.replaceState(null, "", pathname);
    else location.replace(pathname + "?" + hash);
  });
}
