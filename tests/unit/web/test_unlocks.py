"""What the API takes for an unlock."""

from __future__ import annotations

from web.api import resets, unlocks


def test_an_unlock_takes_every_userid_that_a_reset_takes() -> None:
    """A login name on UNIX is longer than eight characters; its system's product says what is one."""
    fields = [{field.name: field for field in module.ROUTES[0].fields} for module in (resets, unlocks)]
    assert fields[0]["userid"] == fields[1]["userid"]
    assert fields[1]["userid"].check("svc_backup.team") == "svc_backup.team"
