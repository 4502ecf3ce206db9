// The page that shows: countdown, covering, copying, and a look at the password that its reader has in mind.
"use strict";

const element = (id) => document.getElementById(id);
const shown = element("shown");
let file = "";

// --- a password that the link's key opens, which never left this browser ---
const opening = async () => {
  const place = element("password") || element("save");
  const { inner, bound, words, armed } = place.dataset;
  if (!inner) return;
  const { locator } = shown.dataset;
  const key = seal.kept(locator);
  seal.drop(locator);
  const text = await (await seal.link({ locator, key })).open(inner, bound, armed);
  for (const name of ["inner", "bound", "words"]) delete place.dataset[name];
  place.hidden = false;
  if (!words) { // a KeePass file
    file = URL.createObjectURL(new Blob([Uint8Array.from(atob(text), (char) => char.charCodeAt(0))], { type: "application/octet-stream" }));
    place.href = file;
    return;
  }
  const say = Object.fromEntries(words.split("\n").map((line) => line.split(/ (.*)/)));
  const cased = element("rules").dataset.mixed || text !== text.toUpperCase();
  const spelled = [...text].map((char) => {
    const item = document.createElement("li");
    const glyph = document.createElement("span");
    const letter = /[A-Za-z]/.test(char);
    const aloud = document.createElement("span");
    const name = document.createElement("span");
    name.textContent = say[char] || say[char.toUpperCase()] || char;
    if (letter && say.tongue) name.lang = say.tongue;
    aloud.append(letter && cased ? `${char === char.toUpperCase() ? say.capital : say.small} ` : "", name);
    glyph.className = `glyph ${letter ? "letter" : /[0-9]/.test(char) ? "digit" : "sign"}`;
    glyph.setAttribute("aria-hidden", "true");
    glyph.textContent = char;
    item.append(glyph, " ", aloud);
    return item;
  });
  place.textContent = text;
  document.querySelector(".spell").append(...spelled);
};

// --- the password, for a while ---
const begin = () => {
  const secrets = [...document.querySelectorAll("[data-secret]")];
  const span = Number(shown.dataset.seconds) * 1000;
  const said = element("said");
  let held = []; // what is out of the document while its reader is elsewhere
  // Milliseconds since now: by the clock, which goes on while the device sleeps, and by the browser's own, which nobody sets back.
  const began = [Date.now(), performance.now()];
  let latest = 0;
  const elapsed = () => { latest = Math.max(latest, Date.now() - began[0], performance.now() - began[1]); return latest; };
  let end = span;
  let extensions = 10;
  let warned = false;
  let ticking = 0;
  let over = false;

  try { sessionStorage.setItem("shown " + shown.dataset.locator, "yes"); } catch { /* then this tab will not know */ }
  const tongue = document.querySelector("[name=lang]"); // loaded anew, it speaks as it did
  history.replaceState(null, "", location.pathname + (tongue ? "?lang=" + tongue.value : ""));

  const cover = () => {
    if (over || held.length || !element("away")) return;
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
    const { activeElement } = document;
    const lost = activeElement === document.body || shown.contains(activeElement);
    for (const place of secrets) place.replaceChildren();
    held = [];
    if (file) URL.revokeObjectURL(file);
    shown.replaceChildren();
    shown.hidden = true;
    element("gone").hidden = false;
    const title = element("gone").firstElementChild;
    document.title = document.title.replace(/.+? ·/, title.textContent + " ·");
    if (lost) title.focus();
    else element("told").textContent = title.textContent; // who types goes on typing
  };
  const tick = () => {
    if (over) return;
    const left = Math.max(0, Math.ceil((end - elapsed()) / 1000));
    if (left === 0) { forget(); return; }
    element("bar").value = left;
    element("left").textContent = Math.floor(left / 60) + ":" + String(left % 60).padStart(2, "0");
    if (left <= 20 && span > 20000 && extensions > 0 && !warned) { warned = true; said.textContent = said.dataset.soon; }
  };

  const copy = element("copy");
  if (copy) copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(element("password").textContent);
      said.textContent = said.dataset.copied;
    } catch {
      said.textContent = said.dataset.failed;
    }
  });
  element("more").addEventListener("click", () => {
    extensions -= 1;
    end = elapsed() + span;
    warned = false;
    said.textContent = "";
    tick();
    element("told").textContent = element("bar").nextElementSibling.textContent;
    if (extensions > 0) return;
    element("clock").focus(); // and not the next button, which hides the password
    element("more").hidden = true;
  });
  element("forget").addEventListener("click", forget);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") cover();
    else { tick(); uncover(); }
  });
  addEventListener("pagehide", forget);

  for (const id of ["more", "forget", "clock"]) element(id).hidden = false;
  if (copy) copy.hidden = !navigator.clipboard;
  tick();
  ticking = setInterval(tick, 500);
};
opening().then(begin, () => {
  element("unopened").hidden = false;
  element("secret").remove();
  element("next").remove();
});

// --- the password of the reader's own: compared here, sent nowhere; its field has no name and stands in no form ---
{
  const own = element("own");
  const rules = element("rules").dataset;
  const verdict = element("verdict");
  const fold = (text) => rules.mixed ? text : text.toUpperCase();
  const LETTERS = "A-Z@#$";
  const SIGNS = "._:=%!&*+\\-?<>|^~,;/()'\"`\\[\\]{}\\\\";
  // SETROPTS masks: letter → the kinds of character that may stand there. As many of them as there are places for have
  // to occur over all places with the same letter.
  const KINDS = {
    A: [LETTERS], L: [LETTERS, "0-9"], N: ["0-9"], V: ["AEIOU"], C: ["B-DF-HJ-NP-TV-Z"], W: ["B-DF-HJ-NP-TV-Z", "0-9"],
    $: ["@#$"], c: ["B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z"], v: ["AEIOUaeiou"], m: [LETTERS, "a-z", "0-9"], s: [SIGNS],
    x: [LETTERS, "a-z", "0-9", SIGNS], "*": ["\\x21-\\x7e"],
  };
  const one = (kind) => new RegExp(`^[${kind}]$`);
  const fits = (mask, text) => mask.length === text.length && [...new Set(mask)].every((letter) => {
    const kinds = (KINDS[letter] || ["\\x21-\\x7e"]).map(one);
    const there = [...text].filter((_, place) => mask[place] === letter);
    const seen = kinds.filter((kind) => there.some((char) => kind.test(char))).length;
    const least = letter === "x" ? 1 : Math.min(there.length, kinds.length);
    return there.every((char) => kinds.some((kind) => kind.test(char))) && seen >= least;
  });
  const CHECKS = {
    length: (text) => text.length <= Number(rules.most),
    plain: (text) => /^[\x21-\x7e]*$/.test(text),
    special: (text) => new RegExp(`[${SIGNS}@#$_]`).test(text),
    form: (text) => rules.masks.split(" ").some((mask) => fits(mask, fold(text))),
    separator: (text) => !text.includes(rules.separator),
    other: (text) => {
      const given = element("password");
      return !text.toUpperCase().includes(rules.userid.toUpperCase()) && !(given && fold(given.textContent) === fold(text));
    },
  };

  const judge = () => {
    const text = own.value;
    let good = true;
    for (const item of document.querySelectorAll("#rules > [data-check]")) {
      const met = text !== "" && CHECKS[item.dataset.check](text);
      const mark = item.querySelector(".mark") || item.appendChild(Object.assign(document.createElement("span"), { className: "mark" }));
      item.classList.toggle("met", text !== "" && met && item.dataset.check !== "other");
      item.classList.toggle("unmet", text !== "" && !met);
      mark.textContent = text === "" || (met && item.dataset.check === "other") ? "" : ` (${met ? rules.met : rules.unmet})`;
      good = good && met;
    }
    verdict.classList.toggle("wrong", !good);
    clearTimeout(judge.later); // a screen reader is told once the typing pauses
    judge.later = setTimeout(() => {
      const words = text === "" ? "" : good ? verdict.dataset.good : verdict.dataset.bad;
      if (verdict.textContent !== words) verdict.textContent = words; // the same is not said twice
    }, 400);
  };
  const wipe = () => { own.value = ""; judge(); };

  if (!CSS.supports("-webkit-text-security", "disc")) own.type = "password";
  own.addEventListener("input", judge);
  element("peek").addEventListener("click", () => {
    const open = element("peek").getAttribute("aria-pressed") !== "true";
    element("peek").setAttribute("aria-pressed", String(open));
    own.classList.toggle("masked", !open);
    if (!CSS.supports("-webkit-text-security", "disc")) own.type = open ? "text" : "password";
  });
  element("forget").addEventListener("click", wipe);
  addEventListener("pagehide", wipe);
  element("try").hidden = false;
}
