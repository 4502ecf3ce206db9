"""A time as people of a language write it, in UTC, and saying so: where its reader is, neither a mail nor a
page without script can know. With script a page says it in the reader's zone beside it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from bridge.texts import speech
from bridge.texts.letters import marked

MOMENT: Final = marked("{day} {month} {year}, {hour}:{minute} UTC")
MONTHS: Final = (
    marked("January"), marked("February"), marked("March"), marked("April"), marked("May"), marked("June"),
    marked("July"), marked("August"), marked("September"), marked("October"), marked("November"), marked("December"),
)  # fmt: skip
"""As they stand in MOMENT: in the genitive, where a language wants it."""


def moment(at: datetime, language: str) -> str:
    """26 November 2026, 12:00 UTC: the month in letters, as 11/12 is two days of the year."""
    utc, texts = at.astimezone(UTC), speech(language)
    say = texts.gettext
    return say(MOMENT).format(
        day=texts.first if utc.day == 1 else utc.day,
        month=say(MONTHS[utc.month - 1]),
        year=utc.year,
        hour=f"{utc:%H}",
        minute=f"{utc:%M}",
    )
