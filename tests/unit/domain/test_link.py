"""A link's locator and key, and what mail gateways and typing do to them."""

from __future__ import annotations

import os
import textwrap
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.domain.errors import BadInput
from bridge.domain.link import CROCKFORD, KEY_BYTES, Locator, base32, grouped, new_key, new_locator, read_key, unbase32
from bridge.domain.secret import Secret

KEY = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
URL = f"https://reset.example.com/r/{'7' * 26}"
DAMAGED = {
    "as it is": f"{URL}#{KEY}",
    "the code alone": KEY,
    "in groups": "0123 4567 89AB CDEF GHJK MNPQ RSTV WXYZ",
    "in groups with hyphens": "0123-4567-89AB-CDEF-GHJK-MNPQ-RSTV-WXYZ",
    "lower case": f"{URL}#{KEY}".lower(),
    "# as %23": f"{URL}%23{KEY}",
    "# as %2523": f"{URL}%2523{KEY}",
    "# as %23, lower case": f"{URL}%23{KEY}".lower(),
    "quoted as a whole": quote(f"{URL}#{KEY}", safe=""),
    "wrapped": "\r\n".join(textwrap.wrap(f"{URL}#{KEY}", 40)),
    "wrapped inside the key": f"{URL}#{KEY[:5]}\n {KEY[5:]}",
    "wrapped with tabs": f"{URL}#{KEY[:9]}\r\n\t{KEY[9:]}",
    "wrapped after a %23": f"{URL}%23{KEY[:9]}\n{KEY[9:]}",
    "Proofpoint, v3": f"https://urldefense.com/v3/__{URL}*{KEY}__;Iw!!abc-DEF$",
    "Proofpoint, v2": "https://urldefense.proofpoint.com/v2/url?u="
    + f"{URL}-23{KEY}".replace(":", "-3A").replace("/", "_")
    + "&d=DwMF&c=abc",
    "in angle brackets": f"<{URL}#{KEY}>",
    "with the sentence's full stop": f"{URL}#{KEY}.",
    "in quotes": f'"{URL}#{KEY}"',
    "with an entity behind it": f"&lt;{URL}#{KEY}&gt;",
    "blanks around it": f"  {URL}#{KEY}  \n",
    "no-break spaces": KEY[:8] + "\u00a0" + KEY[8:],
    "O for 0, I and L for 1": "OI23456789ABCDEFGHJKMNPQRSTVWXYZ",
    "o for 0, l for 1": "ol23456789abcdefghjkmnpqrstvwxyz",
    "rewritten by a gateway": f"https://safe.example.net/?url={quote(f'{URL}#{KEY}', safe='')}&data=05%7C02&x=0",
    "rewritten twice": quote(
        f"https://safe.example.net/?url={quote(f'{URL}#{KEY}', safe='')}&data=05%7C0", safe=":/?&="
    ),
    "with parameters added behind": f"{URL}#{KEY}?utm_source=mail",
    "in brackets, with a comma": f"({URL}#{KEY}),",
    "quoted-printable soft break": f"{URL}#{KEY[:20]}=\r\n{KEY[20:]}",
    "zero-width blanks and long dashes": "\u200b0123\u20134567\u201389AB CDEF\u00adGHJK MNPQ RSTV WXYZ\ufeff",
    "two # in it": f"{URL}#top#{KEY}",
}
NO_KEYS = {
    "nothing": "",
    "blanks": "   ",
    "the locator alone": URL,
    "a link whose # is there and nothing behind it": f"{URL}#",
    "one character short": KEY[:-1],
    "one character long": KEY + "0",
    "a letter that Crockford left out": "U" + KEY[1:],
    "another alphabet": "Ä" + KEY[1:],
    "a control character": KEY[:-1] + "\x00",
    "very long": "0" * 100_000,
}


@pytest.mark.parametrize("typed", DAMAGED.values(), ids=DAMAGED)
def test_damaged_link_still_gives_its_key(typed: str) -> None:
    """What gateways, mail programs and fingers do to a link does not hurt its key."""
    assert read_key(typed).expose() == KEY


@pytest.mark.parametrize("sign", [*"()[]<>\"'.,;=_-", "\xa0", "\u200f"])
def test_a_sign_around_or_inside_does_no_harm(sign: str) -> None:
    """A mail program's brackets, a sentence's end, the underscores of emphasis: alone, before, behind and between."""
    assert read_key(f"{sign}{KEY[:4]}{sign}{KEY[4:]}{sign}").expose() == KEY


@pytest.mark.parametrize("typed", NO_KEYS.values(), ids=NO_KEYS)
def test_what_holds_no_key_is_refused_without_repeating_it(typed: str) -> None:
    """BadInput says what is expected and nothing of what was typed: it may be most of a key."""
    with pytest.raises(BadInput) as raised:
        read_key(typed)
    assert KEY[:8] not in str(raised.value)
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__ or raised.value.__context__ is None


@given(st.binary(min_size=0, max_size=40))
def test_base32_round_trip(raw: bytes) -> None:
    """What is written is read back, bit for bit."""
    text = base32(raw)
    assert unbase32(text, len(raw)) == raw
    assert set(text) <= set(CROCKFORD)
    assert len(text) == -(-len(raw) * 8 // 5)


@given(st.binary(min_size=KEY_BYTES, max_size=KEY_BYTES), st.randoms(use_true_random=False))
def test_key_survives_grouping_case_and_misreading(raw: bytes, chance: object) -> None:
    """Printed in groups, typed in any case with O for 0 and I or L for 1: the same key."""
    key = new_key(lambda _: raw)
    swaps = {"0": "0Oo", "1": "1IiLl"}
    pick = chance.choice  # type: ignore[attr-defined]
    typed = "".join(pick(swaps.get(char, char + char.lower())) for char in grouped(key))
    assert read_key(typed) == key
    assert unbase32(key.expose(), KEY_BYTES) == raw


@given(st.text(max_size=80))
def test_any_text_gives_a_key_or_bad_input(text: str) -> None:
    """Nothing that is pasted breaks the page."""
    try:
        assert len(read_key(text)) == 32
    except BadInput as refused:
        assert refused.place == "code"


def test_key_in_groups_has_eight_of_four() -> None:
    """As the mail shows it."""
    assert grouped(Secret(KEY)) == "0123 4567 89AB CDEF GHJK MNPQ RSTV WXYZ"


def test_drawn_links_have_their_bits_and_do_not_repeat() -> None:
    """160 bits of key, 128 of locator; a thousand of each differ, at every place."""
    keys = {new_key(os.urandom).expose() for _ in range(1000)}
    locators = {new_locator(os.urandom) for _ in range(1000)}
    assert len(keys) == len(locators) == 1000
    assert {len(key) for key in keys} == {32}
    assert all(len({key[at] for key in keys}) == 32 for at in range(32))
    assert all(len({locator[at] for locator in locators}) == 32 for at in range(25))


@pytest.mark.parametrize("text", ["", "7" * 25, "7" * 27, "U" * 26, "o" * 26, "7" * 25 + "\n", "../../etc/passwd"])
def test_locator_is_26_letters_and_digits(text: str) -> None:
    """Nothing else can stand in the path."""
    with pytest.raises(BadInput):
        Locator(text)
