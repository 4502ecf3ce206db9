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
const shown = document.getElementById("shown");
if (!form) {
  addEventListener("hashchange", () => {
    const { pathname, hash } = location;
    if (shown && !shown.hidden) history.replaceState(null, "", pathname);
    else location.replace(pathname + "?" + hash);
  });
}

// --- the page that shows ---
if (shown) {
  const secrets = [...document.querySelectorAll("[data-secret]")];
  const span = Number(shown.dataset.seconds) * 1000;
  const element = (id) => document.getElementById(id);
  let held = [];                                  // what is out of the document while its reader is elsewhere
  let end = Date.now() + span;
  let extensions = 10;
  let ticking = 0;
  let over = false;

  history.replaceState(null, "", location.pathname);

  const cover = () => {
    if (over || held.length) return;
    held = secrets.map((place) => { const inner = document.createDocumentFragment(); inner.append(...place.childNodes); return inner; });
    element("password").hidden = true;
    element("away").hidden = false;
  };
  const uncover = () => {
    if (over || !held.length) return;
    secrets.forEach((place, index) => place.append(held[index]));
    held = [];
    element("password").hidden = false;
    element("away").hidden = true;
  };
  const forget = () => {
    if (over) return;
    over = true;
    clearInterval(ticking);
    for (const place of secrets) place.replaceChildren();
    held = [];
    shown.replaceChildren();
    shown.hidden = true;
    element("gone").hidden = false;
    element("gone").focus({ preventScroll: false });
  };
  const tick = () => {
    if (over) return;
    const left = Math.max(0, Math.ceil((end - Date.now()) / 1000));
    if (left === 0) { forget(); return; }
    element("bar").value = left;
    element("left").textContent = Math.floor(left / 60) + ":" + String(left % 60).padStart(2, "0");
  };

  element("copy").addEventListener("click", async () => {
    const said = element("said");
    try {
      await navigator.clipboard.writeText(element("password").textContent);
      said.textContent = said.dataset.copied;
    } catch {
      said.textContent = said.dataset.failed;
    }
  });
  element("more").addEventListener("click", () => {
    extensions -= 1;
    end = Date.now() + span;
    element("more").hidden = extensions === 0;
    tick();
  });
  element("forget").addEventListener("click", forget);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") cover();
    else { tick(); uncover(); }
  });
  addEventListener("pagehide", forget);

  for (const id of ["copy", "more", "forget", "clock"]) element(id).hidden = false;
  if (!navigator.clipboard) element("copy").hidden = true;
  tick();
  ticking = setInterval(tick, 500);
}
