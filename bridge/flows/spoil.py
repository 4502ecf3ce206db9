"""Makes what is on the host worthless, for whatever expired, lapsed, failed or was revoked (I11)."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from bridge.domain.errors import AnswerLost, BridgeError, HostRefused, NotProven, Overtaken
from bridge.domain.failure import Reason
from bridge.domain.outcome import Profile, Standing, Verdict
from bridge.domain.password import draft
from bridge.domain.patience import growing
from bridge.domain.reset import SUPERSEDED, Cleanup, Reset, State, amend
from bridge.flows.ledger import note, tell
from bridge.flows.take import Job, session_for, still_ours, typing
from bridge.ports import Host, Session, WorkKit

RETRY_AT_MOST: Final = timedelta(hours=1)
GONE: Final = frozenset({Reason.UNKNOWN_USER, Reason.PROTECTED_USER, Reason.NO_PASSWORD})
ALARM_AFTER: Final = timedelta(minutes=15)


def spoil(job: Job, host: Host, kit: WorkKit) -> Reset:
    """Set a random password that nobody holds, to be changed at first use, and prove it by the listing.

    Left alone when a newer reset has put its own password there, or when the listing shows that somebody has changed
    it since; but a link that was read and then disowned is spoiled whatever the listing shows: a thief may have
    chosen the password that is there now. Tried until it is done. Raises Overtaken.
    """
    if newer := _covered(job.reset, kit):
        return _done(job, f"a newer reset, {newer}, has set its own password", kit)
    try:
        with session_for(job.reset, host, kit) as (used, session):
            return _done(job, _overwrite(job, used, session, kit), kit, dialogs=used.dialogs or None)
    except Overtaken:
        raise
    except HostRefused as refused:
        if refused.reason in GONE:
            return _done(job, str(refused), kit)
        return _again(job, refused, kit)
    except (AnswerLost, NotProven, BridgeError) as trouble:
        return _again(job, trouble, kit)


def _covered(reset: Reset, kit: WorkKit) -> str | None:
    """The id of a newer reset whose password is on the host instead of this one's."""
    with kit.store.look() as work:
        newer = work.resets.newer_than(reset)
    return next((other.id for other in newer if other.seen is not None), None)


def _overwrite(job: Job, host: Host, session: Session, kit: WorkKit) -> str:
    """Returns what proves it. Raises HostRefused or NotProven when the listing does not."""
    reset = job.reset
    before = session.profile(reset.userid)
    if before.standing is Standing.UNKNOWN:
        raise HostRefused(host.name, Reason.UNKNOWN_USER)
    if reset.seen is not None and host.moved_on(reset.seen, before) and not _was_read(reset, kit):
        return "somebody has changed the password since; nothing of ours is left"
    still_ours(job, kit)
    with typing(job, kit):
        session.change(reset.userid, draft(host.rules, reset.userid, kit.dice), resume=False)
    return _proof(reset, host, before, session.profile(reset.userid))


def _was_read(reset: Reset, kit: WorkKit) -> bool:
    """True for a link that was opened and then revoked, other than by a newer reset: that one sees to its own."""
    if (reset.note or "").startswith(SUPERSEDED):
        return False
    with kit.store.look() as work:
        sealed = work.links.of(reset.id)
    return reset.state is State.REVOKED and sealed is not None and sealed.opened_at is not None


def _proof(reset: Reset, host: Host, before: Profile, after: Profile) -> str:
    proof = host.judge(before, after)
    if proof.verdict is Verdict.YES:
        return proof.note or "read back: to be changed at first use"
    if proof.flag_ignored or reset.failure is Reason.FIRST_USE_IGNORED:
        return "a password that nobody holds is set; the host does not demand a change at first use"
    raise NotProven(
        host.name, proof.note or "the listing does not show the change", proof.again or timedelta(minutes=1)
    )


def _done(job: Job, why: str, kit: WorkKit, *, dialogs: str | None = None) -> Reset:
    after = amend(job.reset, cleanup=Cleanup.DONE, not_before=None)
    with kit.store.work() as work:
        work.resets.save(job.reset, after)
        note(work, "host.spoiled", at=kit.clock.now(), by=f"worker:{kit.owner}", reset=after, proof=why,
             dialogs=dialogs)  # fmt: skip
    return after


def _again(job: Job, trouble: BridgeError, kit: WorkKit) -> Reset:
    """Later, with a growing pause; security is told once when it has taken too long."""
    now = kit.clock.now()
    before = job.reset
    wait = trouble.wait if isinstance(trouble, NotProven) else timedelta(0)
    pause = max(growing(before.since, now, most=RETRY_AT_MOST), wait)
    after = amend(before, not_before=now + pause, tries=before.tries + 1)
    late = now - before.since
    with kit.store.work() as work:
        work.resets.save(before, after)
        note(work, "host.spoil_delayed", at=now, by=f"worker:{kit.owner}", reset=after, text=str(trouble))
        if late >= ALARM_AFTER and late - pause < ALARM_AFTER:
            tell(work, kit, "spoil_failed", kit.security_address, at=now, system=before.system, userid=before.userid,
                 reset=before.id, why=str(trouble))  # fmt: skip
    return after
