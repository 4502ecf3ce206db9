from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.kit import House, house
from tests.fakes.web import Browser


@pytest.fixture
def bridge(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path) as made:
        yield made


@pytest.fixture
def browser(bridge: House) -> Browser:
    return Browser(bridge)


@pytest.fixture
def published(bridge: House, browser: Browser) -> Browser:
    """A browser whose user has just got the mail."""
    bridge.ask()
    bridge.work()
    return browser
