"""What all tables have in common, and which migrations made them."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    MetaData,
    literal_column,
)

REVISIONS: Final = (
    "0001",
    "0002",
    "0003",
    "0004",
    "0005",
    "0006",
    "0007",
    "0008",
    "0009",
    "0010",
    "0011",
    "0012",
    "0013",
    "0014",
    "0015",
    "0016",
    "0017",
    "0018",
    "0019",
    "0020",
    "0021",
)  # every migration, oldest first

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)
Big: Final = BigInteger().with_variant(Integer, "sqlite")


def one_of(column: str, words: Iterable[str]) -> str:
    """SQL: the column holds one of the words, written out so that partial indexes are used."""
    quoted = ", ".join(f"'{word}'" for word in sorted(words))
    return f"{column} IN ({quoted})"


def word(value: StrEnum) -> ColumnElement[Any]:
    """A constant as SQL text: with a parameter in its place neither engine would use a partial index."""
    return literal_column(f"'{value.value}'")


def where(condition: str) -> dict[str, Any]:
    """A partial index's condition; PostgreSQL's is the same, and set only when it is wanted: see below."""
    return {"sqlite_where": literal_column(condition)}
