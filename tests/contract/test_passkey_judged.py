"""What makes a rightly signed answer of a passkey wrong all the same: late, twice, elsewhere, unverified, copied."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.hashes import SHA256

from bridge.domain.errors import BadInput, KeyCopied
from bridge.domain.names import Person
from bridge.domain.policy import Policy
from bridge.domain.reset import Reset, State
from bridge.domain.second import PASSKEY, question_kind, seed_label, state_label
from bridge.domain.secret import Secret
from bridge.ports import Enrolled, Question
from connectors.factors.passkey import LONGEST, Passkey
from connectors.store.engine import SqlStore
from connectors.vault import KeyRing
from tests.contract.samples import NOW, a_reset, add, after
from tests.contract.test_passkey_answers import CHALLENGE, HOST, MINE, NAME, answer, client, point, text

JO = Person("jo")
HERE, VERIFIED = 1, 4  # flags of authenticator data: somebody was there, and was verified


def signed(*, flags: int = HERE | VERIFIED, count: int = 1, host: str = HOST, **said: Any) -> Secret:
    """An answer to CHALLENGE, rightly signed, whatever it says."""
    about = sha256(host.encode()).digest() + bytes([flags]) + count.to_bytes(4, "big")
    data = client("webauthn.get", **said)
    proof = MINE.sign(about + sha256(data).digest(), ECDSA(SHA256()))
    parts = {"clientDataJSON": data, "authenticatorData": about, "signature": proof}
    return answer({name: text(raw) for name, raw in parts.items()})


class Desk:
    """Somebody with that key, and a link that asked for it just now."""

    def __init__(self, store: SqlStore, ring: KeyRing) -> None:
        self.store, self.ring = store, ring
        self.passkeys = Passkey(ring, f"https://{HOST}")
        self.reset = a_reset(state=State.PUBLISHED)
        kept = Secret(json.dumps({"id": text(NAME), "key": text(point())}))
        seed = ring.seal_seed(kept, seed_label("jo", "F1", PASSKEY))
        self.key = Enrolled(id="F1", person=JO, kind=PASSKEY, label="key", seed=seed, added_at=NOW, added_by="x")
        self.question = Question(
            person=JO, kind=question_kind(PASSKEY), reset_id=self.reset.id, at=NOW, until=after(minutes=5), asked=1,
            since=NOW, state=ring.seal_seed(Secret(CHALLENGE), state_label(PASSKEY, JO, self.reset.id)),
        )  # fmt: skip

    def asks(self, **changes: Any) -> None:
        with self.store.work() as work:
            if work.people.factors(JO) == []:
                add(work, self.reset)
                work.people.add_factor(self.key)
            work.questions.put(replace(self.question, **changes))

    def accepts(self, given: Secret, at: datetime = NOW, reset: Reset | None = None) -> bool:
        with self.store.work() as work:
            return self.passkeys.accepts(reset or self.reset, Policy(), given, at, work)


@pytest.fixture
def desk(store: SqlStore, ring: KeyRing) -> Desk:
    return Desk(store, ring)


def test_an_answer_counts_once(desk: Desk) -> None:
    """Whoever saw it pass has nothing: what it answers is spent, also by one that was wrong."""
    desk.asks()
    assert desk.accepts(signed())
    assert not desk.accepts(signed(count=2))
    desk.asks()
    assert not desk.accepts(signed(count=2, origin="https://evil.example.com"))
    assert not desk.accepts(signed(count=2))


@pytest.mark.parametrize(("minutes", "right"), [(-1, False), (0, True), (5, False)])
def test_an_answer_counts_for_five_minutes(desk: Desk, minutes: int, right: bool) -> None:
    """From when it was asked for, to before they are over."""
    desk.asks()
    assert desk.accepts(signed(), NOW + timedelta(minutes=minutes)) is right


def test_an_answer_on_another_link_is_wrong_and_leaves_the_question(desk: Desk) -> None:
    """No alarm about a damaged link either: it is the same person's, in another tab."""
    desk.asks(reset_id="R0123456789AB")
    assert not desk.accepts(signed())
    desk.asks()
    assert not desk.accepts(signed(), reset=replace(desk.reset, state=State.REVEALED))
    assert desk.accepts(signed())


@pytest.mark.parametrize(
    "given",
    [
        signed(flags=HERE),
        signed(flags=VERIFIED),
        signed(host="evil.example.com"),
        signed(origin="https://evil.example.com"),
        signed(origin=f"http://{HOST}"),
        signed(challenge=text(bytes(32))),
        signed(type="webauthn.create"),
    ],
    ids=["unverified", "nobody there", "host", "origin", "no TLS", "challenge", "another ceremony"],
)
def test_what_was_signed_elsewhere_or_by_nobody_is_wrong(desk: Desk, given: Secret) -> None:
    """A key that lies in a drawer, a page that looks like ours, an answer of yesterday's."""
    desk.asks()
    assert not desk.accepts(given)


@pytest.mark.parametrize(("last", "count"), [(1, 1), (5, 4), (5, 0)])
def test_a_counter_that_does_not_grow_is_a_copy(desk: Desk, last: int, count: int) -> None:
    """Also one that begins at nought again, as a copy does that never counted."""
    desk.key = replace(desk.key, last_step=last)
    desk.asks()
    with pytest.raises(KeyCopied):
        desk.accepts(signed(count=count))


def test_a_key_that_never_counts_is_none(desk: Desk) -> None:
    """Those that are synced between devices say nought for ever."""
    for _ in range(2):
        desk.asks()
        assert desk.accepts(signed(count=0))


def test_a_key_that_waits_opens_nothing(desk: Desk) -> None:
    """Its person is told of it first."""
    desk.key = replace(desk.key, usable_from=after(days=1))
    desk.asks()
    assert not desk.accepts(signed())


def test_the_browser_is_told_to_have_its_user_verified(desk: Desk) -> None:
    """At each use and at the making; keys that the person has are not made a second time; weak signatures are none."""
    asked: Any = desk.passkeys.ask([desk.key], Secret(CHALLENGE))
    offered: Any = desk.passkeys.offer(JO, "Site", [desk.key], Secret(CHALLENGE))
    assert asked["userVerification"] == offered["authenticatorSelection"]["userVerification"] == "required"
    assert asked["allowCredentials"] == offered["excludeCredentials"] == [{"type": "public-key", "id": text(NAME)}]
    assert [each["alg"] for each in offered["pubKeyCredParams"]] == [-7, -8, -257]


@pytest.mark.parametrize("flags", [0x41, 0x44])
def test_a_key_that_was_made_unverified_is_none(desk: Desk, flags: int) -> None:
    """Else whoever finds it had a factor."""
    data = sha256(HOST.encode()).digest() + bytes([flags]) + (1).to_bytes(4, "big")
    data += bytes(16) + len(NAME).to_bytes(2, "big") + NAME + point()
    held = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58" + bytes([len(data)]) + data
    made = answer({"clientDataJSON": text(client("webauthn.create")), "attestationObject": text(held)})
    with pytest.raises(BadInput):
        desk.passkeys.made(made, Secret(CHALLENGE), ())


@pytest.mark.parametrize("shape", [lambda text: text, lambda text: text + " " * LONGEST], ids=["as it is", "long"])
def test_what_is_longer_than_any_answer_is_none(desk: Desk, shape: Callable[[str], str]) -> None:
    """Nobody makes the server read a book for a try."""
    given = shape(signed().expose())
    assert desk.passkeys.shaped(Secret(given)) is (len(given) <= LONGEST)
