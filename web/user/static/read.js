// What a person pasted or typed, or an address holds. The server reads the same: bridge/domain/reading.py says why. It comes with
// the pages on which something may be pasted, and with no other.
"use strict";

seal.read = (() => {
  const LONGEST = 6000;
  const SIGNS = "[\\t-\\r !\"'()*+,.;<>\\[\\]^_`{|}~\\x80-\\xbf\\u05be\\u2000-\\u206f\\u2212\\u3000-\\u303f-]", GAP = `(?:${SIGNS}|=(?![0-9A-Fa-f]{2}))`;
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
    new TextDecoder("utf-8", { ignoreBOM: true }).decode(Uint8Array.from(some.slice(1).split("%"), (pair) => parseInt(pair, 16))));
  const printable = (text) => text.replace(/=[\t\r\n ]+/g, "")
    .replace(/(?:=[0-9a-f]{2})+/gi, (some) => unquote(some.replace(/=/g, "%")));
  const unwrapped = (text) => text
    .replace(/urldefense\.proofpoint\.com\/v2\/url\?u=([^&\t-\r ]+)/gi, (_, inner) => ` ${inner.replace(/-/g, "%").replace(/_/g, "/")} `)
    .replace(/urldefense\.\w+\/v3\/__([^\r\n]+?)__;/gi, (_, inner) => ` ${inner.replace(/\*/g, "#")} `);
  const opened = (text) => unquote(unquote(unwrapped(text))).replace(/%(?:25)*23|&(?:#35|#[Xx]23|num);/g, "#")
    .replace(/&amp;/g, "&").replace(/&#?[0-9A-Za-z]{1,10};/g, " ").replace(TAGS, " ").replace(/[^\0-\x7f]/gu, (one) => one.normalize("NFKC")).replace(UNSEEN, "");
  const whole = (text) => {
    const last = text.includes("#") ? text.slice(text.lastIndexOf("#") + 1).split(/[&?]|=[0-9a-f]{2}/i)[0] : text;
    const rest = last.replace(new RegExp(SIGNS + "|=", "g"), "");
    return /^[0-9A-TV-Za-tv-z]{32}$/.test(rest) ? [known(rest)] : [];
  };
  const find = (text) => {
    const names = new Set(every(NAMED, text));
    const found = [() => every(MARKED, text), () => whole(text), () => every(ALONE, text, /[0-9]/)];
    const keys = new Set(found.reduce((some, more) => (some.length ? some : more()), []));
    return keys.size === 1 && names.size < 2 ? { name: [...names][0], key: [...keys][0] } : null;
  };
  // {locator, key}, or null. `locator`: the page's own; that of a link in the text wins.
  return (typed, locator) => {
    const text = [...typed.slice(0, 2 * LONGEST)].slice(0, LONGEST).join("");
    const found = find(opened(text)) || find(opened(printable(text)));
    const name = known((found && found.name) || locator);
    return found && /^[0-9A-HJKMNP-TV-Z]{26}$/.test(name) ? { locator: name, key: found.key } : null;
  };
})();
