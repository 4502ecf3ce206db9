"""Server keys: read, refused, turned over, and never printed."""

from __future__ import annotations

import base64
import copy
import hashlib
import re

import pytest

from bridge.domain.errors import ConfigFault, VaultLocked
from bridge.domain.secret import Secret
from connectors.machine import dice
from connectors.vault import KeyRing, ServerKey, new_key_text
from tests.contract.seals import PASSWORD, a_binding, example


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


def test_the_published_example_key_is_refused() -> None:
    """Whoever copies the page's key into a configuration is told so."""
    with pytest.raises(ConfigFault, match="example"):
        KeyRing([Secret(example()["server key"])])
