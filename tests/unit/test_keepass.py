"""A KeePass file as another program reads it: pykeepass, which shares no line with what writes it."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from io import BytesIO

import pytest
from pykeepass import PyKeePass
from pykeepass.exceptions import CredentialsError, PayloadChecksumError

from bridge.domain.codes import MASTER_GROUPS, new_master
from bridge.domain.names import Account, SystemName, Userid
from bridge.domain.secret import Secret
from bridge.ports import Filed
from bridge.texts import languages
from connectors.keepass import KeePassFiles, kdbx
from connectors.notify.compose import code_letter, link_letter
from connectors.notify.letter import as_text
from tests.fakes.outside import FakeClock, dice
from tests.live.letters import SITE, link_mail

UNTIL = datetime(2026, 11, 27, 20, 0, tzinfo=UTC)
PASSWORD = "Kw7<&>\"' é☂"
ABOUT = Filed(account=Account(SystemName("PRODA"), Userid("JSMITH")), until=UNTIL, language="de")


def made(password: str = PASSWORD, master: str = "48217-39056", about: Filed = ABOUT) -> bytes:
    files = KeePassFiles({"PRODA": "Production <A> & co"}, FakeClock(), dice)
    return base64.b64decode(files.file(about, Secret(password), Secret(master)).expose(), validate=True)


def test_the_file_opens_and_holds_one_entry() -> None:
    """Title, user name, password, no URL, notes and end, whatever characters they are of."""
    opened = PyKeePass(BytesIO(made()), password="48217-39056")
    (entry,) = opened.entries
    assert (entry.title, entry.username, entry.password) == ("Production <A> & co JSMITH", "JSMITH", PASSWORD)
    assert not entry.url
    assert "27. November 2026, 20:00 Uhr UTC" in entry.notes
    assert (entry.expires, entry.expiry_time) == (True, UNTIL)
    assert entry._element.xpath("String[Key='Password']/Value/@Protected") == ["True"]
    assert (opened.version, opened.encryption_algorithm, opened.kdf_algorithm) == ((4, 0), "aes256", "argon2id")


def test_nothing_but_the_master_opens_it() -> None:
    """Another one does not, nor without its hyphens; the password stands nowhere in the file, open or coded."""
    file = made(password="SEVENWXY")
    for wrong in ("48217-39057", "4821739056", ""):
        with pytest.raises(CredentialsError):
            PyKeePass(BytesIO(file), password=wrong)
    assert b"SEVENWXY" not in file
    assert base64.b64encode(b"SEVENWXY") not in file


def test_what_was_bent_does_not_open() -> None:
    """Header and content are vouched for."""
    file = bytearray(made())
    file[-60] ^= 1
    with pytest.raises(PayloadChecksumError):
        PyKeePass(BytesIO(bytes(file)), password="48217-39056")


def test_no_two_files_are_alike() -> None:
    """Seed, vector, salt and stream are drawn anew: more than a hundred bytes after the header's fixed part differ."""
    one, other = made(), made()
    assert sum(a != b for a, b in zip(one, other, strict=False)) > 500


def test_a_long_file_goes_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each block has its own tag."""
    monkeypatch.setattr(kdbx, "BLOCK", 100)
    assert PyKeePass(BytesIO(made()), password="48217-39056").entries[0].password == PASSWORD


def test_the_memory_that_it_takes_is_what_the_handbook_says() -> None:
    """16 MB, three passes: the worker's 120 MB have room for it."""
    assert (kdbx.MEMORY, kdbx.PASSES, kdbx.LANES) == (16 * 1024 * 1024, 3, 1)


def test_what_opens_it_has_83_bits_and_no_language() -> None:
    """Five groups of five digits, each drawn, hyphens in between: to be read aloud, and typed on any keyboard."""
    drawn = {new_master(dice).expose() for _ in range(50)}
    assert len(drawn) == 50
    groups = [group for text in drawn for group in text.split("-")]
    assert all(len(group) == 5 and group.isdecimal() for group in groups)
    assert len(groups) == 50 * MASTER_GROUPS
    assert {digit for group in groups for digit in group} == set("0123456789")


@pytest.mark.parametrize("language", languages())
def test_the_mail_with_what_opens_it_says_nothing_of_where(language: str) -> None:
    """In every language: the digits as they have to be typed, no link, no system, no user ID; a subject of its own."""
    letter = code_letter(language, "48217-39056", SITE, master=True)
    text = as_text(letter.blocks)
    assert "48217-39056" in text
    assert "KeePass" in text
    assert "https://" not in text
    assert letter.subject != code_letter(language, "48217-39056", SITE).subject
    assert "48217" not in letter.subject


def test_the_mail_with_the_link_says_that_there_is_a_file() -> None:
    """And of a page nothing of it."""
    filed, page = (as_text(link_letter(link_mail(filed=yes), "u", "c", SITE).blocks) for yes in (True, False))
    assert "KeePass" in filed
    assert "KeePass" not in page
