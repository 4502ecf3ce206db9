"""Draws docs/screens/ anew: `python -m tests.browser.screens [STATE or SCENE…]`, and says what axe has against a face.

Each on a phone and on a wide screen, the three that matter most in every other look as well; `album.py` names them all.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.album import HERE, INDEX, MAIL, index, names, pictures
from tests.browser.desk import BASE, launch, sitting
from tests.browser.looks import LOOKS
from tests.browser.png import fewer_colours
from tests.browser.post import LETTERS
from tests.browser.scenes import SCENES, Faces, tab
from tests.browser.states import STATES
from tests.browser.test_access import RULES

MAILS: Final = "mails"
NAMED: Final = """name => {
    for (const place of document.querySelectorAll(".host")) place.textContent = name;
    const key = document.getElementById("key");
    if (key) key.value = key.value.replace(/localhost:[0-9]+/, name);
}"""


class Studio:
    """Where pictures are taken and made small."""

    def __init__(self, chromium: Browser) -> None:
        self._room = chromium.new_page()
        self.taken: set[str] = set()

    def take(self, faces: Iterable[tuple[str, Page]]) -> None:
        """Each in every look that it is shown in, under the name of a real site."""
        for name, page in faces:
            page.wait_for_load_state()
            page.evaluate(NAMED, urlsplit(BASE).netloc)
            for look in (LOOKS[look] for look, _, _ in pictures(name)):
                look.put_on(page)
                page.evaluate("document.activeElement.blur()")
                self._judge(f"{name}-{look.name}", page, look.width)
                picture = fewer_colours(page.screenshot(full_page=True), self._room)
                (HERE / f"{name}-{look.name}.png").write_bytes(picture)
            LOOKS["phone"].put_on(page)
            self.taken.add(name)

    @staticmethod
    def _judge(name: str, page: Page, width: int) -> None:
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            print(f"{name}: {wide} pixels wide")
        if not name.startswith(MAIL) and "no-script" not in name:  # axe would wait for a timer for ever
            for violation in Axe().run(page, options=RULES).response["violations"]:
                print(f"{name}: {violation['id']}: {[node['html'] for node in violation['nodes']]}")


def _state(name: str, chromium: Browser, folder: Path) -> Faces:
    with sitting(chromium, folder) as desk:
        page = tab(desk)
        STATES[name](desk, page)
        yield name, page


def _mails(chromium: Browser) -> Faces:
    page = chromium.new_page()
    for name, text in LETTERS.items():
        page.set_content(text())
        yield name, page


def draw(wanted: list[str]) -> set[str]:
    """Take the pictures; the names of what was taken."""
    with sync_playwright() as playwright:
        chromium = launch(playwright)
        studio = Studio(chromium)
        for name in wanted:
            with TemporaryDirectory() as folder:
                if name == MAILS:
                    studio.take(_mails(chromium))
                elif name in STATES:
                    studio.take(_state(name, chromium, Path(folder)))
                else:
                    studio.take(SCENES[name](chromium, Path(folder)))
        return studio.taken


if __name__ == "__main__":
    HERE.mkdir(exist_ok=True)
    taken = draw(sys.argv[1:] or [*STATES, *SCENES, MAILS])
    INDEX.write_text(index(), encoding="utf-8")
    if left_out := taken - set(names()):
        sys.exit(f"album.py has no words for {sorted(left_out)}")
