"""Chromium before the real listener, the real pages and flows. What the page says to its console fails the test."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.fakes.kit import House, house
from tests.fakes.web import settings
from tests.live.web import listening
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


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def make_desk(chromium: Browser, tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    with ExitStack() as stack:

        def make(show_for: float = 120) -> Desk:
            with socket.create_server(("127.0.0.1", 0)) as probe:
                port = probe.getsockname()[1]
            base_url = f"https://localhost:{port}"
            bridge = stack.enter_context(house(tmp_path))
            app = create_app(bridge.web, settings(base_url=base_url, show_for=timedelta(seconds=show_for)))
            stack.enter_context(listening(app, tmp_path, port=port))
            desk = Desk(bridge, base_url, chromium, stack.enter_context(ExitStack()))
            desk.publish()
            return desk

        yield make


@pytest.fixture
def desk(make_desk: Callable[..., Desk]) -> Iterator[Desk]:
    made = make_desk()
    yield made
    quiet = [said for said in made.complaints if "status of 4" not in said and "status of 503" not in said]
    assert quiet == []  # a refused CSP, a script's error, a missing file
    assert {url.partition("/r/")[0].partition("/static/")[0].rstrip("/") for url in made.asked_for} <= {made.base_url}
