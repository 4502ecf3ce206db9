"""Who has opened a link, in words and for the page's script."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from bridge.domain.errors import WrongAnswer
from bridge.domain.second import MAIL, PHONE, RADIUS, RELEASE_CODE, TOTP
from bridge.flows.look import Standing
from bridge.flows.steps import OneMore
from bridge.texts import letters
from bridge.texts.catalogue import Catalogue
from bridge.texts.letters import counted
from bridge.texts.times import moment
from web.user.devices import device_of
from web.user.words import Say

TYPED: Final = frozenset({TOTP, RELEASE_CODE, RADIUS, PHONE, MAIL})  # the others take a script, or another page
MOST: Final = 50  # anybody who knows the locator can add to them
EARLIER: Final = counted("Apart from these there was one more.", "Apart from these there were {count} more.")


class Visit(NamedTuple):
    """One opening. `here`: it came from the address that asks now."""

    at: datetime
    device: str
    source: str
    here: bool


class Told(NamedTuple):
    """How a link stands: the newest openings, that there were more before, what is asked for, where that is more
    than one code, and which factors can be it."""

    until: datetime
    visits: tuple[Visit, ...]
    earlier: str = ""
    asks: str = ""
    wanted: tuple[str, ...] = ()


def told(standing: Standing, source: str, texts: Catalogue) -> Told:
    """Put it in the words of whoever asks from `source`."""
    visits, say = [], texts.gettext
    for opening in standing.openings[-MOST:]:
        device = device_of(opening.agent)
        words = f"{say(device.kind)}: {device.make}" if device.make else say(device.kind)
        visits.append(Visit(opening.at, words, opening.source, opening.source == source))
    more = len(standing.openings) - len(visits) + standing.more
    earlier = texts.ngettext(*EARLIER, more).format(count=more) if more else ""
    return Told(standing.expires_at, tuple(visits), earlier, asks(standing, say), standing.wanted)


def asks(walk: Standing | OneMore, say: Say) -> str:
    """Which codes the page asks for, where one is not enough, or not any; empty where its usual words hold."""
    if walk.several:
        return letters.asked(walk.wanted, not walk.passed, say)
    typed = [kind for kind in walk.wanted if kind in TYPED]
    return letters.asked(typed, False, say) if typed and (TOTP not in typed or len(typed) == 1) else ""


def mistake(error: object) -> dict[str, Any]:
    """What there is to say of a wrong code besides that it is one; minutes: how long a code of that kind works."""
    wrong = error if isinstance(error, WrongAnswer) else WrongAnswer(0)
    minutes = max(int(wrong.lasts.total_seconds()) // 60, 1) if wrong.lasts else 0
    return {"late": wrong.late, "ended": wrong.ended, "minutes": minutes}


def plain(told: Told, language: str) -> dict[str, Any]:
    """For the script."""
    visits = [visit._asdict() | time(visit.at, language) for visit in told.visits]
    return {"until": time(told.until, language), "visits": visits, "earlier": told.earlier, "asks": told.asks,
            "wanted": told.wanted}  # fmt: skip


def from_minute(until: datetime | None) -> datetime | None:
    """The minute in which it is over: pages name no seconds, and whoever came in the minute before came too early."""
    begun = until and until.replace(second=0, microsecond=0)
    return begun + timedelta(minutes=1) if begun and begun != until else begun


def time(at: datetime, language: str) -> dict[str, str]:
    """A time twice: for programs, and for people who have no script, as their language writes it."""
    return {"at": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), "shown": moment(at, language)}
