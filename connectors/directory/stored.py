"""The directory that `people import` filled: people in the product's own database."""

from __future__ import annotations

from bridge.domain.names import Account, Person
from bridge.ports import PersonRecord, Store


class StoredDirectory:
    """Who owns what, as the database says."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def owner_of(self, account: Account) -> PersonRecord | None:
        """The person whose account it is."""
        with self._store.look() as work:
            return work.people.owner_of(account)

    def person(self, person: Person) -> PersonRecord | None:
        """The person of that name."""
        with self._store.look() as work:
            return work.people.get(person)

    def everyone(self) -> list[PersonRecord]:
        """All of them."""
        with self._store.look() as work:
            return work.people.all()
