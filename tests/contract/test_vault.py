"""The vault: opens what it sealed, and nothing that anybody has touched."""

from __future__ import annotations

import base64
import copy
import hashlib
import hmac
import re
from dataclasses import replace
from pathlib import Path
from statistics import median
from time import perf_counter

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.domain.errors import ConfigFault, VaultLocked
from bridge.domain.link import Closed, Locator, Sealed, new_key, new_locator, unbase32
from bridge.domain.names import Account, ResetId, SystemName, Userid
from bridge.domain.secret import Secret
from bridge.ports import Binding, Vault
from connectors.machine import dice
from connectors.vault import KeyRing, ServerKey, decrypt, inner_data, new_key_text, outer_data

PAGE = Path(__file__).parents[2] / "docs" / "sealing.md"
PASSWORD = Secret("k7wq2mfx")


def a_binding(userid: str = "PAYROLL7", reset_id: str = "R7K2M9QX4TB0C") -> Binding:
    """What a password belongs to."""
    account = Account(SystemName("PRODA"), Userid(userid))
    return Binding(reset_id=ResetId(reset_id), account=account, locator=new_locator(dice))


@pytest.fixture
def vault(ring: KeyRing) -> Vault:
    """The port."""
    return ring


@pytest.fixture
def key() -> Secret:
    """A link key."""
    return new_key(dice)


def proof_for(key: Secret, locator: Locator) -> Secret:
    """What a browser would send."""
    return Secret(hkdf(unbase32(key.expose(), 20), locator.encode(), b"resetbridge/1 link verifier").hex())


def flipped(raw: bytes) -> list[bytes]:
    """Every way to change one bit of one byte, and to cut or add one at the end."""
    return [
        *(raw[:n] + bytes([raw[n] ^ 1 << n % 8]) + raw[n + 1 :] for n in range(len(raw))),
        raw[:-1],
        raw + b"\0",
        b"",
    ]


@given(text=st.text(min_size=1, max_size=100))
@settings(max_examples=50, deadline=None)
def test_what_was_sealed_opens(text: str) -> None:
    """Any text comes back under its key, bound to its place; two seals of it have nothing in common."""
    vault, key, bound = KeyRing([new_key_text(dice)]), new_key(dice), a_binding()
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    one, two = (vault.seal(Secret(text), key, bound) for _ in range(2))
    assert vault.open(one, key, bound) == vault.open(two, key, bound) == Secret(text)
    assert one.ciphertext != two.ciphertext
    assert (one.reset_id, one.locator, one.tries, one.opened_at) == (bound.reset_id, bound.locator, 0, None)
    assert len(one.verifier) == 32


def test_i2_neither_key_alone_opens(vault: Vault, key: Secret) -> None:
    """With the server's keys and another link's key, or the link's key and another server's keys, it stays closed."""
    bound = a_binding()
    sealed = vault.seal(PASSWORD, key, bound)
    with pytest.raises(VaultLocked):
        vault.open(sealed, new_key(dice), bound)
    stranger = KeyRing([new_key_text(dice)])
    for named in (sealed, replace(sealed, key_id=stranger.key_id)):
        with pytest.raises(VaultLocked):
            stranger.open(named, key, bound)


def test_a_changed_record_never_opens(vault: Vault, key: Secret) -> None:
    """Each byte flipped, the end cut or lengthened, of ciphertext and of verifier: locked, never garbage."""
    bound = a_binding()
    sealed = vault.seal(PASSWORD, key, bound)
    assert sealed.ciphertext
    wrong = [replace(sealed, ciphertext=raw) for raw in flipped(sealed.ciphertext)]
    wrong += [replace(sealed, verifier=raw) for raw in flipped(sealed.verifier)]
    wrong += [replace(sealed, ciphertext=None)]
    for record in wrong:
        with pytest.raises(VaultLocked):
            vault.open(record, key, bound)
    assert vault.open(sealed, key, bound) == PASSWORD


def test_two_records_swapped_never_open(vault: Vault, key: Secret) -> None:
    """A ciphertext in another row, whole or with its verifier, is locked: never another user's password."""
    mine, theirs = a_binding(), a_binding("SOMEONE", "R000000000000")
    my_seal, their_seal = vault.seal(PASSWORD, key, mine), vault.seal(Secret("theirs00"), key, theirs)
    moved = replace(my_seal, ciphertext=their_seal.ciphertext)
    for record in (moved, replace(moved, verifier=their_seal.verifier), their_seal):
        with pytest.raises(VaultLocked):
            vault.open(record, key, mine)
    for other in (
        replace(mine, reset_id=ResetId("R000000000000")), replace(mine, locator=theirs.locator),
        replace(mine, account=theirs.account),
        replace(mine, account=Account(SystemName("TESTB"), mine.account.userid)),
    ):  # fmt: skip
        with pytest.raises(VaultLocked):
            vault.open(my_seal, key, other)


def test_the_verifier_opens_nothing_and_says_whose_key_it_is(vault: Vault, key: Secret) -> None:
    """matches() is True for the link's key alone; a wrong, a malformed and an absent one are all just False."""
    bound = a_binding()
    sealed = vault.seal(PASSWORD, key, bound)
    assert vault.matches(sealed, key)
    assert not vault.matches(sealed, new_key(dice))
    assert not vault.matches(sealed, Secret(""))
    assert not vault.matches(sealed, Secret("not a key"))
    assert not vault.matches(None, key)
    assert not vault.matches(replace(sealed, locator=new_locator(dice)), key)
    assert not vault.matches(replace(sealed, verifier=bytes(32)), key)


def test_i2_a_proof_opens_nothing_and_the_verifier_proves_nothing(vault: Vault, key: Secret) -> None:
    """The proof takes off the server's layer and no more; what the database holds, or anything else, not even that."""
    bound = a_binding()
    sealed = vault.seal(PASSWORD, key, bound)
    proof = proof_for(key, bound.locator)
    assert vault.proven(sealed, proof)
    closed = vault.unwrap(sealed, proof, bound)
    assert PASSWORD.expose().encode() not in closed.inner
    raw = bytes.fromhex(proof.expose())
    for derived in (raw, hkdf(raw, bound.locator.encode(), b"resetbridge/1 link seal"), sealed.verifier):
        with pytest.raises(InvalidTag):
            decrypt(derived, closed.inner, closed.bound)
    others = (sealed.verifier.hex(), proof.expose().upper(), proof.expose()[:-1], "", "00" * 32, key.expose(),
              proof_for(new_key(dice), bound.locator).expose(), proof_for(key, new_locator(dice)).expose())  # fmt: skip
    for wrong in map(Secret, others):
        assert not vault.proven(sealed, wrong)
        with pytest.raises(VaultLocked):
            vault.unwrap(sealed, wrong, bound)
    assert not vault.proven(None, proof)
    assert not vault.proven(None, Secret("00" * 32))
    for moved in (replace(sealed, ciphertext=None), replace(sealed, key_id="00000000")):
        with pytest.raises(VaultLocked):
            vault.unwrap(moved, proof, bound)


def test_an_unknown_link_takes_as_long_as_a_wrong_key(vault: Vault, key: Secret) -> None:
    """The medians of many comparisons lie within a quarter of each other."""
    sealed = vault.seal(PASSWORD, key, a_binding())
    wrong = new_key(dice)
    proof = proof_for(wrong, sealed.locator)
    for judge in (lambda record: vault.matches(record, wrong), lambda record: vault.proven(record, proof)):
        times: dict[bool, list[float]] = {True: [], False: []}
        for _ in range(2000):
            for known, record in ((True, sealed), (False, None)):
                begun = perf_counter()
                judge(record)
                times[known].append(perf_counter() - begun)
        ratio = median(times[True]) / median(times[False])
        assert 0.75 < ratio < 1.34


def test_a_tag_fits_its_code_and_label_alone(vault: Vault) -> None:
    """Another code, another label, a changed tag and none at all do not match."""
    code = Secret("12345678")
    tag = vault.tag("release_code:R1", code)
    assert vault.tag_matches(tag, "release_code:R1", code)
    assert vault.tag("release_code:R1", code) == tag
    assert not vault.tag_matches(tag, "release_code:R2", code)
    assert not vault.tag_matches(tag, "release_code:R1", Secret("12345679"))
    assert not vault.tag_matches(tag[:-1], "release_code:R1", code)
    assert not vault.tag_matches(None, "release_code:R1", code)
    assert "12345678" not in tag


def test_a_tag_of_a_key_that_is_gone_is_locked_not_wrong(vault: Vault) -> None:
    """The answer is not to blame: no attempt is to be counted for it."""
    stranger = KeyRing([new_key_text(dice)])
    for tag in (stranger.tag("a", Secret("1")), "rubbish", "x$y"):
        with pytest.raises(VaultLocked):
            vault.tag_matches(tag, "a", Secret("1"))


def test_a_seed_opens_under_its_label_alone(ring: KeyRing) -> None:
    """Under another label, with any byte changed, or with another ring it is locked."""
    seed = Secret("JBSWY3DPEHPK3PXP")
    sealed = ring.seal_seed(seed, "totp:jo:F1")
    assert ring.open_seed(sealed, "totp:jo:F1") == seed
    for wrong, label in [(sealed, "totp:jo:F2"), *((raw, "totp:jo:F1") for raw in flipped(sealed))]:
        with pytest.raises(VaultLocked):
            ring.open_seed(wrong, label)
    with pytest.raises(VaultLocked):
        KeyRing([new_key_text(dice)]).open_seed(sealed, "totp:jo:F1")


def test_a_rotation_opens_what_is_old_and_seals_under_the_new(key_text: Secret, key: Secret) -> None:
    """New key first: links, tags and seeds of the old one still work; with the old key gone they are locked."""
    bound, fresh = a_binding(), new_key_text(dice)
    old, both, new = KeyRing([key_text]), KeyRing([fresh, key_text]), KeyRing([fresh])
    link, tag, seed = old.seal(PASSWORD, key, bound), old.tag("a", Secret("1")), old.seal_seed(Secret("s"), "l")
    assert both.open(link, key, bound) == PASSWORD
    assert both.tag_matches(tag, "a", Secret("1"))
    assert both.open_seed(seed, "l") == Secret("s")
    assert new.open(both.seal(PASSWORD, key, bound), key, bound) == PASSWORD
    assert new.tag_matches(both.tag("a", Secret("1")), "a", Secret("1"))
    assert new.matches(link, key)  # whose link it is can be told without the server's key
    for locked in (
        lambda: new.open(link, key, bound),
        lambda: new.tag_matches(tag, "a", Secret("1")),
        lambda: new.open_seed(seed, "l"),
    ):
        with pytest.raises(VaultLocked, match="put it back"):
            locked()


def test_a_seed_is_put_under_the_new_key_unopened(key_text: Secret) -> None:
    """Rewrapped once, then left alone; the same seed, still bound to its label; not without the old key."""
    fresh = new_key_text(dice)
    old, both, new = KeyRing([key_text]), KeyRing([fresh, key_text]), KeyRing([fresh])
    sealed = old.seal_seed(Secret("s"), "l")
    assert old.rewrap_seed(sealed) is None
    again = both.rewrap_seed(sealed)
    assert again is not None
    assert both.rewrap_seed(again) is None
    assert new.open_seed(again, "l") == Secret("s")
    with pytest.raises(VaultLocked):
        new.open_seed(again, "m")
    with pytest.raises(VaultLocked):
        new.rewrap_seed(sealed)


def test_keys_are_read_in_base64_and_in_hex() -> None:
    """One line with or without its end, either notation: the same ring."""
    raw = dice(32)
    hexed, based = raw.hex(), base64.b64encode(raw).decode()
    ids = {KeyRing([Secret(text)]).key_id for text in (hexed, hexed.upper() + "\n", based, based + "\r\n")}
    assert len(ids) == 1
    assert re.fullmatch(r"[0-9a-f]{8}", ids.pop())


NOT_DRAWN = {
    "nothing": "",
    "a word": "hunter2-hunter2",
    "too short": base64.b64encode(hashlib.sha256(b"x").digest()[:31]).decode(),
    "too long": base64.b64encode(hashlib.sha512(b"x").digest()).decode(),
    "half in hex": hashlib.md5(b"x").hexdigest(),
    "as long as base64": "not base64 at all, but 44 characters long!!!",
    "zeros in base64": "A" * 43 + "=",
    "zeros in hex": "00" * 32,
    "counting": bytes(range(32)).hex(),
    "counting by eight": bytes(range(0, 256, 8)).hex(),
    "a sentence": base64.b64encode(b"this key is published: refuse it").decode(),
    "a pattern": "0123456789abcdef" * 4,
}


@pytest.mark.parametrize("text", NOT_DRAWN.values(), ids=NOT_DRAWN)
def test_a_key_that_was_not_drawn_is_refused(text: str) -> None:
    """Wrong length, wrong notation, words, sequences and examples: the fault names the place and not the key."""
    with pytest.raises(ConfigFault) as caught:
        KeyRing([new_key_text(dice), Secret(text)])
    assert caught.value.faults[0].startswith("keys[1]: ")
    assert not text or text not in str(caught.value)


def test_an_empty_ring_and_a_doubled_key_are_refused() -> None:
    """There is no default key."""
    text = new_key_text(dice)
    for keys in ([], [text, text]):
        with pytest.raises(ConfigFault, match="keys"):
            KeyRing(keys)


def test_drawn_keys_are_never_taken_for_an_example() -> None:
    """A thousand keys from the dice all pass."""
    assert all(KeyRing([new_key_text(dice)]) for _ in range(1000))


def test_i1_a_ring_prints_no_key(key_text: Secret) -> None:
    """Neither ring nor key shows anything but ids, and an error nothing of the password."""
    ring = KeyRing([key_text])
    raw = base64.b64decode(key_text.expose())
    server = ServerKey(raw)
    shown = repr(ring) + repr(server) + repr(vars(ring))
    for secret in (key_text.expose(), raw.hex(), repr(raw), server.seal.hex(), repr(server.seal)):
        assert secret not in shown
    assert copy.copy(server).id == server.id


# --- the page that documents it ------------------------------------------------------------------


def example(number: int = 1) -> dict[str, str]:
    """The example in docs/sealing.md; 2 is what is different where the link is armed."""
    block = PAGE.read_text().split("```text\n")[number].split("```")[0]
    return dict(re.split(r"\s{2,}", line, maxsplit=1) for line in block.splitlines())


def hkdf(key: bytes, salt: bytes, info: bytes) -> bytes:
    """RFC 5869 with nothing but HMAC, for one block."""
    return hmac.digest(hmac.digest(salt or bytes(32), key, "sha256"), info + b"\x01", "sha256")


def test_the_documented_example_opens_by_the_documented_rules() -> None:
    """Step by step as the page says, without the vault."""
    seen = example()
    server, link_key = bytes.fromhex(seen["server key"]), bytes.fromhex(seen["its bytes"])
    locator = seen["locator"].encode()
    assert unbase32(seen["link key"], 20) == link_key
    assert hashlib.sha256(hkdf(server, b"", b"resetbridge/1 key id")).hexdigest()[:8] == seen["key id"]
    outer_key = hkdf(server, b"", b"resetbridge/1 outer seal")
    assert outer_key.hex() == seen["outer key"]
    inner_key = hkdf(link_key, locator, b"resetbridge/1 link seal")
    assert inner_key.hex() == seen["inner key"]
    proof = hkdf(link_key, locator, b"resetbridge/1 link verifier")
    assert (proof.hex(), hashlib.sha256(proof).hexdigest()) == (seen["proof"], seen["verifier"])

    inner_text = "\n".join(["resetbridge/1 inner", *(seen[name] for name in ("reset", "system", "userid", "locator"))])
    outer_text = "\n".join(["resetbridge/1 outer", seen["key id"], seen["proof"], inner_text])
    stored = bytes.fromhex(seen["stored"])
    assert stored[0] == 1
    inner = AESGCM(outer_key).decrypt(stored[1:13], stored[13:], outer_text.encode())
    assert inner.hex() == seen["inner"]
    assert AESGCM(inner_key).decrypt(inner[:12], inner[12:], inner_text.encode()) == seen["password"].encode()


def test_what_the_vault_seals_is_what_the_page_says(key: Secret) -> None:
    """A fresh seal opens by the page's rules, and the page's example by the vault's functions."""
    raw = dice(32)
    ring, bound = KeyRing([Secret(raw.hex())]), a_binding()
    sealed = ring.seal(PASSWORD, key, bound)
    assert sealed.ciphertext
    link_key = unbase32(key.expose(), 20)
    proof = hkdf(link_key, bound.locator.encode(), b"resetbridge/1 link verifier")
    assert sealed.verifier == hashlib.sha256(proof).digest()
    outer = hkdf(raw, b"", b"resetbridge/1 outer seal")
    inner = decrypt(outer, sealed.ciphertext[1:], outer_data(bound, ring.key_id, proof))
    assert ring.unwrap(sealed, Secret(proof.hex()), bound) == Closed(inner=inner, bound=inner_data(bound))
    text = decrypt(hkdf(link_key, bound.locator.encode(), b"resetbridge/1 link seal"), inner, inner_data(bound))
    assert text == PASSWORD.expose().encode()

    seed = ring.seal_seed(Secret("s"), "l")
    wrap, head = hkdf(raw, b"", b"resetbridge/1 seed wrap"), seed[:5]
    assert head == b"\x01" + bytes.fromhex(ring.key_id)
    own = decrypt(wrap, seed[5:65], b"resetbridge/1 wrap\n" + head)
    assert decrypt(own, seed[65:], b"resetbridge/1 seed\nl") == b"s"
    tag = hmac.digest(hkdf(raw, b"", b"resetbridge/1 code tag"), b"label\x00code", "sha256").hex()
    assert ring.tag("label", Secret("code")) == f"{ring.key_id}${tag}"


def test_an_armed_link_is_filled_by_who_never_had_its_key(vault: Vault, key: Secret) -> None:
    """Armed, then sealed for by another instance with the same keys; the key opens it, and a proof its outer layer."""
    bound = a_binding()
    armed = vault.arm(key, bound)
    assert (armed.ciphertext, len(armed.public or b"")) == (None, 32)
    assert vault.matches(armed, key)
    assert not vault.matches(armed, new_key(dice))
    one, two = vault.fill(armed, PASSWORD, bound), vault.fill(armed, PASSWORD, bound)
    assert vault.open(one, key, bound) == vault.open(two, key, bound) == PASSWORD
    assert one.ciphertext != two.ciphertext
    with pytest.raises(VaultLocked):
        vault.fill(vault.seal(PASSWORD, key, bound), PASSWORD, bound)


def test_i2_an_armed_links_record_opens_with_nothing_that_lies_on_the_server(vault: Vault, key: Secret) -> None:
    """Another key, another server's keys, any bit of ciphertext, verifier, public key or binding changed: locked."""
    bound = a_binding()
    sealed = vault.fill(vault.arm(key, bound), PASSWORD, bound)
    assert sealed.ciphertext
    assert sealed.public
    with pytest.raises(VaultLocked):
        vault.open(sealed, new_key(dice), bound)
    wrong = [replace(sealed, ciphertext=raw) for raw in flipped(sealed.ciphertext)]
    wrong += [replace(sealed, verifier=raw) for raw in flipped(sealed.verifier)]
    wrong += [replace(sealed, public=raw) for raw in flipped(sealed.public)]
    wrong += [replace(sealed, public=None), replace(sealed, ciphertext=None)]
    for record in wrong:
        with pytest.raises(VaultLocked):
            vault.open(record, key, bound)
    other = a_binding("SOMEONE")
    with pytest.raises(VaultLocked):
        vault.open(sealed, key, replace(bound, account=other.account))


def test_i2_a_public_key_that_was_swapped_makes_every_proof_wrong(vault: Vault, key: Secret) -> None:
    """Who writes to the database cannot have the next password sealed for a key of their own: nobody passes then."""
    bound, thief = a_binding(), new_key(dice)
    armed = vault.arm(key, bound)
    theirs = vault.arm(thief, bound)
    swapped = replace(armed, public=theirs.public)
    proof = proof_for(key, bound.locator)
    assert vault.proven(armed, proof)
    for who in (key, thief):
        assert not vault.matches(swapped, who)
        assert not vault.proven(swapped, proof_for(who, bound.locator))
    sealed = replace(vault.fill(swapped, PASSWORD, bound), public=armed.public)
    with pytest.raises(VaultLocked):
        vault.open(sealed, key, bound)


def test_an_armed_seal_opens_by_the_documented_rules(key: Secret) -> None:
    """Step by step as the page and RFC 9180 say, without the vault and without a library's HPKE."""
    raw = dice(32)
    ring, bound = KeyRing([Secret(raw.hex())]), a_binding()
    sealed = ring.fill(ring.arm(key, bound), PASSWORD, bound)
    assert sealed.ciphertext
    assert sealed.public
    link_key, locator = unbase32(key.expose(), 20), bound.locator.encode()
    private = X25519PrivateKey.from_private_bytes(hkdf(link_key, locator, b"resetbridge/1 armed link"))
    assert private.public_key().public_bytes_raw() == sealed.public
    proof = hkdf(link_key, locator, b"resetbridge/1 link verifier")
    assert sealed.verifier == hashlib.sha256(b"resetbridge/1 armed verifier\n" + proof + sealed.public).digest()

    names = "\n".join([bound.reset_id, bound.account.system, bound.account.userid, bound.locator])
    info = f"resetbridge/1 armed inner\n{names}".encode()
    head = ["resetbridge/1 armed outer", ring.key_id, sealed.verifier.hex(), sealed.public.hex()]
    outer_text = "\n".join([*head, info.decode()]).encode()
    assert sealed.ciphertext[0] == 2
    inner = decrypt(hkdf(raw, b"", b"resetbridge/1 outer seal"), sealed.ciphertext[1:], outer_text)
    assert ring.unwrap(sealed, Secret(proof.hex()), bound) == Closed(inner=inner, bound=info, armed=True)
    assert by_rfc_9180(private, sealed.public, inner, info) == PASSWORD.expose().encode()


def test_the_documented_armed_example_opens_by_the_documented_rules() -> None:
    """As above, of the page's own bytes."""
    seen = example() | example(2)
    server, link_key = bytes.fromhex(seen["server key"]), bytes.fromhex(seen["its bytes"])
    raw, public = (
        hkdf(link_key, seen["locator"].encode(), b"resetbridge/1 armed link"),
        bytes.fromhex(seen["public key"]),
    )
    private = X25519PrivateKey.from_private_bytes(raw)
    assert (raw.hex(), private.public_key().public_bytes_raw()) == (seen["private key"], public)
    proof = bytes.fromhex(seen["proof"])
    verifier = hashlib.sha256(b"resetbridge/1 armed verifier\n" + proof + public).hexdigest()
    assert verifier == seen["verifier"]
    info = "\n".join(["resetbridge/1 armed inner", *(seen[name] for name in ("reset", "system", "userid", "locator"))])
    outer_text = "\n".join(["resetbridge/1 armed outer", seen["key id"], verifier, seen["public key"], info])
    stored = bytes.fromhex(seen["stored"])
    assert stored[0] == 2
    inner = decrypt(hkdf(server, b"", b"resetbridge/1 outer seal"), stored[1:], outer_text.encode())
    assert inner.hex() == seen["inner"]
    assert by_rfc_9180(private, public, inner, info.encode()) == seen["password"].encode()


def by_rfc_9180(private: X25519PrivateKey, public: bytes, inner: bytes, info: bytes) -> bytes:
    """SetupBaseR and Open, with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and AES-256-GCM: sections 4 and 5."""
    kem, suite = b"KEM" + b"\0\x20", b"HPKE" + b"\0\x20\0\x01\0\x02"

    def extract(about: bytes, salt: bytes, label: bytes, text: bytes) -> bytes:
        return hmac.digest(salt, b"HPKE-v1" + about + label + text, "sha256")

    def expand(about: bytes, key: bytes, label: bytes, text: bytes, size: int) -> bytes:
        return hmac.digest(key, size.to_bytes(2) + b"HPKE-v1" + about + label + text + b"\x01", "sha256")[:size]

    encapsulated, text = inner[:32], inner[32:]
    shared = private.exchange(X25519PublicKey.from_public_bytes(encapsulated))
    secret = expand(kem, extract(kem, b"", b"eae_prk", shared), b"shared_secret", encapsulated + public, 32)
    about = b"\0" + extract(suite, b"", b"psk_id_hash", b"") + extract(suite, b"", b"info_hash", info)
    made = extract(suite, secret, b"secret", b"")
    key, nonce = expand(suite, made, b"key", about, 32), expand(suite, made, b"base_nonce", about, 12)
    return AESGCM(key).decrypt(nonce, text, b"")


def test_the_published_example_key_is_refused() -> None:
    """Whoever copies the page's key into a configuration is told so."""
    with pytest.raises(ConfigFault, match="example"):
        KeyRing([Secret(example()["server key"])])


def test_a_sealed_record_has_room_for_nothing_else(ring: KeyRing, key: Secret) -> None:
    """Sealed holds no field that could carry the key or the password in clear."""
    sealed = ring.seal(PASSWORD, key, a_binding())
    assert isinstance(sealed, Sealed)
    assert isinstance(sealed.locator, Locator)
    assert PASSWORD.expose() not in repr(sealed)
    assert key.expose() not in repr(sealed)
