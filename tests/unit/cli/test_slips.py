"""What somebody types who sees it for the first time: each slip is named, with what to do next."""

from __future__ import annotations

import builtins
from pathlib import Path
from typing import Any, NoReturn

import pytest

from bridge import __main__ as program
from bridge.cli import bulk, check, common
from bridge.cli.outlet import Unwritten
from connectors.hosts.transcript import Shown
from tests.unit.cli.conftest import Run


@pytest.fixture
def people(desk: Run, tmp_path: Path) -> Run:
    """A bridge that knows Maria."""
    (tmp_path / "people.csv").write_text("person,email\nmaria,maria@example.com\n")
    assert desk("people", "import", "people.csv").code == 0
    return desk


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("dialog lint dialogs/proda.yaml", "dialogs/proda.yaml: there is no such file"),
        ("dialog replay proda.jsonl", "proda.jsonl: cannot be read: No such file or directory"),
        ("audit report --since 2026-12-01 --until 2026-11-01", "--until: a day after --since, 2026-12-01, is expected"),
        ("audit export --since 2026-12-01 --until 2026-12-01", "--until: a day after --since, 2026-12-01, is expected"),
        ("audit export --since yesterday", "a day is expected, like 2026-11-30, not 'yesterday'"),
        ("factor invite maria --lasts 99d", "--lasts: at most 30d is expected"),
        ("init people.csv", "people.csv: a folder is expected, or nothing; there is a file in the way"),
        ("init people.csv/new", "a folder is expected, or nothing; there is a file in the way"),
    ],
)
def test_a_slip_is_named(words: str, said: str, people: Run) -> None:
    """A mistake in what was typed: status 2, and what is expected in its place."""
    ended = people(*words.split())

    assert ended.code == 2
    assert said in ended.err


def test_everybody_who_is_unknown_is_named_with_the_line(people: Run, tmp_path: Path) -> None:
    """Of a table of people to invite; and nobody is."""
    (tmp_path / "staff.csv").write_text("person\nmaria\nnoone\nnorme\n")

    ended = people("factor", "invite", "--file", "staff.csv")

    assert ended.out == ""
    assert ended.err.splitlines() == ["staff.csv: line 3: there is no person noone",
                                      "staff.csv: line 4: there is no person norme",
                                      "staff.csv: nobody was invited"]  # fmt: skip


def test_an_empty_list_is_about_whom_was_asked_for(people: Run) -> None:
    """Not about everybody."""
    assert people("factor", "list", "maria").err.startswith("maria has no second factor; `resetbridge factor add maria")
    assert people("token", "list", "jo").err.startswith("jo has no token; `resetbridge token create jo`")


def test_a_language_without_texts_is_told(desk: Run, tmp_path: Path) -> None:
    """Its users would read English, and nobody would know why."""
    file = tmp_path / "bridge/resetbridge.yaml"
    file.write_text(file.read_text().replace("languages: [en]", "languages: [en, de, xx]"))

    assert "warn  configuration: site.languages: there are no texts in xx, only in en, cs" in desk("check").out


def test_what_is_no_configuration_is_not_repeated_at_length(run: Run, tmp_path: Path) -> None:
    """Its lines may be anything, a password's digest as well."""
    (tmp_path / "shadow").write_text("jo:" + "y" * 90 + ":1::\n")

    ended = run("--config", "shadow", "check")

    assert ended.code == 2
    assert "shadow:1: jo:yyyy" in ended.err
    assert "y" * 40 not in ended.err


def test_a_new_key_that_cannot_be_looked_for_is_said(
    desk: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By another user than the daemon's: the folder of keys is closed to them."""
    there = Path.exists

    def closed(path: Path, **how: Any) -> bool:
        if path.suffix == ".key":
            raise PermissionError(13, "Permission denied", str(path))
        return there(path, **how)

    monkeypatch.setattr(Path, "exists", closed)
    ended = desk("keys", "rotate")

    assert ended.code == 1
    assert ended.err.endswith(".key: cannot be written: Permission denied\n")


def test_an_authority_that_cannot_be_read_is_named(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is asked."""
    for name, value in (("URL", "https://localhost:1"), ("TOKEN", "rb_x"), ("CA", str(tmp_path))):
        monkeypatch.setenv(f"RESETBRIDGE_{name}", value)

    ended = run("resets")

    assert ended.code == 2
    assert ended.err == f"RESETBRIDGE_CA: {tmp_path} cannot be read: Is a directory\n"


def test_bulk_says_how_to_go_on_after_ctrl_c(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is lost, and it says so."""
    (tmp_path / "many.csv").write_text("system,userid\nPRODA,A\n")
    monkeypatch.setenv("RESETBRIDGE_URL", "https://localhost:1")
    monkeypatch.setenv("RESETBRIDGE_TOKEN", "rb_x")

    def pressed(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(bulk, "_ask", pressed)
    ended = run("bulk", "many.csv", "--reason", "x")

    assert ended.code == 130
    assert "what is done stands in many.csv.progress: the same command goes on from there" in ended.err


def test_ctrl_c_while_the_program_is_loaded_leaves_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a slow machine that takes a second or two."""
    load = builtins.__import__

    def slow(name: str, *more: Any) -> Any:
        if name == "bridge.cli":
            raise KeyboardInterrupt
        return load(name, *more)

    monkeypatch.setattr(builtins, "__import__", slow)
    with pytest.raises(SystemExit) as ended:
        program.run()

    assert ended.value.code == 130


def test_the_table_of_resets_is_legible_in_80_columns(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No word is cut, and no line wraps: the reason had been left one column."""
    monkeypatch.setenv("COLUMNS", "80")
    heads = ["ID", "STATE", "SYSTEM", "USERID", "REQUESTED", "BY", "CLEAN-UP", "REASON"]
    row = [
        "RMJ8TR4YW2PXF",
        "published",
        "SIMRACF",
        "PAYROLL7",
        "2026-11-27 02:57:42Z",
        "jo",
        "-",
        "forgotten, called back",
    ]

    common._rich_table(heads, [row])

    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= 80
    for word in [*heads, *" ".join(row).split()]:
        assert f"{word} " in f"{shown} ".replace("\n", " ")


@pytest.mark.parametrize("asked", [["--screens"], ["--svg", "pictures"], ["--screens", "--json"]])
def test_check_says_so_where_it_met_no_screen_to_show(desk: Run, asked: list[str]) -> None:
    """Over SSH there are none; whoever asked for pictures would look for them. Beside the document, not in it."""
    ended = desk("check", *asked)
    assert ended.err.startswith("no screen was met: over SSH there are none")
    assert "no screen was met" not in ended.out


def test_a_picture_that_cannot_be_kept_is_said_once_and_no_fault_of_the_logon(tmp_path: Path) -> None:
    """It is a BridgeError, which holds no service id; the screens of the log-off that follows are not in its way."""
    folder = tmp_path / "pictures"
    watch = check._gallery(folder, [], show=False)
    folder.rmdir()
    shown = Shown(system="PRODA", place="READY", rows=(" READY",))
    with pytest.raises(Unwritten, match="No such file or directory"):
        watch(shown)
    watch(shown)
