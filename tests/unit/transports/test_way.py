"""The way in and out at a desk that shows what it is told: what no host does often, and what must end well even so."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest

from bridge.config.model import LogonSettings
from bridge.domain.errors import HostRefused, HostUnreached, Refused, ServiceIdRejected
from bridge.domain.secret import Line, Secret
from connectors.hosts.dialogs.reader import shipped
from connectors.hosts.dialogs.shapes import Cell, Entry
from connectors.hosts.transports import renewal, tso
from connectors.hosts.transports.logon import MOST_TURNS, AlreadyLoggedOn, Logon
from connectors.hosts.transports.renewal import Turn
from connectors.hosts.transports.screens import Screen
from connectors.hosts.transports.tso import Place
from connectors.machine import Deadline
from tests.dialogs.branches import Shows
from tests.unit.transports.walks import (
    EXPIRED,
    LONG,
    READY,
    STATUS,
    USERID,
    Own,
    asked,
    beginning,
    changed,
    field,
    panel,
    screen,
    walk,
)

# --- the way in -----------------------------------------------------------------------------------


def test_nothing_expected_after_a_screen_whose_else_refuses() -> None:
    """A site may say so: then it is the service id that is refused, and nothing is tried again."""
    dialog = beginning("userid", userid=changed("userid", else_="rejected(service_id_rejected)"))
    with pytest.raises(ServiceIdRejected):
        walk(Shows([USERID]), dialog)


def test_a_screen_that_comes_back_and_only_ends_it() -> None:
    """Where `comes_back` says not_started that is true of a key that was lost; once the password left, it is held."""
    dialog = beginning("password", userid=changed("userid", comes_back="not_started"))
    again = screen(" AGAIN", " ENTER USERID -")
    with pytest.raises(ServiceIdRejected, match=r"is held, .*: USERID came back"):
        walk(Shows([asked(" Enter password:"), again, screen(" AND", " AGAIN", " ENTER USERID -")]), dialog)


def test_a_question_asked_twice_before_the_password_refuses_nothing() -> None:
    """A key was lost, or the host is late: the userid is typed once more, and then it is no refusal either.

    A refusal would stop the whole pool until a person comes.
    """
    again = screen(" IKJ56700A ENTER USERID -", " IKJ56700A ENTER USERID -")
    desk = Shows([USERID, again, screen(" X", " IKJ56700A ENTER USERID -")])
    with pytest.raises(HostUnreached, match="the logon does not get past USERID"):
        walk(desk, beginning("userid"))
    assert [key for _, key in desk.done] == ["Enter()", "Enter()"]


def test_a_question_asked_twice_is_answered_where_it_stands_still() -> None:
    """What comes instead may ask for the password: a userid typed there would be a wrong one."""

    class Late(Shows):
        def await_output(self, within: float) -> tuple[Screen, bool]:
            moves = self._at == 1 and not any(at == 1 for at, _ in self.done)
            self._at += moves
            return (self.look(), True) if moves else super().await_output(within)

    ready = screen(" ICH70001I RSTBRDG LAST ACCESS AT 08:00:00", READY)
    again = screen(" X", " IKJ56700A ENTER USERID -")
    desk = Late([USERID, again, asked(" Enter current password:"), ready])
    walk(desk, beginning("userid"))
    assert [at for at, _ in desk.done] == [0, 2]


def test_a_userid_asked_for_again_after_the_password_is_a_refusal() -> None:
    """The password may have been counted: it is not typed again."""
    desk = Shows([USERID, asked(" Enter current password:"), screen(" X", " IKJ56700A ENTER USERID -")])
    with pytest.raises(ServiceIdRejected):
        walk(desk, beginning("userid"))


@pytest.mark.parametrize("blanks", [0, 1, 2, 3, 7, 30])
def test_ready_may_be_indented_once_the_password_was_given(blanks: int) -> None:
    """A host may blank the columns ahead of it."""
    walk(Shows([asked(" Enter current password:"), screen(" " * blanks + "READY")]), beginning("password"))


def test_ready_on_a_logo_is_no_prompt() -> None:
    """Before any password a centred word is decoration."""
    logo = screen("        READY", " IKJ56700A", "        READY")
    assert tso.sight(logo, shipped().dialog, begun=False).place is not Place.READY


class Refuses(Shows):
    """Takes no text."""

    def type(self, *actions: str | Line) -> bool:
        """Keys alone."""
        return not any(isinstance(each, Line) for each in actions) and super().type(*actions)


def test_a_screen_that_takes_no_input_is_given_up() -> None:
    """The cursor stands in a protected field."""
    with pytest.raises(HostUnreached, match="takes no input where the cursor is"):
        walk(Refuses([USERID]), beginning("userid"))


def test_time_that_runs_out_ahead_of_the_password_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody was let in there, and nothing was counted; once the password has left that is not said."""
    monkeypatch.setattr("tests.unit.transports.walks.LONG", timedelta(0))
    with pytest.raises(HostUnreached, match="no READY within 0 s, and no password was asked for; the screen says"):
        walk(Shows([USERID]), beginning("userid"))

    monkeypatch.undo()
    frozen = Frozen([panel()])
    monkeypatch.setattr("connectors.machine.time", SimpleNamespace(monotonic=lambda: frozen.now))
    with pytest.raises(HostUnreached, match=r"no READY within \d+ s; the screen says"):
        walk(frozen, beginning("panel"))


class Frozen(Shows):
    """Whatever is typed, nothing comes, and an hour goes by."""

    now = 0.0

    def await_output(self, within: float) -> tuple[Screen, bool]:
        """The same."""
        self.now += 3600
        return self.look(), False


def test_a_password_that_is_not_where_it_was_typed_is_not_sent() -> None:
    """It is wiped, and no key follows."""
    desk = Refuses([panel()])
    with pytest.raises(HostUnreached, match="the screen changed while the password was typed; it was not sent"):
        walk(desk, beginning("panel"))
    assert desk.done == []


@pytest.mark.parametrize(
    "entry", [Entry(text="4711", behind="Account ===>"), Entry(text="4711", at=Cell(row=3, column=9))]
)
def test_a_field_that_has_to_be_there_and_is_not(entry: Entry) -> None:
    """By its label or by its place: nothing is typed beside it."""
    dialog = beginning("userid", userid=changed("userid", type=(entry,)))
    with pytest.raises(HostUnreached, match=r"USERID has no field (behind Account|at row 3, column 9)"):
        walk(Shows([USERID]), dialog)


class Repaints(Shows):
    """Shows the next screen by itself, once."""

    def await_output(self, within: float) -> tuple[Screen, bool]:
        """As if the host went on writing."""
        if self._at == 0:
            self._at = 1
            return self.look(), True
        return super().await_output(within)


def test_a_screen_that_becomes_another_while_it_is_painted_is_looked_at_anew() -> None:
    """A panel that turns into READY under the eye is not filled in."""
    desk = Repaints([panel(), screen(READY)])
    walk(desk, beginning("panel", "ready"))
    assert desk.done == []


def test_a_keyboard_that_stays_locked_is_given_up() -> None:
    """Nothing is typed at a screen that takes nothing."""
    locked = replace(USERID, status=replace(STATUS, unlocked=False))
    with pytest.raises(HostUnreached, match=r"the host does not go on|is silent|does not get past"):
        walk(Shows([locked]), beginning("userid"))


# --- a new password on the way --------------------------------------------------------------------


def test_a_host_that_never_has_enough_of_new_passwords_is_given_up() -> None:
    """It asks for the same one again and again."""
    again = [panel(f" IKJ56447A REENTER THE NEW PASSWORD {number}") for number in range(MOST_TURNS + 1)]
    with pytest.raises(HostUnreached, match="goes on asking for a new password"):
        walk(Shows([panel(), panel(EXPIRED), *again]), beginning("panel"), Own())


def test_where_none_can_be_drawn_the_logon_ends_as_expired() -> None:
    """With the advice in its words."""
    with pytest.raises(ServiceIdRejected, match="log on as the service id") as refused:
        walk(Shows([panel(), panel(EXPIRED)]), beginning("panel"), Own(drawn=0))
    assert refused.value.what is Refused.EXPIRED


class RefusesLater(Shows):
    """Takes the first text only."""

    texts = 0

    def type(self, *actions: str | Line) -> bool:
        """The present password, and no new one."""
        if any(isinstance(each, Line) for each in actions):
            self.texts += 1
            if self.texts > 1:
                return False
        return super().type(*actions)


def test_a_new_password_that_could_not_be_typed_is_taken_back() -> None:
    """Nobody has seen it: it does not stay as one that may be the host's."""
    own = Own()
    with pytest.raises(HostUnreached, match="it was not sent"):
        walk(RefusesLater([panel(), panel(EXPIRED)]), beginning("panel"), own)
    assert own.withdrawn == [""]


def test_a_new_password_that_was_typed_once_is_not_taken_back() -> None:
    """Asked for again it cannot be typed: the host has seen it already."""

    class RefusesAgain(RefusesLater):
        texts = -1

    question = " ENTER NEW PASSWORD FOR RSTBRDG-"
    again = asked(" REENTER NEW PASSWORD FOR RSTBRDG-")
    own = Own()
    with pytest.raises(HostUnreached, match="it was not sent"):
        walk(RefusesAgain([asked(" ENTER CURRENT PASSWORD FOR RSTBRDG-"), asked(EXPIRED, question), again]),
             beginning("password"), own)  # fmt: skip
    assert (own.left, own.withdrawn) == (2, [])


def test_a_panel_without_a_field_for_a_new_password_is_logged_on_at_without() -> None:
    """Somebody wants it changed, and the panel has no place for it."""
    desk = Shows([panel(new=False), screen(READY)])
    logon = walk(desk, beginning("panel"), Own(voluntary=True))
    assert logon.new is None
    assert desk.done == [(0, "Enter()")]


LABELS = ("Kennwort   ===>", "Neues Kennwort ===>")


@pytest.mark.parametrize("order", [LABELS, LABELS[::-1]])
def test_a_panel_with_german_labels_has_its_fields(order: tuple[str, str]) -> None:
    """The present one behind Kennwort, the new one behind Neues Kennwort, whichever stands first."""
    rows = ["---- TSO/E LOGON ----", "", "   Geben Sie die LOGON-Parameter ein:", f"   {order[0]}", f"   {order[1]}"]
    shown = screen(*rows, fields=(field(3, 30, hidden=True), field(4, 30, hidden=True)))
    logon = walk(Shows([shown, screen(READY)]), beginning("panel"), Own(voluntary=True))
    assert logon.new is not None
    new = renewal.new_field(shown, shipped().dialog)
    assert new is not None
    assert new.start == (3 + order.index("Neues Kennwort ===>")) * 80 + 30


def test_three_new_passwords_are_offered_line_by_line_and_no_more() -> None:
    """Each refusal is told, and the last one ends it as expired."""
    question = " ENTER NEW PASSWORD FOR RSTBRDG-"
    refusals = [asked(f" IKJ56416I {number}", question) for number in range(4)]
    own = Own(drawn=9)
    desk = Shows([asked(" ENTER CURRENT PASSWORD FOR RSTBRDG-"), asked(EXPIRED, question), *refusals])
    with pytest.raises(ServiceIdRejected) as refused:
        walk(desk, beginning("password"), own)
    assert refused.value.what is Refused.EXPIRED
    assert own.withdrawn == ["IKJ56416I 0", "IKJ56416I 1", "IKJ56416I 2"]


@pytest.mark.parametrize("first", ["panel", "password"])
def test_a_new_password_that_is_demanded_and_has_no_field_refuses_the_service_id(
    monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    """It is waited for. As a host that was not reached it would be tried, and the old one typed, without end."""
    monkeypatch.setattr("connectors.hosts.transports.logon.QUIET", 0.01)
    shown = {"panel": [panel(), panel(EXPIRED, new=False)], "password": [asked(" ENTER PASSWORD -"), screen(EXPIRED)]}
    with pytest.raises(ServiceIdRejected, match="EXPIRED / and no field for a new one comes") as caught:
        walk(Shows(shown[first]), beginning(first), Own())
    assert caught.value.what is Refused.EXPIRED


def test_three_new_passwords_that_nobody_demanded_leave_the_present_one() -> None:
    """On the panel: what is refused is the new one, and not the service id."""
    own = Own(drawn=9, voluntary=True)
    with pytest.raises(HostRefused) as refused:
        walk(Shows([panel(), *(panel(f" IKJ56416I {number}") for number in range(4))]), beginning("panel"), own)
    assert not isinstance(refused.value, ServiceIdRejected)
    assert own.withdrawn == ["IKJ56416I 0", "IKJ56416I 1", "IKJ56416I 2"]


# --- what a screen says of a new password ---------------------------------------------------------


TURNS: dict[str, tuple[Screen, Turn | None, Place]] = {
    "a panel that says something else": (panel(" IKJ56425I LOGON REJECTED, USERID X IN USE"), None, Place.IN_USE),
    "going on": (screen(" IKJ56455I RSTBRDG LOGON IN PROGRESS", " ***", cursor=(1, 5)), None, Place.MORE),
    "only what led here": (screen(EXPIRED), None, Place.WAIT),
    "what led here, and more": (screen(EXPIRED, " IKT00201I MAXIMUM USERS LOGGED ON TRY LATER"), None,
                                Place.UNAVAILABLE),
    "refused, and the service id with it": (screen(EXPIRED, " IKJ56424I ACCESS REVOKED"), None, Place.REJECTED),
    "the same once more": (asked(" ENTER NEW PASSWORD AGAIN FOR RSTBRDG-"), Turn.AGAIN, Place.REJECTED),
    "another one": (asked(" IKJ56416I", " ENTER NEW PASSWORD FOR RSTBRDG-"), Turn.REFUSED, Place.REJECTED),
}  # fmt: skip


@pytest.mark.parametrize("case", TURNS)
def test_what_a_screen_means_once_a_new_password_was_typed(case: str) -> None:
    """What led to the question stands above it still, and is no refusal of what was typed since."""
    shown, wanted, place = TURNS[case]
    dialog = shipped().dialog
    seen = tso.sight(shown, dialog, begun=True)
    found, meant = renewal.turn(shown, seen, dialog, typed=1)
    assert (found, meant.place) == (wanted, place)


@pytest.mark.parametrize(("words", "told"), [(" ICH70002I YOUR PASSWORD WILL EXPIRE IN 5 DAYS.", [5]),
                                             (" ICH70002I YOUR PASSWORD WILL EXPIRE SOON.", [])])  # fmt: skip
def test_how_many_days_are_left_is_told_where_the_host_names_them(words: str, told: list[int]) -> None:
    """Other words are worth a line in the log, and no number."""

    class Counting(Own):
        def __init__(self) -> None:
            super().__init__()
            self.days: list[int] = []

        def expires_in(self, days: int) -> None:
            self.days.append(days)

    own, desk = Counting(), Shows([USERID, panel(), screen(words, " READY", cursor=(2, 1))])
    walk(desk, beginning("userid"), own)
    assert own.days == told
    assert "host.service_password_expires" in desk.heard


def test_a_session_that_nothing_fetches_back_stays_in_the_way() -> None:
    """It was asked for on the panel, and no question for the userid follows the refusal."""
    busy = panel(" IKJ56425I LOGON REJECTED, USERID RSTBRDG IN USE")
    desk = Shows([panel(), busy])
    logon = Logon(
        desk, "PRODA", beginning("panel"), LogonSettings(), "RSTBRDG", Secret("x"), Deadline(LONG), log=desk,
        take_over=True,
    )  # fmt: skip
    with pytest.raises(AlreadyLoggedOn) as found:
        logon.to_ready()
    assert "IKJ56425I" in " ".join(found.value.said)
    assert [at for at, _ in desk.done] == [0]
