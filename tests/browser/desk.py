"""A person with a link and Chromium, before the real listener, the real pages and flows."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect

from bridge.domain.link import KEY_BYTES, unbase32
from tests.fakes.kit import House, house
from tests.fakes.web import settings
from tests.live.web import listening
from tests.ports import free_port
from web.app import create_app

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]
AROUND = re.compile(rb"[\s+-]|%20")
BASE = "https://reset.example.com"
expect.set_options(timeout=30_000)  # ms, and not the library's 5 s: on a machine that is busy a page takes longer


class Ear:
    """Keeps every byte that the application is handed: addresses, headers, bodies."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app
        self.heard: list[bytes] = []

    def __call__(self, environ: WSGIEnvironment, answer: StartResponse) -> Iterable[bytes]:
        body = environ["wsgi.input"].read()
        texts = [f"{name}: {value}".encode() for name, value in environ.items() if isinstance(value, str)]
        self.heard.append(b"\n".join([*texts, body]))
        return self._app(environ | {"wsgi.input": BytesIO(body)}, answer)


@dataclass
class Desk:
    """A person's link and browser."""

    house: House
    base_url: str
    browser: Browser
    ear: Ear
    folder: Path
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

    def heard(self, secret: str) -> list[bytes]:
        """The requests that held a link's key, in any of its forms."""
        raw = unbase32(secret, KEY_BYTES)
        forms = (secret.lower().encode(), raw, raw.hex().encode(), b64encode(raw)[:-2])
        return [
            request for request in self.ear.heard
            if any(form in text for form in forms for text in (request, AROUND.sub(b"", request.lower())))
        ]  # fmt: skip

    def publish(self) -> None:
        self.house.ask()
        self.house.work(2)

    def wrong(self) -> str:
        return str((int(self.house.totp()) + 1) % 10**6).zfill(6)


def give(page: Page, code: str) -> None:
    """Type the code and press the button, of a page that is all there: also of one that came in place of another."""
    page.wait_for_load_state()
    page.fill("#code", code)
    page.click("#show")


def go_on(page: Page) -> None:
    """Of a link that is over, to its end's own page; no code is asked for."""
    page.get_by_role("button", name="Go on").click()


def launch(playwright: Playwright) -> Browser:
    """Debian's Chromium."""
    return playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)


@contextmanager
def sitting(
    chromium: Browser, folder: Path, *, home: Mapping[str, Any] | None = None, **changes: Any
) -> Iterator[Desk]:
    """A desk with a published link; `home` is what its house has besides, `changes` are settings of the web role."""
    with ExitStack() as stack:
        port = free_port()
        base_url = f"https://localhost:{port}"
        bridge = stack.enter_context(house(folder, **{"base_url": base_url} | dict(home or {})))
        changes = {"show_for": timedelta(seconds=120)} | changes
        ear = Ear(create_app(bridge.web, settings(base_url=base_url, **changes)))
        stack.enter_context(listening(ear, folder, port=port))
        desk = Desk(bridge, base_url, chromium, ear, folder, stack.enter_context(ExitStack()))
        desk.publish()
        yield desk
