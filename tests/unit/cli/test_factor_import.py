"""`factor import`: tokens that were bought with their seeds, all of a table or none, and each once."""

from __future__ import annotations

from base64 import b32encode
from pathlib import Path

import pytest

from bridge.compose.shared import opened
from bridge.config.reader import read
from bridge.domain.oath import Oath
from bridge.domain.second import seed_label
from tests.unit.cli.conftest import Run
from tests.unit.cli.test_desk import TABLE

SEEDS = [b32encode(bytes([number]) * 20).decode() for number in (1, 2, 3)]
HEX = (b"\x04" * 32).hex()


@pytest.fixture
def people(desk: Run, tmp_path: Path) -> Run:
    """A bridge that knows Maria and Joe."""
    (tmp_path / "people.csv").write_text(TABLE)
    assert desk("people", "import", "people.csv").code == 0
    return desk


def imports(people: Run, folder: Path, *rows: str, columns: str = "person,secret") -> tuple[int, str, str]:
    (folder / "tokens.csv").write_text("\n".join((columns, *rows)) + "\n")
    ended = people("factor", "import", "tokens.csv")
    return ended.code, ended.out, ended.err


def kept(folder: Path) -> list[tuple[str, str, str, str, int]]:
    """Person, label, seed, algorithm and period of each."""
    with opened(read(folder / "bridge/resetbridge.yaml")) as made, made.store.look() as work:
        found = []
        for one in work.people.factors():
            oath = Oath.of(made.vault.open_seed(one.seed, seed_label(one.person, one.id)))
            found.append((str(one.person), one.label, oath.seed.expose(), oath.algorithm, oath.step))
        assert made.store.well() is None
        return sorted(found)


def test_each_token_is_enrolled_once_however_often_it_is_imported(people: Run, tmp_path: Path) -> None:
    """With what its maker says of it; a second run adds what is new; people are told, and it is on record."""
    columns = "person,hex,secret,label,algorithm,period"
    rows = [f"maria,,{SEEDS[0].lower()},,,", f"joe,{HEX},,serial 7,sha-256,60"]
    assert imports(people, tmp_path, *rows, columns=columns) == (
        0, "2 tokens: 0 enrolled earlier, 2 now\n", "tokens.csv holds their secrets: destroy it\n",
    )  # fmt: skip
    again = imports(people, tmp_path, *rows, f"maria,,{SEEDS[1]},,,", columns=columns)
    assert again == (
        0, "3 tokens: 2 enrolled earlier, 1 now\n",
        "of these, waiting before they count: 1; resetbridge factor list says until when\n"
        "tokens.csv holds their secrets: destroy it\n",
    )  # fmt: skip
    assert kept(tmp_path) == [
        ("joe", "serial 7", b32encode(bytes.fromhex(HEX)).decode().rstrip("="), "SHA256", 60),
        ("maria", "token", SEEDS[0], "SHA1", 30),
        ("maria", "token", SEEDS[1], "SHA1", 30),
    ]
    with opened(read(tmp_path / "bridge/resetbridge.yaml")) as made, made.store.look() as work:
        added = [one.event.detail for one in work.audit.records() if one.event.kind == "factor.added"]
        waits = [bool(one["usable_from"]) for one in added]
    assert [one["label"] for one in added] == ["token", "serial 7", "token"]
    assert waits == [False, False, True]  # the first of each counts at once
    assert not [seed for seed in (*SEEDS, HEX) if seed in str(added)]


def test_a_token_that_was_enrolled_with_other_settings_is_not_passed_over(people: Run, tmp_path: Path) -> None:
    """Whoever mends the algorithm in the table and runs it again would think that it was done; in one table, too."""
    assert imports(people, tmp_path, f"maria,{SEEDS[0]}")[0] == 0
    columns, mended = "person,secret,algorithm,period", f"maria,{SEEDS[0]},SHA256,60"
    words = "maria has that token as SHA1, 30 seconds; take that one away first"
    code, out, err = imports(people, tmp_path, f"joe,{SEEDS[1]},,", mended, columns=columns)
    assert (code, out) == (1, "")
    assert f"tokens.csv: line 3: {words}" in err
    assert SEEDS[0] not in err
    code, _, err = imports(people, tmp_path, f"joe,{SEEDS[1]},,", f"joe,{SEEDS[1]},,60", columns=columns)
    assert code == 1
    assert "line 3: joe has that token as SHA1, 30 seconds" in err
    assert [row[0] for row in kept(tmp_path)] == ["maria"]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (f"nobody,{SEEDS[1]}", "tokens.csv: line 3: there is no person nobody"),
        (f"joe,{SEEDS[0]}", "tokens.csv: line 3: maria has a token with the same secret"),
        ("joe,JBSWY3DPEHPK3PXP", "tokens.csv: line 3: secret: 16 to 128 bytes are expected, these are 10"),
        ("joe,0189018901890189018901890189", "tokens.csv: line 3: secret: base32 is expected"),
        ("joe,", "tokens.csv: line 3: secret: either it, in base32, or hex is expected"),
        (f"j oe,{SEEDS[1]}", "tokens.csv: line 3: person"),
    ],
)
def test_one_line_that_is_wrong_and_nothing_is_enrolled(people: Run, tmp_path: Path, row: str, words: str) -> None:
    """It is named, and no secret with it."""
    code, out, err = imports(people, tmp_path, f"maria,{SEEDS[0]}", row)
    assert (code, out) == (1, "")
    assert words in err
    assert "tokens.csv: nothing was enrolled" in err
    assert not [cell for cell in row.split(",")[1:] if cell and cell in err]
    assert kept(tmp_path) == []


@pytest.mark.parametrize(
    ("columns", "row", "words"),
    [
        ("person,secret,period", f"joe,{SEEDS[0]},45", "period: 30 or 60 is expected"),
        ("person,secret,algorithm", f"joe,{SEEDS[0]},MD5", "algorithm: SHA1 or SHA256 or SHA512 is expected"),
        ("person,secret,hex", f"joe,{SEEDS[0]},{HEX}", "secret: either it, in base32, or hex is expected"),
        (
            "person,secret,digits",
            f"joe,{SEEDS[0]},8",
            "line 1: the columns are expected: person and, if wanted, secret,",
        ),
    ],
)
def test_what_no_page_could_take_is_refused(people: Run, tmp_path: Path, columns: str, row: str, words: str) -> None:
    """Before anything is stored."""
    code, _, err = imports(people, tmp_path, row, columns=columns)
    assert code == 1
    assert words in err
    assert kept(tmp_path) == []
