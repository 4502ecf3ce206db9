// Passkeys: a challenge goes to the browser as JSON, what it signed goes back with the form. Without this file its button stays away.
"use strict";

const passkeys = (() => {
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (char) => char.charCodeAt(0));
  const base64 = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
  const named = (keys) => keys.map((key) => ({ ...key, id: bytes(key.id) }));
  const told = ({ id, type, response }, ...parts) => JSON.stringify(
    { id, rawId: id, type, response: Object.fromEntries(parts.map((part) => [part, base64(response[part])])) });

  const sign = async (asked) => told(await navigator.credentials.get({ publicKey: {
    ...asked, challenge: bytes(asked.challenge), allowCredentials: named(asked.allowCredentials) } }),
    "clientDataJSON", "authenticatorData", "signature");
  const make = async (asked) => told(await navigator.credentials.create({ publicKey: {
    ...asked, challenge: bytes(asked.challenge), excludeCredentials: named(asked.excludeCredentials),
    user: { ...asked.user, id: bytes(asked.user.id) } } }), "clientDataJSON", "attestationObject");
  const ask = async (place, values) => {
    const body = new URLSearchParams({ ...values, lang: document.documentElement.lang });
    const answer = await fetch(place + "/passkey", { method: "POST", body, headers: { Accept: "application/json" } });
    return answer.ok ? answer.json() : {};
  };
  // Not `disabled` meanwhile: who came by keyboard would lose their place.
  const pressed = (button, deed) => button.addEventListener("click", () => {
    if (button.hasAttribute("aria-disabled")) return;
    button.setAttribute("aria-disabled", "true");
    deed().finally(() => { button.removeAttribute("aria-disabled"); });
  });
  return { sign, make, ask, pressed, known: "PublicKeyCredential" in window };
})();

// --- the page that asks ---
{
  const element = (id) => document.getElementById(id);
  const form = element("open") || element("not-me"), button = element("use");
  if (form && button && passkeys.known) {
    const said = element("keys-said");
    const say = (words) => { said.textContent = words; said.hidden = !words; };
    const use = async () => {
      const action = form.getAttribute("action").replace("/not-me", ""), { token, key, proof } = form.elements;
      const own = action.slice("/r/".length); // where nothing can be pasted, a key stands as the server wrote it
      const found = seal.read ? seal.read(key.value, own) : { locator: own, key: key.value };
      let place = action, values = { token: token.value, key: key.value, proof: proof.value };
      try {
        const { proof } = await seal.link(found);
        [place, values] = ["/r/" + found.locator, { token: token.value, proof }];
      } catch { /* an old browser, or no key: the server reads it, or its proof */ }
      const { publicKey, words } = await passkeys.ask(place, values);
      if (words) { say(words); return; }
      if (publicKey) form.elements.passkey.value = await passkeys.sign(publicKey);
      form.requestSubmit(form.querySelector("[type=submit]")); // without a challenge, the page says why
    };
    element("keys").hidden = false;
    passkeys.pressed(button, () => { say(""); return use().catch(() => say(said.dataset.text)); });
    addEventListener("pageshow", () => { form.elements.passkey.value = ""; });
  }
}
