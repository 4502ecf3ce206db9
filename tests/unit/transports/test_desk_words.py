"""A screen in the words of an error."""

from __future__ import annotations

from typing import Any, cast

import pytest

from connectors.hosts.replay import screen_of
from connectors.hosts.transcript import Shown
from connectors.hosts.transports.base import Silence
from connectors.hosts.transports.desk import Desk
from connectors.hosts.transports.masking import Mask


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (("GKP0001", "", "  G A T E", "User . .", "Password . .", "GKP0099 NOT POSSIBLE", "PF3=Exit   PF1=Help"),
         "GKP0001 / G A T E / … / GKP0099 NOT POSSIBLE / PF3=Exit PF1=Help"),
        (("IKJ56700A ENTER USERID -",), "IKJ56700A ENTER USERID -"),
        ((), "an empty screen"),
    ],
)  # fmt: skip
def test_top_and_end_of_a_screen_are_told(rows: tuple[str, ...], said: str) -> None:
    """Its name stands at the top, its message as a rule near the end: the middle is what everybody knows."""
    desk = Desk(cast(Any, None), "PRODA", Mask(()), Silence())
    assert desk.describe(screen_of(Shown(system="PRODA", place="", rows=rows))) == said
