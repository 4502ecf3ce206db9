// The page of an invitation: takes the key out of the address bar, and has a passkey made.
"use strict";

{
  const element = (id) => document.getElementById(id);
  const form = element("enrol"), field = element("key");
  const action = form.getAttribute("action");
  const take = () => {
    const fragment = location.hash.slice(1);
    const state = history.state && typeof history.state.invited === "string" ? history.state.invited : "";
    const key = [fragment, field.value, state].find((text) => seal.read(text, action.slice("/e/".length)));
    history.replaceState({ invited: key || "" }, "", form.elements.lang ? `${action}?lang=${form.elements.lang.value}` : action);
    const found = Boolean(key);
    element("key-field").hidden = found;
    element("recognised").textContent = found ? element("recognised").dataset.text : "";
    field.value = key || fragment || field.value; // what cannot be read is not just gone
  };
  take();
  addEventListener("hashchange", take);

  const button = element("use");
  if (button && passkeys.known) {
    element("keys").hidden = false;
    const make = async () => {
      const { publicKey, refused } = await passkeys.ask(action, {
        token: form.elements.token.value, key: field.value, code: form.elements.code.value });
      if (refused !== undefined) form.elements.code.value = "";  // it has been counted once
      if (!publicKey) { form.requestSubmit(element("app")); return; }  // the page says why
      form.elements.passkey.value = await passkeys.make(publicKey);
      form.action = action + "/made";
      form.submit();
    };
    passkeys.pressed(button, () => {
      element("unmade").hidden = true;
      return make().catch(() => { element("unmade").hidden = false; });
    });
  }
  addEventListener("pageshow", () => { form.elements.passkey.value = ""; form.action = action; });
}
