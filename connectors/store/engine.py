"""The database opened: one transaction is one `Work`.

SQLite      a file; one writer at a time (BEGIN IMMEDIATE), readers on snapshots of their own (WAL)
PostgreSQL  rows are locked, readers see one snapshot each
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any, Final, Protocol

from sqlalchemy import Column, Engine, select, text, update

from bridge import ports
from bridge.domain.errors import StoreBusy, StoreFault, StoreUnsure
from bridge.domain.secret import Secret
from connectors.machine import Deadline, SystemClock
from connectors.store import tables
from connectors.store.audit import Chain, SqlAudit
from connectors.store.conditions import SqlConditions
from connectors.store.connect import SILENT, engines
from connectors.store.console import SqlConsole
from connectors.store.contacts import SqlContacts
from connectors.store.crowds import SqlCrowds
from connectors.store.errands import SqlErrands
from connectors.store.faults import UNREACHED, UNSURE
from connectors.store.idempotency import SqlIdempotency
from connectors.store.invitations import SqlInvitations
from connectors.store.leases import SqlLeases
from connectors.store.networks import SqlNetworks
from connectors.store.operators import SqlOperators
from connectors.store.outbox import SqlOutbox
from connectors.store.own import SqlOwnPasswords
from connectors.store.people import SqlPeople
from connectors.store.questions import SqlQuestions
from connectors.store.resets import SqlResets
from connectors.store.sealed import SqlLinks
from connectors.store.sign_ons import SqlSignOns
from connectors.store.sql import Sql
from connectors.store.steps import SqlSteps
from connectors.store.tables import REVISIONS, factors, own_passwords, sealed_keys
from connectors.store.transaction import Kept, Pooled, transaction
from connectors.store.tries import SqlTries

ASKED_FOR: Final = timedelta(seconds=7)  # what became of a commit, of a database that went away with the answer
ASKED_EVERY: Final = timedelta(milliseconds=200)
AUDIT_KEY: Final = "audit"  # its name in sealed_keys, and the label it is sealed under
RECORDED: Final = (tables.audit, tables.audit_head, tables.resets, tables.people, tables.operators)
"""No row in one of them without a record in the chain."""


AS_IT_IS: Final = update(tables.audit_head).values(seq=tables.audit_head.c.seq)


class _Enough(Exception):
    """Roll back."""


class Keeper(Protocol):
    """The little the store asks of the vault.

    The key that seals the audit chain is random and kept in the database, sealed under the key ring: derived from a
    ring's key, it would be lost with that key, and the chain could not be verified any more after a rotation.
    """

    def make_seed(self, label: str) -> bytes:
        """32 new random bytes, sealed; opened, they are a Secret in hex."""

    def open_seed(self, sealed: bytes, label: str) -> Secret:
        """Raises VaultLocked."""

    def rewrap_seed(self, sealed: bytes) -> bytes | None:
        """The same under the newest key; None if it is already."""


class Unit:
    """The port `Work`: one transaction."""

    def __init__(self, sql: Sql, audit: SqlAudit) -> None:
        self.resets: ports.Resets = SqlResets(sql)
        self.links: ports.Links = SqlLinks(sql)
        self.steps: ports.Steps = SqlSteps(sql)
        self.tries: ports.Tries = SqlTries(sql)
        self.networks: ports.Networks = SqlNetworks(sql)
        self.questions: ports.Questions = SqlQuestions(sql)
        self.sign_ons: ports.SignOns = SqlSignOns(sql)
        self.contacts: ports.Contacts = SqlContacts(sql)
        self.crowds: ports.Crowds = SqlCrowds(sql)
        self.people: ports.People = SqlPeople(sql)
        self.invitations: ports.Invitations = SqlInvitations(sql)
        self.operators: ports.Operators = SqlOperators(sql)
        self.console: ports.Console = SqlConsole(sql)
        self.audit: ports.AuditLog = audit
        self.leases: ports.Leases = SqlLeases(sql)
        self.errands: ports.Errands = SqlErrands(sql)
        self.conditions: ports.Conditions = SqlConditions(sql)
        self.outbox: ports.Outbox = SqlOutbox(sql)
        self.own: ports.OwnPasswords = SqlOwnPasswords(sql)
        self.idempotency: ports.Idempotency = SqlIdempotency(sql)


class SqlStore:
    """The port `Store`. Safe for threads; a process that forks opens its own.

    A work() inside a work() is a mistake: on SQLite it would wait for itself. Whatever is called raises StoreFault when
    the database cannot be reached or written; a later call may find it well again. Nothing of a work() was kept then,
    but where it is StoreUnsure.
    """

    def __init__(self, writer: Engine, reader: Engine, chain: Chain) -> None:
        self._chain = chain
        self._ill = False  # the last that was to be written could not be
        kind = Kept if writer.dialect.name == "sqlite" else Pooled
        self._writer, self._reader = kind(writer, writes=True), kind(reader, writes=False)

    @contextmanager
    def work(self) -> Iterator[ports.Work]:
        written, changed = None, True
        try:
            with self._writer.transaction() as sql:
                audit = SqlAudit(sql, self._chain)
                yield Unit(sql, audit)
                audit.flush()
                written, changed = audit.last, sql.changed
        except StoreUnsure:
            if changed and written is None:  # nothing of it is on record
                raise
            if written is not None:
                self._ascertain(written)
        except StoreFault as fault:
            self._ill = self._ill or not isinstance(fault, StoreBusy)
            raise
        self._ill = False

    @contextmanager
    def look(self) -> Iterator[ports.Work]:
        with self._reader.transaction() as sql:
            audit = SqlAudit(sql, self._chain)
            yield Unit(sql, audit)
            audit.flush()  # refused: one does not record while only looking

    def _ascertain(self, record: tuple[int, bytes]) -> None:
        """Returns where a transaction whose end nobody heard of was kept: its last record is in the chain, and whoever
        began it goes on as if it had been told. Raises StoreBusy where it was not; StoreUnsure where the database does
        not say so soon."""
        clock, limit = SystemClock(), Deadline(ASKED_FOR)
        while (kept := self._holds(record)) is None:
            if limit.over:
                raise StoreUnsure(UNSURE)
            clock.sleep(ASKED_EVERY)
        if not kept:
            raise StoreBusy(UNREACHED)

    def _holds(self, record: tuple[int, bytes]) -> bool | None:
        """None: it cannot be asked now."""
        try:
            with self._writer.transaction() as sql:
                return SqlAudit(sql, self._chain).holds(*record)
        except StoreFault:
            return None

    def well(self) -> None:
        if not self._ill:
            return
        with suppress(_Enough), self._writer.transaction() as sql:
            SqlAudit(sql, self._chain).rehearse()
            raise _Enough  # nothing of it is kept
        with self._writer.transaction() as sql:
            sql.do(AS_IT_IS)  # a full disk is noticed when something is kept
        self._ill = False

    def reseal(self, keeper: Keeper) -> int:
        """Put what is sealed for good (audit key, factors, own passwords) under the newest key; how many that were.

        Links are left alone: they end by themselves, and only then can the old key go.
        """
        with self._writer.transaction() as sql:
            return _reseal(sql, keeper)

    def checkpoint(self) -> bool:
        """Empty SQLite's write-ahead log, in which erased ciphertext would live on; False while somebody is in the way.

        What is in it is copied first, beside those who write; they wait only while the rest of it is cut off. With an
        empty log it costs next to nothing. Source: sqlite.org, PRAGMA wal_checkpoint.
        PostgreSQL overwrites when it likes (vacuum, recycled log): there only the link's end makes the bytes worthless.
        """
        return self._reader.checkpoint()  # the writer's connection is the queue of those who write

    def close(self) -> None:
        """Close every connection."""
        self._reader.close()
        self._writer.close()


def open_store(url: str, password: Secret | None, keeper: Keeper, *, patience: float = SILENT) -> SqlStore:
    """Open a database that `upgrade` has made ready; a new one gets its audit key here.

    patience  seconds in which PostgreSQL has to answer a statement

    Raises StoreFault when it is absent, older or newer than this program, and VaultLocked when no key opens its own.
    """
    writer, reader = engines(url, password, patience=patience)
    try:
        with transaction(writer, writes=True) as sql:
            _demand_revision(revision(sql))
            chain = _chain(sql, keeper)
    except BaseException:
        reader.dispose()
        writer.dispose()
        raise
    return SqlStore(writer, reader, chain)


def revision(sql: Sql) -> str | None:
    """Which migration the database stands at; None before the first."""
    if not sql.has_table("alembic_version"):
        return None
    found = sql.row(text("SELECT version_num FROM alembic_version"))
    return None if found is None else str(found[0])


def _demand_revision(found: str | None) -> None:
    if found is None or (found in REVISIONS and found != REVISIONS[-1]):
        raise StoreFault("the database is older than this program; run `resetbridge db upgrade`")
    if found not in REVISIONS:
        raise StoreFault(
            "the database is newer than this program: a later version's `resetbridge db upgrade` was run on it; "
            "install that version, or restore a backup"
        )


def _chain(sql: Sql, keeper: Keeper) -> Chain:
    """The audit chain, begun in an empty database alone: one that was wiped is not begun anew behind anybody's back."""
    sql.hold("audit key")
    row = sql.row(select(sealed_keys).where(sealed_keys.c.name == AUDIT_KEY))
    if row is None:
        if any(sql.row(select(table).limit(1)) is not None for table in RECORDED):
            raise StoreFault("the audit key was taken out of the database; restore a backup")
        sql.put(sealed_keys, {"name": AUDIT_KEY, "sealed": (sealed := keeper.make_seed(AUDIT_KEY))})
    else:
        sealed = row.sealed
        if keeper.rewrap_seed(sealed) is not None:  # the ring has a new first key since
            _reseal(sql, keeper)
    chain = Chain(bytes.fromhex(keeper.open_seed(sealed, AUDIT_KEY).expose()))
    if row is None:
        SqlAudit(sql, chain).begin()
    return chain


def _reseal(sql: Sql, keeper: Keeper) -> int:
    """Each column of the kind, all rows; a row that was written meanwhile is sealed under the newest key already."""
    own = own_passwords.c
    columns = (sealed_keys.c.sealed, factors.c.seed, own.mark, own.mark_before, own.current, own.candidate)
    return sum(_reseal_column(sql, keeper, column) for column in columns)


def _reseal_column(sql: Sql, keeper: Keeper, sealed: Column[bytes]) -> int:
    changed = 0
    keys = list(sealed.table.primary_key)
    for row in sql.rows(select(*keys, sealed.label("sealed")).where(sealed.is_not(None))):
        again = keeper.rewrap_seed(row.sealed)
        if again is not None:
            same = [key == value for key, value in zip(keys, row, strict=False)]
            values: dict[str, Any] = {sealed.name: again}
            if sealed.table is own_passwords:  # whoever read it before must not put the old form back
                values["version"] = own_passwords.c.version + 1
            changed += sql.do(update(sealed.table).where(*same, sealed == row.sealed).values(values))
    return changed
