"""The vault: opens what it sealed, and nothing that anybody has touched."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace
from statistics import median
from time import perf_counter

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.domain.errors import VaultLocked
from bridge.domain.link import Closed, Locator, Sealed, new_key, new_locator, unbase32
from bridge.domain.names import Account, ResetId, SystemName
from bridge.domain.secret import Secret
from bridge.ports import Vault
from connectors.machine import dice
from connectors.vault import KeyRing, decrypt, inner_data, new_key_text, outer_data
from tests.contract.seals import PASSWORD, a_binding, example, flipped, hkdf, proof_for


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


# --- the page that documents it ------------------------------------------------------------------


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


def test_a_sealed_record_has_room_for_nothing_else(ring: KeyRing, key: Secret) -> None:
    """Sealed holds no field that could carry the key or the password in clear."""
    sealed = ring.seal(PASSWORD, key, a_binding())
    assert isinstance(sealed, Sealed)
    assert isinstance(sealed.locator, Locator)
    assert PASSWORD.expose() not in repr(sealed)
    assert key.expose() not in repr(sealed)
