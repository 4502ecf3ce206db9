"""What the hash or the seal of a second factor is bound to, and how long anybody waits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from bridge.domain.patience import growing
from bridge.domain.second import (
    code_label,
    mailed_label,
    posted_label,
    question_kind,
    seed_label,
    sign_on_label,
    state_label,
)

LABELS: tuple[tuple[Callable[..., str], tuple[str, ...]], ...] = (
    (state_label, ("radius", "js", "R1")),
    (code_label, ("R1", "phone")),
    (posted_label, ("N1", "js@example.com")),
    (mailed_label, ("R1",)),
    (sign_on_label, ("R1",)),
    (question_kind, ("radius", "R1")),
    (seed_label, ("js", "F1", "totp")),
)


@pytest.mark.parametrize(("label", "what"), LABELS)
def test_a_label_names_each_thing_that_it_binds(label: Callable[..., str], what: tuple[str, ...]) -> None:
    """Moved to another person, link, factor or address in the database, what is stored opens nothing there."""
    for place in range(len(what)):
        other = (*what[:place], "another", *what[place + 1 :])
        assert label(*other) != label(*what)


def test_no_two_kinds_of_thing_have_one_label() -> None:
    """The hash of one is not good for another."""
    assert len({label(*what) for label, what in LABELS}) == len(LABELS)


def test_a_pause_grows_with_what_has_passed_within_limits() -> None:
    """A host that was away for a night is looked for every minute, not every two hours."""
    since = datetime(2026, 11, 25, tzinfo=UTC)
    waits = [growing(since, since + timedelta(seconds=passed)).total_seconds() for passed in (0, 8, 40, 240, 36000)]
    assert waits == [2, 2, 10, 60, 60]
