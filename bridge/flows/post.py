"""Notices leave the outbox. What the relay refuses is recorded and dropped.

None holds a secret but a code, which is sealed until it leaves, and dropped once it has run out.

Those to an address have a job of their own: an alarm waits neither behind those to persons nor until a directory has
said where some user reads mail.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from bridge.domain.contact import for_notice
from bridge.domain.errors import DirectoryUnreached, MailRefused, MailUnreached, VaultLocked
from bridge.domain.patience import growing
from bridge.domain.second import posted_label
from bridge.flows.ledger import note
from bridge.ports import CODE, CodeMail, Notice, Relay, WorkKit

AT_ONCE = 50
AT_A_STROKE = 10
OURS_FOR = timedelta(seconds=30)


def post(kit: WorkKit) -> int:
    """Send what is due; returns how many the relay took. A relay, or a directory, that is away leaves it for later."""
    return alarms(kit) + notices(kit)


def alarms(kit: WorkKit) -> int:
    """Those to an address: security's, and codes that somebody waits for."""
    return _sent_all(_due(kit, alarms=True), kit)


def notices(kit: WorkKit) -> int:
    """Those to a person, whose address is asked for now."""
    return _sent_all(list(_addressed(_due(kit, alarms=False), kit)), kit)


def _due(kit: WorkKit, *, alarms: bool) -> list[Notice]:
    """What is due, which other nodes leave alone for a while: each mail goes once. One whose sender is killed meanwhile
    waits as long."""
    now = kit.clock.now()
    with kit.store.look() as work:
        if not work.outbox.due(now, 1, alarms=alarms):
            return []
    with kit.store.work() as work:
        due = work.outbox.due(now, AT_ONCE, alarms=alarms)
        work.outbox.hold([notice.id for notice in due], now + OURS_FOR)
    return due


def _addressed(notices: Iterable[Notice], kit: WorkKit) -> Iterator[Notice]:
    """Each with its person's address; one without is dropped. A directory that is away is asked once, not for each."""
    away = False
    for notice in notices:
        try:
            owner = kit.directory.person(notice.person) if notice.person and not away else None
        except DirectoryUnreached:
            away = True
        if away:
            _put_off([notice], kit)
        elif owner is None or (to := for_notice(owner, notice.link_to)) is None:
            _done([(notice, "the directory has no address of the person's")], kit)
        else:
            yield replace(notice, to=to, language=owner.language)


def _sent_all(notices: list[Notice], kit: WorkKit) -> int:
    """What the relay took is written down for some at a time: if for each alone, a crowd of alarms would wait for the
    record. Killed in between, those few are sent again, as the same mails."""
    if not notices:
        return 0
    handled: list[tuple[Notice, str]] = []
    written = 0
    try:
        with kit.mail.relay() as relay:
            for notice in notices:
                handled.append((notice, _sent(notice, relay, kit)))
                if len(handled) == written + AT_A_STROKE:
                    _done(handled[written:], kit)
                    written = len(handled)
    except MailUnreached:
        _put_off(notices[len(handled) :], kit)
    finally:
        if handled[written:]:
            _done(handled[written:], kit)
    return sum(not refused for _, refused in handled)


def _put_off(notices: list[Notice], kit: WorkKit) -> None:
    now = kit.clock.now()
    with kit.store.work() as work:
        for notice in notices:
            work.outbox.later(notice.id, now + growing(notice.at, now, most=timedelta(minutes=15)))


def _sent(notice: Notice, relay: Relay, kit: WorkKit) -> str:
    """Why not; empty where the relay took it."""
    try:
        if notice.kind == CODE:
            return _code_sent(notice, relay, kit)
        relay.send_notice(notice)
    except (MailRefused, VaultLocked) as trouble:
        return str(trouble)
    return ""


def _code_sent(notice: Notice, relay: Relay, kit: WorkKit) -> str:
    """Send it while it is worth something; else why it was not."""
    if kit.clock.latest() >= datetime.fromisoformat(notice.values["until"]):
        return "the code had run out"
    code = kit.vault.open_seed(bytes.fromhex(notice.values["sealed"]), posted_label(notice.id, notice.to))
    relay.send_code(CodeMail(id=notice.id, to=notice.to, language=notice.language, code=code))
    return ""


def _done(some: Iterable[tuple[Notice, str]], kit: WorkKit) -> None:
    """Each with why it was refused, or empty."""
    with kit.store.work() as work:
        for notice, refused in some:
            work.outbox.done(notice.id)
            note(work, "notice.refused" if refused else "notice.sent", at=kit.clock.now(), by=f"worker:{kit.owner}",
                 notice=notice.kind, text=refused or None)  # fmt: skip
