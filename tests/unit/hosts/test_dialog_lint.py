"""A dialog that is not safe is refused, in words, with its file and line; one that is gets a checksum."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from random import Random

import pytest

from bridge.config.model import LogonSettings
from bridge.domain.errors import ConfigFault
from connectors.hosts.dialogs.reader import SHIPPED, find, load, shipped
from connectors.hosts.dialogs.tailor import tailored

GOOD = """\
dialog: acme
version: 3
transport: tn3270
begin: [menu]
messages:
  rejected: {says: [ACME07E], end: rejected(service_id_rejected)}
screens:
  menu:
    says: ACME MAIN MENU
    type: [{behind: "Userid ===>", text: "{userid}"}]
    press: PF5
    next: [password]
    at_most: 2
    within: 15s
    else: not_started
    nothing_to_leave: true
  password:
    says: ACME PASSWORD
    type: [{behind: "Password ===>", text: "{password}", hidden: true}]
    press: ENTER
    next: [ready]
    at_most: 2
    within: 15s
    else: not_started
    leave: {press: PF3, then: [menu]}
  ready:
    prompt: READY
    done: {proof: [TIME]}
    leave: {type: [{text: LOGOFF}], press: ENTER, then: [menu]}
"""


def written(folder: Path, text: str, name: str = "acme.yaml") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def refused(file: Path) -> list[str]:
    """What is said of a file that is not taken, without the folder."""
    with pytest.raises(ConfigFault) as fault:
        load(file)
    return [line.replace(f"{file.parent}/", "") for line in fault.value.faults]


def test_a_safe_dialog_is_taken(tmp_path: Path) -> None:
    """The dialog that every test below spoils in one place is good itself."""
    assert list(load(written(tmp_path, GOOD)).dialog.screens) == ["menu", "password", "ready"]


CONFIRMED = (
    "leave: {type: [{text: LOGOFF}], press: ENTER, then: [menu]}\n",
    """leave: {type: [{text: LOGOFF}], press: ENTER, then: [confirm]}
  confirm:
    says: LOG OFF Y/N
    leave: {type: [{behind: Y/N, text: "Y"}], press: ENTER, then: [bye]}
  bye: {says: GOODBYE, nothing_to_leave: true}
""",
)


def test_a_screen_on_the_way_out_alone_says_only_how_it_is_left(tmp_path: Path) -> None:
    """A panel that asks whether to log off never comes on the way in: `any` does not mean it, and `next` cannot."""
    text = GOOD.replace(*CONFIRMED)
    for each in (text, text.replace("next: [ready]", "next: [any]")):
        assert list(load(written(tmp_path, each)).dialog.screens)[-2:] == ["confirm", "bye"]
    named = refused(written(tmp_path, text.replace("next: [ready]", "next: [ready, confirm]")))
    assert "acme.yaml:30: screens.confirm.press: is missing: the key to press" in named


EXPIRED = """  expired:
    at: [{row: 1, column: 2, text: ACME06A}]
    ends: rejected(service_id_rejected)
    leave: {press: PF3, then: [menu]}
"""


def test_a_screen_that_ends_the_logon_says_only_how_it_is_left(tmp_path: Path) -> None:
    """`next` names it; no key, limit or else is asked of it, and no way to the end leads on. Its way out is."""
    text = GOOD.replace("next: [ready]", "next: [ready, expired]") + EXPIRED
    assert load(written(tmp_path, text)).dialog.screens["expired"].verdict.end == "rejected(service_id_rejected)"
    found = refused(written(tmp_path, text.replace("    leave: {press: PF3, then: [menu]}\n", "")))
    assert any("screens.expired.leave: no-log-off" in line for line in found)
    assert refused(written(tmp_path, text.replace("service_id_rejected)\n    leave", "nobody)\n    leave"))) == [
        "acme.yaml:32: screens.expired.ends: not_started, unknown, done or rejected(REASON) is expected, with a reason "
        "code of the handbook's page on reasons"
    ]


def test_a_screen_with_a_name_of_one_below_is_not_known_by_both_without_being_told(tmp_path: Path) -> None:
    """Whoever calls his list of applications `menu` would otherwise wait for ISPF's words on it as well."""
    top = "dialog: top\nversion: 1\nextends: tso-logon\nscreens:\n  menu:\n    at: [{row: 4, column: 7, text: LIST}]\n"
    assert load(written(tmp_path, top)).dialog.screens["menu"].at  # one key more of the screen below
    top += "    press: ENTER\n    next: [ready]\n"
    assert refused(written(tmp_path, top)) == [
        "acme.yaml:5: screens.menu: tso-logon.yaml has a screen of this name, known by says, which would have to fit "
        "as well: choose another name, or say here what of it is meant"
    ]
    assert load(written(tmp_path, f"{top}    says: ISPF\n")).dialog.screens["menu"].says == ("ISPF",)


def test_a_screen_that_nothing_leads_to_is_told_by_what_it_is_for(tmp_path: Path) -> None:
    """In vain on the way out, or with what belongs on the way in."""
    text = GOOD.replace(*CONFIRMED)
    lost = refused(written(tmp_path, text.replace("then: [confirm]", "then: [menu]")))
    assert (
        "acme.yaml:30: screens.confirm: unreachable: no begin, next or leave leads to this screen; name it there, or "
        "drop it; where it ends the logon, `ends: not_started` or the like belongs to it"
    ) in lost
    both = refused(written(tmp_path, text.replace("says: LOG OFF Y/N", "says: LOG OFF Y/N\n    press: ENTER")))
    assert (
        "acme.yaml:30: screens.confirm: unreachable: no begin or next leads to this screen; name it there, or drop it. "
        "On the way out alone it says how it is known, and leave or nothing_to_leave, and nothing else"
    ) in both


@pytest.mark.parametrize("name", SHIPPED)
def test_what_is_shipped_is_safe(name: str) -> None:
    """It is read by the same loader."""
    assert find(name).dialog.dialog == name


BROKEN = [
    ("unreachable: a screen",
     ("next: [password]", "next: [password]"), ("begin: [menu]", "begin: [password]"),
     "acme.yaml:8: screens.menu: unreachable: no begin or next leads to this screen; name it there, or drop it. On the "
     "way out alone it says how it is known, and leave or nothing_to_leave, and nothing else"),
    ("unreachable: the end",
     ("next: [ready]", "next: [menu]"), None,
     "acme.yaml:26: screens.ready: unreachable: no begin or next leads to this screen; name it there, or drop it"),
    ("no else",
     ("next: [password]\n    at_most: 2\n    within: 15s\n    else: not_started",
      "next: [password]\n    at_most: 2\n    within: 15s"), None,
     "acme.yaml:8: screens.menu.else: no-else: what it means when nothing of `next` comes is missing, like "
     "not_started"),
    ("no next", ("    next: [password]\n", ""), None,
     "acme.yaml:8: screens.menu.next: no-else: what may come then is missing: names of screens, or any"),
    ("no time limit",
     ("next: [password]\n    at_most: 2\n    within: 15s", "next: [password]\n    at_most: 2"), None,
     "acme.yaml:8: screens.menu.within: no-limit: how long to wait for an answer is missing, like 15s"),
    ("no limit of visits",
     ("next: [password]\n    at_most: 2\n", "next: [password]\n"), None,
     "acme.yaml:8: screens.menu.at_most: no-limit: how often this screen may come is expected, 1 to 1000"),
    ("no log-off", ("    leave: {press: PF3, then: [menu]}\n", ""), None,
     "acme.yaml:17: screens.password.leave: no-log-off: how to leave this screen is missing: leave: {press: KEY, then: "
     "[SCREEN]}, or nothing_to_leave: true"),
    ("a log-off that ends in the air", ("{press: PF3, then: [menu]}", "{press: PF3}"), None,
     "acme.yaml:25: screens.password.leave.then: no-log-off: which screen comes then is missing; where the key hangs "
     "up, nothing_to_leave: true takes the place of leave"),
    ("a log-off that goes round in circles",
     ("{press: PF3, then: [menu]}", "{press: PF3, then: [password]}"), None,
     "acme.yaml:25: screens.password.leave.then: no-log-off: no way leads from here to a screen with nothing_to_leave"),
    ("a password in a field that shows it", (", hidden: true", ""), None,
     "acme.yaml:19: screens.password.type[0]: secret-in-the-open: {password} could be read here; hidden: true is "
     "expected, and a non-display field"),
    ("a new password that may be left out",
     ('text: "{password}", hidden: true', 'text: "{new_password}", hidden: true, if_missing: skip'), None,
     "acme.yaml:19: screens.password.type[0].if_missing: secret-in-the-open: without its field {new_password} is not "
     "typed at all; stop is expected"),
    ("a password in company", ('text: "{password}"', 'text: "PASS {password}"'), None,
     "acme.yaml:19: screens.password.type[0].text: secret-in-the-open: {password} is expected alone: what stands "
     "beside it would be sent with it"),
    ("a password to look for", ("says: ACME PASSWORD", 'says: "{password}"'), None,
     "acme.yaml:18: screens.password.says: secret-in-the-open: {password} is nothing to look for, and nothing to type "
     "here"),
    ("success on a prompt alone", ("done: {proof: [TIME]}", "done: {}"), None,
     "acme.yaml:28: screens.ready.done: prompt-alone: a prompt can be a picture of one; proof: lines that have to be "
     "answered, is expected"),
    ("a userid to look for", ("says: ACME MAIN MENU", 'says: "WELCOME {userid}"'), None,
     "acme.yaml:9: screens.menu.says: userid-as-pattern: {userid} is nothing to look for; write what the screen itself "
     "says"),
    ("a userid in an expression", ("says: ACME MAIN MENU", "pattern: 'WELCOME {userid} .*'"), None,
     "acme.yaml:9: screens.menu.pattern: userid-as-pattern: {userid} is nothing to look for; write what the screen "
     "itself says"),
    ("a screen that is not there", ("next: [ready]", "next: [ready, raedy]"), None,
     "acme.yaml:21: screens.password.next: there is no screen raedy; did you mean ready?"),
    ("a key that is not there", ("press: PF5", "press: F5"), None,
     "acme.yaml:11: screens.menu.press: ENTER, CLEAR, TAB, PF1 to PF24 or PA1 to PA3 is expected, not F5; did "
     "you mean PF5?"),
    ("an outcome that is none",
     ("end: rejected(service_id_rejected)", "end: refused"), None,
     "acme.yaml:6: messages.rejected.end: not_started, unknown, done or rejected(REASON) is expected"),
    ("a key that nobody knows", ("    press: PF5", "    presss: PF5\n    press: PF5"), None,
     "acme.yaml:11: screens.menu.presss: no such key; did you mean press?"),
    ("an expression that is none", ("says: ACME MAIN MENU", "pattern: '(ACME'"), None,
     "acme.yaml:9: screens.menu.pattern[0]: a regular expression is expected: missing ), unterminated subpattern at "
     "character 0"),
    ("an expression with a flag", ("says: ACME MAIN MENU", "pattern: '(?m)^ACME'"), None,
     "acme.yaml:9: screens.menu.pattern[0]: no flags are expected: case never counts, ^ and $ are a line's ends, and "
     ". stays within its line; (?s:…) lets a part go over lines"),
    ("an expression with a name", ("says: ACME MAIN MENU", "pattern: '(?P<site>ACME)'"), None,
     "acme.yaml:9: screens.menu.pattern[0]: no names of groups are expected: several expressions are put into one"),
    ("a flag in what is copied", ('text: "{userid}"', "copy_pattern: '(?m)^ *([0-9]+) +TSO'"), None,
     "acme.yaml:10: screens.menu.type[0].copy_pattern: no flags are expected: case never counts, ^ and $ are a line's "
     "ends, and . stays within its line; (?s:…) lets a part go over lines"),
    ("a word that stands for nothing", ('text: "{userid}"', 'text: "{user}"'), None,
     "acme.yaml:10: screens.menu.type[0].text: {user} stands for nothing here; {userid}, {password}, "
     "{new_password}, {manager_userid}, {manager_password}, {command}, {leave} do"),
    ("a userid to leave by", ("{text: LOGOFF}", '{text: "LOGOFF {userid}"}'), None,
     "acme.yaml:29: screens.ready.leave.type[0].text: {userid} stands for nothing here; {command}, {leave} do"),
    ("a manager's password in a field that shows it",
     ('text: "{password}", hidden: true', 'text: "{manager_password}"'), None,
     "acme.yaml:19: screens.password.type[0]: secret-in-the-open: {manager_password} could be read here; hidden: true "
     "is expected, and a non-display field"),
    ("a manager's userid to look for", ("says: ACME MAIN MENU", 'says: "WELCOME {manager_userid}"'), None,
     "acme.yaml:9: screens.menu.says: userid-as-pattern: {manager_userid} is nothing to look for; write what the "
     "screen itself says"),
    ("something to copy without brackets", ('text: "{userid}"', "copy_pattern: '[0-9]+ +TSO'"), None,
     "acme.yaml:10: screens.menu.type[0].copy_pattern: one pair of brackets is expected around what is to be typed, as "
     "'(\\d+) +TSO '"),
    ("something to copy into the dark", ('text: "{userid}"', "hidden: true, copy_pattern: '([0-9]+) +TSO'"), None,
     "acme.yaml:10: screens.menu.type[0].hidden: what is copied from the screen goes into no hidden field"),
    ("something to copy on the way out", ("{text: LOGOFF}", "{copy_pattern: '([0-9]+) +OFF'}"), None,
     "acme.yaml:29: screens.ready.leave.type[0].copy_pattern: text is expected: nothing is copied to leave"),
    ("an expression to copy by that is none", ('text: "{userid}"', "copy_pattern: '([0-9]+ +TSO'"), None,
     "acme.yaml:10: screens.menu.type[0].copy_pattern: a regular expression is expected: missing ), unterminated "
     "subpattern at character 0"),
    ("an end that goes on", ("    press: PF5\n", "    press: PF5\n    ends: not_started\n"), None,
     "acme.yaml:12: screens.menu.ends: the logon ends at this screen: nothing is typed or pressed here, but to leave"),
    ("another session that ends nothing", ("    press: PF5\n", "    press: PF5\n    other_session: true\n"), None,
     "acme.yaml:12: screens.menu.other_session: ends is expected beside it, like not_started"),
    ("a name that is none", ("next: [password]", "next: [any]"), ("  password:\n", "  PassWord:\n"),
     "acme.yaml:17: screens.PassWord: a screen's name is expected: small letters, digits and _, a letter first; not "
     "any"),
    ("a place that is none", ("says: ACME MAIN MENU", "at: [{row: 0, column: 1, text: ACME}]"), None,
     "acme.yaml:9: screens.menu.at: row and column are counted from 1"),
    ("done in the middle of the way",
     ("next: [password]\n    at_most: 2\n    within: 15s\n    else: not_started",
      "next: [password]\n    at_most: 2\n    within: 15s\n    else: done"), None,
     "acme.yaml:15: screens.menu.else: done stands at a screen alone, as `done: {proof: […]}`"),
    ("a field in two places", ('behind: "Userid ===>"', 'behind: "Userid ===>", at: {row: 3, column: 9}'), None,
     "acme.yaml:10: screens.menu.type[0]: one place is expected: behind, ahead_of or at"),
    ("nothing to type", ('text: "{userid}"', "if_missing: skip"), None,
     "acme.yaml:10: screens.menu.type[0]: text: what to type, copy_pattern: what to copy from the screen, or "
     "empty: true, is expected"),
    ("a password wherever the cursor stands", (", hidden: true", ", hidden: true, if_missing: cursor"), None,
     "acme.yaml:19: screens.password.type[0].if_missing: secret-in-the-open: without its field {password} is not typed "
     "at all; stop is expected"),
    ("a password on the way out",
     ("leave: {press: PF3", 'leave: {type: [{behind: "Password ===>", text: "{password}", hidden: true}], press: PF3'),
     None,
     "acme.yaml:25: screens.password.leave.type[0]: secret-in-the-open: nobody needs {password} to leave"),
    ("an outcome with a reason that is none",
     ("rejected(service_id_rejected)", "rejected(nobody)"), None,
     "acme.yaml:6: messages.rejected.end: not_started, unknown, done or rejected(REASON) is expected, with a reason "
     "code of the handbook's page on reasons"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "change", "also", "said"), BROKEN, ids=[each[0] for each in BROKEN])
def test_each_rule_has_a_dialog_that_breaks_it_alone(
    tmp_path: Path, what: str, change: tuple[str, str], also: tuple[str, str] | None, said: str
) -> None:
    """The words name the file, the line, the key and what is expected; nothing else is found fault with."""
    text = GOOD
    for before, after in (change, *((also,) if also else ())):
        assert before in text, what
        text = text.replace(before, after, 1)

    found = refused(written(tmp_path, text))

    assert said in found
    assert all("unreachable" in line for line in found if line != said), found


def test_every_mistake_is_said_at_once(tmp_path: Path) -> None:
    """One run shows them all."""
    text = GOOD.replace("press: PF5", "press: F5").replace(", hidden: true", "").replace("done: {proof", "done: {prof")
    assert len(refused(written(tmp_path, text))) == 4  # what has no proof rests on a prompt, too


def test_a_dialog_extends_another_one(tmp_path: Path) -> None:
    """Its screens stand ahead; a screen of the same name gives the keys that differ; faults name the right file."""
    top = """\
dialog: acme-front
version: 1
extends: tso-logon
begin: [front]
screens:
  front:
    says: ACME GATE
    press: ENTER
    next: [logo]
    at_most: 2
    within: 5s
    else: not_started
    nothing_to_leave: true
  logo: {press: PF2}
"""
    found = load(written(tmp_path, top))

    assert next(iter(found.dialog.screens)) == "front"
    assert found.dialog.screens["logo"].press == "PF2"
    assert found.dialog.screens["logo"].expression == shipped().dialog.screens["logo"].expression
    assert [part.name for part in found.parts] == ["acme-front", "tso-logon"]
    assert refused(written(tmp_path, top.replace("press: PF2", "within: soon"))) == [
        "acme.yaml:14: screens.logo.within: a duration is expected, like 90s, 15m, 24h or 7d"
    ]
    assert refused(written(tmp_path, top.replace("extends: tso-logon", "extends: tso"))) == [
        "acme.yaml:3: extends: tso-logon or racf or acf2 or topsecret or linux or aix or ibmi or a .yaml file is "
        "expected"
    ]


def test_a_dialog_extends_a_file_beside_it_and_not_for_ever(tmp_path: Path) -> None:
    """By its name; files that extend each other are refused."""
    written(tmp_path, GOOD, "below.yaml")
    top = "dialog: top\nversion: 1\nextends: below.yaml\nscreens:\n  menu: {press: PF7}\n"
    assert load(written(tmp_path, top)).dialog.screens["menu"].press == "PF7"

    written(tmp_path, top.replace("below.yaml", "acme.yaml"), "below.yaml")
    (words,) = refused(written(tmp_path, top))
    assert "extends: at most 5 files in a row are expected" in words


def test_the_checksum_is_that_of_the_file_or_of_all_files(tmp_path: Path) -> None:
    """sha256sum shows it; whatever is changed changes it, what the configuration adds included."""
    alone = load(written(tmp_path, GOOD))
    assert alone.checksum == hashlib.sha256(GOOD.encode()).hexdigest()
    assert alone.title == f"acme 3 sha256:{alone.checksum}"

    with_more = tailored(alone, LogonSettings(menu=("ACME",)))
    lines = "".join(f"{part.sha256} {part.name}\n" for part in with_more.parts)
    assert with_more.checksum == hashlib.sha256(lines.encode()).hexdigest() != alone.checksum
    assert tailored(alone, LogonSettings()) is alone


@pytest.mark.parametrize("text", ["", "- a\n", "dialog: [", "\tdialog: a", "dialog: x\nversion: one\n", "\x00"])
def test_what_is_no_dialog_is_refused_in_words(tmp_path: Path, text: str) -> None:
    """Never with a traceback, always with a line."""
    assert all(line.startswith("acme.yaml:") for line in refused(written(tmp_path, text)))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """The words name what is shipped."""
    with pytest.raises(ConfigFault, match="shipped are tso-logon, racf"):
        load(tmp_path / "none.yaml")


@pytest.mark.parametrize("seed", range(12))
def test_a_file_that_was_edited_badly_is_refused_in_words_or_taken(tmp_path: Path, seed: int) -> None:
    """Lines left out, doubled, moved, indented, or with a word that is none: a fault with a line, never a traceback."""
    random = Random(seed)
    lines = GOOD.splitlines()
    for _ in range(40):
        some = list(lines)
        at, to = random.randrange(len(some)), random.randrange(len(some))
        match random.randrange(6):
            case 0:
                del some[at]
            case 1:
                some.insert(to, some[at])
            case 2:
                some[at] = "  " + some[at]
            case 3:
                some[at] = (
                    some[at].partition(":")[0] + ": " + random.choice(["", "x", "[", "{}", "-1", "null", "[a, {b: c}]"])
                )
            case 4:
                some[at], some[to] = some[to], some[at]
            case _:
                some[at] = some[at].replace(random.choice("abcdefgs: "), random.choice("xyz:{} "), 1)
        file = written(tmp_path, "\n".join(some) + "\n")
        try:
            assert load(file).checksum
        except ConfigFault as fault:
            assert fault.faults
            assert all(re.match(rf"{re.escape(str(file))}:\d+: ", line) for line in fault.faults), fault.faults
