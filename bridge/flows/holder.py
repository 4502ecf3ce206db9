"""Who holds a link: shown by its key, or by a proof of it. Not a flow: what the flows behind the pages share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bridge.domain.errors import BadInput, BridgeError, KeyCopied, LinkDead, LinkEnded, NotYet
from bridge.domain.link import Locator, Sealed, name_in
from bridge.domain.policy import Policy
from bridge.domain.reset import READ, Reset, State
from bridge.domain.secret import Secret
from bridge.flows.ledger import note, tell
from bridge.ports import Factor, WebKit, Work

HOLDER: Final = "link holder"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What a browser sent. `source` and `agent` go into the record; key, proof and answer never do.

    proof   stands for the key, which then stayed in the browser
    asked   the answer is to the question that another server asked last, and to nothing else
    kind    the one factor that the answer is for; empty: for whichever has answers of that shape. What a page says for
            its person is shown to no other factor, whose server might take it for a try
    progress   stands for the factors that the page has passed already, where several are demanded
    network    where `source` is, as far as wrong answers are counted for it; empty: they are not
    """

    locator: str
    key: Secret
    answer: Secret
    source: str
    agent: str
    proof: Secret | None = None
    asked: bool = False
    progress: Secret | None = None
    network: str = ""
    kind: str = ""

    def among(self, kinds: Sequence[str]) -> tuple[str, ...]:
        """Those of the factors that the answer can be for."""
        return tuple(kind for kind in kinds if self.kind in ("", kind))


def name_of(locator: str) -> Locator | None:
    """The locator, however it is written; None for what cannot be one."""
    try:
        return Locator(name_in(locator))
    except BadInput:
        return None


def find(locator: str, kit: WebKit) -> Sealed | None:
    """The link of that name, however it is written."""
    name = name_of(locator)
    if name is None:
        return None
    with kit.store.look() as work:
        return work.links.look(name)


def proven(attempt: Attempt, kit: WebKit) -> Sealed:
    """The link whose key this is. LinkDead is one answer for an unknown name and a wrong key, in one time."""
    return shown_by(attempt, find(attempt.locator, kit), kit)


def shown_by(attempt: Attempt, sealed: Sealed | None, kit: WebKit) -> Sealed:
    """proven(), where the link has been looked for already."""
    if attempt.proof is not None:
        same = kit.vault.proven(sealed, attempt.proof)
    else:
        same = kit.vault.matches(sealed, attempt.key)
    if not same or sealed is None:
        raise LinkDead("no such link, or not its key")
    return sealed


def over(reset: Reset, sealed: Sealed, now: datetime) -> BridgeError | None:
    """Why this link cannot be opened any more, or not yet; None if it can."""
    armed = sealed.public is not None
    if reset.state in {State.CHANGING, State.QUEUED} and (armed or sealed.ciphertext):
        return NotYet("the link's mail is being handed over, or somebody else waits for its password")
    if sealed.opened_at is not None and reset.state is not State.REVOKED:
        return LinkEnded("opened", sealed.opened_at)
    unset = "_unset" if armed and not reset.touched else ""
    if reset.state is State.PUBLISHED and (armed or sealed.ciphertext is not None):
        if reset.expires_at is not None and now < reset.expires_at:
            return None
        return LinkEnded("expired" + unset, reset.expires_at or now)
    if armed and reset.state is State.FAILED:
        return LinkEnded("failed", reset.since)
    return LinkEnded(("expired" if reset.state is State.EXPIRED else "revoked") + unset, reset.since)


def was_read(reset: Reset, sealed: Sealed) -> bool:
    """Whether the password has been shown, and not been ended since: it can be disowned with a factor."""
    return sealed.opened_at is not None and reset.state in READ


def used_up(reset: Reset, sealed: Sealed, kit: WebKit) -> bool:
    """Whether so many wrong answers were given to a read link that it takes no more."""
    policy = kit.systems.get(reset.system) or Policy(name=reset.policy)
    return sealed.tries >= policy.attempts


def shut(reset: Reset, sealed: Sealed, now: datetime) -> BridgeError | None:
    """Why no factor is asked for on this link's page any more; None where it opens the link, or disowns it."""
    return None if was_read(reset, sealed) else over(reset, sealed, now)


def accepted(
    reset: Reset, policy: Policy, kinds: Sequence[str], answer: Secret, now: datetime, work: Work, kit: WebKit
) -> str | None:
    """The kind of factor, of those, that accepts the answer. Raises BadInput when none of them has answers of that
    shape: a scanner that fills fields with anything is no attempt (I10)."""
    shaped = takers(kinds, answer, kit)
    if not shaped:
        raise no_answer()
    for factor in shaped:
        try:
            if factor.accepts(reset, policy, answer, now, work):
                return factor.kind
        except KeyCopied as copied:
            note(work, "factor.copied", at=now, by=HOLDER, reset=reset, factor=copied.factor_id)
            tell(work, kit, "key_copied", kit.security_address, at=now, system=reset.system, userid=reset.userid,
                 reset=reset.id)  # fmt: skip
    return None


def takers(kinds: Sequence[str], answer: Secret, kit: WebKit) -> list[Factor]:
    """The factors of those kinds that have answers of that shape."""
    return [kit.factors[kind] for kind in kinds if kind in kit.factors and kit.factors[kind].shaped(answer)]


def no_answer() -> BadInput:
    """Nothing that any factor could take."""
    return BadInput("code", "the code from your authenticator app, or the one the help desk read to you")


def visit_of(reset: Reset, sealed: Sealed, kit: WebKit) -> Secret:
    """What only the page that showed the password knows."""
    return Secret(kit.vault.tag(f"visit:{reset.id}", Secret(sealed.locator)))
