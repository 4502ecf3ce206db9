from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.kit import House, house


@pytest.fixture
def bridge(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path) as made:
        yield made


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stretching costs time on purpose; here it has none."""
    monkeypatch.setattr("connectors.vault.STRETCH", 2)


@pytest.fixture
def home(tmp_path: Path, quick: None) -> Iterator[House]:
    with house(tmp_path) as made:
        yield made
