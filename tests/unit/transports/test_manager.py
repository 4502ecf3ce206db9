"""A session manager with userids and passwords of its own, a menu whose numbers move, screens that end a logon."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.config.model import LogonSettings
from bridge.domain.errors import HostUnreached, Refused, ServiceIdRejected
from bridge.domain.secret import Secret
from connectors.hosts.dialogs.shapes import Cell, Dialog, Entry, Rule, Spot, Way
from connectors.hosts.own import Untouched
from connectors.hosts.transports import tso
from connectors.hosts.transports.base import Manager
from connectors.hosts.transports.logoff import keys
from connectors.hosts.transports.logon import AlreadyLoggedOn, Logon
from connectors.hosts.transports.screens import Field, Screen
from connectors.machine import Deadline
from tests.dialogs.branches import Shows
from tests.unit.transports.walks import LONG, READY, Own, asked, beginning, changed, field, screen, walk

FORM = screen("", " User . . .", " Password .", fields=(field(1, 15, length=8), field(2, 15, hidden=True, length=12)))
BACK = replace(FORM, rows=(FORM.rows[0], FORM.rows[1], FORM.rows[2], " GATE03 NO".ljust(80), *FORM.rows[4:]))
APPS = screen(
    " APPLICATIONS", "  7  CICSA", " 12  TSOAB", " 13  TSOA", " Choice ===>", fields=(field(4, 15, length=2),)
)
STRANGE = screen(" GATE99  NOBODY KNOWS WHAT THIS IS")
EXPIRED = screen(" GATE06  YOUR PASSWORD HAS EXPIRED", " New word", fields=(field(1, 15, hidden=True),))
ELSEWHERE = screen(" GATE10  IN USE AT T0042")
ASKED = asked(" Enter current password:")
LET_IN = screen(" ICH70001I RSTBRDG LAST ACCESS", READY)

STEP = {"press": "ENTER", "at_most": 2, "within": timedelta(seconds=4), "else_": "not_started"}
FORM_RULE = Rule(
    at=(Spot(row=2, column=2, text="User . . ."),),
    message_rows=(4,),
    type=(
        Entry(text="{manager_userid}", behind="User"),
        Entry(text="{manager_password}", behind="Password", hidden=True),
    ),
    next=("apps", "expired", "elsewhere"),
    nothing_to_leave=True,
    **STEP,
)
APPS_RULE = Rule(
    says=("APPLICATIONS",),
    type=(Entry(copy_pattern=r"(\d+) +TSOA\b", behind="Choice ===>"),),
    starts_over=True,
    next=("password",),
    nothing_to_leave=True,
    **STEP,
)
ENDS = Rule(at=(Spot(row=1, column=2, text="GATE06"),), ends="rejected(service_id_rejected)", nothing_to_leave=True)
IN_USE = Rule(at=(Spot(row=1, column=2, text="GATE10"),), ends="not_started", other_session=True, nothing_to_leave=True)
DIALOG = beginning("form", form=FORM_RULE, apps=APPS_RULE, expired=ENDS, elsewhere=IN_USE)


def through(
    shown: list[Screen], dialog: Dialog = DIALOG, *, own: Untouched | None = None, take_over: bool = False
) -> tuple[Shows, Exception | None]:
    desk = Shows(shown)
    logon = Logon(
        desk, "PRODA", dialog, LogonSettings(), "RSTBRDG", Secret("x"), Deadline(LONG), log=desk, own=own,
        take_over=take_over, manager=Manager("AGT0417", Secret("opensesame")),
    )  # fmt: skip
    try:
        logon.to_ready()
    except (HostUnreached, ServiceIdRejected, AlreadyLoggedOn) as ended:
        return desk, ended
    return desk, None


def typed_on(shown: list[Screen]) -> dict[tuple[int, int], str]:
    """What was typed: (screen, cell) → text."""
    kept: dict[tuple[int, int], str] = {}

    class Keeps(Shows):
        def type(self, *actions: object) -> bool:
            done = super().type(*actions)  # type: ignore[arg-type]
            kept.update({(self._at, cell): text for cell, text in self._typed.items()})
            return done

    desk = Keeps(shown)
    Logon(
        desk, "PRODA", DIALOG, LogonSettings(), "RSTBRDG", Secret("x"), Deadline(LONG), log=desk,
        manager=Manager("AGT0417", Secret("opensesame")),
    ).to_ready()  # fmt: skip
    return kept


def test_each_asker_gets_its_own_userid_and_password_and_the_number_that_stands_there() -> None:
    """The manager its own, TSO the service id's; of two lines that begin alike the one that the pattern means."""
    kept = typed_on([FORM, APPS, ASKED, LET_IN])
    assert {text for (number, _), text in kept.items() if number == 0} == {"AGT0417", "opensesame"}
    assert kept[1, 4 * 80 + 15] == "13"
    assert {text for (number, _), text in kept.items() if number == 2} == {"x"}


AT_THE_MANAGER = {
    "a screen that nobody knows": ([FORM, STRANGE], "GATE99"),
    "the form anew": ([FORM, BACK], "GATE03 NO"),
    "the form anew, in the same words": ([FORM, FORM], "FORM came back without a word"),
    "an expired one": ([FORM, EXPIRED], "GATE06 YOUR PASSWORD HAS EXPIRED"),
}


@pytest.mark.parametrize("case", AT_THE_MANAGER)
def test_what_the_manager_refuses_is_not_the_hosts_password(case: str) -> None:
    """It is typed once. Words of an expired password there are no reason to draw a new one for the host."""
    shown, words = AT_THE_MANAGER[case]
    own = Own()
    desk, ended = through(shown, own=own)
    assert isinstance(ended, ServiceIdRejected)
    assert ended.what is Refused.MANAGER
    assert " ".join(words.split()) in " ".join(str(ended).split())
    assert own.left == 3
    assert len([key for _, key in desk.done if key == "Enter()"]) == 1


@pytest.mark.parametrize(("shown", "what"), [
    ([FORM, APPS, ASKED, STRANGE], Refused.UNCLEAR),
    ([FORM, APPS, ASKED, screen(" IKJ56421I PASSWORD NOT AUTHORIZED FOR USERID")], Refused.WRONG),
])  # fmt: skip
def test_behind_the_manager_what_is_refused_is_the_hosts(shown: list[Screen], what: Refused) -> None:
    """Once TSO's own question has been answered."""
    _, ended = through(shown)
    assert isinstance(ended, ServiceIdRejected)
    assert ended.what is what


NEWS = screen(" NEWS OF TODAY", " GATE03 IS NO ERROR")
NEWS_RULE = Rule(says=("NEWS OF TODAY",), message_rows=(4,), next=("apps",), nothing_to_leave=True, **STEP)


def test_what_is_passed_only_behind_the_password_may_say_so() -> None:
    """A screen that nobody knows behind it holds the service id, and the words say what would spare it that."""
    form = replace(FORM_RULE, next=("news",))
    dialog = replace(DIALOG, screens={**DIALOG.screens, "form": form, "news": NEWS_RULE})
    _, ended = through([FORM, NEWS, STRANGE], dialog)
    assert isinstance(ended, ServiceIdRejected)
    assert "where news only comes once the password was right, give it lets_in: true" in str(ended)
    _, at_once = through([FORM, STRANGE], dialog)
    assert "lets_in" not in str(at_once)
    told = replace(dialog, screens={**dialog.screens, "news": replace(NEWS_RULE, lets_in=True)})
    _, ended = through([FORM, NEWS, STRANGE], told)
    assert isinstance(ended, HostUnreached)
    assert not ended.typed


@pytest.mark.parametrize(("line", "hint"), [
    (" IF YOUR USERID WAS REVOKED CALL 4711", True), (" IF YOUR PASSWORD HAS EXPIRED CALL 4711", True),
    (" IKJ56424I LOGON REJECTED, YOUR USERID IS REVOKED", False),
    (" IKJ56415I YOUR PASSWORD HAS EXPIRED", False),
])  # fmt: skip
def test_words_without_a_number_may_be_a_notice_and_the_error_says_so(line: str, hint: bool) -> None:
    """News of the day speak of what they tell people to do; whoever has not described them yet is told how."""
    with pytest.raises(ServiceIdRejected) as found:
        walk(Shows([ASKED, screen(" NEWS", line)]), beginning("password"))
    assert ("if that is a notice and no refusal, give its screen to `screens` of tso-logon" in str(found.value)) is hint


def test_a_screen_that_ends_the_logon_is_quoted_by_its_messages_or_its_signs_first() -> None:
    """A panel's number alone says nothing to anybody."""
    rule = replace(ENDS, at=(Spot(row=2, column=2, text="GATE"),))
    shown = screen(" TOP", " GATE06", " TOO OLD", " A", " B")
    assert tso.grounds(shown, rule) == ("GATE06", "TOP", "TOO OLD", "A")
    assert tso.grounds(shown, replace(rule, message_rows=(3,))) == (" TOO OLD",)
    named = replace(rule, about="the manager's own password has expired")
    assert tso.grounds(shown, named) == (named.about,)
    assert tso.grounds(shown, replace(named, message_rows=(3,))) == (" TOO OLD",)


def test_silence_at_the_manager_may_have_been_counted() -> None:
    """Tried once more, and then held, as at the host."""
    blank = screen()
    _, ended = through([FORM, blank])
    assert isinstance(ended, HostUnreached)
    assert ended.typed


def test_tsos_prompt_that_comes_back_behind_the_manager_is_a_lost_key() -> None:
    """What the manager was given says nothing of it."""
    userid = screen(" IKJ56700A ENTER USERID -")
    dialog = replace(DIALOG, screens={**DIALOG.screens, "apps": replace(APPS_RULE, next=("userid",))})
    _, ended = through([FORM, APPS, userid, userid, ASKED, LET_IN], dialog)
    assert ended is None, ended


def test_a_session_elsewhere_is_told_by_its_screen() -> None:
    """So the wire waits for it, or fetches it back."""
    _, ended = through([FORM, ELSEWHERE])
    assert isinstance(ended, AlreadyLoggedOn)
    assert ended.said == ("GATE10  IN USE AT T0042",)
    assert not ended.proven


def test_a_refusal_at_the_manager_is_one_while_a_session_is_fetched_back_too() -> None:
    """It is not taken for TSO's word that there is none."""
    _, ended = through([FORM, EXPIRED], take_over=True)
    assert isinstance(ended, ServiceIdRejected)


@pytest.mark.parametrize("line", [" 13  CICSB", " 123456789  TSOA", " ..  TSOA"])
def test_what_is_not_there_to_be_copied_ends_it(line: str) -> None:
    """Nothing is typed in its place, and no more than a number or a name is copied."""
    rows = (*APPS.rows[:3], line.ljust(80), *APPS.rows[4:])
    dialog = replace(DIALOG, screens={**DIALOG.screens, "apps": replace(
        APPS_RULE, type=(Entry(copy_pattern=r"(\S+) +TSOA\b", behind="Choice ===>"),))})  # fmt: skip
    desk, ended = through([FORM, replace(APPS, rows=rows), ASKED, LET_IN], dialog)
    assert isinstance(ended, HostUnreached)
    assert "APPS shows nothing to copy" in str(ended)
    assert [number for number, _ in desk.done] == [0]


def test_what_is_not_there_to_be_copied_may_be_left_out() -> None:
    """Where the dialog says so."""
    entry = Entry(copy_pattern=r"(\d+) +TSOX\b", behind="Choice ===>", if_missing="skip")
    dialog = replace(DIALOG, screens={**DIALOG.screens, "apps": replace(APPS_RULE, type=(entry,))})
    assert through([FORM, APPS, ASKED, LET_IN], dialog)[1] is None


def test_a_way_out_goes_to_the_place_that_the_dialog_names_and_empties_it() -> None:
    """A command line in which something stands already."""
    command = Field(start=80 + 15, length=20, protected=False, hidden=False, text="=6".ljust(20), filled=2)
    menu = screen("  MENU", "  Command ==>  =6", cursor=(5, 5), fields=(command,))
    rule = changed("menu", leave=Way(type=(Entry(text="LOGOFF", at=Cell(row=2, column=16)),), press="PF3"))
    assert [str(each) for each in keys(rule, LogonSettings(), menu)] == [
        "MoveCursor(1,15)", "EraseEOF()", "LOGOFF", "PF(3)",
    ]  # fmt: skip


def test_a_managers_password_that_its_field_does_not_hold_is_named_as_the_managers() -> None:
    """TSO's own may be right; nothing was typed."""
    short = screen(
        "", " User . . .", " Password .", fields=(field(1, 15, length=8), field(2, 15, hidden=True, length=6))
    )
    _, ended = through([short])
    assert "it was not typed: the host's field takes 6 characters, the session manager's password has more" in str(
        ended
    )
