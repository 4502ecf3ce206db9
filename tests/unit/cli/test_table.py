"""Tables that are worked through line by line, and what is done of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from bridge.cli import table
from bridge.cli.bulk import read_wishes
from bridge.cli.factors import read_people
from bridge.domain.errors import BadInput
from bridge.flows.people import BadTable

TWO = table.Columns(needed=("system", "userid"), also=("reason",))


def written(folder: Path, text: str) -> Path:
    file = folder / "a.csv"
    file.write_bytes(text.encode())
    return file


def userid(row: Mapping[str, str]) -> str:
    if not row["userid"].isalnum():
        raise BadInput("userid", "letters and digits are expected")
    return row["userid"]


def test_lines_are_counted_as_an_editor_counts_them(tmp_path: Path) -> None:
    """A cell with line ends in it, an empty row, and characters that only Python takes for line ends."""
    text = '\ufeffSystem,userid,reason\r\nP,A1,"lost\r\nit"\r\n\r\n,,\r\nP,B2,a\u2028b\x85c\x0cd\r\nP,C3,x\r\n'
    found = table.read(written(tmp_path, text), TWO, userid, undone="nothing was done")
    assert found == {2: "A1", 6: "B2", 7: "C3"}


@pytest.mark.parametrize(("text", "words"), [
    ("system\nP\n", "line 1: the columns are expected: system,userid and, if wanted, reason"),
    ("system,userid,colour\nP,A,red\n", "line 1: the columns"),
    ("system,userid,userid\nP,A,A\n", "line 1: the columns"),
    ("", "line 1: the columns"),
    ("system,userid\nP,A\nP,!\nP,B,more\n", "line 3: userid.*line 4: columns.*nothing was done"),
    ('system,userid\nP,"A\n', "CSV in UTF-8"),
    ("system,userid\nP,\udcff\n", "CSV in UTF-8"),
])  # fmt: skip
def test_every_bad_line_is_named_and_nothing_done(tmp_path: Path, text: str, words: str) -> None:
    """By the number that it has in the file."""
    file = tmp_path / "a.csv"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(BadTable, match=words):
        table.read(file, TWO, userid, undone="nothing was done")


def test_both_commands_read_the_same_way(tmp_path: Path) -> None:
    """Each with its own columns; people may have more of them."""
    wishes = read_wishes(written(tmp_path, "system,userid\nproda,jsmith\n"), "incident")
    assert (str(wishes[2]), wishes[2].reason) == ("PRODA:jsmith", "incident")
    assert read_people(written(tmp_path, "name,person\nJo,jo\n\nKim,kim\n")) == {2: "jo", 4: "kim"}
    with pytest.raises(BadTable, match="line 3: person: jo stands here twice"):
        read_people(written(tmp_path, "person\njo\njo\n"))
    with pytest.raises(BadTable, match="a column person is expected"):
        read_people(written(tmp_path, "name\njo\n"))
    with pytest.raises(BadInput, match="cannot be read"):
        read_people(tmp_path / "none.csv")


def test_what_is_done_is_not_done_again_and_an_edited_table_is_noticed(tmp_path: Path) -> None:
    """A line taken out above would have passed over one reset and asked for another twice."""
    file = tmp_path / "a.csv"
    with table.journal(file) as journal:
        first = journal.run
        journal.note(2, "A", "R1")
        journal.note(3, "B", "R2")
    with (tmp_path / "a.csv.progress").open("a") as progress:
        progress.write('{"line": 4, "na')  # the power failed
    with table.journal(file) as journal:
        assert journal.run == first
        assert journal.left({2: "A", 3: "B", 4: "C", 5: "D"}, str, file) == {4: "C", 5: "D"}
        with pytest.raises(
            BadTable, match=r"line 2: A stood here when it was done; now it is B.*line 3: B.*line is gone"
        ):
            journal.left({2: "B"}, str, file)
