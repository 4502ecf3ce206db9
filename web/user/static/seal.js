// The link's key stays in this browser: a proof of it leaves, and what comes back is opened here. docs/sealing.md has the
// format to the byte. Whatever fails here fails before anything is used up: then the key itself is sent, as without script.
"use strict";

const seal = (() => {
  const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  const utf8 = new TextEncoder();
  const hex = (bytes) => [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const unhex = (text) => Uint8Array.from(text.match(/../g) || [], (pair) => parseInt(pair, 16));
  const unbase32 = (text) => {
    const bits = [...text].map((char) => CROCKFORD.indexOf(char).toString(2).padStart(5, "0")).join("");
    return Uint8Array.from(bits.match(/.{8}/g), (eight) => parseInt(eight, 2));
  };

  // {proof, open(inner, bound, armed)}. `armed`: links of that kind may come up here, too. Throws where this browser cannot do all of it.
  const link = async ({ locator, key }, armed) => {
    const base = await crypto.subtle.importKey("raw", unbase32(key), "HKDF", false, ["deriveBits", "deriveKey"]);
    const by = (label) => ({ name: "HKDF", hash: "SHA-256", salt: utf8.encode(locator), info: utf8.encode("resetbridge/1 " + label) });
    const proof = hex(await crypto.subtle.deriveBits(by("link verifier"), base, 256));
    const inner = await crypto.subtle.deriveKey(by("link seal"), base, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
    const gcm = (iv, additionalData) => ({ name: "AES-GCM", iv, additionalData });
    const raw = () => crypto.subtle.deriveBits(by("armed link"), base, 256);
    const open = async (sealed, bound, armed) => new TextDecoder().decode(
      armed ? await hpke.open(await raw(), unhex(sealed), unhex(bound)) : await crypto.subtle.decrypt(gcm(unhex(sealed).slice(0, 12), unhex(bound)), inner, unhex(sealed).slice(12)));
    const nonce = crypto.getRandomValues(new Uint8Array(12)), about = utf8.encode("a trial");
    const trial = hex(nonce) + hex(await crypto.subtle.encrypt(gcm(nonce, about), inner, about));
    if (await open(trial, hex(about)) !== "a trial") throw new Error("this browser does not seal as we do");
    if (armed) { // browsers of before 2025 do not know the curve
      const { own, agree } = await hpke.pair(await raw());
      await agree(own);
    }
    return { proof, open };
  };

  // Keys, for this tab alone: over a reload, over the answer to a wrong code, until the password is open.
  const NAME = "key of ";
  const keep = (locator, key) => {
    sessionStorage.setItem(NAME + locator, key);
    return sessionStorage.getItem(NAME + locator) === key;
  };
  const kept = (locator) => {
    try { return sessionStorage.getItem(NAME + locator) || ""; } catch { return ""; }
  };
  const drop = (locator) => {
    try { for (const name of [NAME, "ticket of "]) sessionStorage.removeItem(name + locator); } catch { /* then nothing was kept */ }
  };
  return { link, keep, kept, drop };
})();
