"""The one mail that carries a link. Not a flow: what `change` ends with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final, TypeVar

from bridge.domain.contact import address_for_link
from bridge.domain.errors import MailUnreached
from bridge.domain.link import Locator, grouped
from bridge.domain.policy import Policy
from bridge.domain.reset import Delivery, Reset, View
from bridge.domain.secret import Secret
from bridge.ports import LinkMail, PersonRecord, Relay, WorkKit, Wrapping

T = TypeVar("T")
MAIL_TRIES: Final = 3
MAIL_PAUSE: Final = timedelta(seconds=2)


def link_mail(
    reset: Reset, locator: Locator, key: Secret, owner: PersonRecord, policy: Policy, ways: Sequence[str], kit: WorkKit
) -> LinkMail:
    """The mail that alone holds the key. `ways`: the factors that its person has; it names no other, since whoever has
    no app would look for one."""
    return LinkMail(
        reset_id=reset.id,
        to=address_for_link(owner, policy.link_to) or "",
        name=owner.name,
        language=owner.language,
        url=Secret(f"{kit.base_url}/r/{locator}#{key.expose()}"),
        code=Secret(grouped(key)),
        expires_at=kit.clock.latest() + policy.link_ttl,
        factors=policy.demand.wanted((), ways),
        several=policy.demand.several(policy.factors),
        armed=reset.delivery is Delivery.ARMED,
        filed=reset.view is View.KEEPASS,
    )


def send(mail: LinkMail, relay: Relay, kit: WorkKit) -> Wrapping:
    """Mail straight from memory: the key is nowhere else."""
    return patiently(lambda line: line.send_link(mail), relay, kit)


def patiently(act: Callable[[Relay], T], relay: Relay, kit: WorkKit) -> T:
    """Hand something to the relay. One that went away while the host was changed is tried a few times."""
    try:
        return act(relay)
    except MailUnreached as trouble:
        last = trouble
    for _ in range(MAIL_TRIES):
        kit.clock.sleep(MAIL_PAUSE)
        try:
            with kit.mail.relay() as fresh:
                return act(fresh)
        except MailUnreached as trouble:
            last = trouble
    raise last
