"""A product's commands for a shell: what the loader refuses, rule by rule, with the line where it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.domain.errors import ConfigFault
from connectors.hosts.dialogs.reader import load_orders, shipped_orders
from tests.rules.tree import ROOT

ACCTOOL = (ROOT / "deploy" / "handbook" / "acctool.yaml").read_text(encoding="utf-8")
RESET = '{line: "acctool newpass", given: "{userid} {new_password} once", masked: true}'
SHOW = '{line: "acctool show {userid}", shows: account}'


def faults(folder: Path, text: str, product: str = "unix") -> str:
    file = folder / "site.yaml"
    file.write_text(text, encoding="utf-8")
    try:
        load_orders(file, product)
    except ConfigFault as found:
        return "\n".join(found.faults)
    return ""


def test_the_handbooks_is_safe(tmp_path: Path) -> None:
    """As it stands."""
    assert faults(tmp_path, ACCTOOL) == ""


BROKEN = [
    ("a password in a command line", (RESET, '{line: "acctool newpass {userid} {new_password}", masked: true}'),
     "commands.reset.lines[0].line: secret-in-the-open: {new_password} would stand in a command line"),
    ("a password that is given in the open", (", masked: true", ""),
     "commands.reset.lines[0]: secret-in-the-open: {new_password} is given to a command and not masked"),
    ("a password for another command",
     ('"acctool forgive {userid}"', '"acctool forgive", given: "{userid} {new_password}", masked: true'),
     "commands.unlock.lines: secret-in-the-open: {new_password} belongs to reset alone"),
    ("one that is given twice", (RESET, f"{RESET}, {RESET}"), "commands.reset.lines: {new_password} is expected once"),
    ("a userid that is looked for", (SHOW, '{line: "grep {userid} /etc/acc", shows: account}'),
     "commands.status.lines[0].line: userid-as-pattern: {userid} would be part of what is looked for"),
    ("one in an expression", (SHOW, '{line: "acctool show ^{userid}", shows: account}'),
     "commands.status.lines[0].line: userid-as-pattern: {userid} would be part of what is looked for"),
    ("one behind a pipe", (SHOW, '{line: "acctool all | sed -n /{userid}/p", shows: account}'),
     "commands.status.lines[0].line: userid-as-pattern"),
    ("a userid as a label", ("label: Account}", 'label: "{userid}"}'), "profile.userid.label: userid-as-pattern"),
    ("a userid among what refuses", ("^ACC403 ", "{userid} MAY NOT"),
     "refused.not_authorized.pattern: userid-as-pattern"),
    ("no limit", ("    within: 30s\n    else: not_started", "    else: not_started"),
     "commands.status.within: no-limit: how long to wait for an answer is missing"),
    ("no else", ("    else: not_started\n", ""), "commands.status.else: no-else"),
    ("a value that means neither", (", unless: [in use]", ""),
     "profile.must_change: no-else: when, values that mean yes"),
    ("a value that means both", ("unless: [in use]", "unless: [To be changed]"),
     "profile.must_change: a value is expected under"),
    ("no read-back", ("    read_back: status\n", ""), "commands.reset.read_back: prompt-alone"),
    ("an answer nobody reads", (SHOW, f'{SHOW}, {{line: "acctool more {{userid}}", shows: more}}'),
     "commands.status.lines: prompt-alone: nothing is read of the answer more"),
    ("an answer without a name", (", shows: account}]", "}]"), "commands.status.lines[0].shows: prompt-alone"),
    ("an answer that no line shows", ("{shows: account, label: Set at}", "{shows: other, label: Set at}"),
     "profile.changed.shows: no-else: no line of status shows other"),
    ("nobody who reads", ("reads: facts\n", ""),
     "reads: prompt-alone: who reads the answers to status is missing: linux, aix, facts"),
    ("a reader of other answers", ("reads: facts\n", "reads: linux\n"),
     "no-else: linux reads the answer ageing, which no line shows"),
    ("a reader of another product", ("reads: facts\n", "reads: dspusrprf\n"),
     "reads: dspusrprf reads answers of ibmi, not of unix"),
    ("a prompt", ("shows: account}]", "shows: account, ends: [DONE]}]"),
     "after, ends and first_use are for lines typed at READY"),
    ("a word that stands for nothing", ("acctool show", "{sudo} acctool --for {person} show"),
     "{person} stands for nothing here"),
    ("a given that a shell reads", ('"{userid} {new_password} once"', '"{userid} {new_password} $(id)\'"'),
     "commands.reset.lines[0].given: letters, digits and _ @ #"),
    ("no profile", (ACCTOOL[ACCTOOL.index("profile:"):], ""), "profile: prompt-alone: what the answers say is missing"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "words"), [each[1:] for each in BROKEN], ids=[each[0] for each in BROKEN])
def test_what_is_not_safe_is_refused(change: tuple[str, str], words: str, tmp_path: Path) -> None:
    """In words, with its line."""
    assert change[0] in ACCTOOL
    found = faults(tmp_path, ACCTOOL.replace(*change, 1))
    assert words in found
    assert found.startswith("site.yaml:") or f"{tmp_path}/site.yaml:" in found


def test_on_ibm_i_a_userid_stands_between_apostrophes(tmp_path: Path) -> None:
    """$ is a letter in names there, and a shell would read it as a variable."""
    top = 'dialog: s\nversion: 1\nextends: ibmi\ncommands:\n  unlock: {lines: [{line: "system ENABLE({userid})"}]}\n'
    assert "{userid} is expected between apostrophes" in faults(tmp_path, top, "ibmi")
    assert faults(tmp_path, top.replace("ENABLE({userid})", "'ENABLE({userid})'"), "ibmi") == ""


@pytest.mark.parametrize("more", ['given: "x"', "shows: x", "only: lift_lock"])
def test_at_ready_there_is_nothing_to_give(more: str, tmp_path: Path) -> None:
    """Keys of one kind of line are refused in the other."""
    top = "dialog: s\nversion: 1\nextends: racf\ncommands:\n  unlock: {lines: [{line: 'ALU {userid} RESUME', MORE}]}\n"
    assert "expected" in faults(tmp_path, top.replace("MORE", more), "racf")


@pytest.mark.parametrize(("name", "product"), [("linux", "unix"), ("aix", "unix"), ("ibmi", "ibmi")])
def test_one_line_can_be_corrected(name: str, product: str, tmp_path: Path) -> None:
    """What is marked as from memory included: the rest stays."""
    top = f"dialog: s\nversion: 1\nextends: {name}\nrefused:\n  password_rejected: {{pattern: ['^NO GOOD']}}\n"
    file = tmp_path / "site.yaml"
    file.write_text(top, encoding="utf-8")
    found = load_orders(file, product)
    assert "^NO GOOD" in [text for text, _ in found.dialog.words]
    assert found.dialog.commands == shipped_orders(name).dialog.commands
    assert [part.name for part in found.parts] == ["s", name]
