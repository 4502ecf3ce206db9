"""`check`: second factors of people whom the directory does not know. They are named, and never deleted from here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from bridge.compose.finding import Finding, doubt
from bridge.compose.shared import Opened
from bridge.domain.errors import DirectoryUnreached
from bridge.domain.names import Person
from bridge.ports import PersonRecord

MOST_NAMED: Final = 20


def factors_left_behind(desk: Opened, people: Sequence[PersonRecord]) -> Iterator[Finding]:
    """What the next person of the same name would be let in by. `people`: whom the directory has, or at least those
    with accounts.

    A directory that knows nobody at all, or gives no answer for somebody, has not said that they are gone.
    """
    foreign = desk.config.directory.csv or desk.config.directory.ldap
    if foreign and not people:
        return
    with desk.store.look() as work:
        factors = work.people.factors()
    known = {record.person for record in people}
    gone = {person for person in {factor.person for factor in factors} - known if _gone(person, desk)}
    left = [f"{factor.id} of {factor.person}" for factor in factors if factor.person in gone]
    if left:
        more = f" and {len(left) - MOST_NAMED} more (`resetbridge factor list`)" if len(left) > MOST_NAMED else ""
        yield doubt("directory", f"second factors of people whom it does not know: {len(left)}, "
                    f"{', '.join(left[:MOST_NAMED])}{more}. They would open the links of whoever is given such a name "
                    "later. Of who has left, `resetbridge people remove PERSON` takes everything that is stored here; "
                    "`resetbridge factor remove ID` takes one factor")  # fmt: skip


def _gone(person: Person, desk: Opened) -> bool:
    try:
        return desk.directory.person(person) is None
    except DirectoryUnreached:
        return False
