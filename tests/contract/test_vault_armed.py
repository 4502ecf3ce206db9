"""Armed links: sealed to a key that whoever seals never had (HPKE)."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from bridge.domain.errors import VaultLocked
from bridge.domain.link import Closed, new_key, unbase32
from bridge.domain.secret import Secret
from bridge.ports import Vault
from connectors.machine import dice
from connectors.vault import KeyRing, decrypt
from tests.contract.seals import PASSWORD, a_binding, by_rfc_9180, example, flipped, hkdf, proof_for


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
