from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.kit import House, house


@pytest.fixture
def bridge(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path) as made:
        yield made
