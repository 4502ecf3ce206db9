"""What `check` says of the keys that mail is encrypted to."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from bridge.compose.doctor import _mail
from bridge.compose.wrapping import keyless, mail_keys_found
from bridge.config.model import MailSettings
from bridge.config.reader import read
from bridge.domain.names import Person
from bridge.domain.policy import Policy
from bridge.ports import PersonRecord
from tests.live.test_mail_wrapped import certificate

EXAMPLE = Path(__file__).parents[2] / "deploy" / "resetbridge.example.yaml"
NOW = datetime.now(UTC)


def settings(keys: Path | None, wrap: str = "when_possible") -> MailSettings:
    return MailSettings(host="smtp.example.com", sender="no-reply@example.com", keys=keys, wrap=wrap)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One good key, one that ends soon, one that has ended, one in capitals; a hidden file that is nobody's."""
    keys, key = tmp_path_factory.mktemp("keys"), rsa.generate_private_key(65537, 2048)
    ends = {"good": 300, "soon": 5, "ended": -1}
    for name, days in ends.items():
        pem = certificate(key, since=NOW - timedelta(days=30), until=NOW + timedelta(days=days))
        (keys / f"{name}@example.com.pem").write_bytes(pem)
    (keys / "Capital@example.com.pem").write_bytes(b"")
    (keys / ".hidden").write_bytes(b"")
    keys.chmod(0o755)
    return keys


def test_nothing_is_said_where_no_keys_are_configured() -> None:
    """Neither of keys nor of people."""
    assert list(mail_keys_found(settings(None))) == []
    assert list(keyless([], settings(None), [Policy()])) == []


@pytest.mark.parametrize(("wrap", "level"), [("when_possible", "warn"), ("required", "fail")])
def test_each_key_is_read_and_what_is_wrong_is_said(folder: Path, wrap: str, level: str) -> None:
    """How many can be used; the broken by name, which fail resets where keys are required; those that end soon."""
    first, *rest = mail_keys_found(settings(folder, wrap))
    assert (first.level, "2 S/MIME" in first.words) == ("ok", True)
    said = {finding.words.partition("@")[0]: finding for finding in rest}
    assert {name: finding.level for name, finding in said.items()} == {"ended": level, "Capital": level, "soon": "warn"}
    assert "ended on" in said["ended"].words
    assert "never looked at" in said["Capital"].words


def test_a_folder_that_others_may_write_to_is_a_doubt(folder: Path) -> None:
    """Whoever writes there reads other people's mail."""
    folder.chmod(0o775)
    try:
        assert "chmod go-w" in list(mail_keys_found(settings(folder)))[-1].words
    finally:
        folder.chmod(0o755)


def test_many_broken_keys_are_counted_not_listed(tmp_path: Path) -> None:
    """Ten by name, and how many more; no folder at all is one line."""
    for number in range(13):
        (tmp_path / f"p{number:02}@example.com.pem").write_bytes(b"")
    words = [finding.words for finding in mail_keys_found(settings(tmp_path))]
    assert len(words) == 1 + 10 + 1
    assert words[-1].startswith("and 3 more")
    (finding,) = mail_keys_found(settings(tmp_path / "away"))
    assert (finding.level, "a folder of keys is expected" in finding.words) == ("fail", True)


def test_people_without_a_key_are_named_where_one_is_required(folder: Path) -> None:
    """Whose resets would fail; without an address they fail for another reason, and broken keys have been said."""
    people = [
        PersonRecord(person=Person("good"), name="G", email="good@example.com"),
        PersonRecord(person=Person("bad"), name="B", email="bad/../good@example.com"),
        PersonRecord(person=Person("none"), name="N"),
        PersonRecord(person=Person("broken"), name="E", email="Ended@example.com"),
    ]
    (finding,) = keyless(people, settings(folder, "required"), [Policy()])
    assert (finding.level, ": bad;" in finding.words) == ("warn", True)
    assert list(keyless(people[:1], settings(folder, "required"), [Policy()])) == []
    other = [Policy(), Policy(link_to=("other_email",))]
    here = [replace(people[0], other_email="home@example.com")]
    assert "1 people have no key" in next(keyless(here, settings(folder, "required"), other)).words
    assert list(keyless(people, settings(folder), [Policy()])) == []


def test_a_key_is_looked_for_as_mail_would_look(tmp_path: Path) -> None:
    """Of a domain in other letters under its xn-- form: whoever has one there is not said to have none."""
    (tmp_path / "js@xn--bcher-kva.example.pem").write_bytes(b"")
    people = [PersonRecord(person=Person("js"), name="J", email="js@bücher.example")]
    assert list(keyless(people, settings(tmp_path, "required"), [Policy()])) == []


def test_the_relays_part_of_check_has_the_keys(folder: Path) -> None:
    """Also where the relay is away."""
    mail = replace(settings(folder), host="127.0.0.1", port=1, security="none")
    assert "mail keys" in {finding.about for finding in _mail(replace(read(EXAMPLE), mail=mail))}
