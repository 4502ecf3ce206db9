// Everything works without this file; with it there is less to type and more is forgotten.
"use strict";

// --- times in the reader's own zone, as their own kind of the page's language writes them: en-GB is not en-US ---
const manner = navigator.languages.find((tag) => tag.split("-")[0] === document.documentElement.lang) || document.documentElement.lang;
const localise = (time) => {
  const at = new Date(time.dateTime);
  if (!Number.isNaN(at.getTime())) {
    const own = at.toLocaleString(manner, {
      year: "numeric", month: "long", day: "numeric", hour: "2-digit", minute: "2-digit", timeZoneName: "short",
    });
    time.textContent = time.closest("li") || /UTC(?![+\u2212-])/.test(own) ? own : `${own} (${time.textContent})`;
  }
};
document.querySelectorAll("time[datetime]").forEach(localise);

// --- a link that is over, or whose password has been opened: its key goes ---
for (const place of document.querySelectorAll("[data-over]")) seal.drop(place.dataset.over);

// --- back on the page that asks, in the tab where this link's password was shown: its key is gone, and its name is kept ---
{
  const over = document.getElementById("over");
  let was = null;
  try { was = over && sessionStorage.getItem("shown " + document.getElementById("open").getAttribute("action").slice("/r/".length)); } catch { /* then nothing is kept */ }
  if (was) {
    over.hidden = false;
    document.getElementById("over-title").textContent = over.dataset.title;
    document.getElementById("over-text").textContent = over.dataset.text;
    for (const lead of document.querySelectorAll(".lead")) lead.hidden = true;
  }
}

// --- the link once more, on a page of the same address that does not ask: only the fragment changed ---
if (!document.getElementById("open")) {
  addEventListener("hashchange", () => {
    const shown = document.getElementById("shown");
    const { pathname, search, hash } = location;
    if (shown && !shown.hidden) history.replaceState(null, "", pathname + search);
    else location.replace(pathname + (search ? search + "&" : "?") + hash); // another address, or nothing is loaded
  });
}
