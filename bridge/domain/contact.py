"""Which of a person's addresses is written to.

A link goes to the first kind of address that its policy names and the person has. A notice goes to the others, so that
whoever took over the one mailbox does not also read there, and alone, that something happened; where there is no other,
it goes to the same.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final, Protocol
from unicodedata import normalize

from bridge.domain.typed import UNSEEN

EMAIL: Final = "email"
OTHER: Final = "other_email"
KINDS: Final = (EMAIL, OTHER)
GOOGLES: Final = frozenset({"gmail.com", "googlemail.com"})


class Reached(Protocol):
    """Whoever has addresses."""

    @property
    def email(self) -> str | None: ...
    @property
    def other_email(self) -> str | None: ...


def address(person: Reached, kind: str) -> str | None:
    """The address of that kind."""
    return person.email if kind == EMAIL else person.other_email


def for_link(person: Reached, kinds: Sequence[str]) -> str | None:
    """The kind of address that a link goes to; None: the person has none of these.

    Where the mailbox at work is barred it is so under any name: tables that repeat it as the other one would else send
    the link to whom it locks out.
    """
    barred = tidy(person.email) if person.email and EMAIL not in kinds else None
    return next((kind for kind in kinds if (at := address(person, kind)) and tidy(at) != barred), None)


def address_for_link(person: Reached, kinds: Sequence[str]) -> str | None:
    """The address that a link goes to."""
    kind = for_link(person, kinds)
    return address(person, kind) if kind else None


def tidy(address: str) -> str:
    """Two addresses of one mailbox are the same, however they are written: capitals, accents of their own, what
    follows a +, and a domain in its xn-- form. Google's have dots for nothing, and two domains."""
    name, _, domain = normalize("NFKC", address.strip()).casefold().rpartition("@")
    name = name.partition("+")[0]
    domain = UNSEEN.sub("", domain).replace("\u3002", ".")  # as whoever looks it up does (UTS 46)
    domain = normalize("NFKC", ".".join(map(_spelled, domain.split(".")))).casefold()
    return f"{name.replace('.', '')}@gmail.com" if domain in GOOGLES else f"{name}@{domain}"


def _spelled(label: str) -> str:
    """A part of a domain in its own letters (RFC 5890, 2.3.2.1)."""
    try:
        return label[4:].encode("ascii").decode("punycode") if label.startswith("xn--") else label
    except UnicodeError:
        return label


def mailboxes(person: Reached) -> Collection[str]:
    """The mailboxes that there are, each once."""
    return {tidy(at) for kind in KINDS if (at := address(person, kind))}


def for_code(person: Reached, link: str) -> str | None:
    """The kind of address that a code can go to whose link goes to `link`: another mailbox, or none."""
    taken = tidy(address(person, link) or "")
    return next((kind for kind in KINDS if (at := address(person, kind)) and tidy(at) != taken), None)


def for_notice(person: Reached, link_to: Sequence[str] = (EMAIL,)) -> str | None:
    """Where they are told what happens; `link_to`: the kinds of address that the link in question could go to."""
    link = for_link(person, link_to)
    return address_for_link(person, sorted(KINDS, key=lambda each: each == link))
