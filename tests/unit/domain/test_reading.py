"""One reader for whatever is pasted: the mail, what a mail program or a gateway made of it, a line of a chat."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from unicodedata import combining
from urllib.parse import quote

import pytest

from bridge.config.model import Site, Support
from bridge.domain.names import ResetId
from bridge.domain.reading import LONGEST, find
from bridge.domain.secret import Secret
from bridge.ports import LinkMail
from bridge.texts import languages
from connectors.notify.compose import link_letter
from connectors.notify.letter import as_html, as_text

KEY = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
OTHER = "ZYXWVTSRQPNMKJHGFEDCBA9876543210"
NAME = "0123456789ABCDEFGHJKMNPQRS"
LINK = f"https://reset.example.com/r/{NAME}#{KEY}"
GROUPS = " ".join(KEY[at : at + 4] for at in range(0, 32, 4))
SAFE = f"https://eur01.safelinks.protection.outlook.com/?url={quote(LINK, safe='')}"
WIDE = "".join(chr(ord(char) + 0xFEE0) for char in KEY)


def cut(text: str, size: int, between: str) -> str:
    return between.join(text[at : at + size] for at in range(0, len(text), size))


BANNER = "https://urldefense.com/v3/__https://help.example.com/a*b__;Iw!!abc$"
BANNER_2 = "https://urldefense.proofpoint.com/v2/url?u=https-3A__help.example.com_a&d=x"
LINKS = {
    "behind another address that was rewritten": f"{BANNER}\n{LINK}",
    "behind another that was rewritten before": f"{BANNER_2}\n{LINK}",
    "behind another, rewritten as well": f"{BANNER}\nhttps://urldefense.com/v3/__{LINK.replace('#', '*')}__;Iw!!abc$",
    "and when it ends": f"{LINK} (valid until 6 o'clock)",
    "and the next line": f"{LINK}\n\nThis link works until 28 November",
    "and the next line, in a field": f"{LINK}  This link works until 28 November",
    "lower case, and the next line": f"{LINK.lower()} this link works until 28 november",
    "German quotes": f"„{LINK}“",
    "English quotes": f"“{LINK}”",
    "guillemets": f"«{LINK}»",
    "Japanese quotes": f"「{LINK}」",
    "Japanese full stop": f"{LINK}。",
    "full-width bracket": f"（{LINK}）",
    "embedding": f"\u202a{LINK}\u202c",
    "isolate": f"\u2066{LINK}\u2069",
    "stars": f"*{LINK}*",
    "backticks": f"`{LINK}`",
    "exclamation": f"{LINK}!",
    "bars": f"|{LINK}|",
    "tilde": f"{LINK}~",
    "slash": f"{LINK}/",
    "ellipsis": f"{LINK}…",
    "colon": f"{LINK}: open it",
    "HTML": f'<p><a href="{LINK}" style="color:red">{LINK}</a></p>',
    "HTML, cut": f'<a href="{LINK}">Collect',
    "wbr": cut(LINK, 30, "<wbr>"),
    "br": f"{LINK}<br>This",
    "reference": cut(LINK, 30, "&#8203;"),
    "shy": cut(LINK, 30, "&shy;"),
    "nbsp": f"{LINK}&#160;",
    "nbsp by name": f"{LINK}&nbsp;x",
    "# as &#35;": LINK.replace("#", "&#35;"),
    "# as &num;": LINK.replace("#", "&num;"),
    "# as &#x23;": LINK.replace("#", "&#x23;"),
    "# as =23": LINK.replace("#", "=23"),
    "# as %252523": LINK.replace("#", "%252523"),
    "full-width #": LINK.replace("#", "＃"),
    "=20": f"{LINK}=20",
    "=3D": f"{LINK}=3D",
    "=0A": f"{LINK[:-8]}=0A{LINK[-8:]}",
    "=0D=0A": f"{LINK}=0D=0A",
    "=C2=A0": f"{LINK}=C2=A0",
    "soft": cut(LINK, 70, "=\n"),
    "soft, in a field": cut(LINK, 70, "= "),
    "soft, everywhere": cut(LINK, 11, "=\r\n").replace("/r=\r\n/", "/r/"),
    "quoted": cut(LINK, 50, "\n> "),
    "quoted with bars": cut(LINK, 50, "\n| "),
    "a locator in two lines": cut(LINK, 40, "\n"),
    "twice": LINK + LINK,
    "twice, a blank between": f"{LINK} {LINK}",
    "Markdown": f"[{LINK}]({LINK})",
    "two #": LINK.replace("#", "##"),
    "SafeLinks": f"{SAFE}&amp;data=05%7C02%7C{'0' * 31}1&amp;sdata=abc%2Bdef%3D&amp;reserved=0",
    "SafeLinks, the fragment outside": f"https://x.example/?url={quote(LINK[:-33], safe='')}&data=05&reserved=0#{KEY}",
    "a link that lost its end, and the code": f"{LINK[:-7]}…\n\nCode:\n\n    {GROUPS}\n\nDelete it.",
    "in Polish, with a percent sign": f"100% pewności: {LINK}",
    "badly quoted": f"%E2%28 {LINK} %",
}
CODES = {
    "a word before": f"Code: {GROUPS}",
    "a word before, without a colon": f"Code {GROUPS} thanks",
    "words around": f"Please use the code {GROUPS}, it ends at noon.",
    "lower case": f"Code: {GROUPS.lower()} OK",
    "maqaf": GROUPS.replace(" ", "\u05be"),
    "minus": GROUPS.replace(" ", "\u2212"),
    "=20": GROUPS.replace(" ", "=20"),
    "full-width": WIDE,
    "full-width, in groups": cut(WIDE, 4, "\u3000"),
    "quotes": f"„{GROUPS}“",
    "in one": f"Code: {KEY}.",
    "between Chinese letters": f"代码{GROUPS}有效",
    "isolate": f"\u2067{GROUPS}\u2069",
    "quoted": "> " + GROUPS.replace(" ", "\n> "),
}
NEITHER = {
    "two links": f"{LINK} {LINK.replace(NAME, OTHER[:26])}",
    "two keys of one link": f"{LINK} {LINK.replace(KEY, OTHER)}",
    "two codes": f"{GROUPS}\nor\n{cut(OTHER, 4, ' ')}",
    "nine groups": f"{GROUPS} 1234",
    "nine words in capitals": f"CODE {GROUPS}",
    "a cut link": f"{LINK[:-3]}",
    "a cut link, and what looks like its end": f"{LINK[:-2]}=20",
    "a cut link and a sentence": f"{LINK[:-3]} This link works",
    "a link too long": f"{LINK}7",
    "a sentence": "Open this link when your code from that mail then does what they said",
    "words of four letters": "this link will open when your mail code goes back into that form page",
    "a letter that keys have not": LINK[:-1] + "U",
    "another alphabet": LINK[:-1] + "Ж",
    "beyond what is read": " " * LONGEST + LINK,
    "open brackets": "<a " * 1999,
    "signs": "%23#" * 1499,
    "groups": "AB12 " * 7,
}


@pytest.mark.parametrize("text", LINKS.values(), ids=LINKS)
def test_a_link_is_found_in_what_was_pasted(text: str) -> None:
    """Its key and its name."""
    assert find(text) == (NAME, KEY)


@pytest.mark.parametrize("text", CODES.values(), ids=CODES)
def test_a_code_is_found_in_what_was_pasted(text: str) -> None:
    """Its page knows which link it is of."""
    assert find(text) == ("", KEY)


@pytest.mark.parametrize("text", NEITHER.values(), ids=NEITHER)
def test_nothing_else_is_taken_for_a_key(text: str) -> None:
    """Nor one of several, of which nobody can say which is meant."""
    assert find(text) is None


def letter(language: str) -> tuple[str, str]:
    mail = LinkMail(
        reset_id=ResetId("R0123456789AB"),
        to="j@example.com",
        name="J Smith",
        language=language,
        url=Secret(LINK),
        code=Secret(GROUPS),
        expires_at=datetime(2026, 11, 28, tzinfo=UTC),
        factors=("totp", "release_code"),
    )
    site = Site(
        name="Example", base_url="https://reset.example.com", support=Support(email="h@example.com", phone="+44 1")
    )
    made = link_letter(mail, LINK, GROUPS, site)
    return as_text(made.blocks), as_html(made)


@pytest.mark.parametrize("language", languages())
def test_all_of_the_mail_may_be_pasted(language: str) -> None:
    """Its text, also as a field makes one line of it; its HTML; and each with the link cut out, for the code in it."""
    for text in letter(language):
        for pasted in (text, re.sub(r"\s*\n\s*", " ", text)):
            assert len(pasted) < LONGEST
            assert find(pasted) == (NAME, KEY)
            assert find(pasted.replace(LINK, "…")) == ("", KEY)


def test_no_text_takes_long() -> None:
    """The longest ones that repeat what a pattern begins with."""
    begun = time.thread_time()
    for piece in (
        "/r/",
        "#A",
        "#A ",
        "AB12 ",
        "<a ",
        "&#",
        "%25",
        "=3",
        "urldefense.com/v3/__",
        "/r/7 7 7",
        "A1" * 99 + "#",
        "# ",
    ):
        find(piece * (LONGEST // len(piece)))
    accents = ("\u0345\u0315\u0300\u0316\u0334" * LONGEST)[: LONGEST - 1]
    find("a" + "".join(sorted(accents, key=combining, reverse=True)))
    assert time.thread_time() - begun < 2
