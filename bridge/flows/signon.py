"""To the company's sign-on and back: what comes back is no answer yet, the link's page gives it together with the key.

Whoever has no key can begin a sign-on, and come back as anybody: nothing is counted for it, and nobody's is disturbed
(I10). What has to survive the way there and back is sealed into `state`; the browser that comes back has to be the one
that went (RFC 9700, 2.1), and a state is taken once.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final

from bridge.domain.errors import BadInput, DirectoryUnreached, FactorUnreached, NotSignedOn, VaultLocked
from bridge.domain.link import Sealed, new_ticket
from bridge.domain.names import ResetId
from bridge.domain.policy import Policy
from bridge.domain.second import OIDC, sign_on_label
from bridge.domain.secret import Secret
from bridge.flows.crowd import note_one
from bridge.flows.holder import HOLDER, find, shut
from bridge.ports import PersonRecord, Return, SignedOn, SignOn, Start, WebKit, Work

SEALED_AS: Final = "sign-on"
LONGEST: Final = 2048  # characters of a state: ours have some 500
NAME: Final = 100  # characters of a name that are put on record
SPARE: Final = timedelta(seconds=5)  # two nodes' clocks


class Why(StrEnum):
    """Why a sign-on counts for nothing. Nothing was used up by it, and no try counted."""

    AWAY = "away"
    LAPSED = "lapsed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """Where the browser has to go, and what it has to keep to be known again."""

    address: str
    browser: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the provider sent the browser back with. `source` and `agent` go into the record; what is put there is
    counted for `network`.

    browser   what begin() had it keep
    """

    state: str
    code: Secret
    issuer: str
    browser: Secret
    source: str
    agent: str
    network: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Back:
    """On which link's page to go on, with the ticket, or why there is none. No locator: nobody can tell any more.

    chosen   the language that its reader had chosen there; empty where nobody had
    """

    locator: str
    chosen: str = ""
    ticket: Secret | None = None
    why: Why | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """What a state holds."""

    locator: str
    began: datetime
    nonce: str
    verifier: Secret
    browser: Secret
    chosen: str


def begin(locator: str, language: str, kit: WebKit, chosen: str = "") -> Begun:
    """Seal what has to come back, and the language that was `chosen`. Nothing is stored, and the link not looked at: it
    is the same for every locator.

    Raises FactorUnreached.
    """
    sign_on, now = _configured(kit), kit.clock.now()
    nonce, verifier, browser = (kit.dice(32).hex() for _ in range(3))
    text = "|".join((locator, str(int(now.timestamp())), nonce, verifier, browser, *filter(None, [chosen])))
    state = urlsafe_b64encode(kit.vault.seal_seed(Secret(text), SEALED_AS)).decode().rstrip("=")
    start = Start(state=state, nonce=nonce, verifier=Secret(verifier), language=language)
    return Begun(address=sign_on.address(start, now), browser=Secret(browser))


def finish(answer: Answer, kit: WebKit) -> Back:
    """Ask the provider who it was, and keep whether it was the link's person, for who has the ticket.

    Takes the same path, and gives a ticket, for a link that does not exist. Raises VaultLocked where the server's keys
    are at fault.
    """
    sign_on, now = _configured(kit), kit.clock.now()
    kept = _read(answer.state, kit)
    if kept is None:
        return Back(locator="", why=Why.LAPSED)
    if kept.browser != answer.browser or not kept.began - SPARE <= now < kept.began + sign_on.lapse:
        return Back(locator=kept.locator, chosen=kept.chosen, why=Why.LAPSED)
    if not answer.code.expose():
        return Back(locator=kept.locator, chosen=kept.chosen, why=Why.REFUSED)
    try:
        ticket = _ticket(kept, answer, sign_on, kit)
    except (FactorUnreached, DirectoryUnreached):
        return Back(locator=kept.locator, chosen=kept.chosen, why=Why.AWAY)
    except NotSignedOn:
        return Back(locator=kept.locator, chosen=kept.chosen, why=Why.REFUSED)
    return Back(locator=kept.locator, chosen=kept.chosen, ticket=ticket, why=None if ticket else Why.LAPSED)


def _ticket(kept: _Kept, answer: Answer, sign_on: SignOn, kit: WebKit) -> Secret | None:
    """None where the state was taken before. Raises FactorUnreached, DirectoryUnreached, NotSignedOn."""
    sealed, ticket, now = find(kept.locator, kit), new_ticket(kit.dice), kit.clock.now()
    back = Return(code=answer.code, issuer=answer.issuer, nonce=kept.nonce, verifier=kept.verifier, began=kept.began)
    try:
        name = sign_on.name(back, now)
    except NotSignedOn as refused:
        _note_refused(sealed, str(refused), answer, kit)
        raise
    if sealed is None:
        return ticket
    owner = _owner(sealed, kit)
    with kit.store.work() as work:
        return ticket if _keep(sealed, owner, name, ticket, answer, sign_on, work, kit) else None


def _configured(kit: WebKit) -> SignOn:
    if kit.sign_on is None:
        raise BadInput("locator", "no policy takes a sign-on")
    return kit.sign_on


def _read(state: str, kit: WebKit) -> _Kept | None:
    """None for what is none of ours, or was sealed under a key that is gone."""
    if not 0 < len(state) <= LONGEST or not state.isascii():
        return None
    try:
        sealed = urlsafe_b64decode(state + "=" * (-len(state) % 4))
        parts = kit.vault.open_seed(sealed, SEALED_AS).expose().split("|")
        locator, began, nonce, verifier, browser, *chosen = parts
    except (ValueError, VaultLocked):
        return None
    at = datetime.fromtimestamp(int(began), UTC)
    return _Kept(locator=locator, began=at, nonce=nonce, verifier=Secret(verifier), browser=Secret(browser),
                 chosen="".join(chosen))  # fmt: skip


def _owner(sealed: Sealed, kit: WebKit) -> PersonRecord | None:
    """Whose link it is. The directory is asked ahead of the transaction: while it thinks, others can write."""
    with kit.store.look() as work:
        person = work.resets.get(sealed.reset_id).person
    return kit.directory.person(person) if person else None


def _keep(
    found: Sealed, owner: PersonRecord | None, name: str, ticket: Secret, answer: Answer, sign_on: SignOn, work: Work,
    kit: WebKit,
) -> bool:  # fmt: skip
    """False where the state was taken before. A link that is over keeps nothing, and says so when its page asks."""
    sealed = work.links.lock(found.locator)
    if sealed is None:
        return True
    reset, now = work.resets.get(sealed.reset_id), kit.clock.now()
    policy = kit.systems.get(reset.system) or Policy(name=reset.policy)
    if shut(reset, sealed, kit.clock.latest()) or OIDC not in policy.factors:
        return True
    right = owner is not None and owner.person == reset.person and sign_on.same(name, reset, owner)
    signed = SignedOn(
        state=sha256(answer.state.encode()).hexdigest(),
        reset_id=reset.id,
        tag=kit.vault.tag(sign_on_label(reset.id), ticket),
        right=right,
        until=now + sign_on.lapse,
    )
    if not work.sign_ons.add(signed, now):
        return False
    said = {} if right else {"name": name[:NAME]}
    note_one(work, "factor.signed_on", at=now, by=HOLDER, reset=reset, source=answer.source, network=answer.network,
             factor=OIDC, right="yes" if right else "no", agent=answer.agent[:200], **said)  # fmt: skip
    return True


def _note_refused(sealed: Sealed | None, why: str, answer: Answer, kit: WebKit) -> None:
    if sealed is None:
        return
    reset_id: ResetId = sealed.reset_id
    with kit.store.work() as work:
        note_one(work, "factor.sign_on_refused", at=kit.clock.now(), by=HOLDER, reset=work.resets.get(reset_id),
                 source=answer.source, network=answer.network, factor=OIDC, why=why,
                 agent=answer.agent[:200])  # fmt: skip
