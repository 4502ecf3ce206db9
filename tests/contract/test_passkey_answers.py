"""Answers of a passkey that no browser gives on our page, signed by a key of our own: over the real store and vault."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256

from bridge.domain.errors import BadInput
from bridge.domain.names import Person
from bridge.domain.policy import Policy
from bridge.domain.reset import State
from bridge.domain.second import PASSKEY, question_kind, seed_label, state_label
from bridge.domain.secret import Secret
from bridge.ports import Enrolled, Question
from connectors.factors.passkey import Passkey
from connectors.store.engine import SqlStore
from connectors.vault import KeyRing
from tests.contract.samples import NOW, a_reset, add, after

HOST = "reset.example.com"
CHALLENGE = "5a" * 32
MINE = generate_private_key(SECP256R1())
NAME = b"sixteen bytes id"


def text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def point() -> bytes:
    """The public key in COSE's form (RFC 9053): a map of five."""
    numbers = MINE.public_key().public_numbers()
    x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
    return b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20" + x + b"\x22\x58\x20" + y


def about(flags: int) -> bytes:
    """Authenticator data: our host, who was there, a counter of 1."""
    return sha256(HOST.encode()).digest() + bytes([flags]) + (1).to_bytes(4, "big")


def client(kind: str, **more: Any) -> bytes:
    """What a browser writes down of where it was asked."""
    challenge = text(bytes.fromhex(CHALLENGE))
    return json.dumps({"type": kind, "challenge": challenge, "origin": f"https://{HOST}", **more}).encode()


def answer(response: dict[str, str]) -> Secret:
    return Secret(json.dumps({"id": text(NAME), "rawId": text(NAME), "type": "public-key", "response": response}))


def signed(said: dict[str, Any], handle: str | None = None) -> Secret:
    """An answer to CHALLENGE, rightly signed."""
    data, flags = client("webauthn.get", **said), about(5)
    proof = MINE.sign(flags + sha256(data).digest(), ECDSA(SHA256()))
    more = {} if handle is None else {"userHandle": handle}
    return answer({"clientDataJSON": text(data), "authenticatorData": text(flags), "signature": text(proof), **more})


def made(said: dict[str, Any]) -> Secret:
    """A new key, made for CHALLENGE: CBOR of {fmt: none, attStmt: {}, authData}."""
    data = about(0x45) + bytes(16) + len(NAME).to_bytes(2, "big") + NAME + point()
    held = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58" + bytes([len(data)]) + data
    return answer({"clientDataJSON": text(client("webauthn.create", **said)), "attestationObject": text(held)})


def accepted(store: SqlStore, ring: KeyRing, given: Secret) -> bool:
    """Judge it for a person who has that key, and a link that asked with CHALLENGE."""
    person, reset = Person("jo"), a_reset(state=State.PUBLISHED)
    seed = ring.seal_seed(Secret(json.dumps({"id": text(NAME), "key": text(point())})), seed_label("jo", "F1", PASSKEY))
    state = ring.seal_seed(Secret(CHALLENGE), state_label(PASSKEY, person, reset.id))
    with store.work() as work:
        add(work, reset)
        work.people.add_factor(
            Enrolled(id="F1", person=person, kind=PASSKEY, label="key", seed=seed, added_at=NOW, added_by="x")
        )
        work.questions.put(
            Question(person=person, kind=question_kind(PASSKEY, ""), reset_id=reset.id, at=NOW, until=after(minutes=5),
                     state=state, asked=1, since=NOW)
        )  # fmt: skip
        return Passkey(ring, f"https://{HOST}").accepts(reset, Policy(), given, NOW, work)


def own(ring: KeyRing) -> str:
    """Whom a key of theirs is made for, as the page is told."""
    offered: Any = Passkey(ring, f"https://{HOST}").offer(Person("jo"), "Site", (), Secret(CHALLENGE))
    return str(offered["user"]["id"])


@pytest.mark.parametrize("said", [{}, {"crossOrigin": False}])
def test_a_rightly_signed_answer_counts(store: SqlStore, ring: KeyRing, said: dict[str, Any]) -> None:
    """Older browsers do not say whether they were framed."""
    assert accepted(store, ring, signed(said))


def test_an_answer_may_say_whom_the_key_is_for(store: SqlStore, ring: KeyRing) -> None:
    """Where it is the person."""
    assert accepted(store, ring, signed({}, own(ring)))


@pytest.mark.parametrize(
    "said", [{"crossOrigin": True}, {"crossOrigin": 1}, {"crossOrigin": False, "topOrigin": "https://evil.example.com"}]
)
def test_an_answer_from_inside_another_sites_page_is_wrong(
    store: SqlStore, ring: KeyRing, said: dict[str, Any]
) -> None:
    """Nobody can frame our pages: what says so was not made on one."""
    assert not accepted(store, ring, signed(said))


@pytest.mark.parametrize("handle", ["am9l", "", "=", "é"])
def test_an_answer_for_somebody_else_is_wrong(store: SqlStore, ring: KeyRing, handle: str) -> None:
    """It names a key of the person's, and another one whom it was made for."""
    assert not accepted(store, ring, signed({}, handle))


def test_a_key_made_inside_another_sites_page_is_none(ring: KeyRing) -> None:
    """The same for a new one."""
    passkeys = Passkey(ring, f"https://{HOST}")
    assert passkeys.made(made({"crossOrigin": False}), Secret(CHALLENGE), ()).count == 1
    for said in ({"crossOrigin": True}, {"topOrigin": "https://evil.example.com"}):
        with pytest.raises(BadInput):
            passkeys.made(made(said), Secret(CHALLENGE), ())


def test_a_key_is_enrolled_once(ring: KeyRing) -> None:
    """Whatever the browser made of the list of those that are there: taken away, it has to be gone. Another is new."""
    passkeys = Passkey(ring, f"https://{HOST}")

    def enrolled(raw: bytes) -> Enrolled:
        kept = Secret(json.dumps({"id": text(raw), "key": text(point())}))
        seed = ring.seal_seed(kept, seed_label("jo", "F1", PASSKEY))
        return Enrolled(id="F1", person=Person("jo"), kind=PASSKEY, label="key", seed=seed, added_at=NOW, added_by="x")

    with pytest.raises(BadInput, match="not among"):
        passkeys.made(made({}), Secret(CHALLENGE), [enrolled(b"another"), enrolled(NAME)])
    assert passkeys.made(made({}), Secret(CHALLENGE), [enrolled(b"another")]).count == 1
