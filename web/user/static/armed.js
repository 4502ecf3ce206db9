// What was sealed for a link's key by who never had it: HPKE (RFC 9180), base mode, with X25519, HKDF-SHA-256 and AES-256-GCM.
// docs/sealing.md has the format. One block of HMAC is as much as is ever asked of HKDF here.
"use strict";

const hpke = (() => {
  const utf8 = new TextEncoder();
  const join = (...parts) => Uint8Array.from(parts.flatMap(
    (part) => [...(typeof part === "string" ? utf8.encode(part) : new Uint8Array(part))]));
  const mac = async (key, text) => crypto.subtle.sign("HMAC",
    await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]), text);
  const NONE = new Uint8Array(32); // HMAC fills an empty key with zeros; WebCrypto refuses an empty one
  const KEM = join("KEM", [0, 0x20]), SUITE = join("HPKE", [0, 0x20, 0, 1, 0, 2]);
  const extract = (about, salt, label, text) => mac(salt, join("HPKE-v1", about, label, text));
  const expand = async (about, key, label, text, size) =>
    (await mac(key, join([0, size], "HPKE-v1", about, label, text, [1]))).slice(0, size);

  // PKCS #8 of an X25519 key, up to its bytes: RFC 8410
  const DER = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x6e, 4, 0x22, 4, 0x20];
  const pair = async (raw) => {
    const key = await crypto.subtle.importKey("pkcs8", join(DER, raw), "X25519", true, ["deriveBits"]);
    const { x } = await crypto.subtle.exportKey("jwk", key);
    const own = Uint8Array.from(atob(x.replace(/-/g, "+").replace(/_/g, "/")), (char) => char.charCodeAt(0));
    const agree = async (other) => crypto.subtle.deriveBits(
      { name: "X25519", public: await crypto.subtle.importKey("raw", other, "X25519", false, []) }, key, 256);
    return { own, agree };
  };

  const open = async (raw, sealed, info) => {
    const { own, agree } = await pair(raw);
    const given = sealed.slice(0, 32);
    const agreed = await extract(KEM, NONE, "eae_prk", await agree(given));
    const shared = await expand(KEM, agreed, "shared_secret", join(given, own), 32);
    const about = join([0], await extract(SUITE, NONE, "psk_id_hash", ""), await extract(SUITE, NONE, "info_hash", info));
    const secret = await extract(SUITE, shared, "secret", "");
    const key = await crypto.subtle.importKey(
      "raw", await expand(SUITE, secret, "key", about, 32), "AES-GCM", false, ["decrypt"]);
    const iv = await expand(SUITE, secret, "base_nonce", about, 12);
    return crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, sealed.slice(32));
  };
  return { pair, open };
})();

// What stands for a factor that was passed, while the host is changed; for this tab alone. It opens what the link's key opens.
const waiting = (() => {
  const TICKET = "ticket of ";
  const keep = (locator, ticket) => {
    try { sessionStorage.setItem(TICKET + locator, ticket); } catch { /* then the page alone has it */ }
  };
  // Somebody whose page was lost meanwhile goes on where they were, once: what was refused is not handed in again.
  const resumed = (form, { proof, locator }) => {
    const ticket = sessionStorage.getItem(TICKET + locator);
    if (!ticket) return false;
    if (form.dataset.notice) { keep(locator, ""); return false; }
    form.elements.ticket.value = ticket;
    form.elements.proof.value = proof;
    form.elements.key.disabled = true;
    form.action = `/r/${locator}/wait`;
    form.submit();
    return true;
  };
  return { keep, resumed };
})();
