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

  // What a person pasted or typed, or an address holds. The server reads the same: bridge/domain/reading.py says why.
  const LONGEST = 6000;
  const GAP = "[\\t-\\r !\"'()*+,.;<=>\\[\\]^_`{|}~\\x80-\\xbf\\u05be\\u2000-\\u206f\\u2212\\u3000-\\u303f-]";
  const END = "(?:(?![0-9A-Za-z])|(?=[Hh][Tt][Tt][Pp][Ss]?:))";
  const BETWEEN = "[\\t\\r\\n >|\\u05be\\u2010-\\u2015\\u2212-]{0,4}";
  const UPPER = "[0-9A-TV-Z]", LOWER = "[0-9a-tv-z]";
  const pieces = (one) => `${one}(?:${GAP}{0,6}${one}){31}`, fours = (one) => `${one}{4}(?:${BETWEEN}${one}{4}){7}`;
  const MARKED = new RegExp(`#${GAP}{0,8}([0-9A-TV-Za-tv-z]{32}${END}|${pieces(UPPER)}${END}|${pieces(LOWER)}${END})`, "g");
  const ALONE = new RegExp(`(?:^|[^0-9A-Za-z])(?=((?:${fours(UPPER)}|${fours(LOWER)})(?![0-9A-Za-z])))`, "g");
  const NAMED = /\/[re]\/(?:([0-9a-z](?:[\t\r\n =>|]{0,4}[0-9a-z]){25})(?=\/?#)|([0-9a-z]{26})(?![0-9a-z]))/gi;
  const TAGS = /<\/?(?:wbr|br|p|a|b|i|em|strong|span|font|div|td|tr|code|pre)(?:[\t\r\n ][^<>#]*)?\/?>/gi;
  const UNSEEN = /[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]/g;

  const known = (text) => text.toUpperCase().replace(/[^0-9A-Z]/g, "").replace(/O/g, "0").replace(/[IL]/g, "1");
  const every = (pattern, text, has = /./) => [...text.matchAll(pattern)].map((found) => found[1] || found[2])
    .filter((some) => has.test(some)).map(known);
  const unquote = (text) => text.replace(/(?:%[0-9a-f]{2})+/gi, (some) =>
    new TextDecoder("utf-8", { ignoreBOM: true }).decode(unhex(some.replace(/%/g, ""))));
  const printable = (text) => text.replace(/=[\t\r\n ]+/g, "")
    .replace(/(?:=[0-9a-f]{2})+/gi, (some) => unquote(some.replace(/=/g, "%")));
  const unwrapped = (text) => {
    const two = /urldefense\.proofpoint\.com\/v2\/url\?u=([^&\t-\r ]+)/i.exec(text);
    if (two) return two[1].replace(/-/g, "%").replace(/_/g, "/");
    const three = /urldefense\.\w+\/v3\/__([^\r\n]+?)__;/i.exec(text);
    return three ? three[1].replace(/\*/g, "#") : text;
  };
  const opened = (text) => unquote(unquote(unwrapped(text))).replace(/%(?:25)*23|&(?:#35|#[Xx]23|num);/g, "#")
    .replace(/&amp;/g, "&").replace(/&#?[0-9A-Za-z]{1,10};/g, " ").replace(TAGS, " ").normalize("NFKC").replace(UNSEEN, "");
  const whole = (text) => {
    const last = text.includes("#") ? text.slice(text.lastIndexOf("#") + 1).split(/[&?]/)[0] : text;
    const rest = last.replace(new RegExp(GAP, "g"), "");
    return /^[0-9A-TV-Za-tv-z]{32}$/.test(rest) ? [known(rest)] : [];
  };
  const find = (text) => {
    const names = new Set(every(NAMED, text));
    const found = [() => every(MARKED, text), () => whole(text), () => every(ALONE, text, /[0-9]/)];
    const keys = new Set(found.reduce((some, more) => (some.length ? some : more()), []));
    return keys.size === 1 && names.size < 2 ? { name: [...names][0], key: [...keys][0] } : null;
  };
  // {locator, key}, or null. `locator`: the page's own; that of a link in the text wins.
  const read = (typed, locator) => {
    const text = [...typed.slice(0, 2 * LONGEST)].slice(0, LONGEST).join("");
    const found = find(opened(text)) || find(opened(printable(text)));
    const name = known((found && found.name) || locator);
    return found && /^[0-9A-HJKMNP-TV-Z]{26}$/.test(name) ? { locator: name, key: found.key } : null;
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
  return { read, link, keep, kept, drop };
})();
