"""What is kept of a session holds no secret, however that stood on the screens."""

from __future__ import annotations

import json
import string
from random import Random

import pytest

from bridge.domain.secret import Secret
from connectors.hosts import tape
from connectors.hosts.redaction import redact
from connectors.hosts.transcript import Shown

LETTERS = string.ascii_uppercase + string.digits
ALPHABET = LETTERS + string.ascii_lowercase + "@#$_:=.%"
NOISE = " .:-=>*|THEQUICKBROWNFOX0123456789"
ROWS, COLUMNS = 24, 80
Cell = tuple[int, int, int]


class Sheet:
    """Screens that a secret is planted on; where it went is remembered, letter by letter."""

    def __init__(self, random: Random, pages: int) -> None:
        self.random = random
        self.pages = [[[" "] * COLUMNS for _ in range(ROWS)] for _ in range(pages)]
        self.fields: list[list[tuple[int, int, bool, bool]]] = [[] for _ in range(pages)]
        self.planted: list[Cell] = []

    def put(self, page: int, row: int, column: int, text: str, *, secret: bool = False) -> None:
        for at, character in enumerate(text):
            self.pages[page][row][column + at] = character
            if secret and not character.isspace():
                self.planted.append((page, row, column + at))

    def noise(self, row: int, start: int, end: int, page: int = 0) -> None:
        text = "".join(self.random.choice(NOISE) for _ in range(end - start))
        self.put(page, row, start, text)

    def field(self, page: int, row: int, column: int, length: int, *, protected: bool) -> None:
        self.fields[page].append((row * COLUMNS + column, length, protected, False))

    def shown(self) -> list[Shown]:
        return [
            Shown(
                system="PRODA", place="READY", rows=tuple("".join(row).rstrip() for row in page),
                fields=tuple(sorted(fields)),
            )
            for page, fields in zip(self.pages, self.fields, strict=True)
        ]  # fmt: skip


def parts_of(random: Random, text: str, most: int) -> list[str]:
    """The text in some parts, none empty."""
    count = random.randint(2, min(most, len(text)))
    cuts = sorted(random.sample(range(1, len(text)), count - 1))
    return [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]


def in_a_row(sheet: Sheet, text: str) -> None:
    row, column = sheet.random.randrange(ROWS), sheet.random.randrange(COLUMNS - 40)
    sheet.noise(row, 0, column)
    sheet.put(0, row, column, text, secret=True)


def over_the_edge(sheet: Sheet, text: str) -> None:
    """Wrapped at column 80; the next row may begin with an attribute's blank."""
    row, head = sheet.random.randrange(ROWS - 1), sheet.random.randint(1, len(text) - 1)
    sheet.noise(row, 0, COLUMNS - head)
    sheet.put(0, row, COLUMNS - head, text[:head], secret=True)
    sheet.put(0, row + 1, sheet.random.randint(0, 1), text[head:], secret=True)


def over_fields(sheet: Sheet, text: str, *, protected: bool = False) -> None:
    """A piece in each of several fields, labels in between."""
    for number, part in enumerate(parts_of(sheet.random, text, 5)):
        row, column = 2 + 3 * number, sheet.random.randint(20, 30)
        sheet.noise(row, 2, column - 1)
        sheet.field(0, row, 2, column - 3, protected=not protected)
        sheet.field(0, row, column, 24, protected=protected)
        sheet.put(0, row, column + sheet.random.randint(0, 2), part, secret=True)


def over_output_fields(sheet: Sheet, text: str) -> None:
    over_fields(sheet, text, protected=True)


def over_pages(sheet: Sheet, text: str) -> None:
    """The first part ends a page; `***` and a new page later comes the rest."""
    head = sheet.random.randint(1, len(text) - 1)
    sheet.put(0, ROWS - 2, 1, text[:head], secret=True)
    sheet.put(0, ROWS - 1, 1, "***")
    sheet.put(1, 0, 1, text[head:], secret=True)


def in_a_frame(sheet: Sheet, text: str) -> None:
    """Set below each other between bars."""
    for number, part in enumerate(parts_of(sheet.random, text, 4)):
        sheet.put(0, 5 + number, 10, f"| {' ' * len(part)}{' ' * (30 - len(part))} |")
        sheet.put(0, 5 + number, 12, part, secret=True)


def in_a_column(sheet: Sheet, text: str) -> None:
    """A block of its own, with other text left and right of it."""
    width = max(map(len, parts := parts_of(sheet.random, text, 4)))
    for number, part in enumerate(parts):
        sheet.put(0, 3 + number, 2, "LEFT")
        sheet.put(0, 3 + number, 20, part, secret=True)
        sheet.put(0, 3 + number, 22 + width, "RIGHT")


def padded(sheet: Sheet, text: str) -> None:
    sheet.put(0, 7, 3, " ".join(text), secret=True)


def spelled(sheet: Sheet, text: str) -> None:
    """With a dot behind each letter: letters and digits are what could be put together again."""
    column = 3
    for letter in text:
        sheet.put(0, 7, column, letter, secret=letter.isalnum())
        sheet.put(0, 7, column + 1, ".")
        column += 2


def cut_off(sheet: Sheet, text: str) -> None:
    """A message quotes the beginning alone, another one the end."""
    sheet.put(0, 3, 2, "INVALID:")
    sheet.put(0, 3, 11, text[:5], secret=True)
    sheet.put(0, 3, 16, "... SEE")
    sheet.put(1, 9, 40, text[-4:], secret=True)


def overlapping(sheet: Sheet, text: str) -> None:
    """The secret begins again where it is not over yet: it ends as it begins, see below."""
    sheet.put(0, 9, 5, text + text[3:], secret=True)


def entangled(sheet: Sheet, text: str) -> None:
    """Another secret begins with the end of this one."""
    sheet.put(0, 9, 5, text + TAIL, secret=True)


def twice(sheet: Sheet, text: str) -> None:
    in_a_row(sheet, text)
    sheet.put(1, 4, 4, text + text, secret=True)


TAIL = "Q9Q9"
PLANTS = (in_a_row, over_the_edge, over_fields, over_output_fields, over_pages, in_a_frame, in_a_column, padded,
          spelled, cut_off, overlapping, entangled, twice)  # fmt: skip
CASES = (str, str.upper, str.lower, str.swapcase)


@pytest.mark.parametrize("batch", range(10))
def test_i1_no_secret_survives_redaction(batch: int) -> None:
    """A thousand transcripts: in rows, fields, columns and frames, wrapped, padded, in any case, overlapping."""
    for number in range(100):
        random = Random(1000 * batch + number)
        plant, case = PLANTS[number % len(PLANTS)], random.choice(CASES)
        alphabet = LETTERS if plant is in_a_frame else ALPHABET
        secret = "".join(random.choice(alphabet) for _ in range(random.randint(6, 16)))
        if plant is overlapping:
            secret += secret[:3]
        if plant is spelled:
            secret += "K7PZ"
        sheet = Sheet(random, 2)
        plant(sheet, case(secret))

        found = redact(sheet.shown(), [Secret(secret), Secret(secret[-3:] + TAIL)])

        left = [cell for cell in sheet.planted if found[cell[0]].rows[cell[1]][cell[2]] != "*"]
        assert not left, (plant.__name__, secret, [row for each in found for row in each.rows if row])


@pytest.mark.parametrize("batch", range(10))
def test_i1_no_secret_survives_on_a_tape_over_ssh(batch: int) -> None:
    """A thousand transcripts: in what was typed, in rows and over rows, behind other words, in any case."""
    for number in range(100):
        random = Random(1000 * batch + number)
        secret = "".join(random.choice(ALPHABET) for _ in range(random.randint(6, 16)))
        said = random.choice(CASES)(secret)
        first, *rest = parts_of(random, said, 4)
        planted = [
            [f"chpasswd: {said}: not changed"], [f"{'x' * random.randint(0, 60)} {first}", *rest], [" ".join(said)],
            [f"anna:{said}"],
        ]  # fmt: skip
        kept = tape.TapeRecorder()
        for rows in random.sample(planted, len(planted)):
            line = f"anna:{said} | chpasswd"
            kept.debug("host.answered", system="HOST1", line=line, rows=["Welcome", *rows], code=random.randint(0, 3))

        text = tape.written(kept.kept, "linux 1", "svc", [Secret(secret)], {"svc": "svcuser"}, over_ssh=True)

        shown = [json.loads(line)["shown"] for line in text.splitlines()[1:]]
        plain = "".join("".join(c for row in (each["place"], *each["rows"]) for c in row if c != " ") for each in shown)
        assert said not in text and said not in plain, (secret, text)
        assert all(part not in str(shown) for part in (first, *rest) if len(part) > 4), (secret, text)


def test_columns_keep_their_places_and_other_words_stay() -> None:
    """Covered is the secret alone; a row is as long as it was."""
    before = Shown(system="PRODA", place="READY", rows=("  ALTUSER JSMITH PASSWORD(Q7ZK2MWX) EXPIRED", " READY"))
    (after,) = redact([before], [Secret("q7zk2mwx")])
    assert after.rows == ("  ALTUSER JSMITH PASSWORD(********) EXPIRED", " READY")
    assert redact([before], [Secret("AAAAAAAA")]) == [before]


def test_names_are_replaced_letter_by_letter() -> None:
    """Userid, LU and addresses go; the columns stay, and so does every other word."""
    rows = (" SYSA  LU RSTB01   10.20.30.4:44070", " ICH70001I rstbrdg  LAST ACCESS", " RSTBRDGX IS ANOTHER")
    (after,) = redact([Shown(system="S", place="P", rows=rows)], [], {"RSTBRDG": "SVCUSER", "RSTB01": "LUNAME"})
    assert after.rows == (
        " SYSA  LU LUNAME   00.00.00.0:44070",
        " ICH70001I SVCUSER  LAST ACCESS",
        " RSTBRDGX IS ANOTHER",
    )


def test_a_tape_says_what_was_typed_without_saying_it() -> None:
    """{userid} and {password} stand in place; what a hidden field held was never there."""
    kept: list[Shown | tuple[tuple[str, str], ...]] = [
        Shown(system="PRODA", place="PANEL", rows=(" USERID SVC1", " SECRET99 SEC", " RET99")),
        (("key", "MoveCursor(7,19)"), ("text", "«secret»"), ("text", "LOGON SVC1")),
    ]
    text = tape.written(kept, "tso-logon 1", "SVC1", [Secret("SECRET99")], {"SVC1": "SVCUSER", "PRODA": "SYSTEM"})

    assert "SECRET99" not in text and "SVC1" not in text and "PRODA" not in text
    first, shown, keys = (json.loads(line) for line in text.splitlines())
    assert first == {"tape": 1, "dialog": "tso-logon 1"}
    assert shown["shown"]["rows"] == [" USERID SVCU", " ******** ***", " *****"]
    assert keys["keys"] == [["key", "MoveCursor(7,19)"], ["text", "{password}"], ["text", "LOGON {userid}"]]
