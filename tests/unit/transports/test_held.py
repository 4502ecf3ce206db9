"""Once the service id's password has left: what may have been counted holds the service id, and nothing else does."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import pytest

from bridge.domain.errors import HostUnreached, Refused, ServiceIdRejected
from connectors.hosts.dialogs.shapes import Dialog
from connectors.hosts.transports.logon import QUIET, AlreadyLoggedOn
from connectors.hosts.transports.screens import Screen
from tests.dialogs.branches import Shows
from tests.unit.transports.walks import (  # fmt: skip
    EXPIRED,
    STATUS,
    USERID,
    Own,
    asked,
    beginning,
    changed,
    panel,
    screen,
    walk,
)

ASKED = asked(" Enter current password:")
STRANGE = screen(" GATE99   DAS HAT NICHT GEKLAPPT")
LOGO = screen(" EXAMPLE BANK", " ===> ENTER LOGON APPLID(xxxx)")


def cut(shown: Screen) -> Screen:
    """The same, and the line is gone."""
    return replace(shown, status=replace(STATUS, connected=False))


def locked(shown: Screen) -> Screen:
    return replace(shown, status=replace(shown.status, unlocked=False))


def ended(shown: Sequence[Screen], dialog: Dialog | None = None) -> tuple[Exception, Shows]:
    desk = Shows(shown)
    with pytest.raises((HostUnreached, ServiceIdRejected)) as found:
        walk(desk, dialog or beginning("password"))
    return found.value, desk


STRAYED = beginning("password", password=changed("password", next=("panel",)))
HOLD = {
    "a screen that nobody knows": ([ASKED, STRANGE], None, "GATE99 DAS HAT NICHT GEKLAPPT"),
    "one that nobody knows, at a locked keyboard": ([ASKED, locked(STRANGE)], None, "GATE99"),
    "one that is known, and not here": ([ASKED, LOGO], STRAYED, "LOGO is not expected after PASSWORD"),
    "words that nobody knows, and the line is cut": ([ASKED, cut(STRANGE)], None, "closed the connection .* GATE99"),
    "the form anew, in the same words": ([panel(), panel()], beginning("panel", panel=changed("panel", next=("more",))),
                                         "PANEL came back without a word"),
}  # fmt: skip


@pytest.mark.parametrize("case", HOLD)
def test_what_may_be_a_refusal_holds_the_service_id(case: str) -> None:
    """It is not tried again by itself; the words name what came, and the password was typed once."""
    shown, dialog, words = HOLD[case]
    error, desk = ended(shown, dialog)
    assert isinstance(error, ServiceIdRejected)
    assert error.what is Refused.UNCLEAR
    assert re.search(words, str(error))
    assert len([key for _, key in desk.done if key == "Enter()"]) == 1


def test_the_error_says_what_to_add_to_the_dialog_and_how_it_goes_on() -> None:
    """The words for `messages`, the screen for `screens` and the place for `next`, and the command."""
    error, _ = ended([ASKED, STRANGE])
    for words in ("`messages` of the dialog tso-logon", "`next` of password", "service-id retry PRODA"):
        assert words in str(error)


NOTHING_HEARD = {
    "the line is cut": [ASKED, cut(ASKED)],
    "nothing comes": [ASKED],
    "an empty screen": [ASKED, screen()],
    "an empty screen at a locked keyboard": [ASKED, locked(screen())],
}


@pytest.mark.parametrize("case", NOTHING_HEARD)
def test_silence_may_have_been_counted_and_is_marked(case: str) -> None:
    """The circuit lets that be tried again once."""
    error, _ = ended(NOTHING_HEARD[case])
    assert isinstance(error, HostUnreached)
    assert error.typed


MANAGER = beginning("password", menu=changed("menu", starts_over=True, next=("panel",)))
NOT_COUNTED = {
    "before the password": ([USERID, STRANGE], beginning("userid")),
    "a host that is full": ([ASKED, screen(" IKT00201I MAXIMUM USERS LOGGED ON TRY LATER")], None),
    "a panel whose password a message took away": ([panel(), panel(" TSS7102E Password Missing")], beginning("panel")),
    "let in already": ([ASKED, screen(" ICH70001I RSTBRDG LAST ACCESS", " ***", cursor=(1, 5)), cut(STRANGE)], None),
    "through the manager's menu": ([ASKED, screen(" ISPF PRIMARY OPTION MENU"), STRANGE], MANAGER),
}  # fmt: skip


@pytest.mark.parametrize("case", NOT_COUNTED)
def test_what_cannot_have_been_counted_holds_nobody(case: str) -> None:
    """It is tried again as ever."""
    shown, dialog = NOT_COUNTED[case]
    error, _ = ended(shown, dialog)
    assert isinstance(error, HostUnreached), error
    assert not error.typed


def test_a_known_refusal_is_read_even_where_the_host_hangs_up_at_once() -> None:
    """The last thing on the screen counts; that the password is wrong is stored."""
    error, _ = ended([ASKED, cut(screen(" IKJ56421I PASSWORD NOT AUTHORIZED FOR USERID"))])
    assert isinstance(error, ServiceIdRejected)
    assert error.what is Refused.WRONG


def test_in_use_behind_the_password_says_that_it_was_right() -> None:
    """What breaks off while that session is fetched back counts for nothing; ahead of the password it says nothing."""
    busy = screen(" IKJ56425I LOGON REJECTED, USERID RSTBRDG ALREADY LOGGED ON")
    for first, begin, proven in ((ASKED, "password", True), (USERID, "userid", False)):
        with pytest.raises(AlreadyLoggedOn) as found:
            walk(Shows([first, busy]), beginning(begin))
        assert found.value.proven is proven


def test_a_new_password_that_was_typed_leaves_it_to_the_marks() -> None:
    """Which of the two the host has the next logons find out, each of them typed once: nothing is held for that."""
    with pytest.raises(HostUnreached) as found:
        walk(Shows([panel(), panel(EXPIRED), STRANGE]), beginning("panel"), Own())
    assert not found.value.typed


@pytest.mark.parametrize("seconds", [4, 30])
def test_a_form_that_stands_still_has_all_the_time_of_its_screen(seconds: int) -> None:
    """Written anew it may be at work with the security product: only `within` tells slow from refused."""

    class Waits(Shows):
        waited = 0.0

        def await_output(self, within: float) -> tuple[Screen, bool]:
            after, came = super().await_output(within)
            self.waited = 0.0 if came else self.waited + QUIET
            return after, came

    rule = changed("panel", next=("more",))
    desk = Waits([panel(), panel()])
    with pytest.raises(ServiceIdRejected):
        walk(desk, beginning("panel", panel=replace(rule, within=rule.within and rule.within / 15 * seconds)))
    assert seconds <= desk.waited <= seconds + 2 * QUIET
