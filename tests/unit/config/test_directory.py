"""`directory:`: what is read, and what is refused with its line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.config.reader import read
from bridge.domain.errors import ConfigFault

LDAP = """
directory:
  ldap:
    servers: [dc1.example.com, 192.0.2.7]
    base: dc=example,dc=com
    user: svc@example.com
    password: {file: keys/ldap}
    filter: (objectCategory=person)
    groups: {base: "ou=groups,dc=example,dc=com", nested: true}
    cache: 10m
  fields: {person: sAMAccountName}
  accounts: {PRODA: extensionAttribute7, PRODB: "P{employeeID}"}
"""
BEGIN = """
site: {name: Example, base_url: https://reset.example.com}
storage: {url: sqlite:///bridge.db}
keys: [{file: keys/1.key}]
"""


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        path = tmp_path / "resetbridge.yaml"
        path.write_text(BEGIN + text)
        return path

    return write


def test_a_directory_service_is_read(written: Callable[[str], Path]) -> None:
    """With what stands there, and the defaults beside it."""
    made = read(written(LDAP)).directory
    assert made.ldap is not None and made.ldap.groups is not None
    assert (made.ldap.servers, made.ldap.security, made.ldap.port) == (("dc1.example.com", "192.0.2.7"), "tls", None)
    assert (made.ldap.groups.nested, made.ldap.groups.member, made.ldap.cache) == (
        True,
        "member",
        timedelta(minutes=10),
    )
    assert made.accounts == {"PRODA": "extensionAttribute7", "PRODB": "P{employeeID}"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("directory: {csv: a.csv, fields: {name: N}, accounts: {PRODA: U}}", r"directory\.fields: person is expected"),
        ("directory: {csv: a.csv, fields: {person: P}}", r"directory\.accounts: each system's column is expected"),
        ("directory: {csv: a.csv, only: {S: [A]}}", r"directory\.fields: person is expected"),
        ("directory: {only: {S: [A]}}", r"directory\.fields: ldap or csv is expected, too"),
        ("directory: {csv_age: 36h}", r"directory\.csv_age: csv is expected, too"),
        ("directory: {csv: a.csv, separator: ;}", r"directory\.separator: comma or semicolon or tab is expected"),
        (LDAP.replace("  ldap:", "  csv: people.csv\n  ldap:"), r"directory\.ldap: csv or ldap is expected, not both"),
        (LDAP.replace("    user: svc@example.com\n", ""), r"ldap\.user: whom to bind as is expected"),
        (LDAP.replace("    password: {file: keys/ldap}\n", ""), r"ldap\.password: \{file: PATH\} is expected"),
        (LDAP.replace("    cache", "    security: none\n    cache"), r"ldap\.security: tls or starttls is expected"),
        (LDAP.replace("(objectCategory=person)", "objectCategory=person"), r"ldap\.filter: a filter in brackets"),
        (
            LDAP.replace("base: dc=example,dc=com", "base: example.com"),
            r"ldap\.base: a DN, like OU=Staff,.* is expected",
        ),
        (LDAP.replace("ou=groups,dc=example,dc=com", "groups"), r"ldap\.groups\.base: a DN, like OU=Groups,"),
        (LDAP.replace('"P{employeeID}"', '"P{employeeID"'), r"accounts: a field's name is expected, or one in braces"),
        (LDAP.replace('"P{employeeID}"', '"{a}{b}"'), r"accounts: a field's name is expected, or one in braces"),
        (LDAP.replace('"P{employeeID}"', '"P{a)(b}"'), r"fields: an attribute's name is expected, not 'a\)\(b'"),
        (LDAP.replace("person: sAM", "mail: sAM"), r"fields: one of person, name, .* is expected, not 'mail'"),
        (LDAP.replace("PRODA:", "proda!:"), "a system"),
        (LDAP[: LDAP.index("  accounts")], r"accounts: each system's attribute is expected"),
        ("directory: {accounts: {PRODA: racfid}}", r"fields: .*they say how to read one"),
    ],
)
def test_what_cannot_work_is_refused(written: Callable[[str], Path], text: str, words: str) -> None:
    """With the line, and what is expected."""
    with pytest.raises(ConfigFault, match=words):
        read(written(text))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("policies: {standard: {factors: [otp]}}", "radius or phone or .* is expected; did you mean totp?"),
        ("policies: {standard: {delivery: ARMED}}", "sealed or armed is expected; did you mean armed?"),
        ("enrolment: {wait: 0h}", "wait: a duration is expected, of 1s or longer"),
    ],
)
def test_what_was_probably_meant_is_named(written: Callable[[str], Path], text: str, words: str) -> None:
    """In a list as in a single value, in capitals as in small letters; none at all is a duration, and too short."""
    with pytest.raises(ConfigFault, match=words):
        read(written(text))
