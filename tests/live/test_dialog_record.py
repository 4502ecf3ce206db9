"""`dialog record` at simulated hosts: on, off, and a tape without secrets that can be replayed."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from bridge.cli import main
from bridge.compose.dialogs import record
from bridge.compose.shared import node, state_directory
from bridge.config.model import Config
from bridge.config.reader import read as read_config
from bridge.domain.errors import TryLater
from connectors.hosts import tape
from connectors.hosts.dialogs.reader import load, shipped
from connectors.hosts.replay import replay
from connectors.machine import StateLock
from connectors.simulated.scenarios import SCENARIOS
from tests.live.test_check import configured
from tests.rules.tree import ROOT

EXGATE = ROOT / "deploy" / "handbook" / "exgate.yaml"


def secret_of(config: Config) -> str:
    ref = config.systems["SIMRACF"].service_ids[0].password
    assert ref is not None and ref.file is not None
    return ref.file.read_text().strip()


@pytest.mark.parametrize(
    ("system", "scenario"),
    [("SIMRACF", "ordinary"), ("SIMACF2", "ordinary"), ("SIMTSS", "ordinary"), ("SIMRACF", "model-5")],
)
def test_a_logon_is_kept_and_fits_its_dialog(tmp_path: Path, system: str, scenario: str) -> None:
    """Neither the password nor, unless asked for, a name is on it; screens may be of two sizes."""
    with configured(tmp_path, scenario) as config:
        made = record(config, system, names=False)
        named = record(config, system, names=True)
        assert secret_of(config) not in made.text + named.text
    assert not made.trouble
    assert "RSTBRDG" not in made.text and "RSTBRDG" in named.text
    file = tmp_path / "x.jsonl"
    for text in (made.text, named.text):
        file.write_text(text)
        assert not replay(tape.read(file), shipped().dialog).fault


@pytest.mark.parametrize(("system", "count", "another"), [("SIMSSH", 1, "ibmi"), ("SIMIBMI", 3, "racf")])
def test_what_a_host_over_ssh_says_is_kept_and_can_be_read(
    tmp_path: Path,
    system: str,
    count: int,
    another: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Of the service id itself, by a helper and by a shell; by another's dialog it cannot be."""
    with configured(tmp_path, "ordinary") as config:
        monkeypatch.chdir(tmp_path)
        made = record(config, system, names=False)
        (tmp_path / "x.jsonl").write_text(made.text)
        words = ["--config", str(config.path), "dialog", "replay", "x.jsonl", "--dialog"]
        with pytest.raises(SystemExit) as fits:
            main.run([*words, system])
        said = capsys.readouterr().out
        with pytest.raises(SystemExit) as other:
            main.run([*words, another])
    assert (made.trouble, made.screens, made.what) == ("", count, "answers")
    assert "RSTBRDG " not in made.text
    assert (fits.value.code, other.value.code) == (0, 1), said + made.text
    assert f"fits: {count} " in said
    assert "the dialog would type" in capsys.readouterr().out


def test_the_daemons_session_is_not_taken(tmp_path: Path) -> None:
    """While a worker runs on this machine nobody logs on as its service id."""
    with configured(tmp_path, "ordinary") as config:
        lock = StateLock.take(state_directory(config) / f".{node(config)}.worker.lock")
        assert lock is not None
        with pytest.raises(TryLater, match="stop it, and record again"):
            record(config, "SIMRACF", names=False)
        lock.give_back()


def test_what_is_not_passed_yet_is_kept_as_far_as_it_came(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                                          capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    """The session manager's first screen, to write its dialog by; with the dialog, the whole way is there."""
    with configured(tmp_path, "session-manager") as config:
        monkeypatch.chdir(tmp_path)
        words = ["--config", str(config.path), "dialog", "record", "SIMRACF", "first.jsonl"]
        with pytest.raises(SystemExit) as ended:
            main.run(words)
        assert ended.value.code == 1
        assert "first.jsonl: " in capsys.readouterr().err
        assert stat.S_IMODE((tmp_path / "first.jsonl").stat().st_mode) == 0o600
        assert "EXGATE02" in (tmp_path / "first.jsonl").read_text()

        text = config.path.read_text().replace("SIMRACF:\n", f"SIMRACF:\n    dialogs: {{logon: {EXGATE}}}\n")
        config.path.write_text(text)
        with pytest.raises(SystemExit) as ended:
            main.run([*words[:-1], "whole.jsonl"])
        assert ended.value.code == 0, capsys.readouterr().err
        secret = secret_of(config)
    assert secret not in (tmp_path / "whole.jsonl").read_text()
    assert not replay(tape.read(tmp_path / "whole.jsonl"), load(EXGATE).dialog).fault


def test_a_name_that_screens_are_known_by_stays_on_the_tape(tmp_path: Path) -> None:
    """A system called as its manager's panels are; covered, they would not be known again."""
    with configured(tmp_path, "session-manager") as config:
        text = config.path.read_text().replace("SIMRACF:\n", f"EXGATE02:\n    dialogs: {{logon: {EXGATE}}}\n")
        config.path.write_text(text)
        made = record(read_config(config.path), "EXGATE02", names=False)
    assert not made.trouble
    assert "RSTBRDG" not in made.text and "EXGATE02" in made.text
    (tmp_path / "x.jsonl").write_text(made.text)
    assert not replay(tape.read(tmp_path / "x.jsonl"), load(EXGATE).dialog).fault


def test_a_first_screen_is_looked_at_without_a_key_and_a_tape_screen_by_screen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No password is needed, and no session: rows, columns and fields are counted as a dialog counts them."""

    def said(*words: str) -> tuple[int | str | None, str, str]:
        with pytest.raises(SystemExit) as ended:
            main.run(["--config", str(config.path), "dialog", *words])
        out, err = capsys.readouterr()
        return ended.value.code, out, err

    with configured(tmp_path, "session-manager") as config:
        monkeypatch.chdir(tmp_path)
        text = config.path.read_text()
        ref = config.systems["SIMRACF"].service_ids[0].password
        assert ref is not None and ref.file is not None
        secret = ref.file.read_text()
        ref.file.unlink()
        code, out, err = said("look", "simracf")
        assert (code, err) == (0, "")
        assert "  1│ EXGATE02 " in out
        assert "....+....+" in out
        assert "8/37\t8\tshown\tUser identification . . :\n10/37\t8\thidden\tPass word . . . . . . . :" in out
        assert out.count("EXGATE02") == 1
        ref.file.touch(mode=0o600)
        ref.file.write_text(secret)
        config.path.write_text(text.replace("SIMRACF:\n", f"SIMRACF:\n    dialogs: {{logon: {EXGATE}}}\n"))
        assert said("record", "SIMRACF", "whole.jsonl")[0] == 0
        code, out, _ = said("look", "whole.jsonl")
        assert code == 0
        assert out.index("EXGATE02") < out.index("typed: at 8/37") < out.index("{password}") < out.index("EXGATE10")
        assert secret.strip() not in out
        (first, *_) = json.loads(said("look", "whole.jsonl", "--json")[1])
        assert first["screen"]["fields"][1] == {
            "at": "10/37",
            "length": 8,
            "kind": "hidden",
            "behind": "Pass word . . . . . . . :",
        }
        assert "has no screens" in said("look", "SIMIBMI")[2]
        assert "or a tape" in said("look", "nothing")[2]


def test_i1_what_a_manager_of_its_own_is_told_is_not_on_the_tape(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither its password nor, unless asked for, its userid, which a screen may show; and the tape fits."""
    knows = {
        "manager": True,
        "manager_knows": ("AGT0417", "QUIZ0815"),
        "broadcast": ("AGT0417 QUIZ0815 Q.U.I.Z.0.8.1.5 IS SHOWN",),
    }
    own = replace(SCENARIOS["session-manager"], options=knows)
    monkeypatch.setitem(SCENARIOS, "session-manager", own)  # type: ignore[arg-type]
    dialog = EXGATE.read_text().replace("{userid}", "{manager_userid}").replace("{password}", "{manager_password}")
    file = tmp_path / "own.yaml"
    file.write_text(dialog)
    with configured(tmp_path, "session-manager") as config:
        (tmp_path / "gate").touch(mode=0o600)
        (tmp_path / "gate").write_text("QUIZ0815\n")
        text = config.path.read_text().replace("SIMRACF:\n", f"SIMRACF:\n    dialogs: {{logon: {file}}}\n", 1)
        gate = f"session_manager: {{userid: AGT0417, password: {{file: {tmp_path}/gate}}}}"
        service = text.index("service_id: {", text.index("SIMRACF:"))
        config.path.write_text(f"{text[:service]}service_id: {{{gate}, {text[service + len('service_id: {') :]}")
        made = record(read_config(config.path), "SIMRACF", names=False)
        secret = secret_of(config)
    assert not made.trouble
    assert "IS SHOWN" in made.text
    assert not [word for word in ("AGT0417", "QUIZ0815", "Q.U.I.Z", secret) if word in made.text]
    assert "MGRUSER" in made.text and "{manager_userid}" in made.text
    tape_file = tmp_path / "x.jsonl"
    tape_file.write_text(made.text)
    assert not replay(tape.read(tape_file), load(file).dialog).fault
