// One's own second factors: has a passkey made, and sends the form with it.
"use strict";

if (passkeys.known) {
  const element = (id) => document.getElementById(id);
  const form = element("add"), action = form.getAttribute("action"), button = element("use");
  const make = async () => {
    const { token, key } = form.elements;
    const { publicKey } = await passkeys.ask(action, { token: token.value, key: key.value, own: "yes" });
    if (publicKey) form.elements.passkey.value = await passkeys.make(publicKey);
    form.action = action + (publicKey ? "/made" : "/own"); // without a challenge, that page says why
    form.submit();
  };
  element("keys").hidden = false;
  passkeys.pressed(button, () => {
    element("unmade").hidden = true;
    return make().catch(() => { element("unmade").hidden = false; });
  });
  addEventListener("pageshow", () => { form.elements.passkey.value = ""; form.action = action; });
}
