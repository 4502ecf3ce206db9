"""What a person has as second factors: something comes, something goes, and they are told. Not a flow."""

from __future__ import annotations

from base64 import b32encode
from datetime import datetime, timedelta
from urllib.parse import quote

from bridge.domain.names import Person
from bridge.domain.second import SEED_BYTES, STEP
from bridge.domain.secret import Secret
from bridge.flows.ledger import note, tell_person
from bridge.ports import Desk, Dice, Enrolled, Kit, Work


def new_seed(dice: Dice) -> Secret:
    """A seed for an authenticator app, as it is typed in."""
    return Secret(b32encode(dice(SEED_BYTES)).decode())


def otpauth(issuer: str, person: str, seed: Secret) -> Secret:
    """The address that an authenticator app reads from a QR code."""
    site = quote(issuer.replace(":", " "), safe="")
    return Secret(
        f"otpauth://totp/{site}:{quote(person, safe='')}?secret={seed.expose()}&issuer={site}&digits=6&period={STEP}"
    )


def usable_from(person: Person, wait: timedelta, at: datetime, work: Work) -> datetime | None:
    """When a factor that somebody else vouches for counts: at once if it is the person's first, ever.

    One that takes another's place waits, so that who lost nothing hears of it before it opens anything.
    """
    return at + wait if wait and work.people.had_factor(person) else None


def add(factor: Enrolled, work: Work, kit: Kit | Desk, **facts: str | None) -> None:
    """Enrol it: stored, on record, and told to its person."""
    from_ = moment(factor.usable_from) if factor.usable_from else None
    work.people.add_factor(factor)
    note(work, "factor.added", at=factor.added_at, by=factor.added_by, reset=None, person=factor.person,
         factor=factor.id, factor_kind=factor.kind, label=factor.label, usable_from=from_, **facts)  # fmt: skip
    start = (factor.usable_from or factor.added_at).isoformat()  # written out as the reader's language has it
    tell_person(work, kit, "factor_added", factor.person, at=factor.added_at, start=start)


def remove(factor: Enrolled, at: datetime, by: str, work: Work, kit: Kit | Desk, **facts: str | None) -> bool:
    """Take it away; False where somebody else just did."""
    if not work.people.remove_factor(factor.id, at):
        return False
    note(
        work,
        "factor.removed",
        at=at,
        by=by,
        reset=None,
        person=factor.person,
        factor=factor.id,
        factor_kind=factor.kind,
        **facts,
    )
    tell_person(work, kit, "factor_removed", factor.person, at=at)
    return True


def moment(at: datetime) -> str:
    """A time as records show it."""
    return f"{at:%Y-%m-%d %H:%M} UTC"
