"""What the doctor finds of the keys that mail is encrypted to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Final

from bridge.compose.finding import Finding, doubt, ill, well
from bridge.config.model import MailSettings
from bridge.domain.contact import address_for_link
from bridge.domain.policy import Policy
from bridge.ports import PersonRecord
from connectors.machine import SystemClock
from connectors.notify.mail import in_ascii
from connectors.notify.mailkey import KeyFault
from connectors.notify.wrap import key_folder

ABOUT: Final = "mail keys"
SOON: Final = timedelta(days=21)
NAMED: Final = 10
TITLES: Final = {"smime": "S/MIME", "pgp": "OpenPGP"}


def mail_keys_found(settings: MailSettings) -> Iterator[Finding]:
    """Reads each key on file. A broken one fails resets where keys are required, else mail leaves in clear."""
    folder = key_folder(settings)
    if folder is None or settings.keys is None:
        return
    now = SystemClock().now()
    try:
        seen = list(folder.all(now))
    except KeyFault as trouble:
        yield ill(ABOUT, f"{settings.keys}: {trouble}; a folder of keys is expected")
        return
    kinds = Counter(TITLES[one.key.kind] for one in seen if one.key)
    counted = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())) or "no key can be used"
    yield (well if kinds else doubt)(ABOUT, f"{settings.keys}: {counted}; mail: wrap: {settings.wrap}")
    must = settings.wrap == "required"
    so = "its resets fail" if must else "its mail leaves in clear"
    broken = [f"{one.name}: {one.fault}; until then {so}" for one in seen if one.fault]
    soon = [
        f"{one.name}: ends on {one.key.until:%Y-%m-%d}; have the new one put beside it in the file"
        for one in seen
        if one.key and one.key.until and one.key.until - now < SOON
    ]
    yield from ((ill if must else doubt)(ABOUT, words) for words in _first(broken))
    yield from (doubt(ABOUT, words) for words in _first(soon))
    if settings.keys.stat().st_mode & 0o022:
        yield doubt(ABOUT, f"{settings.keys}: others than its owner may write there, and so read other people's mail; "
                     f"chmod go-w {settings.keys}")  # fmt: skip


def keyless(
    people: Iterable[PersonRecord], settings: MailSettings | None, policies: Iterable[Policy]
) -> Iterator[Finding]:
    """Who has no key on file for an address that links go to, where none may leave without one. A bad key is named
    above."""
    folder = key_folder(settings) if settings and settings.wrap == "required" else None
    if folder is None:
        return
    orders = {policy.link_to for policy in policies}

    def lacks(person: PersonRecord) -> bool:
        addresses = {address_for_link(person, order) for order in orders}
        return any(address and not folder.holds(in_ascii(address)) for address in addresses)

    without = [person.person for person in people if lacks(person)]
    if without:
        names = ", ".join(without[:NAMED]) + (", …" if len(without) > NAMED else "")
        yield doubt(ABOUT, f"mail.wrap is required, and {len(without)} people have no key on file: {names}; their "
                     "resets fail as no_mail_key")  # fmt: skip


def _first(words: Sequence[str]) -> Iterator[str]:
    yield from words[:NAMED]
    if len(words) > NAMED:
        yield f"and {len(words) - NAMED} more like these"
