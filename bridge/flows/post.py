"""Notices leave the outbox. They hold no secret; one that the relay refuses is recorded and dropped."""

from __future__ import annotations

from datetime import timedelta

from bridge.domain.errors import MailRefused, MailUnreached
from bridge.domain.patience import growing
from bridge.flows.ledger import note
from bridge.ports import Notice, Relay, WorkKit


def post(kit: WorkKit) -> int:
    """Send what is due; returns how many the relay took. A relay that is away leaves everything for later."""
    now = kit.clock.now()
    with kit.store.look() as work:
        due = work.outbox.due(now, 50)
    if not due:
        return 0
    try:
        with kit.mail.relay() as relay:
            return sum(_sent(notice, relay, kit) for notice in due)
    except MailUnreached:
        with kit.store.work() as work:
            for notice in due:
                work.outbox.later(notice.id, now + growing(notice.at, now, most=timedelta(minutes=15)))
        return 0


def _sent(notice: Notice, relay: Relay, kit: WorkKit) -> bool:
    refused = ""
    try:
        relay.send_notice(notice)
    except MailRefused as trouble:
        refused = str(trouble)
    with kit.store.work() as work:
        work.outbox.done(notice.id)
        note(work, "notice.refused" if refused else "notice.sent", at=kit.clock.now(), by=f"worker:{kit.owner}",
             notice=notice.kind, text=refused or None)  # fmt: skip
    return not refused
