"""Draws docs/screens/ anew: `python -m tests.browser.screens [STATE…]`. Each state on a phone; some in other looks."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from playwright.sync_api import Page, sync_playwright

from tests.browser.desk import give, launch, sitting
from tests.browser.looks import LOOKS
from tests.browser.png import fewer_colours
from tests.browser.states import STATES, ask
from tests.browser.test_passkeys import at_desk, invited, set_up
from tests.browser.test_signon import alone, arrive, sign_on, signing_on
from tests.browser.test_steps import BOTH
from tests.live.provider import OTHER, WEAK, provider

HERE: Final = Path(__file__).parents[2] / "docs" / "screens"
SIGN_ON: Final = "sign-on"
FACTORS: Final = "factors"
LANGUAGES: Final = "languages"
FAR: Final = ("he", "ja", "zh")  # other letters, another direction
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


def draw_factors() -> None:
    """A second code asked for, a pause, a passkey asked for, and how one's own is set up; on a phone."""
    with sync_playwright() as playwright:
        chromium = launch(playwright)
        with TemporaryDirectory() as folder, sitting(chromium, Path(folder), home={"policy": BOTH}) as desk:
            page = desk.page(has_touch=True, reduced_motion="reduce")
            ask(desk, page)
            give(page, desk.house.totp())
            _on_a_phone(page, f"{FACTORS}-one-more")
        with TemporaryDirectory() as folder, sitting(chromium, Path(folder), home={"pause": 5}) as desk:
            page = desk.page(has_touch=True, reduced_motion="reduce")
            ask(desk, page)
            for _ in range(3):
                give(page, desk.wrong())
            _on_a_phone(page, f"{FACTORS}-pause")
        with TemporaryDirectory() as folder, at_desk(chromium, Path(folder)) as desk:
            page = desk.page(has_touch=True, reduced_motion="reduce")
            new = invited(desk)
            page.goto(new.link.expose())
            _on_a_phone(page, f"{FACTORS}-invited")
            page.fill("#code", new.code.expose())
            page.click("#app")
            _on_a_phone(page, f"{FACTORS}-app")
            set_up(desk, page)
            _on_a_phone(page, f"{FACTORS}-set-up")
            ask(desk, page)
            _on_a_phone(page, f"{FACTORS}-passkey")


def _on_a_phone(page: Page, name: str) -> None:
    LOOKS["phone"].put_on(page)
    page.evaluate("document.activeElement.blur()")
    (HERE / f"{name}-phone.png").write_bytes(fewer_colours(page.screenshot(full_page=True)))


def draw_sign_on() -> None:
    """The way to the company's sign-on and back, as another person, and without the second step; on a phone."""
    with sync_playwright() as playwright, TemporaryDirectory() as folder, provider(Path(folder) / "p") as company:
        with signing_on(launch(playwright), Path(folder), company, "totp", "oidc") as desk:
            page = alone(desk.page(has_touch=True, reduced_motion="reduce"), company, desk)

            arrive(desk, page, script=True)
            _on_a_phone(page, f"{SIGN_ON}-ask")
            sign_on(page, OTHER, company)
            _on_a_phone(page, f"{SIGN_ON}-back")
            page.click("#show")
            _on_a_phone(page, f"{SIGN_ON}-another")
            sign_on(page, WEAK, company)
            _on_a_phone(page, f"{SIGN_ON}-refused")


def draw_languages() -> None:
    """The page with the password where letters, or the direction, are others; on a phone."""
    with sync_playwright() as playwright:
        chromium = launch(playwright)
        for language in FAR:
            with TemporaryDirectory() as folder, sitting(chromium, Path(folder)) as desk:
                page = desk.page(has_touch=True, reduced_motion="reduce", locale=language)
                STATES["shown"](desk, page)
                _on_a_phone(page, f"shown-{language}")


if __name__ == "__main__":
    HERE.mkdir(exist_ok=True)
    wanted = sys.argv[1:] or [*STATES, SIGN_ON, FACTORS, LANGUAGES]
    draw([name for name in wanted if name in STATES])
    if SIGN_ON in wanted:
        draw_sign_on()
    if FACTORS in wanted:
        draw_factors()
    if LANGUAGES in wanted:
        draw_languages()
