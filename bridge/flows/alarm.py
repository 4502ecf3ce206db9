"""What security is told of a link, once for each: its holder could ask for a mail at every press. Not a flow."""

from __future__ import annotations

from bridge.domain.errors import BridgeError
from bridge.domain.link import Sealed
from bridge.domain.reset import Reset
from bridge.flows.crowd import note_one
from bridge.flows.holder import HOLDER, Attempt
from bridge.flows.ledger import note, tell
from bridge.ports import WebKit, Work


def used_again(reset: Reset, over: BridgeError, attempt: Attempt, work: Work, kit: WebKit) -> None:
    """Record it. That somebody comes back to a link from where it was opened is usual; from elsewhere is an alarm."""
    now = kit.clock.now()
    note_one(work, "link.used_again", at=now, by=HOLDER, reset=reset, source=attempt.source, network=attempt.network,
             state=str(over))  # fmt: skip
    for shown in work.audit.of_reset(reset.id, kind="reset.revealed"):
        first = str(shown.event.detail.get("source"))
        if first != attempt.source and not work.audit.of_reset(reset.id, kind="link.elsewhere"):
            facts = {"source": attempt.source, "first": first}
            note(work, "link.elsewhere", at=now, by=HOLDER, reset=reset, **facts)
            tell(work, kit, "link_elsewhere", kit.security_address, at=now, **_named(reset), **facts)


def shut(reset: Reset, attempt: Attempt, work: Work, kit: WebKit) -> None:
    """Too many wrong answers to a read link: its page takes no more, nor the owner's right one. Whoever saw the
    password may have given them, and from the owner's own network: security is told wherever they came from (I5)."""
    if not work.audit.of_reset(reset.id, kind="link.shut"):
        now = kit.clock.now()
        note(work, "link.shut", at=now, by="system", reset=reset, source=attempt.source)
        tell(work, kit, "link_shut", kit.security_address, at=now, **_named(reset), source=attempt.source)


def damaged(sealed: Sealed, attempt: Attempt, why: str, kit: WebKit) -> None:
    """Record that a right answer could not be given what is sealed. In a transaction of its own."""
    with kit.store.work() as work:
        reset = work.resets.get(sealed.reset_id)
        now, facts = kit.clock.now(), {"source": attempt.source, "why": why}
        note_one(work, "link.damaged", at=now, by=HOLDER, reset=reset, network=attempt.network, **facts)
        if len(work.audit.of_reset(reset.id, kind="link.damaged")) == 1:
            tell(work, kit, "link_damaged", kit.security_address, at=now, **_named(reset), **facts)


def _named(reset: Reset) -> dict[str, str]:
    return {"system": reset.system, "userid": reset.userid, "reset": reset.id}
