"""What the doctor says: one thing that was tried, how it is, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from bridge.domain.errors import BridgeError, ConfigFault

Level = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was tried. `words` say what was found and, unless it is well, what to do."""

    level: Level
    about: str
    words: str


def well(about: str, words: str) -> Finding:
    """Nothing to do."""
    return Finding(level="ok", about=about, words=words)


def doubt(about: str, words: str) -> Finding:
    """Somebody should look at it."""
    return Finding(level="warn", about=about, words=words)


def ill(about: str, words: str) -> Finding:
    """It will not work like this. Errors of a host begin with its name, which stands in `about` already."""
    return Finding(level="fail", about=about, words=words.removeprefix(f"{about.partition(' ')[0]}: "))


def tried(about: str, trial: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    """What a trial finds; an error that was foreseen is a finding like any other."""
    try:
        yield from trial()
    except ConfigFault as fault:
        yield from (ill(about, line) for line in fault.faults)
    except BridgeError as error:
        yield ill(about, str(error))
