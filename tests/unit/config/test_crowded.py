"""Systems that are in each other's way."""

from __future__ import annotations

from tests.unit.config.conftest import GOOD
from tests.unit.config.test_products import Reading


def test_systems_that_would_take_one_tso_session_from_each_other_are_named(config: Reading) -> None:
    """The same name, port and userid; another port is another host, for all that is known."""
    twin = GOOD[GOOD.index("  PRODA:") :].replace("PRODA", "PRODB")
    words = "systems.PRODA, PRODB: all of them log on at zos.example.com port 992 as RSTBRDG"
    assert [words in note for note in config(GOOD + twin).notes] == [True]
    other = twin.replace("host: zos.example.com", "host: zos.example.com\n      port: 1992")
    assert config(GOOD + other).notes == config(GOOD).notes
    assert config(GOOD + twin.replace("userid: RSTBRDG", "userid: RSTBRDH")).notes == config(GOOD).notes
