"""The pictures under docs/ are all there, each with its words, and not too heavy to be cloned."""

from __future__ import annotations

from tests.browser.album import HERE, INDEX, index, names, pictures
from tests.browser.states import STATES

MOST = 8_000_000  # bytes


def test_every_picture_is_there_and_has_its_words() -> None:
    """A face that was added, renamed or taken away is drawn anew: python -m tests.browser.screens."""
    wanted = {f"{name}-{look}.png" for name in names() for look, _, _ in pictures(name)}
    assert {file.name for file in HERE.glob("*.png")} == wanted
    assert INDEX.read_text(encoding="utf-8") == index()


def test_every_state_that_is_tested_is_in_the_album() -> None:
    """What axe judges is what is shown."""
    assert set(STATES) <= set(names())


def test_they_weigh_little() -> None:
    """Fourteen colours at most, and no picture twice."""
    assert sum(file.stat().st_size for file in HERE.glob("*.png")) < MOST
