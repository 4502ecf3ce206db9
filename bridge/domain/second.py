"""What the two sides of a second factor have to agree on: enrolling it and checking it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from bridge.domain.secret import Secret
from bridge.domain.typed import MISREAD, bare, western

TOTP: Final = "totp"
RELEASE_CODE: Final = "release_code"
RADIUS: Final = "radius"
PHONE: Final = "phone"
OIDC: Final = "oidc"
PASSKEY: Final = "passkey"
MAIL: Final = "mail"
OF_A_READ_LINK: Final = 2
"""Codes within an hour, or answers for another server to judge: an old link is no way to ring somebody's telephone all
day, or to have their token locked."""
OF_A_READ_LINK_EVER: Final = 6  # nor every day: each is good for whoever has the telephone, whoever asked for it
SEED_BYTES: Final = 20  # 160 bits, what RFC 4226 recommends and authenticator apps take
STEP: Final = 30  # seconds
LONGEST: Final = 200  # characters of an answer in which a code of digits is looked for
BETWEEN: Final = re.compile(r"[\s\u00a0\u05be\u2010-\u2015\u2212-]")


WEAKEST_FIRST: Final = ((RELEASE_CODE,), (PHONE, MAIL), (TOTP, RADIUS, OIDC), (PASSKEY,))
"""What an agent reads out; what is sent, and can be redirected on the way; what cannot; what also tells our page from
another (NIST SP 800-63B-4, 3.1 and 3.2.5)."""


def strength(passed: str) -> int:
    """Of one kind of factor, or of the strongest of several, `totp+release_code`. 0: of none that is known."""
    kinds = passed.split("+")
    return max((place for place, some in enumerate(WEAKEST_FIRST, 1) if any(kind in some for kind in kinds)), default=0)


@dataclass(frozen=True, slots=True)
class Challenge:
    """Another server wants to know more before it says yes or no.

    words   its question, as it stands there: plain text of somebody else's
    state   what it wants back together with the answer; no page sees it
    """

    words: str
    state: Secret


def state_label(kind: str, person: str, reset_id: str) -> str:
    """What a kept state is bound to: for another person, or on another link, it does not open."""
    return f"state:{kind}:{person}:{reset_id}"


def code_label(reset_id: str, kind: str = PHONE) -> str:
    """What the hash of a code that was sent is bound to: on another link, or sent another way, it is wrong."""
    return f"{kind}:{reset_id}"


def posted_label(notice_id: str, to: str) -> str:
    """What a code that waits for the worker is bound to: whoever writes another address beside it gets nothing."""
    return f"posted:{notice_id}:{to}"


def mailed_label(reset_id: str) -> str:
    """What the hash of the address that a link went to is bound to."""
    return f"mailed:{reset_id}"


def sign_on_label(reset_id: str) -> str:
    """What the hash of a sign-on's ticket is bound to: on another link it is worth nothing."""
    return f"{OIDC}:{reset_id}"


def question_kind(kind: str, read_link: str = "") -> str:
    """Under which name a person's open question is kept. Who holds the link of a password that was read (`read_link`:
    its reset's id, or what several are counted under) puts theirs in the place of none that belongs to another: with an
    older one they would keep its person from saying “this was not me” of the one that matters."""
    return f"{kind} of {read_link}" if read_link else kind


def seed_label(person: str, factor_id: str, kind: str = TOTP) -> str:
    """What a stored seed is bound to: moved to another row, or another person, it does not open."""
    return f"{kind}:{person}:{factor_id}"


def digits(answer: Secret, count: int) -> Secret | None:
    """The answer's digits, if there are so many; blanks and hyphens that people type between them do no harm, nor
    do full-width digits or Arabic ones, marks that nobody sees, and a sentence's end."""
    text = BETWEEN.sub("", western(bare(answer.expose()[:LONGEST])))
    return Secret(text) if re.fullmatch(rf"[0-9]{{{count}}}", text) else None


def legible(answer: Secret) -> Secret:
    """The answer with O read as 0 and I or l as 1, where all else in it are digits, and one of them is there: letters
    alone are words that are spelled. Not for an answer that a server of others may be meant for: that goes out as it
    was typed."""
    text = western(bare(answer.expose()[:LONGEST])).upper()
    if re.search("[0-9]", text) and re.fullmatch("[0-9OIL]+", BETWEEN.sub("", text)):
        return Secret(text.translate(MISREAD))
    return answer


TRUNK_8: Final = r"(?!(?:7|37[0345]|380|99[2-68])\D*\(8\))"
"""Where long distance is dialled with an 8: the Russian plan, and those that came of it."""
AREA: Final = re.compile(rf"^\+{TRUNK_8}([1-9][0-9]{{0,2}})\s*\(([1-9][0-9]{{0,4}})\)")


def e164(phone: str | None) -> str | None:
    """The number as ITU-T E.164 writes it, +491711234567; None where it cannot be told: without its country, or with
    a trunk digit in brackets, it would be somebody else's. Brackets around an area's digits, behind the country, say
    nothing: +1 (202) …; further on they are around an extension, or half a second number."""
    text = AREA.sub(r"+\1 \2 ", (phone or "").strip())
    text = re.sub(r"(?<=[0-9])[\s\u00a0./\u2010-\u2015-]+(?=[0-9])", "", text)
    return text if re.fullmatch(r"\+[1-9][0-9]{6,14}", text, re.ASCII) else None


def masked(to: str) -> str:
    """As much of a number, or an address, as its owner needs to know it by: +49 ••• ••12, j•••@h•••.example."""
    name, at, domain = to.rpartition("@")
    if at:
        return f"{name[:1]}•••@{domain[:1]}•••.{domain.rpartition('.')[2]}"
    return f"{to[:3]} ••• ••{to[-2:]}"
