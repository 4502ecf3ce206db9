from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.flows import contacts
from tests.fakes.kit import House, house
from tests.unit.flows.jane import NEW, set_up


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


@pytest.fixture
def aged(tmp_path: Path) -> Iterator[House]:
    """Everybody has been looked at, a year ago."""
    with house(tmp_path, policy=NEW) as made:
        set_up(made)
        contacts.survey(made.worker)
        made.clock.move(days=365)
        yield made
