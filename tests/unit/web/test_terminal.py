"""The drawings of the first logon: each product's, narrow enough for a phone, with a field for both passwords."""

from __future__ import annotations

import re
from hashlib import sha256
from html import unescape
from itertools import count

import pytest

from bridge.config.products import USERIDS
from bridge.domain.password import LETTERS, SPECIALS, Rules, draft
from tests.fakes.kit import House
from tests.fakes.web import Browser
from web.settings import SystemFacts
from web.user.given import most
from web.user.terminal import lines, panel
from web.user.words import MASK

LONGEST = {"ibmi": "WWWWWWWWWW", "unix": "wwwwwwwwwwww"}


@pytest.mark.parametrize("product", USERIDS)
def test_every_product_is_drawn_in_forty_columns(product: str) -> None:
    """With the longest userid that people have; the old password's field and the new one's are in each drawing."""
    userid = USERIDS[product](LONGEST.get(product, "WWWWWWWW"))
    drawings = [drawing for drawing in (panel(product, userid), lines(product, userid)) if drawing]
    assert drawings
    for drawing in drawings:
        slots = [piece.slot for row in drawing for piece in row if piece.slot]
        assert {"old", "new"} == set(slots)
        assert max(sum(8 if piece.slot else len(piece.text) for piece in row) for row in drawing) <= 40


@pytest.mark.parametrize(
    ("product", "old", "new"),
    [
        ("racf", "Password", "New Password"),
        ("acf2", "Password", "New Password"),
        ("topsecret", "Password", "New Password"),
        ("ibmi", "Password, Current password", "New password, to verify"),
        ("unix", "Password, Current password", "New password, Retype new password"),
    ],
)
def test_who_hears_the_page_is_told_what_the_screen_calls_its_fields(
    product: str, old: str, new: str, bridge: House, published: Browser
) -> None:
    """The drawing is for the eye alone; its fields are named beside the words for them, each once."""
    systems = {"PRODA": SystemFacts(title="A", product=product)}
    page = Browser(bridge, systems=systems).reveal(bridge.totp()).get_data(as_text=True)
    legend = re.findall(r"<dt>.*?</dt>", page[page.index('<dl class="legend">') :])
    assert [unescape(re.sub("<[^>]+>", "", each)) for each in legend] == [
        f"1 Field for the old password: {old}", f"2 Field for the new password: {new}"
    ]  # fmt: skip


def test_the_most_characters_are_said_where_there_are_few() -> None:
    """8 on the mainframe, 10 on IBM i below password level 2."""
    assert most(SystemFacts(title="A", product="racf")) == 8
    assert most(SystemFacts(title="A", product="ibmi")) == 10
    assert most(SystemFacts(title="A", product="ibmi", rules=Rules(mixed_case=True))) == 0
    assert most(SystemFacts(title="A", product="unix")) == 0


@pytest.mark.parametrize("letter", sorted(set(LETTERS) - {"$", "*"}))
def test_a_mask_in_words_allows_what_is_drawn_for_it(letter: str) -> None:
    """Letters or consonants, digits, special characters, small ones: each named, and nothing else."""
    stream = (byte for number in count() for byte in sha256(f"{letter}{number}".encode()).digest())
    rules = Rules(length=8, mixed_case=True, specials=True, rules=(f"L{letter * 6}s",))
    drawn = "".join(draft(rules, "QQQQQQQQ", lambda _: bytes([next(stream)])).expose()[1:7] for _ in range(300))
    words = MASK[letter].replace("special character", "sign")
    assert ("digit" in words) is any(char.isdigit() for char in drawn)
    assert ("sign" in words) is any(char in SPECIALS for char in drawn)
    assert ("small" in words) is any(char.islower() for char in drawn)
    vowels, consonants = any(c in "AEUaeu" for c in drawn), any(c.isalpha() and c not in "AEUaeu" for c in drawn)
    assert ("letter" in words or "vowel" in words) is vowels
    assert ("letter" in words or "consonant" in words) is consonants
