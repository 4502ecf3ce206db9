"""A state change and its audit record, together (I8). Not a flow: what every flow writes with."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bridge.domain.codes import new_id
from bridge.domain.errors import DirectoryUnreached
from bridge.domain.record import Event
from bridge.domain.reset import Delivery, Reset, State
from bridge.ports import Desk, Kit, Notice, PersonRecord, Work


def write(work: Work, before: Reset, after: Reset, *, by: str, **detail: str | int | bool | None) -> None:
    """Store `after` over `before` and record it as `reset.STATE`. Raises Overtaken."""
    work.resets.save(before, after)
    note(work, f"reset.{after.state}", at=after.since, by=by, reset=after, **detail)
    if after.ended or after.state is State.REVEALED:
        work.links.drop_code(after.id)


def note(
    work: Work, kind: str, *, at: datetime, by: str, reset: Reset | None = None, **detail: str | int | bool | None
) -> None:
    """Record something that changed no state."""
    if reset is not None:
        detail = {"system": reset.system, "userid": reset.userid, **detail}
    work.audit.append(Event(at=at, kind=kind, by=by, reset_id=reset.id if reset else None, detail=detail))


def began(kit: Kit, *, node: str, roles: str, version: str, configuration: str) -> None:
    """Record that roles of the daemon have begun to work, and what they work by."""
    with kit.store.work() as work:
        note(
            work, "daemon.started", at=kit.clock.now(), by="system",
            node=node, roles=roles, version=version, configuration=configuration,
        )  # fmt: skip


def unset(kind: str, reset: Reset) -> str:
    """The notice's kind, or its twin for an armed link behind which no password had been set."""
    return f"{kind}_unset" if reset.delivery is Delivery.ARMED and not reset.touched else kind


def tell_owner(work: Work, kit: Kit, kind: str, reset: Reset, **values: str) -> None:
    """Put a notice to the reset's person into the outbox, if the directory knows where to reach them."""
    name = reset.person
    owner = addressee(lambda: kit.directory.person(name)) if name else None
    if owner is not None:
        tell(work, kit, kind, owner.email, language=owner.language, at=reset.since, **values)


def addressee(look: Callable[[], PersonRecord | None]) -> PersonRecord | None:
    """Whom the directory names; nobody where it cannot be read: that costs the notice, never the change it tells of."""
    try:
        return look()
    except DirectoryUnreached:
        return None


def tell(
    work: Work, kit: Kit | Desk, kind: str, to: str | None, *, language: str = "en", at: datetime, **values: str
) -> None:
    """Put a notice into the outbox, if there is anybody to tell."""
    if to:
        work.outbox.add(Notice(id=new_id(kit.dice, "N"), at=at, kind=kind, to=to, language=language, values=values))
