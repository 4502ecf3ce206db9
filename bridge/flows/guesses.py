"""Wrong answers: counted per link, per person and per network; what becomes of too many. Not a flow (I5, I10).

Whoever holds no link's key counts for nobody and holds nobody up. A person's count outlives links, restarts and nodes,
and begins anew with a right answer. Where it reaches a policy's limit, every live link of the person that the policy is
for is destroyed: another one would else be as many guesses more.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from bridge.domain.errors import Paused, WrongAnswer
from bridge.domain.link import Sealed
from bridge.domain.names import Person, ResetId
from bridge.domain.patience import after_wrong, ends
from bridge.domain.policy import COUNTED_OVER, Policy
from bridge.domain.reset import Reset, State, advance
from bridge.domain.second import RELEASE_CODE, TOTP
from bridge.flows.handover import person_of
from bridge.flows.holder import HOLDER, Attempt, name_of
from bridge.flows.ledger import note, tell, tell_owner, unset, write
from bridge.ports import Suspect, WebKit, Work

NETWORK_PAUSE: Final = timedelta(seconds=30)
NETWORK_LONGEST: Final = timedelta(minutes=15)


# --- before an answer is judged -------------------------------------------------------------------


def admit(attempt: Attempt, kit: WebKit) -> Sealed | None:
    """The link of that name, whoever holds it. Raise Paused for a network that too many wrong answers came from,
    whatever is sent: key and code are not looked at."""
    name, counted = name_of(attempt.locator), kit.network_limit and attempt.network
    with kit.store.look() as work:
        suspect = work.networks.get(attempt.network) if counted else None
        sealed = work.links.look(name) if name else None
    free(suspect, kit)
    return sealed


def held_up(network: str, kit: WebKit) -> None:
    """Raise Paused for one that too many wrong answers came from. Empty: it is not counted."""
    if not kit.network_limit or not network:
        return
    with kit.store.look() as work:
        suspect = work.networks.get(network)
    free(suspect, kit)


def free(suspect: Suspect | None, kit: WebKit) -> None:
    """The same, for what is known of the network."""
    now = kit.clock.now()
    over = suspect.count - kit.network_limit if suspect and now - suspect.since < COUNTED_OVER else -1
    if suspect is None or over < 0:
        return
    until = ends(suspect.at, after_wrong(over + 2, NETWORK_PAUSE, NETWORK_LONGEST), now)
    if until is not None:
        raise Paused(until, now)


def unpaused(reset: Reset, policy: Policy, wrong: int, work: Work, kit: WebKit) -> None:
    """Raise Paused while the person's pause lasts; under the lock of the person's `tries`."""
    pause = after_wrong(wrong, policy.pause)
    now = kit.clock.now()
    until = ends(work.tries.last(person_of(reset)), pause, now) if pause else None
    if until is not None:
        raise Paused(until, now)


# --- after it was found wrong ---------------------------------------------------------------------


def wrong(
    reset: Reset, sealed: Sealed, policy: Policy, count: int, attempt: Attempt, work: Work, kit: WebKit
) -> WrongAnswer:
    """Count a wrong answer; at a limit destroy the link and tell. `count`: the person's, with this one in it.

    A clock that is off is put on record. Only a slow one is told to who typed: a code that is ahead of its time will be
    right before long, and whoever had hit upon it by chance would know. A release code that was right before it ended
    is told, too, and counts as any other: it opens nothing any more, and says nothing of the next one.
    """
    now, of_link = kit.clock.now(), sealed.tries + 1
    left = max(policy.attempts - max(count, of_link), 0)
    off = kit.apps.off(reset, attempt.answer, now, work) if kit.apps and TOTP in policy.factors else None
    why = {"clock": f"{off.total_seconds():+.0f} s"} if off else {}
    read = kit.read_out if RELEASE_CODE in attempt.among(policy.factors) else None
    spoken = read is not None and read.shaped(attempt.answer)
    over = read.overdue(reset, policy, attempt.answer, now, work) if read and spoken else None
    if over is not None:
        why["late"] = f"{over.total_seconds():.0f} s"
    note(work, "factor.wrong", at=now, by=HOLDER, reset=reset, source=attempt.source, agent=attempt.agent[:200],
         count=count, left=left, **why)  # fmt: skip
    work.tries.set(person_of(reset), count, now)
    work.links.put(replace(sealed, tries=of_link))
    if left == 0:
        _destroy(reset, count, attempt, work, kit)
    suspect(attempt, work, kit)
    return WrongAnswer(left, late=off is not None and off < timedelta(0), ended=over is not None,
                       lasts=policy.code_lasts if spoken else None)  # fmt: skip


def suspect(attempt: Attempt, work: Work, kit: WebKit) -> None:
    """Count a wrong answer for its network; security is told once in an hour. The last lock of its transaction."""
    if at_limit(attempt.network, work, kit):
        now, count = kit.clock.now(), kit.network_limit
        note(work, "factor.network_paused", at=now, by="system", network=attempt.network, wrong=count)
        facts = {"network": attempt.network, "wrong": str(count)}
        tell(work, kit, "network_paused", kit.security_address, at=now, **facts)


def at_limit(network: str, work: Work, kit: WebKit) -> bool:
    """Count a wrong answer; whether it is the one, within an hour, after which the network is held up."""
    if not kit.network_limit or not network:
        return False
    now, last = kit.clock.now(), work.networks.lock(network)
    recent = last if last and now - last.since < COUNTED_OVER else None
    count = recent.count + 1 if recent else 1
    since = recent.since if recent else now
    work.networks.put(Suspect(network=network, count=count, since=since, at=now))
    return count == kit.network_limit


def forfeit(reset_id: ResetId, attempt: Attempt, kit: WebKit) -> None:
    """Destroy the person's other live links once their count is at the limit; then it begins anew.

    Each in a transaction of its own, that locks as every other does. Until the last is done the count stays where it
    is: whoever is killed in between leaves links that the next wrong answer destroys.
    """
    with kit.store.look() as work:
        reset = work.resets.get(reset_id)
        person, limit = person_of(reset), _limit(reset, kit)
        others = work.resets.published_for(person) if work.tries.lock(person) >= limit else []
    for other in others:
        with kit.store.work() as work:
            _forfeited(other.id, person, attempt, work, kit)
    with kit.store.work() as work:
        if work.tries.lock(person) >= limit and not work.resets.published_for(person):
            work.tries.set(person, 0, kit.clock.now())


def _forfeited(reset_id: ResetId, person: Person, attempt: Attempt, work: Work, kit: WebKit) -> None:
    found = work.links.of(reset_id)
    if found is None or work.links.lock(found.locator) is None:
        return
    reset, count = work.resets.get(reset_id), work.tries.lock(person)
    if reset.state is State.PUBLISHED and count >= _limit(reset, kit):
        _destroy(reset, count, attempt, work, kit)


def _destroy(reset: Reset, count: int, attempt: Attempt, work: Work, kit: WebKit) -> None:
    after = advance(reset, State.REVOKED, at=kit.clock.now(), note="too many wrong answers")
    write(work, reset, after, by="system", wrong_answers=count)
    work.links.erase([reset.id])
    values = {"system": reset.system, "userid": reset.userid, "source": attempt.source, "reset": reset.id}
    tell(work, kit, unset("link_destroyed", after), kit.security_address, at=after.since, **values)
    tell_owner(work, kit, "link_destroyed", after)


def _limit(reset: Reset, kit: WebKit) -> int:
    return (kit.systems.get(reset.system) or Policy(name=reset.policy)).attempts
