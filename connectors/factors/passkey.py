"""Passkeys and security keys (W3C Web Authentication, level 3, 7.1 and 7.2): an answer is what the browser signed.

A challenge is drawn for one link, open for minutes, and spent by whatever is answered to it. What is signed names our
host, so that a page of somebody else's has nothing to hand on; the person was there and was verified by the key (PIN,
finger, face), always.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from importlib.util import find_spec
from typing import Any, Final
from urllib.parse import urlsplit

from bridge.domain.errors import BadInput, KeyCopied
from bridge.domain.names import Person
from bridge.domain.policy import Policy
from bridge.domain.reset import READ, Reset
from bridge.domain.second import PASSKEY, question_kind, seed_label, state_label
from bridge.domain.secret import Secret
from bridge.ports import Enrolled, NewKey, Vault, Work

LONGEST: Final = 8192  # characters of an answer: an RSA signature and an attestation are some 4000
ALGORITHMS: Final = (-7, -8, -257)  # ES256, EdDSA, RS256: COSE's numbers, RFC 9053
EXPECTED: Final = "a passkey that this page asked for is expected"


class Passkey:
    """The ports `Factor` and `Passkeys`. `base_url` is where all pages are: no other page's answer counts."""

    kind = PASSKEY
    lapse = timedelta(minutes=5)

    def __init__(self, vault: Vault, base_url: str) -> None:
        self._vault = vault
        parts = urlsplit(base_url)
        self.host = parts.hostname or ""
        self._origin = f"https://{self.host}" + (f":{parts.port}" if parts.port not in {None, 443} else "")

    # --- as a factor ------------------------------------------------------------------------------

    def offered(self, reset: Reset, at: datetime, work: Work) -> bool:
        """Whether the person has a key."""
        return bool(reset.person and usable(work.people.factors(reset.person), at))

    def shaped(self, answer: Secret) -> bool:
        """The JSON of a signed challenge; whether it is one of ours is another matter."""
        read = _read(answer)
        return isinstance(read.get("response"), dict) and read.get("type") == "public-key"

    def accepts(self, reset: Reset, policy: Policy, answer: Secret, at: datetime, work: Work) -> bool:
        """Judge the answer and spend the challenge, right or wrong. Raises KeyCopied, VaultLocked."""
        slot = question_kind(PASSKEY, reset.id if reset.state in READ else "")
        asked = work.questions.get(reset.person, slot) if reset.person else None
        if asked is None or asked.state is None or asked.reset_id != reset.id or not asked.at <= at < asked.until:
            return False
        challenge = self._vault.open_seed(asked.state, state_label(PASSKEY, asked.person, reset.id))
        work.questions.put(replace(asked, state=None))
        named = _read(answer).get("id")
        for key in usable(work.people.factors(asked.person), at):
            kept = self._kept(key)
            if kept["id"] == named:
                return self._signed(key, kept, answer, challenge, work)
        return False

    def _signed(self, key: Enrolled, kept: Mapping[str, str], answer: Secret, challenge: Secret, work: Work) -> bool:
        """The signature, and a counter that grows: with two copies of a key one falls behind. Keys that are synced
        between devices do not count, and say 0."""
        import webauthn  # noqa: PLC0415 - 0.1 s and 9 MB, where somebody has a passkey

        try:
            found = webauthn.verify_authentication_response(
                credential=answer.expose(),
                expected_challenge=_bytes(challenge),
                expected_rp_id=self.host,
                expected_origin=self._origin,
                credential_public_key=_unbase64(kept["key"]),
                credential_current_sign_count=0,  # ours to judge: an old count is an alarm, not just a wrong answer
                require_user_verification=True,
            )
            if _framed(answer) or not _for(answer, key.person):
                return False
        except Exception:  # noqa: BLE001, RUF100 - what its parsers stumble over is somebody's answer, not a fault
            return False
        count = found.new_sign_count
        if count == key.last_step == 0 or work.people.use_step(key.id, count):
            return True
        raise KeyCopied(key.id)

    # --- for the pages ----------------------------------------------------------------------------

    def ask(self, keys: Sequence[Enrolled], challenge: Secret) -> Mapping[str, object]:
        """As the port has it. Which keys the person has is told to whoever has proven the link's key."""
        return {
            "challenge": _text(challenge),
            "rpId": self.host,
            "timeout": self.lapse // timedelta(milliseconds=1),
            "userVerification": "required",
            "allowCredentials": [self._named(key) for key in keys],
        }

    def offer(self, person: Person, site: str, keys: Sequence[Enrolled], challenge: Secret) -> Mapping[str, object]:
        """As the port has it. Attestation is not asked for: which make of key it is, is not ours to know."""
        return {
            "challenge": _text(challenge),
            "rp": {"id": self.host, "name": site},
            "user": {"id": _base64(_handle(person)), "name": person, "displayName": person},
            "pubKeyCredParams": [{"type": "public-key", "alg": number} for number in ALGORITHMS],
            "timeout": self.lapse // timedelta(milliseconds=1),
            "attestation": "none",
            "authenticatorSelection": {"residentKey": "preferred", "userVerification": "required"},
            "excludeCredentials": [self._named(key) for key in keys],
        }

    def made(self, answer: Secret, challenge: Secret, keys: Sequence[Enrolled]) -> NewKey:
        """As the port has it. What browsers are told of `keys` a browser can leave out: enrolled twice, a key that was
        lost would go on opening links when one of the two is taken away (7.1, step 26)."""
        import webauthn  # noqa: PLC0415 - as above
        from webauthn.helpers.cose import COSEAlgorithmIdentifier  # noqa: PLC0415

        if not self.shaped(answer):
            raise BadInput("passkey", EXPECTED)
        try:
            found = webauthn.verify_registration_response(
                credential=answer.expose(),
                expected_challenge=_bytes(challenge),
                expected_rp_id=self.host,
                expected_origin=self._origin,
                require_user_verification=True,
                supported_pub_key_algs=[COSEAlgorithmIdentifier(number) for number in ALGORITHMS],
            )
            if _framed(answer):
                raise BadInput("passkey", EXPECTED)
        except Exception:  # noqa: BLE001, RUF100 - as above
            raise BadInput("passkey", EXPECTED) from None
        kept = {"id": _base64(found.credential_id), "key": _base64(found.credential_public_key)}
        if any(self._kept(key)["id"] == kept["id"] for key in keys):
            raise BadInput("passkey", "one that is not among the person's yet")
        return NewKey(text=Secret(json.dumps(kept)), count=found.sign_count)

    def _named(self, key: Enrolled) -> dict[str, str]:
        return {"type": "public-key", "id": self._kept(key)["id"]}

    def _kept(self, key: Enrolled) -> dict[str, str]:
        """A stored key. Raises VaultLocked."""
        text = self._vault.open_seed(key.seed, seed_label(key.person, key.id, PASSKEY)).expose()
        kept: dict[str, str] = json.loads(text)
        return kept


def usable(factors: Sequence[Enrolled], at: datetime) -> list[Enrolled]:
    """The keys among a person's factors that count already."""
    return [factor for factor in factors if factor.kind == PASSKEY and factor.usable(at)]


def installed() -> bool:
    """Whether what judges passkeys is there: it is an extra of the distribution."""
    return find_spec("webauthn") is not None


def _read(answer: Secret) -> Mapping[str, Any]:
    text = answer.expose()
    try:
        read = json.loads(text) if text[:1] == "{" and len(text) <= LONGEST else None
    except (ValueError, RecursionError):
        read = None
    return read if isinstance(read, dict) else {}


def _framed(answer: Secret) -> bool:
    """Whether it was made inside another site's page: ours let nobody frame them, and the library does not ask."""
    client = json.loads(_unbase64(_read(answer)["response"]["clientDataJSON"]))
    return client.get("crossOrigin", False) is not False or "topOrigin" in client


def _for(answer: Secret, person: Person) -> bool:
    """Whether the key, where it says whom it was made for, says this person (7.2, step 6). Our page leaves it out."""
    said = _read(answer)["response"].get("userHandle")
    return said is None or _unbase64(said) == _handle(person)


def _handle(person: Person) -> bytes:
    return sha256(b"resetbridge/1 passkey user\n" + person.encode()).digest()


def _bytes(challenge: Secret) -> bytes:
    return bytes.fromhex(challenge.expose())


def _text(challenge: Secret) -> str:
    return _base64(_bytes(challenge))


def _base64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _unbase64(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
