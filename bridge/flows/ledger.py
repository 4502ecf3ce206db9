"""A state change and its audit record, together (I8). Not a flow: what every flow writes with."""

from __future__ import annotations

from datetime import datetime

from bridge.domain.codes import new_id
from bridge.domain.contact import EMAIL
from bridge.domain.names import Person
from bridge.domain.policy import Policy
from bridge.domain.record import Event
from bridge.domain.reset import READ, Delivery, Reset, State
from bridge.ports import Desk, Kit, Notice, Work


def write(work: Work, before: Reset, after: Reset, *, by: str, **detail: str | int | bool | None) -> None:
    """Store `after` over `before` and record it as `reset.STATE`. Raises Overtaken.

    A read link that is revoked takes along the list of its person's own factors, if that is open: whoever read it may
    have it.
    """
    work.resets.save(before, after)
    if before.state in READ and after.state is State.REVOKED and after.person:
        work.invitations.end(after.person, after.since, own=True)
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
    """Put a notice to the reset's person into the outbox. Where it goes is asked when it leaves: a directory can be
    slow, and while a transaction waits for one nobody else can write.
    """
    if reset.person:
        policy = kit.systems.get(reset.system) or Policy(name=reset.policy)
        tell_person(work, kit, kind, reset.person, at=reset.since, link_to=policy.link_to, **values)


def tell_person(
    work: Work, kit: Kit | Desk, kind: str, person: Person, *, at: datetime, link_to: tuple[str, ...] = (EMAIL,),
    **values: str,
) -> None:  # fmt: skip
    """Put a notice to a person of the directory into the outbox. `link_to`: where the link in question could go."""
    notice = Notice(id=new_id(kit.dice, "N"), at=at, kind=kind, person=person, link_to=link_to, values=values)
    work.outbox.add(notice)


def tell(
    work: Work, kit: Kit | Desk, kind: str, to: str | None, *, language: str = "", at: datetime, **values: str
) -> None:
    """Put a notice into the outbox, if there is anybody to tell; in the site's language, unless another is named."""
    if to:
        said = language or kit.language
        work.outbox.add(Notice(id=new_id(kit.dice, "N"), at=at, kind=kind, to=to, language=said, values=values))
