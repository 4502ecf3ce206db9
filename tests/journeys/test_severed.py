"""The daemon's database is gone at the commit of a reveal: the password is shown once, or the truth is told."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.bridge import Bridge, bridge
from tests.journeys.test_armed import linked, waited
from tests.postgres import Postgres
from tests.severed import Cut, Way, severed

SYSTEMS = ("PRODA",)


@pytest.fixture(scope="module")
def way(postgres: Postgres) -> Iterator[Way]:
    with tempfile.TemporaryDirectory(prefix="rb-way-") as folder, severed(Path(folder), postgres) as made:
        yield made


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, postgres: Postgres, way: Way) -> Iterator[Bridge]:
    changes = {"sqlite:///bridge.db": way.url(postgres.new_database())}
    with bridge(tmp_path_factory.mktemp("severed"), crowd=8, changes=changes, armed=SYSTEMS) as running:
        yield running


def test_i4_kept_and_not_heard_of_it_is_shown(made: Bridge, way: Way) -> None:
    """Both commits of an armed link, the code's and the password's: nobody types a code again or gets nothing."""
    reset, visit = linked(made, "PRODA", "U000", 0)
    for said in ("reset.queued", "reset.revealed"):
        way.cut(Cut.EVERYTHING, in_which=said)
        page = visit.enter(reset.release_code) if said == "reset.queued" else waited(visit)
        assert way.broken.is_set()
        assert page.status == (202 if said == "reset.queued" else 200)
    assert page.password is not None
    assert made.stage.hosts["PRODA"].accepts("U000", page.password.expose())
    assert visit.wait().status == 410
    assert made.run("audit", "verify").returncode == 0


def test_never_heard_of_nothing_was_used_up(made: Bridge, way: Way) -> None:
    """Said, and true: the same code is right, and the same place shows the password."""
    reset, visit = linked(made, "PRODA", "U001", 1)
    way.cut(Cut.NOTHING, in_which="reset.queued")
    page = visit.enter(reset.release_code)
    assert (page.status, page.title) == (503, "Please try again in a moment")
    assert visit.enter(reset.release_code).status == 202
    made.await_state(reset.id, "published")
    way.cut(Cut.NOTHING, in_which="reset.revealed")
    page = visit.wait()
    assert way.broken.is_set()
    assert (page.status, page.title) == (503, "Please try again in a moment")
    assert waited(visit).password is not None


@pytest.mark.parametrize(("number", "cut"), [(2, Cut.NOTHING), (3, Cut.EVERYTHING)])
def test_where_nobody_can_say_that_is_said(made: Bridge, way: Way, number: int, cut: Cut) -> None:
    """The database stays away. Back again, the link's page tells which it was."""
    userid = f"U{number:03}"
    reset, visit = linked(made, "PRODA", userid, number)
    assert visit.enter(reset.release_code).status == 202
    made.await_state(reset.id, "published")
    way.cut(cut, in_which="reset.revealed", for_good=True)
    try:
        page = visit.wait()
    finally:
        way.closed = False
    assert (page.status, page.title, page.password) == (503, "We do not know whether that worked", None)
    made.await_ready()
    page = visit.wait()
    if cut is Cut.EVERYTHING:
        assert (page.status, page.title) == (410, "This password has already been shown")
    else:
        assert page.password is not None
    assert made.run("audit", "verify").returncode == 0
