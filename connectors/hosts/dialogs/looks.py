"""What the readers of a shell's answers look for: words that a release or a language may have otherwise. Pure.

How an answer is laid out is code, in products/; each word in it is the file's, under `looks_for`: one text, or several
that mean the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from connectors.hosts.dialogs.orders import NEW, USERID, Findings, Orders

LOOKS: Final[Mapping[str, tuple[str, ...]]] = {
    "linux": ("usable", "locked", "empty", "last_change", "due", "expires", "never", "date", "failure"),
    "aix": (
        "id", "registry", "admin", "groups", "locked", "failed", "most_failed", "expires", "flags", "changed",
        "is_admin", "is_locked", "no_expiry", "local", "due",
    ),
    "dspusrprf": (
        "profile", "previous", "attempts", "status", "changed", "none", "expired", "class", "special",
        "enabled", "disabled", "holds", "holds_not", "nothing", "powerful",
    ),
    "facts": (),
}  # fmt: skip
"""Reader → the names of what it looks for."""

APART: Final = (("usable", "locked", "empty"), ("enabled", "disabled"), ("holds", "holds_not"))
"""Names that mean different things of the same word."""

ANY_DAY: Final = datetime(2026, 11, 5)  # noqa: DTZ001 - a day of the calendar


def faults(orders: Orders) -> Findings:
    """Everything that is wrong with the words."""
    names = LOOKS.get(orders.reads or "", ())
    for name in names:
        if not orders.looks_for.get(name):
            yield f"looks_for.{name}", f"no-else: {orders.reads} looks for this: one text or several are expected"
    for name, texts in orders.looks_for.items():
        path = f"looks_for.{name}"
        if name not in names:
            yield path, f"{orders.reads or 'nobody'} looks for {', '.join(names) or 'nothing'}, and not for this"
        if any(USERID in text or NEW in text for text in texts):
            yield path, f"userid-as-pattern: {USERID} is nothing to look for; write what the host itself says"
    for text in orders.looks_for.get("date", ()):
        if day(text, _written(text)) != (ANY_DAY.year, ANY_DAY.month, ANY_DAY.day):
            yield "looks_for.date", f"a form with year, month and day is expected, like %b %d, %Y, not {text[:40]!r}"
    for group in APART:
        said = [text for name in group for text in orders.looks_for.get(name, ())]
        for text in sorted({text for text in said if said.count(text) > 1}):
            yield f"looks_for.{group[0]}", f"{text} is expected under one of {', '.join(group)}"


def day(form: str, text: str) -> tuple[int, int, int] | None:
    """Year, month and day of a date in that form (strftime's), None where it is none. Months speak English."""
    try:
        found = datetime.strptime(text, form)  # noqa: DTZ007 - a day of the calendar
    except ValueError:
        return None
    return found.year, found.month, found.day


def first_of(forms: Sequence[str], text: str) -> tuple[int, int, int] | None:
    """The same by the first form that fits."""
    return next((found for form in forms if (found := day(form, text)) is not None), None)


def _written(form: str) -> str:
    try:
        return ANY_DAY.strftime(form)
    except ValueError:
        return ""
