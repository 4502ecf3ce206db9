"""`dialog`: what its commands print, and how they end."""

from __future__ import annotations

import hashlib
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest

from bridge.compose.dialogs import looked_at
from bridge.config.model import System, Tn3270
from connectors.hosts.dialogs.reader import PRODUCTS
from connectors.hosts.transcript import Shown
from connectors.hosts.transports.tn3270 import Tn3270Wire
from tests.rules.tree import ROOT
from tests.unit.cli.conftest import Run

EXGATE = ROOT / "deploy" / "handbook" / "exgate.yaml"
ACCTOOL = ROOT / "deploy" / "handbook" / "acctool.yaml"
SHIPPED = ROOT / "connectors" / "hosts" / "dialogs" / "tso-logon.yaml"
TAPES = ROOT / "tests" / "dialogs" / "tso" / "tapes"


@pytest.fixture
def spoiled(tmp_path: Path) -> Path:
    """The handbook's dialog with the password where it can be read."""
    file = tmp_path / "spoiled.yaml"
    file.write_text(EXGATE.read_text(encoding="utf-8").replace(", hidden: true", ""), encoding="utf-8")
    return file


def test_lint_without_a_name_looks_at_what_is_shipped(run: Run) -> None:
    """No configuration is needed for that."""
    ended = run("dialog", "lint")
    assert ended.code == 0
    first, *others = ended.out.splitlines()
    assert first == f"safe: tso-logon: tso-logon 1 sha256:{hashlib.sha256(SHIPPED.read_bytes()).hexdigest()}"
    assert [line.split()[1] for line in others] == ["racf:", "acf2:", "topsecret:", "linux:", "aix:", "ibmi:"]


def test_lint_says_file_line_and_rule(run: Run, spoiled: Path) -> None:
    """Status 1; each fault on a line of its own, those of other files as well."""
    ended = run("dialog", "lint", EXGATE, spoiled)
    assert ended.code == 1
    safe, fault = ended.out.splitlines()
    assert safe.startswith(f"safe: {EXGATE}: exgate 1 sha256:")
    assert fault.startswith(f"{spoiled}:25: screens.sign_on.type[1]: secret-in-the-open: {{password}} could be read")
    assert ended.err == "resetbridge: 1 of 2 dialogs are not safe\n"
    assert [bool(each["faults"]) for each in run("dialog", "lint", EXGATE, spoiled, "--json").json] == [False, True]


def test_lint_looks_at_each_system(desk: Run, tmp_path: Path) -> None:
    """A system's name stands for its dialog, additions of the configuration included."""
    config = tmp_path / "bridge/resetbridge.yaml"
    systems = f"""systems:
  PRODA:
    product: racf
    transport: {{type: tn3270, host: 127.0.0.1, tls: null, insecure: true, logon: {{menu: [ACME]}}}}
    service_id: {{userid: SVC, password: {{env: X}}}}
    dialogs: {{logon: {EXGATE}}}
"""
    config.write_text(config.read_text(encoding="utf-8").replace("systems: {}\n", systems), encoding="utf-8")
    ended = desk("dialog", "lint")
    assert ended.code == 0, ended.err
    assert [line.split()[:3] for line in ended.out.splitlines()] == [
        ["safe:", "tso-logon:", "tso-logon"], ["safe:", "racf:", "racf"], ["safe:", "acf2:", "acf2"],
        ["safe:", "topsecret:", "topsecret"], ["safe:", "linux:", "linux"], ["safe:", "aix:", "aix"],
        ["safe:", "ibmi:", "ibmi"], ["safe:", "PRODA:", "exgate"], ["safe:", "PRODA:commands:", "racf"],
    ]  # fmt: skip
    parts = desk("dialog", "describe", "proda", "--json").json["parts"]
    assert [part["name"] for part in parts] == ["exgate", "tso-logon", "transport.logon"]


def test_describe_shows_screens_messages_and_what_it_is_made_of(run: Run) -> None:
    """A table for people; the checksum is that of the record."""
    ended = run("dialog", "describe", EXGATE)
    assert ended.code == 0
    assert f"exgate\t1\t{EXGATE}\t{hashlib.sha256(EXGATE.read_bytes()).hexdigest()}" in ended.out
    assert (
        "sign_on\t“EXGATE02” at 1/2\t“{userid}” behind User identification; “{password}” behind Pass word (hidden)\t"
        "ENTER\tnews, menu_of_gate\t2 times, 15 s\tnot_started\tnothing to leave"
    ) in ended.out
    assert "no_reconnect\t“IKJ56411I”" in ended.out


def test_describe_shows_what_is_typed_for_a_phrase(run: Run) -> None:
    """Beside the line for a password, and for a helper."""
    said = run("dialog", "describe", "racf").out
    assert "\tALTUSER {userid} PHRASE('{new_password}') EXPIRED [RESUME: resume]\tREADY\twith phrase\t" in said
    assert "[,phrase: phrase]" in said


@pytest.mark.parametrize("dialog", ["tso-logon", str(EXGATE)])
def test_describe_draws_every_screen(run: Run, tmp_path: Path, dialog: str) -> None:
    """Well-formed SVG; each screen is a box inside the picture, each way that may be gone an arrow."""
    file = tmp_path / "dialog.svg"
    assert run("dialog", "describe", dialog, "--svg", file).code == 0
    found = run("dialog", "describe", dialog, "--json").json
    root = ElementTree.parse(file).getroot()
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    boxes = [group for group in root if group.tag.endswith("}g")]
    names = {next(each.text for each in group if each.tag.endswith("}text")) for group in boxes}
    assert names == {screen["screen"] for screen in found["screens"]}
    for group in boxes:
        box = next(each for each in group if each.tag.endswith("}rect"))
        x, y, wide, high = (float(box.attrib[key]) for key in ("x", "y", "width", "height"))
        assert x >= 0 and y >= 0 and x + wide <= width and y + high <= height
    ways = sum(len(set(screen["next"].split(", ")) - {screen["screen"], "done"}) for screen in found["screens"])
    drawn = [each for each in root if each.tag.endswith("}path") and "url(#way)" in each.attrib["marker-end"]]
    assert len(drawn) == ways


@pytest.mark.parametrize("dialog", [*PRODUCTS, str(ACCTOOL)])
def test_describe_draws_every_line(run: Run, tmp_path: Path, dialog: str) -> None:
    """Well-formed SVG; each line and what a helper is given is a box, whole and apart from the others in its column."""
    file = tmp_path / "commands.svg"
    assert run("dialog", "describe", dialog, "--svg", file).code == 0
    found = run("dialog", "describe", dialog, "--json").json
    root = ElementTree.parse(file).getroot()
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    boxes = [group for group in root if group.tag.endswith("}g")]
    titles = [next(each.text or "" for each in group if each.tag.endswith("}title")) for group in boxes]
    for each in found["commands"]:
        line = f"{each['given'].partition(' [')[0]} | {each['line']}" if each.get("given") else each["line"]
        assert any(title.startswith(line.partition(" [")[0]) for title in titles), line
    for each in found.get("helper", ()):
        assert any(title.startswith(each["given"].partition(" [")[0]) for title in titles)
    places = []
    for group in boxes:
        box = next(each for each in group if each.tag.endswith("}rect"))
        x, y, wide, high = (float(box.attrib[key]) for key in ("x", "y", "width", "height"))
        assert x >= 0 and y >= 0 and x + wide <= width and y + high <= height
        places.append((x, y, y + high))
    assert all(a[0] != b[0] or a[2] < b[1] or b[2] < a[1] for a, b in combinations(places, 2))


def test_diff_names_each_key_that_differs(run: Run, spoiled: Path, tmp_path: Path) -> None:
    """Status 1 where anything does, 0 where nothing does; comments do not count."""
    other = tmp_path / "other.yaml"
    other.write_text("# words\n" + EXGATE.read_text(encoding="utf-8").replace("press: PF12\n", "press: PF9\n", 1))
    ended = run("dialog", "diff", EXGATE, other)
    assert (ended.code, ended.out) == (1, "- screens.news.press: PF12\n+ screens.news.press: PF9\n")
    assert run("dialog", "diff", EXGATE, EXGATE).code == 0
    assert run("dialog", "diff", EXGATE, spoiled).code == 2  # what is not safe is not compared


def test_replay_says_where_a_tape_does_not_fit(run: Run) -> None:
    """File and line as an editor wants them; status 1."""
    plain, gate = TAPES / "tso-plain.jsonl", TAPES / "exgate.jsonl"
    ended = run("dialog", "replay", plain, gate)
    assert ended.code == 1
    fits, differs = ended.out.splitlines()
    assert fits.startswith(f"{plain}: fits: 7 screens, cut in ")
    assert differs.startswith(f"{gate}:3: the dialog would type: “LOGON APPLID(TSO)”")
    assert run("dialog", "replay", gate, "--dialog", EXGATE).code == 0


def test_what_is_no_dialog_is_said_in_words(run: Run, tmp_path: Path) -> None:
    """Neither a system nor a file."""
    ended = run("dialog", "describe", "NOPE")
    assert ended.code == 2
    assert "tso-logon, racf, acf2, topsecret, linux, aix, ibmi or a file is expected, not 'NOPE'" in ended.err
    (tmp_path / "broken.yaml").write_text("dialog: [")
    assert "broken.yaml:1: not YAML" in run("dialog", "lint", "broken.yaml").out


@pytest.mark.parametrize(
    ("dialog", "words"),
    [
        ("topsecret", ("TSS REPLACE({userid}) PASSWORD(", "TSS0300I")),
        ("acf2", ("CHANGE {userid} PASSWORD(", "PSWD-TOD")),
    ],
)
def test_the_line_for_ones_own_password_is_described(run: Run, dialog: str, words: tuple[str, ...]) -> None:
    """What is typed, what says that it worked, and what refuses it."""
    own = [row for row in run("dialog", "describe", dialog).out.splitlines() if row.startswith(words[0])]
    assert [row.split("\t")[1] for row in own] == ["none: done", "service_id_rejected", "password_rejected"]
    assert words[1] in own[0]


def test_a_products_commands_are_described(run: Run) -> None:
    """Each line, what is added when, and what the answers refuse for."""
    out = run("dialog", "describe", "racf").out
    assert (
        "reset\tALTUSER {userid} PASSWORD({new_password}) EXPIRED [RESUME: resume]"
        "\tREADY\twith password\tunknown\tstatus"
    ) in out
    assert "unknown_user\tICH21009I, ICH30001I" in out


def test_a_clock_that_ticks_makes_no_other_screen_to_look_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """One is shown, as it was first; another word makes another."""
    rows = [("EXGATE02  12:00:01",), ("EXGATE02  12:00:02",), ("EXGATE02  12:00:03", "BUSY")]

    def opens(wire: Tn3270Wire) -> None:
        for each in rows:
            wire._log.debug("host.screen", system="PRODA", place="UNKNOWN", rows=each)

    monkeypatch.setattr(Tn3270Wire, "open", opens)
    transport = Tn3270(host="zos.example.com")
    system = System(name="PRODA", title="A", product="racf", transport=transport, service_ids=())
    found = looked_at(SimpleNamespace(systems={"PRODA": system}), "PRODA")  # type: ignore[arg-type]
    assert [each.rows for each in found if isinstance(each, Shown)] == [rows[0], rows[2]]
