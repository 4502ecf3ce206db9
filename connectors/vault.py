"""The server's keys: seals and opens, derives and compares. The only importer of the crypto library for sealing.

Two layers keep a password: the inner under a key derived from the link's key, which only the mail holds; the outer
under the server's. docs/sealing.md has every format to the byte and a test vector; a browser can open the inner layer.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bridge.domain.errors import BadInput, ConfigFault, VaultLocked
from bridge.domain.link import KEY_BYTES, Closed, Sealed, unbase32
from bridge.domain.secret import Secret
from bridge.ports import Binding, Dice
from connectors.machine import dice as machine_dice

KEY_SIZE: Final = 32
NONCE: Final = 12
TAG: Final = 16
FORMAT: Final = b"\x01"
FORMAT_ARMED: Final = b"\x02"
HPKE: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)  # RFC 9180: 0x0020, 0x0001, 0x0002; base mode
WRAPPED: Final = NONCE + KEY_SIZE + TAG
PROOF: Final = re.compile(r"[0-9a-f]{64}")
SALT: Final = 16
STRETCH: Final = 1 << 14  # scrypt's N: some 50 ms and 16 MB
NOBODY: Final = "0" * 26  # a locator that stands in where there is no link, so that the answer takes as long
EXPECTED: Final = "32 random bytes are expected, in base64 or hex, on one line; `resetbridge init` draws such a key"
DAMAGED: Final = "it was changed, or belongs to another row; restore a backup, and look into who writes to the database"


class ServerKey:
    """One key of the ring, as the four that are derived from it; the key itself is not kept. Prints as its id."""

    __slots__ = ("id", "seal", "tag", "wrap")

    def __init__(self, raw: bytes) -> None:
        self.id = hashlib.sha256(derive(raw, b"", b"resetbridge/1 key id")).hexdigest()[:8]
        self.seal = derive(raw, b"", b"resetbridge/1 outer seal")
        self.wrap = derive(raw, b"", b"resetbridge/1 seed wrap")
        self.tag = derive(raw, b"", b"resetbridge/1 code tag")

    def __repr__(self) -> str:
        return f"ServerKey({self.id})"


class KeyRing:
    """The port `Vault`, and the store's `Keeper`. The first key seals, all open.

    To rotate, put the new key behind the old one on every node, then first; open_store() puts what lives for good under
    the new one, links end by themselves, and after the longest link's life the old key can go.
    """

    def __init__(self, keys: Sequence[Secret], dice: Dice = machine_dice) -> None:
        """Raises ConfigFault, each fault with its key's place; never with a key."""
        if not keys:
            raise ConfigFault([f"keys: at least one key is expected: {EXPECTED}"])
        ring = [ServerKey(read_server_key(text, place)) for place, text in enumerate(keys)]
        self._ring = {key.id: key for key in ring}
        if len(self._ring) != len(ring):
            raise ConfigFault(["keys: each key once is expected"])
        self._first = ring[0]
        self._dice = dice

    @property
    def key_id(self) -> str:
        """The id of the key that seals: 8 hex digits."""
        return self._first.id

    # --- passwords --------------------------------------------------------------------------------

    def seal(self, password: Secret, key: Secret, bound_to: Binding) -> Sealed:
        link_key = unbase32(key.expose(), KEY_BYTES)
        inner = encrypt(
            inner_key(link_key, bound_to.locator), password.expose().encode(), inner_data(bound_to), self._dice
        )
        proof = proof_of(link_key, bound_to.locator)
        outer = encrypt(self._first.seal, inner, outer_data(bound_to, self._first.id, proof), self._dice)
        return Sealed(
            reset_id=bound_to.reset_id,
            locator=bound_to.locator,
            verifier=verifier(proof),
            ciphertext=FORMAT + outer,
            key_id=self._first.id,
        )

    def arm(self, key: Secret, bound_to: Binding) -> Sealed:
        link_key = unbase32(key.expose(), KEY_BYTES)
        public = armed_key(link_key, bound_to.locator).public_key().public_bytes_raw()
        return Sealed(
            reset_id=bound_to.reset_id,
            locator=bound_to.locator,
            verifier=verifier(proof_of(link_key, bound_to.locator), public),
            ciphertext=None,
            key_id=self._first.id,
            public=public,
        )

    def fill(self, armed: Sealed, password: Secret, bound_to: Binding) -> Sealed:
        if armed.public is None:
            raise VaultLocked(f"the link of {bound_to.reset_id} is not an armed one: {DAMAGED}")
        to = X25519PublicKey.from_public_bytes(armed.public)
        inner = HPKE.encrypt(password.expose().encode(), to, info=armed_data(bound_to))
        filled = replace(armed, key_id=self._first.id)
        outer = encrypt(self._first.seal, inner, armed_outer_data(filled, bound_to), self._dice)
        return replace(filled, ciphertext=FORMAT_ARMED + outer)

    def open(self, sealed: Sealed, key: Secret, bound_to: Binding) -> Secret:
        try:
            link_key = unbase32(key.expose(), KEY_BYTES)
            inner = self._unwrapped(sealed, proof_of(link_key, bound_to.locator), bound_to)
            text = opened(inner, link_key, bound_to, armed=sealed.public is not None)
        except (InvalidTag, BadInput):
            pass  # below, so that nothing of the library hangs on to our error
        else:
            return Secret(text.decode())
        raise VaultLocked(f"what is sealed for {bound_to.reset_id} cannot be opened: {DAMAGED}")

    def unwrap(self, sealed: Sealed, proof: Secret, bound_to: Binding) -> Closed:
        inner, armed = self._unwrapped(sealed, read_proof(proof), bound_to), sealed.public is not None
        return Closed(inner=inner, bound=armed_data(bound_to) if armed else inner_data(bound_to), armed=armed)

    def matches(self, sealed: Sealed | None, key: Secret) -> bool:
        """Whether the key belongs to the link; takes as long for None. A key of the wrong shape belongs to none."""
        try:
            link_key = unbase32(key.expose(), KEY_BYTES)
        except BadInput:
            link_key = bytes(KEY_BYTES)
        return _fits(sealed, proof_of(link_key, sealed.locator if sealed else NOBODY))

    def proven(self, sealed: Sealed | None, proof: Secret) -> bool:
        return _fits(sealed, read_proof(proof))

    # --- codes ------------------------------------------------------------------------------------

    def tag(self, label: str, text: Secret) -> str:
        return self._tag(self._first, label, text)

    def tag_matches(self, tag: str | None, label: str, text: Secret) -> bool:
        """Raises VaultLocked when the tag's key is no longer in the ring: that is not the answer's fault."""
        name = tag.partition("$")[0] if tag else self._first.id
        right = self._tag(self._named(name), label, text)
        return hmac.compare_digest((tag or "").encode(), right.encode())

    # --- what lives for good: factors' seeds, the audit key ---------------------------------------

    def seal_seed(self, seed: Secret, label: str) -> bytes:
        own = self._dice(KEY_SIZE)
        return self._wrap(own) + encrypt(own, seed.expose().encode(), seed_data(label), self._dice)

    def make_seed(self, label: str) -> bytes:
        """32 new random bytes, sealed; opened, they are a Secret in hex."""
        return self.seal_seed(Secret(self._dice(KEY_SIZE).hex()), label)

    def open_seed(self, sealed: bytes, label: str) -> Secret:
        own = self._unwrap(sealed)
        try:
            return Secret(decrypt(own, sealed[5 + WRAPPED :], seed_data(label)).decode())
        except InvalidTag:
            pass
        raise VaultLocked(f"the sealed {label.partition(':')[0]} secret cannot be opened: {DAMAGED}")

    def rewrap_seed(self, sealed: bytes) -> bytes | None:
        """The same under the newest key; None if it is already. The seed itself stays closed."""
        if sealed[1:5].hex() == self._first.id:
            return None
        return self._wrap(self._unwrap(sealed)) + sealed[5 + WRAPPED :]

    # --- service ids' own passwords ---------------------------------------------------------------

    def seal_own(self, password: Secret, label: str, behind: Secret) -> bytes:
        salt = self._dice(SALT)
        key = derive(stretched(behind, salt), b"", b"resetbridge/1 own password")
        inner = encrypt(key, password.expose().encode(), own_data(label), self._dice)
        return self.seal_seed(Secret((salt + inner).hex()), label)

    def open_own(self, sealed: bytes, label: str, behind: Secret) -> Secret:
        inner = bytes.fromhex(self.open_seed(sealed, label).expose())
        key = derive(stretched(behind, inner[:SALT]), b"", b"resetbridge/1 own password")
        try:
            return Secret(decrypt(key, inner[SALT:], own_data(label)).decode())
        except InvalidTag:
            pass
        raise VaultLocked("the password that was chosen here opens only behind the one that its file held then")

    def mark(self, text: Secret, label: str) -> bytes:
        salt = self._dice(SALT)
        return self.seal_seed(Secret((salt + own_mark(text, salt)).hex()), f"{label}:mark")

    def marked(self, mark: bytes, text: Secret, label: str) -> bool:
        kept = bytes.fromhex(self.open_seed(mark, f"{label}:mark").expose())
        return hmac.compare_digest(kept[SALT:], own_mark(text, kept[:SALT]))

    # --- within -----------------------------------------------------------------------------------

    def _unwrapped(self, sealed: Sealed, proof: bytes, bound_to: Binding) -> bytes:
        """The inner layer. Raises VaultLocked."""
        if sealed.ciphertext is None:
            raise VaultLocked(f"the password of {bound_to.reset_id} was destroyed")
        server = self._named(sealed.key_id)
        form, data = FORMAT, outer_data(bound_to, server.id, proof)
        if sealed.public is not None:
            form, data = FORMAT_ARMED, armed_outer_data(sealed, bound_to)
        if sealed.ciphertext[:1] == form and _fits(sealed, proof):
            with suppress(InvalidTag):
                return decrypt(server.seal, sealed.ciphertext[1:], data)
        raise VaultLocked(f"what is sealed for {bound_to.reset_id} cannot be opened: {DAMAGED}")

    def _named(self, key_id: str) -> ServerKey:
        if key := self._ring.get(key_id):
            return key
        raise VaultLocked("a key that is still needed is not among `keys`; put it back behind the first")

    def _tag(self, key: ServerKey, label: str, text: Secret) -> str:
        said = label.encode() + b"\0" + text.expose().encode()
        return f"{key.id}${hmac.digest(key.tag, said, 'sha256').hex()}"

    def _wrap(self, own: bytes) -> bytes:
        named = FORMAT + bytes.fromhex(self._first.id)
        return named + encrypt(self._first.wrap, own, b"resetbridge/1 wrap\n" + named, self._dice)

    def _unwrap(self, sealed: bytes) -> bytes:
        key = self._named(sealed[1:5].hex())
        try:
            return decrypt(key.wrap, sealed[5 : 5 + WRAPPED], b"resetbridge/1 wrap\n" + sealed[:5])
        except InvalidTag:
            pass
        raise VaultLocked(f"a sealed secret cannot be opened: {DAMAGED}")


def derive(raw: bytes, salt: bytes, info: bytes) -> bytes:
    """HKDF-SHA-256, 32 bytes."""
    return HKDF(algorithm=SHA256(), length=KEY_SIZE, salt=salt, info=info).derive(raw)


def inner_key(link_key: bytes, locator: str) -> bytes:
    """What the link's key opens."""
    return derive(link_key, locator.encode(), b"resetbridge/1 link seal")


def proof_of(link_key: bytes, locator: str) -> bytes:
    """What proves the link's key and opens nothing: all that a browser with WebCrypto sends of it."""
    return derive(link_key, locator.encode(), b"resetbridge/1 link verifier")


def read_proof(proof: Secret) -> bytes:
    """A proof as a form carries it, in hex; of any other shape, one that proves nothing."""
    text = proof.expose()
    return bytes.fromhex(text) if PROOF.fullmatch(text) else bytes(KEY_SIZE)


def verifier(proof: bytes, public: bytes | None = None) -> bytes:
    """What the database keeps to know a proof by: nothing in it can be handed in as one.

    Of an armed link it vouches for the public key, too: whoever puts another one into the row, to be sealed for, has
    no proof that fits, and nobody passes the factor of that link any more.
    """
    if public is None:
        return hashlib.sha256(proof).digest()
    return hashlib.sha256(b"resetbridge/1 armed verifier\n" + proof + public).digest()


def _fits(sealed: Sealed | None, proof: bytes) -> bool:
    made = verifier(proof, sealed.public if sealed else None)
    same = hmac.compare_digest(made, sealed.verifier if sealed else bytes(KEY_SIZE))
    return same and sealed is not None


def armed_key(link_key: bytes, locator: str) -> X25519PrivateKey:
    """What opens a password that was sealed for an armed link; only who holds the link's key can make it."""
    return X25519PrivateKey.from_private_bytes(derive(link_key, locator.encode(), b"resetbridge/1 armed link"))


def opened(inner: bytes, link_key: bytes, bound: Binding, *, armed: bool) -> bytes:
    """The inner layer opened. Raises InvalidTag."""
    if armed:
        return HPKE.decrypt(inner, armed_key(link_key, bound.locator), info=armed_data(bound))
    return decrypt(inner_key(link_key, bound.locator), inner, inner_data(bound))


def inner_data(bound: Binding) -> bytes:
    """Associated data of the inner layer. No name holds a line end, so that no two bindings look alike."""
    return "\n".join(
        ("resetbridge/1 inner", bound.reset_id, bound.account.system, bound.account.userid, bound.locator)
    ).encode()


def armed_data(bound: Binding) -> bytes:
    """What the inner layer of an armed link is bound to: HPKE's `info`."""
    return b"resetbridge/1 armed inner\n" + inner_data(bound).partition(b"\n")[2]


def armed_outer_data(sealed: Sealed, bound: Binding) -> bytes:
    """Associated data of an armed link's outer layer. The worker has no proof; the verifier vouches for the key."""
    public = (sealed.public or b"").hex().encode()
    head = (b"resetbridge/1 armed outer", sealed.key_id.encode(), sealed.verifier.hex().encode(), public)
    return b"\n".join((*head, armed_data(bound)))


def outer_data(bound: Binding, key_id: str, proof: bytes) -> bytes:
    """Associated data of the outer layer. With the proof in it, the server's key alone does not even open this one."""
    return b"\n".join((b"resetbridge/1 outer", key_id.encode(), proof.hex().encode(), inner_data(bound)))


def seed_data(label: str) -> bytes:
    """Associated data of a seed."""
    return b"resetbridge/1 seed\n" + label.encode()


def own_data(label: str) -> bytes:
    """Associated data of a service id's own password."""
    return b"resetbridge/1 own\n" + label.encode()


def own_mark(text: Secret, salt: bytes) -> bytes:
    """A fingerprint that says no more than whether a text is the same."""
    return derive(stretched(text, salt), b"", b"resetbridge/1 own mark")


def stretched(text: Secret, salt: bytes) -> bytes:
    """scrypt: the text is a password of eight characters, and whoever holds the ring's keys must not guess it."""
    return hashlib.scrypt(text.expose().encode(), salt=salt, n=STRETCH, r=8, p=1, maxmem=64 << 20, dklen=KEY_SIZE)


def encrypt(key: bytes, text: bytes, data: bytes, dice: Dice) -> bytes:
    """AES-256-GCM: nonce (12), ciphertext, tag (16)."""
    nonce = dice(NONCE)
    return nonce + AESGCM(key).encrypt(nonce, text, data)


def decrypt(key: bytes, sealed: bytes, data: bytes) -> bytes:
    """The reverse. Raises InvalidTag for whatever is wrong, also when it is too short to be anything."""
    if len(sealed) < NONCE + TAG:
        raise InvalidTag
    return AESGCM(key).decrypt(sealed[:NONCE], sealed[NONCE:], data)


def new_key_text(dice: Dice) -> Secret:
    """Draw a key for the ring, as its file holds it."""
    return Secret(base64.b64encode(dice(KEY_SIZE)).decode())


def read_server_key(text: Secret, place: int) -> bytes:
    """Read a key file's content. Raises ConfigFault, also for what cannot have been drawn at random."""
    line = text.expose().strip()
    try:
        raw = bytes.fromhex(line) if len(line) == 2 * KEY_SIZE else base64.b64decode(line, validate=True)
    except (ValueError, binascii.Error):
        raw = b""
    if len(raw) != KEY_SIZE:
        raise ConfigFault([f"keys[{place}]: {EXPECTED}"])
    if not looks_random(raw):
        raise ConfigFault([f"keys[{place}]: this key was not drawn at random, or comes from an example; {EXPECTED}"])
    return raw


def looks_random(raw: bytes) -> bool:
    """False for repetitions, sequences and words, never for dice (less than one in 10^12)."""
    steps = {(after - before) % 256 for before, after in pairwise(raw)}
    return len(set(raw)) >= 16 and len(steps) >= 8 and not (raw.isascii() and raw.decode("ascii").isprintable())
