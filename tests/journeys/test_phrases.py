"""A password phrase's whole way: set over 3270, proven, shown once, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from bridge.compose.stage import word
from tests.journeys.bridge import bridge


@pytest.mark.parametrize("system", ["PRODA", "PRODB"])
def test_i1_i3_i4_a_phrase_is_shown_once_and_kept_nowhere(tmp_path: Path, system: str) -> None:
    """On RACF and on ACF2; the password beside it stays what it was."""
    with bridge(tmp_path, crowd=1) as made:
        made.stop()
        settings = yaml.safe_load(made.stage.config.read_text())
        settings["systems"][system]["password"] = {"phrase": True}
        made.stage.config.write_text(yaml.safe_dump(settings, sort_keys=False))
        users, password = made.stage.hosts[system].users, word()
        users.define("U000", password=password, phrase="correct horse 9 battery")
        made.start()

        reset = made.ask(system, "U000")
        made.await_state(reset.id, "published")
        (mail,) = made.links("p000@demo.example")
        shown = made.open(mail, reset.release_code).password
        again = made.open(mail, reset.release_code)

        assert shown is not None
        assert (again.status, again.password) == (410, None)
        user = users.user("U000")
        assert user.phrase.matches(shown.expose()) and user.phrase.expired
        assert user.password.matches(password) and not user.password.expired
        assert shown.expose() in made.passwords_ever_set()
        assert not made.traces_of([shown.expose()])
