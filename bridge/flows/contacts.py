"""Whose address is new: who changes the directory changes where links go, and an account's owner the same way.

A directory says what is, not since when. So it is looked at again and again, and what was not there at the last look is
new since this one. The first look at everybody is where counting begins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Final, TypeVar

from bridge.domain.contact import KINDS, address, address_for_link, for_code, tidy
from bridge.domain.errors import DirectoryUnreached
from bridge.domain.names import Account, Person
from bridge.domain.policy import Policy
from bridge.domain.reset import Reset
from bridge.domain.second import MAIL, PHONE, e164, mailed_label
from bridge.domain.secret import Secret
from bridge.flows.ledger import note, tell
from bridge.ports import EVERYTHING, UNASKED, Desk, Kit, Met, PersonRecord, WebKit, Work, WorkKit

ALWAYS: Final = datetime.fromtimestamp(0, UTC)
AT_ONCE: Final = 100  # people in a transaction
PAUSE: Final = timedelta(milliseconds=50)
UNASKED_FOR: Final = timedelta(days=7)  # what no policy asks for any more is kept for so long
LEFT_FOR: Final = timedelta(days=7)  # whom the directory does not name any more is kept for so long
LEFT: Final = "left"  # among the kinds of what is known of a person: since when the directory has not named them
SETTLED: Final = timedelta(hours=1)  # what was there for less long is not told that it was replaced
UNCOUNTED: Final = (
    "contact_age: the directory has not been read as a whole yet, so no address has an age; `resetbridge check` says "
    "why where that lasts"
)
T = TypeVar("T")


def survey(kit: Kit, over: Callable[[], bool] = lambda: False) -> int:
    """Look at everybody, where a policy asks how old an address is; how many people there are. Raises
    DirectoryUnreached: what has been seen by then is kept, and counting does not begin. Who has left is forgotten a
    week later, and new when they come back after it.

    However many they are, it holds up nobody: it writes for those alone of whom something is new, few at a time, with
    pauses for the others who write. `over` ends it in between, as an error would.
    """
    if not any(policy.contact_age for policy in kit.systems.values()):
        _forget(kit)
        return 0
    with kit.store.look() as work:
        unasked = work.contacts.begun(UNASKED)
    if unasked:
        with kit.store.work() as work:
            work.contacts.end(UNASKED)
    return _look_at_all(kit, over)


def first_look(kit: Kit, over: Callable[[], bool] = lambda: False) -> int:
    """survey(), until it was through once: resets wait for that, and a directory that was away for a moment at the
    start should not hold them up until the next look is due."""
    if any(policy.contact_age for policy in kit.systems.values()):
        with kit.store.look() as work:
            begun = work.contacts.begun()
        if not begun:
            return survey(kit, over)
    return 0


def _look_at_all(kit: Kit, over: Callable[[], bool]) -> int:
    seen: set[Person] = set()
    for some in _batched(iter(kit.directory.everyone())):
        if over():
            return len(seen)
        seen.update(person.person for person in some)
        _meet_all(some, kit)
    with kit.store.look() as work:
        left = sorted(work.contacts.people() - seen)
    for gone in _batched(iter(left)):
        _miss(gone, kit)
    with kit.store.work() as work:
        for what in (EVERYTHING, PHONE):
            if not work.contacts.begun(what):
                work.contacts.begin(kit.clock.now(), what)
    return len(seen)


def _miss(gone: Sequence[Person], kit: Kit) -> None:
    """Whom the directory does not name any more is forgotten a week later, and not at once: a table that was cut short,
    or an entry that nobody can read for the moment, would else make everybody's address new; and who takes somebody out
    of the directory, and puts them back with an address of their own, would have it that nobody hears of it."""
    now = kit.clock.now()
    with kit.store.look() as work:
        known = {person: work.contacts.of(person) for person in gone}
    missed = [person for person, met in known.items() if LEFT not in met]
    over = [person for person, met in known.items() if LEFT in met and now - met[LEFT].since >= LEFT_FOR]
    if missed or over:
        with kit.store.work() as work:
            for person in missed:
                work.contacts.put(person, LEFT, Met("", now))
            for person in over:
                work.contacts.drop(person, known[person])
        kit.clock.sleep(PAUSE)


def _forget(kit: Kit) -> None:
    """What nobody asks for is not kept, but for a while: a policy that lost its contact_age by mistake would else make
    every address as old as it needs to be."""
    now = kit.clock.now()
    with kit.store.look() as work:
        if not (work.contacts.begun() or work.contacts.people()):
            return
        since = work.contacts.since(UNASKED)
    if since is not None and now - since < UNASKED_FOR:
        return
    with kit.store.work() as work:
        if since is None:
            work.contacts.begin(now, UNASKED)
        else:
            note(work, "contact.forgotten", at=now, by="system", people=work.contacts.clear())


def _meet_all(some: Sequence[PersonRecord], kit: Kit) -> None:
    with kit.store.look() as work:
        strange = [
            person for person in some
            if _named(person) != {kind: met.address for kind, met in work.contacts.of(person.person).items()}
        ]  # fmt: skip
    if strange:
        with kit.store.work() as work:
            for person in strange:
                meet(person, work, kit)
        kit.clock.sleep(PAUSE)


def _named(person: PersonRecord) -> dict[str, str]:
    """What the directory says is theirs: kind of address or account → address, empty for an account."""
    found = {kind: at for kind in KINDS if (at := address(person, kind))} | dict.fromkeys(map(str, person.accounts), "")
    if number := e164(person.phone):
        found[PHONE] = number
    return found


def meet(person: PersonRecord, work: Work, kit: Kit | Desk, *, tells: bool = True) -> Mapping[str, datetime]:
    """Since when the directory has named each address, and each account as theirs.

    An address that was replaced hears of it: a thief would have changed it quietly; of a telephone number their
    addresses do, as they were. What had been there for less than an hour makes no mail: whoever writes to the directory
    does not fill a mailbox by it. A telephone number that nobody
    looked at before an upgrade is no new one, unless something else of the person's is new with it.

    tells   False: it has heard already
    """
    now, before = kit.clock.now(), work.contacts.of(person.person)
    found = _named(person)
    news = [kind for kind, at in found.items() if kind not in before or before[kind].address != at]
    since = dict.fromkeys(found, now if work.contacts.begun() else ALWAYS)
    if tells and before and news == [PHONE] and PHONE not in before and not work.contacts.begun(PHONE):
        since[PHONE] = ALWAYS
    for kind in news:
        work.contacts.put(person.person, kind, Met(found[kind], since[kind]))
        if since[kind] != ALWAYS:
            note(work, "contact.new", at=now, by="system", person=person.person, contact=kind)
    gone = before.keys() - found.keys()
    work.contacts.drop(person.person, gone)
    if tells:
        replaced = [kind for kind, old in before.items()
                    if old.address != found.get(kind) and now - old.since >= SETTLED]  # fmt: skip
        for kind in [kind for kind in KINDS if kind in replaced]:
            tell(work, kit, "address_changed", before[kind].address, language=person.language, at=now)
        if PHONE in replaced:
            mailboxes = [before[kind].address for kind in KINDS if kind in before]
            tell_number_changed(person, mailboxes, work, kit, removed=PHONE not in found)
    return {kind: before[kind].since if kind in before and before[kind].address == at else since[kind]
            for kind, at in found.items()}  # fmt: skip


def tell_number_changed(
    person: PersonRecord, addresses: Sequence[str | None], work: Work, kit: Kit | Desk, *, removed: bool
) -> None:
    """Tell each mailbox once: a thief could else take it away, and put another one in its place later. The number
    itself is not rung: what could is the web role's, and knows codes alone."""
    what = "number_removed" if removed else "number_changed"
    for at in {tidy(at): at for at in addresses if at}.values():
        tell(work, kit, what, at, language=person.language, at=kit.clock.now())


def known_since(person: PersonRecord, kind: str, account: Account, work: Work, kit: Kit) -> Mapping[str, datetime]:
    """Since when the directory has named that address, and the account as theirs.

    Raises DirectoryUnreached before everybody has been looked at once: whatever was changed until then would count as
    old, and a directory that answers about one person, and never about all, would leave contact_age without effect.
    """
    if not work.contacts.begun():
        raise DirectoryUnreached(UNCOUNTED)
    met = meet(person, work, kit)
    now = kit.clock.now()
    return {what: met.get(what, now) for what in (kind, str(account))}


def vouched(since: datetime, reset: Reset, policy: Policy, at: datetime) -> bool:
    """Whether what the directory has named since then may be used: for long enough, or another person knew of it."""
    known = reset.contact_since is not None and since <= reset.contact_since
    return known or at - since >= policy.contact_age


def young(named: Mapping[str, datetime], reset: Reset, policy: Policy, at: datetime) -> Mapping[str, datetime]:
    """Those of them that may not be used without another person's word."""
    return {what: since for what, since in named.items() if not vouched(since, reset, policy, at)}


def code_ways(owner: PersonRecord, link: str, policy: Policy, work: Work, kit: Kit) -> Mapping[str, datetime]:
    """The policy's factors that are codes which could be sent, each with since when the directory has known where.
    `link`: the kind of address that the link goes to."""
    to = {PHONE: PHONE if e164(owner.phone) else None, MAIL: for_code(owner, link)}
    return {factor: address_since(owner, kind, policy, work, kit)
            for factor, kind in to.items() if kind and factor in policy.factors}  # fmt: skip


def address_since(person: PersonRecord, kind: str, policy: Policy, work: Work, kit: Kit) -> datetime:
    """Since when the directory has named that number or address, where the policy asks."""
    return meet(person, work, kit).get(kind, kit.clock.now()) if policy.contact_age else ALWAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """Where a person is reached, as the directory says it. `since`: it has said so for so long; None: since before
    anybody looked, or nobody looks."""

    kind: str
    address: str
    since: datetime | None


def points(person: PersonRecord, desk: Desk) -> list[Point]:
    """Their contact points, each with its age."""
    with desk.store.look() as work:
        known = work.contacts.of(person.person)
    found = {kind: at for kind, at in _named(person).items() if at}
    since = {kind: met.since for kind, met in known.items() if met.address == found.get(kind) and met.since != ALWAYS}
    return [Point(kind=kind, address=at, since=since.get(kind)) for kind, at in found.items()]


def mail_tag(reset: Reset, owner: PersonRecord, policy: Policy, kit: WorkKit) -> str:
    """Where the link goes, so that nobody who reads the row learns it, and it can be known again."""
    return kit.vault.tag(mailed_label(reset.id), Secret(tidy(address_for_link(owner, policy.link_to) or "")))


def spare_mails(reset: Reset, owner: PersonRecord, kit: WebKit | WorkKit) -> Sequence[str]:
    """The kinds of address that a code can go to, once the link is out. What the directory calls them by now does not
    count, but where the link went."""
    if reset.mailed_to is None:
        return ()
    label = mailed_label(reset.id)
    return [kind for kind in KINDS if (at := address(owner, kind))
            and not kit.vault.tag_matches(reset.mailed_to, label, Secret(tidy(at)))]  # fmt: skip


def _batched(all_of_them: Iterator[T]) -> Iterator[list[T]]:
    while some := list(islice(all_of_them, AT_ONCE)):
        yield some
