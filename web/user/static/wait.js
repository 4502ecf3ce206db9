// The page that waits for the host: asks how far it is, and goes on by itself. Without this file its button does.
"use strict";

{
  const element = (id) => document.getElementById(id);
  const form = element("wait");
  const { locator, away } = form.dataset;
  const OFTEN = 700, SELDOM = 2000, USUAL = 15000; // milliseconds
  const began = Date.now();
  let sent = 0;

  waiting.keep(locator, form.elements.ticket.value);
  history.replaceState(null, "", "/r/" + locator + (form.elements.lang ? "?lang=" + form.elements.lang.value : ""));
  form.addEventListener("submit", (event) => {
    // A second click would call off the first request after the password has left, and be told that it has.
    if (Date.now() - sent < 15000) { event.preventDefault(); return; }
    sent = Date.now();
    element("go").setAttribute("aria-disabled", "true");
  });
  addEventListener("pageshow", () => { sent = 0; element("go").removeAttribute("aria-disabled"); });

  const mark = (step) => {
    for (const item of element("way").children) {
      if (item.dataset.step !== step) { item.removeAttribute("aria-current"); continue; }
      if (!item.hasAttribute("aria-current")) element("said").textContent = item.textContent;
      item.setAttribute("aria-current", "step");
    }
  };
  const ask = async () => {
    const body = new URLSearchParams(new FormData(form));
    const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
    return answer.ok ? (await answer.json()).step : "";
  };
  const look = async () => {
    let step = "";
    try { step = await ask(); } catch { /* no network: the next look may have one */ }
    if (["ready", "away", "over"].includes(step)) {
      mark(step);
      form.requestSubmit();
      return;
    }
    if (step) mark(step);
    const waited = Date.now() - began;
    element("slow").hidden = element("press").hidden = waited < USUAL;
    setTimeout(look, waited < USUAL ? OFTEN : SELDOM);
  };
  if (!away) {
    element("press").hidden = true;
    setTimeout(look, OFTEN);
  }
}
