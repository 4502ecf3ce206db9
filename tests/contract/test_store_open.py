"""Opening, upgrading, refusing; rotation; and how the store speaks of trouble."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import traceback
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import BigInteger, Connection, Integer, LargeBinary, Text, text

from bridge.domain.errors import Overtaken, StoreFault, VaultLocked
from bridge.domain.link import KEY_BYTES, new_key, new_locator, unbase32
from bridge.domain.names import Account, Person, ResetId, SystemName, Userid
from bridge.domain.own import Own
from bridge.domain.secret import Secret
from bridge.ports import Binding, Enrolled
from connectors.machine import dice
from connectors.store import tables
from connectors.store.connect import engines
from connectors.store.engine import open_store
from connectors.store.tables import REVISIONS
from connectors.store.transaction import transaction
from connectors.store.upgrade import upgrade
from connectors.vault import KeyRing, new_key_text, proof_of
from tests.contract.conftest import Open
from tests.contract.samples import NOW, a_link, a_reset, add, an_event
from tests.postgres import Postgres


def path_of(sqlite_url: str) -> Path:
    """The file that the address names."""
    return Path(sqlite_url.removeprefix("sqlite:///"))


def test_upgrade_makes_a_database_and_is_harmless_when_repeated(tmp_path: Path, open_at: Open) -> None:
    """Folders are made, the file is the owner's alone, a second run changes nothing."""
    url = f"sqlite:///{tmp_path}/new/deeper/bridge.db"
    old = os.umask(0)
    try:
        assert upgrade(url) == (None, REVISIONS[-1])
        store = open_at(url)
        with store.work() as work:
            add(work, a_reset())
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path_of(url).parent.iterdir()}
    finally:
        os.umask(old)
    assert modes == {"bridge.db": 0o600, "bridge.db-wal": 0o600, "bridge.db-shm": 0o600}
    assert stat.S_IMODE(path_of(url).parent.stat().st_mode) == 0o700
    assert upgrade(url) == (REVISIONS[-1], REVISIONS[-1])
    with store.look() as work:
        assert len(work.resets.find()[0]) == 1


def test_a_link_sealed_by_an_earlier_version_opens_after_the_upgrade(
    tmp_path: Path, ring: KeyRing, open_at: Open
) -> None:
    """Its row held the proof itself; the upgrade hashes it, and both the key and the browser's proof still open it."""
    url, key = f"sqlite:///{tmp_path}/bridge.db", new_key(dice)
    upgrade(url)
    reset = a_reset()
    bound = Binding(reset_id=reset.id, account=Account(reset.system, reset.userid), locator=new_locator(dice))
    proof = proof_of(unbase32(key.expose(), KEY_BYTES), bound.locator)
    with open_at(url).work() as work:
        add(work, reset)
        work.links.put(replace(ring.seal(Secret("k7wq2mfx"), key, bound), verifier=proof))
    with sqlite3.connect(path_of(url)) as connection:
        connection.execute("DROP TABLE own_passwords")  # 0006 makes it
        connection.execute("DROP TABLE audit_floor")  # 0007
        connection.execute("DROP TABLE questions")  # 0008
        connection.execute("ALTER TABLE outbox DROP COLUMN person")  # 0010
        connection.execute("DROP TABLE sign_ons")  # 0011
        connection.execute("DROP TABLE passes")  # 0009
        connection.execute("ALTER TABLE resets DROP COLUMN delivery")
        connection.execute("ALTER TABLE links DROP COLUMN public")
        for later in ("steps", "networks", "first_factors", "invitations"):  # 0012, 0013
            connection.execute(f"DROP TABLE {later}")
        connection.execute("ALTER TABLE factors DROP COLUMN usable_from")  # 0013
        connection.execute("DROP TABLE contacts")  # 0014
        connection.execute("DROP TABLE crowds")  # 0015
        connection.execute("ALTER TABLE resets DROP COLUMN mailed_to")  # 0016
        connection.execute("ALTER TABLE links DROP COLUMN language")  # 0017
        connection.execute("ALTER TABLE conditions DROP COLUMN heard")  # 0019
        connection.execute("ALTER TABLE resets DROP COLUMN view")  # 0020
        connection.execute("DROP TABLE signed_in")  # 0021
        for table, column in (("people", "other_email"), ("outbox", "link_to"), ("resets", "contact_since")):
            connection.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
        connection.execute("UPDATE alembic_version SET version_num = '0004'")
    assert upgrade(url) == ("0004", REVISIONS[-1])
    with open_at(url).look() as work:
        sealed = work.links.look(bound.locator)
    assert sealed
    assert sealed.verifier != proof
    assert ring.matches(sealed, key)
    assert ring.open(sealed, key, bound) == Secret("k7wq2mfx")
    assert ring.unwrap(sealed, Secret(proof.hex()), bound).bound


def test_a_file_that_others_could_read_is_closed_to_them(sqlite_url: str, open_at: Open) -> None:
    """Opening sets the mode right."""
    path_of(sqlite_url).chmod(0o644)
    open_at(sqlite_url)
    assert stat.S_IMODE(path_of(sqlite_url).stat().st_mode) == 0o600


def test_an_absent_database_is_refused_and_not_made(tmp_path: Path, ring: KeyRing) -> None:
    """The words say which command makes one; nothing appears on the disk."""
    with pytest.raises(StoreFault, match="resetbridge db upgrade"):
        open_store(f"sqlite:///{tmp_path}/none.db", None, ring)
    assert list(tmp_path.iterdir()) == []


def test_an_absent_postgresql_database_is_refused(postgres: Postgres, ring: KeyRing) -> None:
    """Of a database that nobody created, an empty one and an unreachable server, each says what to do."""
    with pytest.raises(StoreFault, match=r"reached|does not exist"):
        open_store(postgres.url("nobody_made_me"), None, ring)
    with pytest.raises(StoreFault, match="resetbridge db upgrade"):
        open_store(postgres.url(postgres.new_database()), None, ring)
    with pytest.raises(StoreFault, match="cannot be reached"):
        open_store("postgresql+psycopg://bridge@/x?host=/nowhere", Secret("hunter2"), ring)


@pytest.mark.parametrize("content", [b"", b"not a database at all, but long enough to be looked at" * 30])
def test_a_file_that_is_no_database_of_ours_is_refused(tmp_path: Path, ring: KeyRing, content: bytes) -> None:
    """An empty file wants the upgrade; another kind of file is named as such, and left alone."""
    path = tmp_path / "bridge.db"
    path.write_bytes(content)
    with pytest.raises(StoreFault, match=r"resetbridge db upgrade|no SQLite database"):
        open_store(f"sqlite:///{path}", None, ring)
    if content:
        with pytest.raises(StoreFault, match="no SQLite database"):
            upgrade(f"sqlite:///{path}")
        assert path.read_bytes() == content


@pytest.mark.parametrize(("revision", "words"), [("9999", "newer"), (None, "resetbridge db upgrade")])
def test_an_older_or_newer_database_is_refused(
    sqlite_url: str, ring: KeyRing, revision: str | None, words: str
) -> None:
    """Neither is touched: the older asks for the upgrade, the newer for the newer program."""
    connection = sqlite3.connect(path_of(sqlite_url))
    connection.execute("DELETE FROM alembic_version")
    if revision:
        connection.execute("INSERT INTO alembic_version VALUES (?)", (revision,))
    connection.commit()
    connection.close()
    with pytest.raises(StoreFault, match=words):
        open_store(sqlite_url, None, ring)
    if revision:
        with pytest.raises(StoreFault, match="newer"):
            upgrade(sqlite_url)


@pytest.mark.parametrize(
    "url", ["", "mysql://x/y", "sqlite://", "sqlite:///:memory:", "postgresql+asyncpg://x/y", "::"]
)
def test_other_addresses_are_refused(ring: KeyRing, url: str) -> None:
    """Only a SQLite file or PostgreSQL through psycopg."""
    with pytest.raises(StoreFault, match=r"storage\.url"):
        open_store(url, None, ring)


def test_paths_with_odd_characters_are_files_like_any_other(
    sqlite_template: Path, tmp_path: Path, open_at: Open
) -> None:
    """A percent sign, a question mark, a blank or a hash in a path does no harm."""
    folder = tmp_path / "50% a?b #c é"
    folder.mkdir()
    shutil.copy(sqlite_template, folder / "bridge.db")
    with open_at(f"sqlite:///{str(folder).replace('?', '%3F')}/bridge.db").look() as work:
        assert work.audit.verify() == (0, None)


def test_a_store_does_not_open_with_other_keys(url: str, open_at: Open) -> None:
    """With keys that are not its own it is locked; with its own it opens as before."""
    with open_at(url).work() as work:
        work.audit.append(an_event())
    with pytest.raises(VaultLocked):
        open_at(url, KeyRing([new_key_text(dice)]))
    with open_at(url).look() as work:
        assert work.audit.verify() == (1, None)


def test_the_audit_key_cannot_be_made_anew(sqlite_url: str, open_at: Open) -> None:
    """Taking the sealed key away does not start a new chain over the old one."""
    open_at(sqlite_url).close()
    connection = sqlite3.connect(path_of(sqlite_url))
    connection.execute("DELETE FROM sealed_keys")
    connection.commit()
    connection.close()
    with pytest.raises(StoreFault, match="audit key"):
        open_at(sqlite_url)


OWN = Account(SystemName("PRODA"), Userid("RSTBRDG"))
WIPED = ["DELETE FROM audit", "DELETE FROM audit_head"]


def test_i8_a_chain_that_was_wiped_is_not_begun_anew(url: str, open_at: Open) -> None:
    """Without its head it is named as changed, on opening again, too; nothing is recorded over it."""
    with open_at(url).work() as work:
        work.audit.append(an_event())
    past_the_store(url, *WIPED)
    store = open_at(url)
    with store.look() as work:
        assert work.audit.verify() == (0, "the head of the chain was changed")
    with pytest.raises(StoreFault, match="audit verify"), store.work() as work:
        work.audit.append(an_event())


def test_i8_a_wiped_database_gets_no_new_audit_key(url: str, open_at: Open) -> None:
    """Records, head and key are gone and something is left that was recorded there: refused."""
    with open_at(url).work() as work:
        add(work, a_reset())
    past_the_store(url, *WIPED, "DELETE FROM sealed_keys")
    with pytest.raises(StoreFault, match="audit key"):
        open_at(url)


def past_the_store(url: str, *statements: str) -> None:
    """Run statements as somebody who has the database."""
    writer, reader = engines(url, None)
    try:
        with transaction(writer, writes=True) as sql:
            for statement in statements:
                sql.do(text(statement))
    finally:
        reader.dispose()
        writer.dispose()


def test_a_rotation_keeps_chain_and_factors_and_lets_the_old_key_go(url: str, key_text: Secret, open_at: Open) -> None:
    """New key first, old one kept: all opens and is put under the new one; then the old key is needed no more."""
    old = KeyRing([key_text])
    seed = old.seal_seed(Secret("seed"), "totp:jo:F1")
    factor = Enrolled(id="F1", person=Person("jo"), kind="totp", label="", seed=seed, added_at=NOW, added_by="ops")
    with open_at(url, old).work() as work:
        work.people.add_factor(factor)
        own = work.own.save(Own(account=OWN, candidate=old.seal_own(Secret("NEWONE34"), "svc", Secret("FILE"))))
        work.audit.append(an_event(1))

    fresh = new_key_text(dice)
    both, alone = KeyRing([fresh, key_text]), KeyRing([fresh])
    store = open_at(url, both)
    with store.work() as work:
        work.audit.append(an_event(2))
    assert store.reseal(both) == 0  # opening has done it

    store = open_at(url, alone)
    with store.work() as work:
        work.audit.append(an_event(3))
        assert work.audit.verify() == (3, None)
        assert alone.open_seed(work.people.factors()[0].seed, "totp:jo:F1") == Secret("seed")
        kept = work.own.get(OWN)
        assert kept is not None
        assert kept.candidate is not None
        assert alone.open_own(kept.candidate, "svc", Secret("FILE")) == Secret("NEWONE34")
    with pytest.raises(Overtaken), store.work() as work:  # who read it before the rotation does not put it back
        work.own.save(own)
    with pytest.raises(VaultLocked):
        open_at(url, old)


def test_a_service_ids_row_is_moved_by_one_and_wished_for_by_anybody(url: str, open_at: Open) -> None:
    """Conditional on the version that was read; a wish moves no version, and no writer takes it away."""
    store = open_at(url)
    with store.work() as work:
        work.own.want(OWN, at=NOW, by="local:root")
        first = work.own.get(OWN)
        assert first is not None
        assert work.own.save(replace(first, failed=1, wanted_at=None)).wanted_at == NOW
    for stale in (first, Own(account=OWN)):
        with pytest.raises(Overtaken), store.work() as work:
            work.own.save(stale)
    with store.work() as work:
        work.own.want(OWN, at=None, by=None)
        assert [(own.failed, own.wanted_by) for own in work.own.all()] == [(1, None)]


def test_two_programs_that_open_a_new_database_at_once_agree_on_the_audit_key(url: str, open_at: Open) -> None:
    """Whichever comes second takes the first one's key: both write one chain."""
    one, other = open_at(url), open_at(url)
    for number, store in enumerate((one, other, one)):
        with store.work() as work:
            work.audit.append(an_event(number))
    with other.look() as work:
        assert work.audit.verify() == (3, None)


def test_i1_trouble_is_told_without_values(url: str, open_at: Open) -> None:
    """Neither the text of an error nor its printed traceback holds what was to be stored."""
    store = open_at(url)
    marker = "-".join(("keep", "this", "out"))  # not in one piece in this file, which tracebacks quote
    reset = a_reset(reason=marker)
    orphan = a_link(ResetId("R000000000000"), key_id=marker)
    with store.work() as work:
        add(work, reset)
    told = ""
    for write in (lambda work: add(work, reset), lambda work: work.links.put(orphan)):
        with pytest.raises((Overtaken, StoreFault)) as caught, store.work() as work:
            write(work)
        told += "".join(traceback.format_exception(caught.value))
    assert marker not in told
    assert orphan.locator not in told


def test_a_broken_connection_is_a_fault_and_the_next_one_works(
    postgres: Postgres, postgres_template: str, open_at: Open
) -> None:
    """When the server ends the connection the block fails and nothing is kept; the store recovers by itself."""
    name = postgres.new_database(postgres_template)
    store = open_at(postgres.url(name))
    with pytest.raises(StoreFault), store.work() as work:
        add(work, a_reset())
        postgres.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        work.resets.counts()
    with store.work() as work:
        assert work.resets.find() == ([], None)
        add(work, a_reset())


def test_a_full_disk_is_a_fault_and_the_next_one_works(sqlite_url: str, open_at: Open) -> None:
    """No room: nothing is kept, the words say so; with room again it goes on without a restart."""
    store = open_at(sqlite_url)
    with store._writer.transaction() as sql:
        sql.hand_to(_leave_no_room)
    with pytest.raises(StoreFault, match="disk is full"), store.work() as work:
        for number in range(500):
            add(work, a_reset(f"U{number}"))
    with store._writer.transaction() as sql:
        sql.hand_to(_make_room)
    with store.work() as work:
        assert work.resets.find() == ([], None)
        add(work, a_reset())


def _leave_no_room(connection: Connection) -> None:
    pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 2}")


def _make_room(connection: Connection) -> None:
    connection.exec_driver_sql("PRAGMA max_page_count = 1000000")


def test_columns_need_no_help_from_their_types() -> None:
    """What connectors/store/fixed.py runs goes to the driver as it is, and comes back as it is."""
    types = {type(column.type) for table in tables.metadata.tables.values() for column in table.columns}
    assert types <= {Text, Integer, BigInteger, LargeBinary}, types
