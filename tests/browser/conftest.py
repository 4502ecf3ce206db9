"""What the page says to its console fails the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.browser.desk import Desk, launch, sitting


@pytest.fixture(scope="module")  # no longer: while it is open, no other test of this process can run an event loop
def playwright_() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="module")
def chromium(playwright_: Playwright) -> Iterator[Browser]:
    browser = launch(playwright_)
    yield browser
    browser.close()


@pytest.fixture
def make_desk(chromium: Browser, tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    with ExitStack() as stack:

        def make(show_for: float = 120) -> Desk:
            return stack.enter_context(sitting(chromium, tmp_path, show_for=timedelta(seconds=show_for)))

        yield make


@pytest.fixture
def desk(make_desk: Callable[..., Desk]) -> Iterator[Desk]:
    made = make_desk()
    yield made
    quiet = [said for said in made.complaints if "status of 4" not in said and "status of 50" not in said]
    assert quiet == []  # a refused CSP, a script's error, a missing file
    assert not [url for url in made.asked_for if not url.startswith((made.base_url + "/", "about:"))]
