"""A person with a link and Chromium, before the real listener, the real pages and flows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, Playwright

from tests.fakes.kit import House, house
from tests.fakes.web import settings
from tests.live.web import listening
from tests.ports import free_port
from web.app import create_app

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]
BASE = "https://reset.example.com"


@dataclass
class Desk:
    """A person's link and browser."""

    house: House
    base_url: str
    browser: Browser
    stack: ExitStack
    complaints: list[str] = field(default_factory=list)
    asked_for: list[str] = field(default_factory=list)

    @property
    def link(self) -> str:
        """The newest mail's link, at the port that the test listens on."""
        return self.house.mail.links[-1].url.expose().replace(BASE, self.base_url)

    @property
    def key(self) -> str:
        return self.link.partition("#")[2]

    @property
    def password(self) -> str:
        return self.house.host.passwords_ever_set[-1]

    def context(self, **options: Any) -> BrowserContext:
        made = self.browser.new_context(ignore_https_errors=True, **options)
        self.stack.callback(made.close)
        return made

    def page(self, **options: Any) -> Page:
        """A tab whose console and requests are watched."""
        return self.watched(self.context(**options).new_page())

    def watched(self, page: Page) -> Page:
        page.on("console", lambda said: self.complaints.append(said.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.asked_for.append(request.url))
        return page

    def publish(self) -> None:
        self.house.ask()
        self.house.work(2)

    def wrong(self) -> str:
        return str((int(self.house.totp()) + 1) % 10**6).zfill(6)


def give(page: Page, code: str) -> None:
    """Type the code and press the button."""
    page.fill("#code", code)
    page.click("#show")


def launch(playwright: Playwright) -> Browser:
    """Debian's Chromium."""
    return playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)


@contextmanager
def sitting(chromium: Browser, folder: Path, **changes: Any) -> Iterator[Desk]:
    """A desk with a published link; `changes` are settings of the web role."""
    with ExitStack() as stack:
        port = free_port()
        base_url = f"https://localhost:{port}"
        bridge = stack.enter_context(house(folder))
        changes = {"show_for": timedelta(seconds=120)} | changes
        app = create_app(bridge.web, settings(base_url=base_url, **changes))
        stack.enter_context(listening(app, folder, port=port))
        desk = Desk(bridge, base_url, chromium, stack.enter_context(ExitStack()))
        desk.publish()
        yield desk
