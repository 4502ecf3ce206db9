// The page that asks: takes the key out of the address, proves it without sending it, and tells how the link stands.
"use strict";

{
  const form = document.getElementById("open");
  const element = (id) => document.getElementById(id);
  const field = element("key");
  const action = form.getAttribute("action");
  const locator = action.slice("/r/".length);
  const went = Boolean(history.state && history.state.went);
  const here = action + (form.elements.lang ? "?lang=" + form.elements.lang.value : "");
  let sent = 0;
  let proven = null; // {locator, proof}: what is in the field is then not sent
  let tried = null; // what was last in the field when a proof was tried

  // --- how the link stands ---
  const moment = ({ at, shown }) => {
    const time = document.createElement("time");
    time.dateTime = at;
    time.textContent = shown;
    return time;
  };
  const tell = (standing) => {
    const tongue = standing.mail && document.querySelector(`[name=speak][value=${standing.mail}]`);
    if (tongue && !form.elements.lang && !went && !form.elements.code.value) {
      history.replaceState({ went: true }, "", here); // whoever comes back to this page wants this language
      form.requestSubmit(tongue);
      return;
    }
    if (standing.over) {
      element("over").hidden = false;
      element("over-title").textContent = standing.over.title;
      document.title = document.title.replace(/.+? ·/, standing.over.title + " ·");
      element("over-text").textContent = `${standing.over.text} ${standing.over.advice}`;
      element("over-at").replaceChildren(moment(standing.over));
      const live = ".lead, .before, #open .field, #open [data-for], #open details"; // no code is asked for any more
      for (const place of document.querySelectorAll(live)) place.hidden = true;
      if (element("show")) {
        element("show").textContent = element("over").dataset.on;
        element("show").parentNode.hidden = false;
      }
      localise(element("over-at").firstChild);
    }
    if (!standing.until) return;
    if (typeof narrow === "function") narrow(standing);
    if (standing.asks && element("code-hint")) element("code-hint").textContent = standing.asks;
    const place = element("standing"); // empty until now: browsers in text show what is hidden
    const put = (into, name, text, more) => {
      const made = Object.assign(document.createElement(name), { textContent: text }, more);
      into.append(made);
      return made;
    };
    const note = put(place, "p", place.dataset.until + " ", { className: "note" });
    put(note, "strong", "", { id: "until" }).append(moment(standing.until));
    note.append(place.dataset.stop);
    put(place, "h2", place.dataset.opened);
    put(place, "p", place.dataset.uses, { className: "hint" });
    const openings = put(place, "ul", "", { id: "openings", className: "openings" });
    for (const visit of standing.visits) {
      const item = put(openings, "li", "");
      item.append(moment(visit), ` ${visit.device}, `);
      put(item, "bdi", visit.source, { dir: "ltr" });
      if (visit.here) item.append(" " + place.dataset.here);
    }
    for (const time of place.querySelectorAll("time")) localise(time);
    put(place, "p", standing.earlier, { className: "hint", id: "earlier" });
    place.hidden = false;
    document.activeElement.scrollIntoView({ block: "nearest" }); // it moved
  };
  const ask = async (proof) => {
    const { token, progress } = form.elements;
    const body = new URLSearchParams({ token: token.value, proof, progress: progress ? progress.value : "",
      lang: document.documentElement.lang });
    const answer = await fetch(action + "/standing", { method: "POST", body, headers: { Accept: "application/json" } });
    if (answer.ok && element("standing").hidden) tell(await answer.json());
  };

  // --- the key, and the proof of it ---
  const PATIENCE = 5000; // milliseconds; a browser that seals needs a few
  const wait = (still) => { for (const button of form.querySelectorAll("button")) button.disabled = still; };
  const prove = async () => {
    const typed = field.value;
    proven = null;
    wait(true); // or a quick finger would send the key itself
    try {
      const found = seal.read(typed, locator);
      const late = new Promise((_, fail) => { setTimeout(fail, PATIENCE); });
      const { proof } = await Promise.race([seal.link(found, form.dataset.armed), late]);
      if (seal.keep(found.locator, found.key) && field.value === typed) proven = { proof, locator: found.locator };
    } catch { /* an old browser, no storage, or nothing that could be read: the server reads it */ }
    tried = typed;
    if (field.value === typed) wait(false);
  };
  const brought = () => { // by the address: behind its #, or behind what a gateway made of that
    const fragment = location.hash.slice(1) || (/%(?:25)*23(.*)/.exec(location.pathname) || ["", ""])[1];
    return element(fragment) ? "" : fragment;
  };
  const unread = (text) => { // what cannot be read is shown where it can be mended, and never just gone
    if (text) field.setAttribute("aria-invalid", "true");
    else if (!element("unread").hidden) field.removeAttribute("aria-invalid");
    element("unread").hidden = !text;
    element("unread").textContent = text ? element("unread").dataset.text : "";
  };
  const takeKey = () => {
    const state = history.state && typeof history.state.key === "string" ? history.state.key : "";
    const places = [field.value, brought(), state, seal.kept(locator)];
    const key = places.find((text) => seal.read(text, locator)) || "";
    // Out of the address bar. A phone that drops the page while its owner looks up the code finds it in the tab's storage.
    history.replaceState(null, "", here);
    const found = Boolean(key);
    element("key-field").hidden = found;
    element("recognised").textContent = found ? element("recognised").dataset.text : "";
    element("stand").hidden = found || !element("standing").hidden;
    unread(found ? "" : places[1]);
    if (!found) field.value = field.value || places[1];
    if (!found) return;
    field.value = key;
    const again = () => { element("stand").hidden = !element("standing").hidden; };
    prove().then(() => {
      if (proven && form.dataset.armed && waiting.resumed(form, proven)) return;
      if (proven && element("standing").hidden) ask(proven.proof).catch(again);
      if (proven) return;
      history.replaceState({ key }, "", here); // no place of our own to keep it: in the tab's state, then
      again();
    });
  };
  if (form.dataset.notice === "dead") seal.drop(locator);
  takeKey();
  addEventListener("hashchange", () => { field.value = ""; takeKey(); });
  field.addEventListener("input", prove);
  field.addEventListener("input", () => unread(""));

  form.addEventListener("submit", (event) => {
    // A second click would call off the first request after the password has left, and be told that it has.
    if (Date.now() - sent < 15000) { event.preventDefault(); return; }
    const button = event.submitter;
    if (!button || button.id !== "end") element("word").value = ""; // left there by somebody who thought again
    if (tried !== field.value) {
      event.preventDefault();
      // Not before this one has been dealt with: what is sent while a form asks whether it may be sent is passed over.
      prove().then(() => { setTimeout(() => form.requestSubmit(button)); });
      return;
    }
    sent = Date.now();
    if (button) button.setAttribute("aria-disabled", "true");
    if (!proven) return;
    form.action = "/r/" + proven.locator; // of a pasted link, its own
    if (button && button.dataset.to) button.formAction = form.action + button.dataset.to;
    form.elements.proof.value = proven.proof;
    field.disabled = true;
    setTimeout(() => { field.disabled = false; form.elements.proof.value = ""; });
  });
  element("word").addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return; // Enter means the button of its own section, not the first on the page
    event.preventDefault();
    form.requestSubmit(element("end"));
  });
  addEventListener("pageshow", () => {
    sent = 0;
    for (const button of form.querySelectorAll("button")) button.removeAttribute("aria-disabled");
  });
}
