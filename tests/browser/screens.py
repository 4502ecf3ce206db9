"""Draws docs/screens/ anew: `python -m tests.browser.screens [STATE…]`. Each state on a phone; some in other looks."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from playwright.sync_api import sync_playwright

from tests.browser.desk import launch, sitting
from tests.browser.looks import LOOKS
from tests.browser.png import fewer_colours
from tests.browser.states import STATES

HERE: Final = Path(__file__).parents[2] / "docs" / "screens"
IN_EVERY_LOOK: Final = ("ask", "shown", "wrong-code")


def draw(names: list[str]) -> None:
    """Take the pictures."""
    with sync_playwright() as playwright:
        chromium = launch(playwright)
        for name in names:
            with TemporaryDirectory() as folder, sitting(chromium, Path(folder)) as desk:
                page = desk.page(has_touch=True, reduced_motion="reduce")
                STATES[name](desk, page)
                for look in LOOKS.values():
                    if look.name == "phone" or name in IN_EVERY_LOOK:
                        look.put_on(page)
                        page.evaluate("document.activeElement.blur()")
                        picture = fewer_colours(page.screenshot(full_page=True))
                        (HERE / f"{name}-{look.name}.png").write_bytes(picture)


if __name__ == "__main__":
    HERE.mkdir(exist_ok=True)
    draw(sys.argv[1:] or list(STATES))
