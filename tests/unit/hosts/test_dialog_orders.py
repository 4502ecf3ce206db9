"""A product's commands as a file: what they become, and what makes them unsafe."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.domain.errors import BadInput, ConfigFault, HostRefused, UnexpectedAnswer
from bridge.domain.failure import Reason
from bridge.domain.names import Userid
from bridge.domain.outcome import Order, Reply
from bridge.domain.secret import Secret
from connectors.hosts.dialogs.reader import load, load_orders, shipped_orders
from connectors.hosts.products import PRODUCTS
from connectors.hosts.products.acf2 import Acf2
from connectors.hosts.products.base import ChangesOwn
from connectors.hosts.products.racf import Racf
from connectors.hosts.products.topsecret import TopSecret

USERID = Userid("JSMITH")
NEW = Secret("Q7ZK2MWX")
GOOD = """\
dialog: site
version: 2
product: racf
refused:
  unknown_user: {numbers: [EXG100E], pattern: ['NOBODY OF THAT NAME']}
commands:
  status:
    lines: [{line: "LISTUSER {userid}"}]
    else: not_started
  reset:
    lines: [{line: "%SETPW {userid} {new_password}", resume: " RESUME", masked: true, ends: [SETPW]}]
    no_return: true
    read_back: status
    else: unknown
  unlock:
    lines: [{line: "ALTUSER {userid} RESUME"}]
    no_return: true
    read_back: status
    else: unknown
leave: [{line: END}]
"""


def written(folder: Path, text: str) -> Path:
    file = folder / "site.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def lines(order: Order) -> list[tuple[str, tuple[str, ...], str]]:
    return [(each.line.expose(), each.ends, each.after) for each in order.typed]


TYPED = {
    "racf": [("ALTUSER JSMITH PASSWORD(Q7ZK2MWX) EXPIRED RESUME", ("READY",), "")],
    "acf2": [
        ("ACF", ("ACF",), ""), ("SET LID", ("LID",), ""),
        ("CHANGE JSMITH PASSWORD(Q7ZK2MWX) PSWD-EXP PSWD-VIO(0)", ("LID",), ""),
    ],
    "topsecret": [
        ("TSS REPLACE(JSMITH) PASSWORD(Q7ZK2MWX,,EXP)", ("READY",), ""),
        ("TSS REMOVE(JSMITH) SUSPEND", ("READY",), "FUNCTION SUCCESSFUL"),
    ],
}  # fmt: skip


@pytest.mark.parametrize("product", sorted(TYPED))
def test_what_is_shipped_is_typed_as_it_stands(product: str) -> None:
    """The whole line for a reset that lifts a suspension; shown, the password is not."""
    order = PRODUCTS[product]("PRODA").reset(USERID, NEW, resume=True)
    assert lines(order) == TYPED[product]
    assert NEW.expose() not in " ".join(str(each.line) for each in order.typed)


def test_additions_are_left_out_where_they_are_not_wanted() -> None:
    """Without resume, and where PSWDFRC does it."""
    assert lines(PRODUCTS["topsecret"]("PRODA").reset(USERID, NEW, resume=False)) == TYPED["topsecret"][:1]
    assert lines(Acf2("PRODA", rely_on_pswdfrc=True).reset(USERID, NEW, resume=False))[-1] == (
        "CHANGE JSMITH PASSWORD(Q7ZK2MWX)", ("LID",), "",
    )  # fmt: skip


def test_a_site_types_lines_of_its_own(tmp_path: Path) -> None:
    """Its command, its prompt, the way back, its own echo and its own words for a refusal."""
    racf = Racf("PRODA", orders=load_orders(written(tmp_path, GOOD), "racf").dialog)
    order = racf.reset(USERID, NEW, resume=True)
    assert lines(order) == [("%SETPW JSMITH Q7ZK2MWX RESUME", ("SETPW",), "")]
    assert [each.line.expose() for each in order.leave] == ["END"]

    racf.read_reset((Reply(rows=("%SETPW JSMITH ********",), prompt="READY"),), USERID)
    for row in ("NOBODY OF THAT NAME", " exg100e: whatever"):
        with pytest.raises(HostRefused, match=Reason.UNKNOWN_USER.words):
            racf.read_reset((Reply(rows=(row,), prompt="READY"),), USERID)


def test_a_file_that_extends_the_shipped_one_changes_one_line(tmp_path: Path) -> None:
    """The rest stays: other commands, and everything that refuses."""
    text = """\
dialog: site
version: 1
extends: racf
commands:
  unlock: {lines: [{line: "ALU {userid} RESUME"}]}
"""
    found = load_orders(written(tmp_path, text), "racf")
    assert found.dialog.commands.unlock.lines[0].line == "ALU {userid} RESUME"
    assert found.dialog.commands.reset == shipped_orders("racf").dialog.commands.reset
    assert found.dialog.numbers == shipped_orders("racf").dialog.numbers


BROKEN = [
    ("a password in a line that is not masked", (", masked: true", ""),
     "site.yaml:11: commands.reset.lines[0]: secret-in-the-open: {new_password} stands in a line that is not masked; "
     "masked: true is expected"),
    ("a password in another command", ('"ALTUSER {userid} RESUME"', '"ALTUSER {userid} {new_password}", masked: true'),
     "site.yaml:16: commands.unlock.lines: secret-in-the-open: {new_password} belongs to reset alone"),
    ("words that are none", ("product: racf\n", "product: racf\nharmless_pattern: ['(']\n"),
     "site.yaml:4: harmless_pattern[0]: a regular expression is expected: missing ), unterminated subpattern at "
     "character 0"),
    ("a password to look for", ("NOBODY OF THAT NAME", "{new_password} REFUSED"),
     "site.yaml:5: refused.unknown_user.pattern: secret-in-the-open: {new_password} is nothing to look for"),
    ("a userid to look for", ("NOBODY OF THAT NAME", "NO {userid}"),
     "site.yaml:5: refused.unknown_user.pattern: userid-as-pattern: {userid} is nothing to look for; write what the "
     "host itself says"),
    ("success on a prompt alone", ("    no_return: true\n    read_back: status\n", "    no_return: true\n"),
     "site.yaml:10: commands.reset.read_back: prompt-alone: only a read-back tells what has become of it: status is "
     "expected"),
    ("no else", ("    else: not_started\n", ""),
     "site.yaml:7: commands.status.else: no-else: what it means when the answer is none that is known is missing"),
    ("not started after the point of no return", ("    else: unknown\n", "    else: not_started\n"),
     "site.yaml:14: commands.reset.else: no-else: after the point of no return an answer that is not known leaves it "
     "unknown"),
    ("no way back", ("leave: [{line: END}]\n", ""),
     "site.yaml:1: leave: no-log-off: a line ends elsewhere than at READY; the lines that lead back there are "
     "expected"),
    ("a way back that ends elsewhere", ("{line: END}", "{line: END, ends: [SETPW]}"),
     "site.yaml:20: leave: no-log-off: the last line is expected to end at READY"),
    ("no point of no return", ("    no_return: true\n    read_back", "    read_back"),
     "site.yaml:10: commands.reset.no_return: true is expected: from here on the host may have changed something"),
    ("a reason that is none", ("  unknown_user:", "  nobody:"),
     "site.yaml:5: refused.nobody: a reason code of the handbook's page on reasons is expected"),
    ("no new password", (" {new_password}", ""), "site.yaml:11: commands.reset.lines: {new_password} is expected once"),
    ("a line that goes on", ('"LISTUSER {userid}"', '"LISTUSER {userid} -"'),
     "site.yaml:8: commands.status.lines[0].line: - or + at the end goes on in the next line, as TSO reads it"),
    ("nobody to list", ('"LISTUSER {userid}"', '"LISTUSER *"'),
     "site.yaml:8: commands.status.lines: {userid} is expected in one of them"),
    ("a password to wait for", ("ends: [SETPW]", "ends: ['{new_password}']"),
     "site.yaml:11: commands.reset.lines[0]: secret-in-the-open: {new_password} is nothing to wait for"),
    ("a userid to wait for", ("ends: [SETPW]", "ends: ['{userid}']"),
     "site.yaml:11: commands.reset.lines[0]: userid-as-pattern: {userid} is nothing to wait for"),
    ("a word that stands for nothing", ('"LISTUSER {userid}"', '"LISTUSER {userid} {segment}"'),
     "site.yaml:8: commands.status.lines[0].line: {segment} stands for nothing here; {userid} and {new_password} do"),
    ("no end", ("ends: [SETPW]", "ends: []"),
     "site.yaml:11: commands.reset.lines[0].ends: no-else: the prompt that ends the answer is expected"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "change", "said"), BROKEN, ids=[each[0] for each in BROKEN])
def test_each_rule_has_commands_that_break_it_alone(
    tmp_path: Path, what: str, change: tuple[str, str], said: str
) -> None:
    """The words name the file, the line, the key and what is expected."""
    assert change[0] in GOOD, what
    file = written(tmp_path, GOOD.replace(*change, 1))
    with pytest.raises(ConfigFault) as fault:
        load_orders(file, "racf")
    assert [line.replace(f"{tmp_path}/", "") for line in fault.value.faults] == [said]


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    """Commands where screens are expected, and those of another product."""
    file = written(tmp_path, GOOD)
    with pytest.raises(ConfigFault, match="screens are expected here"):
        load(file)
    with pytest.raises(ConfigFault, match="commands of acf2 are expected here, not those of racf"):
        load_orders(file, "acf2")
    screens = written(tmp_path, SCREENS)
    with pytest.raises(ConfigFault, match="the commands of racf are expected here; this file has screens"):
        load_orders(screens, "racf")


SCREENS = """\
dialog: front
version: 1
extends: tso-logon
"""


def test_a_command_without_lines_is_refused(tmp_path: Path) -> None:
    """What to type is expected, and for whom."""
    file = written(tmp_path, GOOD.replace('    lines: [{line: "LISTUSER {userid}"}]\n', "    lines: []\n"))
    with pytest.raises(ConfigFault, match=r"commands\.status\.lines: what to type is expected"):
        load_orders(file, "racf")


OWN = """\
own_password:
  line: "%NEWPW {new_password} FROM({password})"
  masked: true
  refused:
    service_id_rejected: {pattern: ['TOO EARLY']}
    password_rejected: {numbers: [EXG200E]}
"""


def test_a_site_says_how_the_service_id_changes_its_own_password(tmp_path: Path) -> None:
    """Another line, and other answers; what is counted as a wrong try is looked for first."""
    racf = Racf("PRODA", orders=load_orders(written(tmp_path, GOOD + OWN), "racf").dialog)
    (typed,) = racf.own_change(USERID, Secret("OLDPW234"), NEW).typed
    assert typed.line.expose() == "%NEWPW Q7ZK2MWX FROM(OLDPW234)"
    racf.read_own_change((Reply(rows=("%NEWPW ******** FROM(********)",), prompt="READY"),))
    for rows, why in (
        (("EXG200E NOT THAT ONE",), Reason.PASSWORD_REJECTED),
        (("EXG200E NOT THAT ONE", "TOO EARLY"), Reason.SERVICE_ID_REJECTED),
    ):
        with pytest.raises(HostRefused) as refused:
            racf.read_own_change((Reply(rows=rows, prompt="READY"),))
        assert refused.value.reason is why


def test_a_site_whose_file_says_nothing_of_it_has_no_such_command(tmp_path: Path) -> None:
    """What is shipped, or extends it, has one; nothing else is typed in its place."""
    racf = Racf("PRODA", orders=load_orders(written(tmp_path, GOOD), "racf").dialog)
    assert (racf.changes_own, Racf("PRODA").changes_own) == (False, True)
    with pytest.raises(UnexpectedAnswer):
        racf.own_change(USERID, Secret("OLDPW234"), NEW)


OWN_BROKEN = [
    ("in the open", ("  masked: true\n", ""), "own_password: secret-in-the-open: {password} and {new_password} stand"),
    ("the present one twice", ("FROM({password})", "FROM({password} {password})"),
     "own_password.line: {password} is expected once, or not at all"),
    ("no new one", ("%NEWPW {new_password}", "%NEWPW"), "own_password.line: {new_password} is expected once"),
    ("a word for nothing", ("%NEWPW", "%NEWPW {nobody}"), "own_password.line: {nobody} stands for nothing here"),
    ("no end", ("  masked: true\n", "  masked: true\n  ends: []\n"), "own_password.ends: no-else: the prompt"),
    ("a secret to look for", ("  masked: true\n", "  masked: true\n  done_pattern: ['SET {new_password}']\n"),
     "own_password: {new_password} is nothing to wait or look for"),
    ("success that is no expression", ("  masked: true\n", "  masked: true\n  done_pattern: ['(']\n"),
     "own_password.done_pattern[0]: a regular"),
    ("nothing that counts", ("    service_id_rejected: {pattern: ['TOO EARLY']}\n", ""),
     "own_password.refused: no-else: service_id_rejected and password_rejected are expected"),
    ("words that are none", ("'TOO EARLY'", "'('"), "own_password.refused.service_id_rejected.pattern[0]: a regular"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "said"), [each[1:] for each in OWN_BROKEN], ids=[each[0] for each in OWN_BROKEN])
def test_a_line_for_ones_own_password_is_safe(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    """Both are secrets, and it is said what ends the trying."""
    assert OWN.count(change[0]) == 1
    with pytest.raises(ConfigFault) as fault:
        load_orders(written(tmp_path, GOOD + OWN.replace(*change)), "racf")
    assert len(fault.value.faults) == 1 and said in fault.value.faults[0]


def test_it_has_to_come_back_to_ready(tmp_path: Path) -> None:
    """Where its answer ends elsewhere, lines have to lead back."""
    text = "dialog: x\nversion: 1\nextends: racf\n" + OWN.replace("  masked", "  ends: [NEWPW]\n  masked")
    with pytest.raises(ConfigFault, match=r"own_password\.ends: no-log-off: leave, with the lines"):
        load_orders(written(tmp_path, text), "racf")


def test_no_shell_reads_such_a_line(tmp_path: Path) -> None:
    """It would never be typed there."""
    text = "dialog: x\nversion: 1\nextends: ibmi\n" + OWN
    with pytest.raises(ConfigFault, match="own_password: racf, acf2 and topsecret have such a line"):
        load_orders(written(tmp_path, text), "ibmi")


OWN_LINES: dict[str, tuple[list[str], list[str]]] = {
    "racf": (["PASSWORD PASSWORD(OLDPW234 Q7ZK2MWX)"], []),
    "acf2": (["ACF", "SET LID", "CHANGE JSMITH PASSWORD(Q7ZK2MWX)"], ["END"]),
    "topsecret": (["TSS REPLACE(JSMITH) PASSWORD(OLDPW234/Q7ZK2MWX)"], []),
}


@pytest.mark.parametrize("name", OWN_LINES)
def test_what_is_typed_for_ones_own_password(name: str) -> None:
    """Inside what the product's commands are typed in, and out of it again."""
    product = PRODUCTS[name]("PRODA")
    assert isinstance(product, ChangesOwn)
    order = product.own_change(USERID, Secret("OLDPW234"), NEW)
    typed, leave = OWN_LINES[name]
    assert [each.line.expose() for each in order.typed] == typed
    assert [each.line.expose() for each in order.leave] == leave
    assert "Q7ZK2MWX" not in str(order.typed[-1].line) and "OLDPW234" not in str(order.typed[-1].line)


def test_top_secret_is_never_told_a_password_that_means_something_else() -> None:
    """NOPW: none is needed any more."""
    with pytest.raises(BadInput):
        TopSecret("PRODA").own_change(USERID, Secret("OLDPW234"), Secret("NOPW"))
