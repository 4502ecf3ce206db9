"""The port `KeyFiles`: a password in a KeePass file of its own."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Final

from bridge.domain.secret import Secret
from bridge.ports import Clock, Dice, Filed
from bridge.texts import speech
from bridge.texts.letters import FILE_UNTIL, LINK_FIRST_USE
from bridge.texts.times import moment
from connectors.keepass.kdbx import Entry, written
from connectors.machine import dice as machine_dice

PROGRAM: Final = "Reset Bridge"


class KeePassFiles:
    """Writes the files.

    titles   system → what people call it
    """

    def __init__(self, titles: Mapping[str, str], clock: Clock, dice: Dice = machine_dice) -> None:
        self._titles, self._clock, self._dice = titles, clock, dice

    def file(self, about: Filed, password: Secret, master: Secret) -> Secret:
        """The file in base64. Takes 16 MB and some 50 ms."""
        say, system = speech(about.language).gettext, about.account.system
        until = say(FILE_UNTIL).format(until=moment(about.until, about.language))
        entry = Entry(
            title=f"{self._titles.get(system, system)} {about.account.userid}",
            username=about.account.userid,
            notes=f"{say(LINK_FIRST_USE)}\n{until}",
            expires=about.until,
            made=self._clock.now(),
        )
        made = written(entry, password.expose(), master.expose(), PROGRAM, self._dice)
        return Secret(base64.b64encode(made).decode())
