"""Links and release codes in SQL: what is sealed, and its end."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import BindParameter, Row, Select, bindparam, delete, exists, select, update
from sqlalchemy.sql.elements import ColumnElement

from bridge.domain.link import Locator, Sealed
from bridge.domain.names import ResetId
from bridge.domain.record import micros
from bridge.ports import Pass
from connectors.store.fixed import Fixed
from connectors.store.sql import Sql
from connectors.store.tables import ciphertexts, codes, links, passes, questions, resets, steps
from connectors.store.times import maybe, moment, stored

CHUNK: Final = 500
SAME: Final = ciphertexts.c.locator == links.c.locator
LINK: Final = select(links, ciphertexts.c.ciphertext).outerjoin_from(links, ciphertexts, SAME)
OF_RESET: Final = Fixed(LINK.where(links.c.reset_id == bindparam("reset_id")))
ITS_NAME: Final[BindParameter[str]] = bindparam("locator")
OF_LOCATOR: Final = Fixed(LINK.where(links.c.locator == ITS_NAME))
WANTED: Final = select(ITS_NAME.label("locator")).subquery("wanted")
LOOKED_FOR: Final = Fixed(
    select(links, ciphertexts.c.ciphertext).select_from(
        WANTED.outerjoin(links, links.c.locator == WANTED.c.locator).outerjoin(
            ciphertexts, ciphertexts.c.locator == WANTED.c.locator
        )
    )
)
"""One row whether there is such a link or not: that there is none cannot be told from the time it takes."""
IN_ORDER: Final = (
    Fixed(select(resets.c.id).where(resets.c.id.in_(select(links.c.reset_id).where(links.c.locator == ITS_NAME)))),
    Fixed(select(links.c.locator).where(links.c.locator == ITS_NAME)),
    Fixed(select(ciphertexts.c.locator).where(ciphertexts.c.locator == ITS_NAME)),
)
THERE: Final = ciphertexts.c.ciphertext.is_not(None)
EMPTY: Final = Fixed(
    update(ciphertexts).where(ciphertexts.c.locator == bindparam("which"), THERE).values(ciphertext=None)
)
EMPTY_OTHERS: Final = Fixed(
    update(ciphertexts)
    .where(
        ciphertexts.c.locator.in_(
            select(links.c.locator).where(links.c.reset_id == bindparam("reset"), links.c.locator != bindparam("but"))
        ),
        THERE,
    )
    .values(ciphertext=None)
)
OPENED: Final = Fixed(
    update(links).where(links.c.locator == bindparam("which")).values(opened_at=bindparam("at"), tries=0)
)
CODE: Final = Fixed(select(codes.c.tag).where(codes.c.reset_id == bindparam("reset_id")))
DROP_CODE: Final = Fixed(delete(codes).where(codes.c.reset_id == bindparam("reset_id")))
PASSED: Final = Fixed(select(passes).where(passes.c.reset_id == bindparam("reset_id")))


Nobodys = namedtuple("Nobodys", "reset_id locator verifier key_id tries opened_at public language ciphertext")
NOBODYS: Final[Any] = Nobodys("R" + "0" * 12, "0" * 26, bytes(32), "0" * 12, 0, None, None, "en", bytes(90))


class SqlLinks:
    """The port `Links`."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def put(self, sealed: Sealed) -> None:
        """Store, replacing the reset's earlier link. What was erased stays erased, whatever an older copy holds.

        An armed link has no row among the ciphertexts until it has a password: rows there are never made to grow.
        """
        self._sql.do(EMPTY_OTHERS, {"reset": sealed.reset_id, "but": sealed.locator})
        row = {
            "reset_id": sealed.reset_id,
            "locator": sealed.locator,
            "verifier": sealed.verifier,
            "key_id": sealed.key_id,
            "tries": sealed.tries,
            "opened_at": stored(sealed.opened_at),
            "public": sealed.public,
            "language": sealed.language,
        }
        self._sql.put(links, row)
        if sealed.public is not None and sealed.ciphertext is None:
            self._sql.do(EMPTY, {"which": sealed.locator})
            return
        text = {"locator": sealed.locator, "ciphertext": sealed.ciphertext}
        if not self._sql.add_if_absent(ciphertexts, text) and sealed.ciphertext is None:
            self._sql.do(EMPTY, {"which": sealed.locator})

    def lock(self, locator: Locator) -> Sealed | None:
        """Locks the reset first, then the link: the order of all that end a link, so that none waits in a circle."""
        self._sql.lock(*IN_ORDER, locator=locator)
        return self._one(OF_LOCATOR, locator=locator)

    def look(self, locator: Locator) -> Sealed | None:
        """Takes as long for a name that nobody has: then a link is made of nobody's row, and dropped."""
        row = self._sql.row(LOOKED_FOR, {"locator": locator})
        assert row is not None, "there is one in any case"
        there = row.reset_id is not None
        found = to_sealed(row if there else NOBODYS)
        return found if there else None

    def of(self, reset_id: ResetId) -> Sealed | None:
        return self._one(OF_RESET, reset_id=reset_id)

    def spend(self, locator: Locator, at: datetime) -> None:
        self._sql.do(EMPTY, {"which": locator})
        self._sql.do(OPENED, {"which": locator, "at": micros(at)})

    def erase(self, reset_ids: Sequence[ResetId]) -> None:
        for start in range(0, len(reset_ids), CHUNK):
            self._empty(ciphertexts.c.locator.in_(_locators(reset_ids[start : start + CHUNK])))

    def purge(self, reset_ids: Sequence[ResetId]) -> None:
        """Delete the links, questions and codes of some resets, and emptied ciphertexts that no link belongs to."""
        self.erase(reset_ids)
        for start in range(0, len(reset_ids), CHUNK):
            part = reset_ids[start : start + CHUNK]
            self._sql.do(delete(links).where(links.c.reset_id.in_(part)))
            self._sql.do(delete(steps).where(steps.c.reset_id.in_(part)))
            self._sql.do(delete(passes).where(passes.c.reset_id.in_(part)))
            self._sql.do(delete(codes).where(codes.c.reset_id.in_(part)))
            self._sql.do(delete(questions).where(questions.c.reset_id.in_(part)))
        unused = (ciphertexts.c.ciphertext.is_(None), ~exists().where(SAME))
        apart = self._sql.apart_from(ciphertexts, ciphertexts.c.ciphertext.is_not(None))
        self._sql.do(delete(ciphertexts).where(*unused, apart))

    def set_code(self, reset_id: ResetId, tag: str) -> None:
        self._sql.put(codes, {"reset_id": reset_id, "tag": tag})

    def code(self, reset_id: ResetId) -> str | None:
        row = self._sql.row(CODE, {"reset_id": reset_id})
        return None if row is None else str(row.tag)

    def drop_code(self, reset_id: ResetId) -> None:
        self._sql.do(DROP_CODE, {"reset_id": reset_id})

    def _empty(self, which: ColumnElement[bool]) -> None:
        self._sql.do(update(ciphertexts).where(which, THERE).values(ciphertext=None))

    def let_in(self, passed: Pass) -> None:
        row = {"reset_id": passed.reset_id, "tag": passed.tag, "at": micros(passed.at), "until": micros(passed.until)}
        self._sql.put(passes, row)

    def passed(self, reset_id: ResetId) -> Pass | None:
        row = self._sql.row(PASSED, {"reset_id": reset_id})
        if row is None:
            return None
        return Pass(reset_id=ResetId(row.reset_id), tag=row.tag, at=moment(row.at), until=moment(row.until))

    def _one(self, query: Fixed, **which: str) -> Sealed | None:
        row = self._sql.row(query, which)
        return None if row is None else to_sealed(row)


def _locators(reset_ids: Sequence[ResetId]) -> Select[tuple[str]]:
    return select(links.c.locator).where(links.c.reset_id.in_(reset_ids))


def to_sealed(row: Row[Any]) -> Sealed:
    """A row as a link."""
    return Sealed(
        reset_id=ResetId(row.reset_id),
        locator=Locator(row.locator),
        verifier=row.verifier,
        ciphertext=row.ciphertext,
        key_id=row.key_id,
        tries=row.tries,
        opened_at=maybe(row.opened_at),
        public=row.public,
        language=row.language,
    )
