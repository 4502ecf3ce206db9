"""What the database remembers of a system, for the doctor: why the daemon stopped, and what resets failed of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Final

from bridge.compose.finding import Finding, doubt
from bridge.compose.shared import Opened
from bridge.config.model import System
from bridge.domain.failure import Reason
from bridge.domain.outcome import Reach
from bridge.domain.reset import State
from bridge.flows.strain import advice, strains

LATELY: Final = timedelta(days=7)
MOST_LOOKED_AT: Final = 50
FAILED_OF: Final[Mapping[Reason, Mapping[str, str]]] = {
    Reason.FIRST_USE_IGNORED: {
        "": "the host set the password and did not ask for a new one at the next logon. Those were made worthless; an "
            "exit or option of the host's takes the flag away",
        "acf2": "LIST shows no PSWD-EXP after CHANGE. With first_use: pswdfrc GSO PSWD needs PSWDFRC; otherwise the "
                "service id may not set that field, or an exit takes it away. Those passwords were made worthless",
    },
    Reason.NOT_PROVEN: {
        "": "the host took the command and its listing shows no change; is it listed from the same database?",
    },
    Reason.PASSWORD_REJECTED: {
        "": "the host refuses what is drawn; bring `password` in line with its rules",
    },
}  # fmt: skip
"""Reason → product → what it says of the host; "" for the others."""


def remembered(desk: Opened, system: System) -> Iterator[Finding]:
    """Both, for one system."""
    yield from _stopped(desk, system.name)
    yield from _strained(desk, system.name)
    yield from _failed(desk, system)


def _stopped(desk: Opened, system: str) -> Iterator[Finding]:
    """What each node's daemon last met there, where that stopped it."""
    with desk.store.look() as work:
        all_of_them = [each for each in work.conditions.all() if each.system == system]
    latest = desk.clock.now() - desk.config.site.silent_after
    for each in [each for each in all_of_them if each.heard < latest]:
        yield doubt(system, f"the daemon on {each.node} has not been heard from since {each.heard:%Y-%m-%d %H:%M} UTC; "
                    f"is that node gone for good: `resetbridge nodes forget {each.node}`")  # fmt: skip
    for each in [each for each in all_of_them if each.heard >= latest and each.reach is not Reach.WELL]:
        yield doubt(system, f"the daemon on {each.node} stopped at {each.at:%Y-%m-%d %H:%M} UTC: "
                    f"{each.words.removeprefix(f'{system}: ')}; "
                    + advice(each.reach, system))  # fmt: skip


def _strained(desk: Opened, system: str) -> Iterator[Finding]:
    """What waits there for longer than it should; where no logon works is said above."""
    for strain in strains(desk.store, [system], desk.clock.now(), desk.config.site.silent_after):
        for words in strain.delays:
            yield doubt(system, f"resets {words}")


def _failed(desk: Opened, system: System) -> Iterator[Finding]:
    """What resets there have failed of lately that no look at the host can show."""
    after = desk.clock.now() - LATELY
    with desk.store.look() as work:
        failed, _ = work.resets.find(state=State.FAILED, system=system.name, limit=MOST_LOOKED_AT)
    lately = Counter(each.failure for each in failed if each.since >= after)
    for reason, words in FAILED_OF.items():
        if count := lately[reason]:
            which = words.get(system.product, words[""])
            yield doubt(system.name, f"{count} of the last resets failed of {reason}: {which}")
