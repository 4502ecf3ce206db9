"""What has happened to a reset, for a page: a host that is away for hours would else fill it with the same lines."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from bridge.domain.reset import State

DIGEST: Final = re.compile(r"\b(sha256:[0-9a-f]{8})[0-9a-f]{56}\b")
"""Of which the audit has the whole: here it is five lines of a phone."""
HIDDEN: Final = frozenset({"system", "userid"})  # of an event's details: the page has said them already
TRY: Final = (State.CHANGING, State.QUEUED)
KEPT: Final = 2  # tries at either end of many


def happened(events: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The events, and one line for many tries in a row that came to nothing; the audit has them all."""
    found: list[dict[str, Any]] = []
    at = 0
    while at < len(events):
        end = at
        while _states(events[end : end + 2]) == TRY:
            end += 2
        many = (end - at) // 2
        if many > 2 * KEPT + 1:
            found += map(_event, events[at : at + 2 * KEPT])
            left = events[at + 2 * KEPT : end - 2 * KEPT]
            found.append({**_event(left[0]), "what": f"tried {len(left) // 2} times more", "by": "", "detail": {}})
            at = end - 2 * KEPT
        found += map(_event, events[at : max(end, at + 1)])
        at = max(end, at + 1)
    return found


def last_try(events: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """The event of the try that brought it back into the queue, with why in `text`; None: it is not there for that."""
    last = [_event(event) for event in events[-1:] if _states([event]) == (State.QUEUED,)]
    return last[0] if last and last[0]["detail"].get("text") else None


def _states(events: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(event["state"] for event in events)


def _event(event: Mapping[str, Any]) -> dict[str, Any]:
    detail = {
        name: DIGEST.sub(r"\1…", value) if isinstance(value, str) else value
        for name, value in event["detail"].items()
        if name not in HIDDEN and value is not None
    }
    what = (event["state"] or event["kind"]).replace(".", " ").replace("_", " ")
    return {**event, "at": datetime.fromisoformat(event["at"]), "what": what, "detail": detail}
