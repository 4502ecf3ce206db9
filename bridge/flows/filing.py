"""A password in a KeePass file, and what opens the file, which goes another way than the link (I5). Not a flow: what
`change` does where the policy's view is keepass.

What opens the file is drawn with it and handed over before anything is published. It is stored nowhere: if it does not
leave, no link does, and the password is made worthless.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bridge.domain.codes import new_id, new_master
from bridge.domain.contact import address, for_code, for_link
from bridge.domain.errors import CodeUnsent, ConfigFault, MailRefused, MasterUnsent, NoMailKey, NoOtherContact
from bridge.domain.failure import Reason
from bridge.domain.policy import Policy
from bridge.domain.reset import Reset, View
from bridge.domain.second import MAIL, PHONE, e164, masked
from bridge.domain.secret import Secret
from bridge.flows.contacts import address_since, spare_mails
from bridge.flows.ledger import note
from bridge.flows.mailing import patiently
from bridge.ports import CodeMail, Filed, PersonRecord, Relay, Work, WorkKit

TRIES: Final = 3
PAUSE: Final = timedelta(seconds=2)
NO_GATEWAY: Final = "no gateway is configured"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How what opens the file reaches its person.

    kind   phone or mail
    since  since when the directory has named number or address
    """

    kind: str
    to: str
    language: str
    since: datetime


def ways(reset: Reset, owner: PersonRecord, policy: Policy, work: Work, kit: WorkKit) -> Sequence[Way]:
    """The ways that there are, the better one first: never where the link goes or, once it is out, went. None where
    the page shows the password."""
    if reset.view is not View.KEEPASS:
        return ()
    link = for_link(owner, policy.link_to) or ""
    mails = spare_mails(reset, owner, kit) if reset.awaited else (for_code(owner, link),)
    found = [(PHONE, PHONE, e164(owner.phone) if kit.gateway else None)]
    found += [(MAIL, kind, address(owner, kind)) for kind in mails if kind]
    return [
        Way(kind=kind, to=to, language=owner.language, since=address_since(owner, which, policy, work, kit))
        for kind, which, to in found if to
    ]  # fmt: skip


def none(owner: PersonRecord, kit: WorkKit) -> NoOtherContact:
    """That there is none, and what is missing."""
    phone = NO_GATEWAY if kit.gateway is None else "no whole telephone number is on file"
    return NoOtherContact(f"{owner.person}: {Reason.NO_OTHER_CONTACT.words} ({phone}; no second e-mail address)")


def reach(way: Way | None, kit: WorkKit) -> None:
    """See whether the gateway is there, or the address one that mail can be sent to, while the host is not touched yet.
    Raises GatewayUnreached, MasterUnsent."""
    if way and way.kind == PHONE and kit.gateway:
        kit.gateway.reach()
    if way and way.kind == MAIL:
        try:
            with suppress(NoMailKey):  # a link needs one, a code does not
                kit.mail.wrapping(way.to)
        except MailRefused as refused:
            raise _unsent(refused) from None


@contextmanager
def relayed(way: Way | None, kit: WorkKit) -> Iterator[Relay | None]:
    """The relay, where what opens the file goes by mail: connected before the host is touched. Raises MailUnreached."""
    if way is None or way.kind != MAIL:
        yield None
        return
    with kit.mail.relay() as relay:
        yield relay


def filed(
    reset: Reset, password: Secret, way: Way | None, ends: datetime, policy: Policy, relay: Relay | None, kit: WorkKit
) -> Secret:
    """What is sealed: the password; or a KeePass file that holds it, once what opens that has left.

    ends    when the link does
    relay   an open one, where it goes by mail

    Raises MasterUnsent, and MailUnreached, which both leave the password on the host with nothing that opens it.
    """
    if way is None:
        return password
    if kit.files is None:
        raise ConfigFault(["policies: view is keepass, and nothing here makes such files"])
    master = new_master(kit.dice)
    until = ends + policy.unused_ttl
    file = kit.files.file(Filed(account=reset.account, until=until, language=way.language), password, master)
    if relay and way.kind == MAIL:
        _mail(way, master, relay, kit)
    else:
        _say(way, master, kit)
    with kit.store.work() as work:
        note(work, "reset.master_sent", at=kit.clock.now(), by=f"worker:{kit.owner}", reset=reset, way=way.kind,
             to=masked(way.to))  # fmt: skip
    return file


def _say(way: Way, master: Secret, kit: WorkKit) -> None:
    """To the telephone. Twice the same does no harm: a gateway that did not answer is asked again."""
    if kit.gateway is None:
        raise MasterUnsent(f"{Reason.MASTER_UNSENT.words} ({NO_GATEWAY})")
    why = ""
    for attempt in range(TRIES):
        if attempt:
            kit.clock.sleep(PAUSE)
        try:
            kit.gateway.send(way.to, master, way.language, master=True)
        except CodeUnsent as unsent:
            why = str(unsent)
        else:
            return
    raise _unsent(why)


def _mail(way: Way, master: Secret, relay: Relay, kit: WorkKit) -> None:
    mail = CodeMail(id=new_id(kit.dice, "N"), to=way.to, language=way.language, code=master, master=True)
    try:
        patiently(lambda line: line.send_code(mail), relay, kit)
    except MailRefused as refused:
        raise _unsent(refused) from None


def _unsent(why: object) -> MasterUnsent:
    return MasterUnsent(f"{Reason.MASTER_UNSENT.words} ({why})")
