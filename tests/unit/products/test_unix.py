"""UNIX: what is typed, what two listings prove. How answers are read stands in tests/dialogs/unix."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bridge.config.model import Unix as Settings
from bridge.domain.errors import BadInput, HostRefused
from bridge.domain.failure import Reason
from bridge.domain.names import LoginName
from bridge.domain.outcome import Order, Profile, Reply, Standing, Verb, Verdict
from bridge.domain.secret import Secret
from connectors.hosts.dialogs.reader import shipped_orders
from connectors.hosts.products import PRODUCTS
from connectors.hosts.products.accounts import belongs_to_the_system
from connectors.hosts.products.unix import Unix

ANNA = LoginName("anna.b-2")
NEW = Secret("Xy7Qr2wM4k")
MUST_CHANGE = "password must be changed"


def unix(**settings: object) -> Unix:
    return Unix("UNIX1", settings=Settings(**settings))  # type: ignore[arg-type]


def lines(order: Order) -> list[str]:
    """What is typed, with what it is given ahead of it."""
    return [
        f"{typed.given.expose()} | {typed.line.expose()}" if typed.given else typed.line.expose()
        for typed in order.typed[1:]
    ]


def profile(stamp: str = "Mar 02, 2026", *, flag: bool = False, **facts: object) -> Profile:
    told = {"standing": Standing.EXPIRED if flag else Standing.ACTIVE, "must_change": flag, "stamp": stamp, **facts}
    return Profile(userid=ANNA, **told)  # type: ignore[arg-type]


DUE = profile(MUST_CHANGE, flag=True)


def test_linux_reset_gives_the_password_to_chpasswd_and_makes_the_last_change_day_0() -> None:
    """Under sudo; failed logins are forgotten where that is wanted."""
    order = unix().reset(ANNA, NEW, resume=True)
    assert lines(order) == [
        "sudo -n chage -l anna.b-2",
        "anna.b-2:Xy7Qr2wM4k | sudo -n chpasswd",
        "sudo -n chage -l anna.b-2",
        "sudo -n chage -d 0 anna.b-2",
        "if command -v faillock >/dev/null; then sudo -n faillock --user anna.b-2 --reset; fi",
    ]
    assert (order.verb, order.asked, order.new) == (Verb.RESET, None, NEW)
    assert lines(unix(sudo=None).reset(ANNA, NEW, resume=False)) == [
        "chage -l anna.b-2",
        "anna.b-2:Xy7Qr2wM4k | chpasswd",
        "chage -l anna.b-2",
        "chage -d 0 anna.b-2",
    ]


@pytest.mark.parametrize("variant", ["linux", "aix"])
def test_i1_no_line_holds_the_password(variant: str) -> None:
    """It is in what a command is given, and nowhere among what others can list."""
    order = unix(variant=variant).reset(ANNA, NEW, resume=True)
    assert [typed for typed in order.typed if typed.line.secrets] == []
    assert [typed.given.secrets for typed in order.typed if typed.given] == [(NEW,)]
    assert NEW.expose() not in repr(order)


def test_linux_status_looks_at_the_entry_the_groups_the_password_and_the_failed_logins() -> None:
    """Local accounts alone: getent only tells apart who is somewhere else from who is nowhere."""
    assert lines(unix().status(ANNA)) == [
        "getent -s files passwd anna.b-2 || (getent passwd anna.b-2 && exit 3)",
        "id -Gn anna.b-2",
        "sudo -n passwd -S anna.b-2",
        "sudo -n chage -l anna.b-2",
        "if command -v faillock >/dev/null; then sudo -n faillock --user anna.b-2; fi",
    ]


def test_linux_unlock_leaves_an_administrators_lock_unless_the_site_says_otherwise() -> None:
    """faillock alone, or passwd -u as well."""
    forgive = "if command -v faillock >/dev/null; then sudo -n faillock --user anna.b-2 --reset; fi"
    assert lines(unix().unlock(ANNA)) == [forgive]
    assert lines(unix(lift_lock=True).unlock(ANNA)) == ["sudo -n passwd -u anna.b-2", forgive]


def test_aix_types_its_own_commands() -> None:
    """ADMCHG by name; the counter in lastlog, never account_locked."""
    aix = unix(variant="aix", sudo=None)
    forgive = "chsec -f /etc/security/lastlog -a unsuccessful_login_count=0 -s anna.b-2"
    assert lines(aix.reset(ANNA, NEW, resume=True)) == [
        "anna.b-2:Xy7Qr2wM4k | chpasswd",
        "pwdadm -f ADMCHG anna.b-2",
        forgive,
    ]
    assert lines(aix.unlock(ANNA)) == [forgive]
    assert lines(aix.status(ANNA))[1] == "pwdadm -q anna.b-2"


@pytest.mark.parametrize("value", ["", "two\nlines", "it's", "a b", "a\\b", "a$(id)", "seventeen-letters", "ä" * 8])
def test_a_value_that_chpasswd_or_the_shell_would_mistake_is_never_sent(value: str) -> None:
    """Another line, quotes, blanks, escapes; more than sixteen."""
    with pytest.raises(BadInput):
        unix().reset(ANNA, Secret(value), resume=False)


def test_linux_change_is_proven_by_the_change_that_is_due() -> None:
    """And where the user had changed it on that day, the note says what the evidence is."""
    today = Unix("UNIX1", today=lambda: date(2026, 3, 3))
    for before, weak in ((profile("Feb 11, 2026"), False), (DUE, False), (profile(), True)):
        proof = today.judge(before, DUE)
        assert proof.verdict is Verdict.YES
        assert ("only chpasswd's status" in proof.note) is weak


def changed(*days: str) -> list[Reply]:
    """What the lines of a reset answer; `days` are those of the lists around chpasswd."""
    lists = [Reply(rows=(f"Last password change\t\t: {day}", "x: y"), prompt="READY", code=0) for day in days]
    nothing = Reply(rows=(), prompt="READY", code=0)
    return [nothing, lists[0], nothing, lists[1], nothing, nothing]


@pytest.mark.parametrize(
    ("before", "behind", "denied"),
    [
        ("Feb 11, 2026", "Mar 03, 2026", False),
        (MUST_CHANGE, "Mar 03, 2026", False),
        ("Mar 03, 2026", "Mar 03, 2026", False),  # on that very day: nothing can be told
        ("Feb 11, 2026", "Mar 20, 2026", False),  # the host's calendar is another
        ("Feb 11, 2026", "Feb 11, 2026", True),
        ("Feb 11, 2026", MUST_CHANGE, True),
        (MUST_CHANGE, MUST_CHANGE, True),
        ("Feb 11, 2026", "never", True),
        ("Feb 11, 2026", "", True),
    ],
)
def test_i3_a_chpasswd_that_says_0_and_sets_nothing_is_seen(before: str, behind: str, denied: bool) -> None:
    """`chage -d 0` would hide it: the day is seen before. What may have been set all the same is to be cleaned up."""
    linux = Unix("UNIX1", today=lambda: date(2026, 3, 3))
    if not denied:
        linux.read_reset(changed(before, behind), ANNA)
        return
    with pytest.raises(HostRefused) as raised:
        linux.read_reset(changed(before, behind), ANNA)
    assert (raised.value.reason, raised.value.partly) == (Reason.NOT_PROVEN, True)


def test_a_file_without_the_lists_around_chpasswd_rests_on_its_status() -> None:
    """A site's own lines, as they were: nothing is read that is not typed, and the note says so."""
    shipped = shipped_orders("linux").dialog
    reset = shipped.commands.reset
    own = replace(reset, lines=tuple(step for step in reset.lines if step.shows is None))
    linux = Unix("UNIX1", orders=replace(shipped, commands=replace(shipped.commands, reset=own)))
    linux.read_reset([Reply(rows=(), prompt="READY", code=0)] * 4, ANNA)
    assert "only chpasswd's status" in linux.judge(DUE, DUE).note


def test_i11_no_change_due_is_an_ignored_flag() -> None:
    """chpasswd has said that the password was set."""
    proof = unix().judge(profile(), profile("Nov 25, 2026"))
    assert (proof.verdict, proof.flag_ignored) == (Verdict.NO, True)


def test_aix_change_is_proven_by_the_second_of_the_last_update() -> None:
    """The same second proves nothing yet; a new one without ADMCHG is an ignored flag."""
    aix = unix(variant="aix")
    before, after = profile("1777777777"), profile("1777777799", flag=True)
    assert aix.judge(before, after).verdict is Verdict.YES
    assert aix.judge(after, profile("1777777801", flag=True)).note == ""
    again = aix.judge(after, after)
    assert (again.verdict, again.again) == (Verdict.UNKNOWN, timedelta(seconds=2))
    assert aix.judge(before, profile("1777777799")).flag_ignored


def test_no_local_password_proves_nothing_was_set() -> None:
    """Gone, or another directory's."""
    for gone in (profile(standing=Standing.UNKNOWN), profile(has_password=False)):
        proof = unix().judge(profile(), gone)
        assert (proof.verdict, proof.flag_ignored) == (Verdict.NO, False)


def test_a_lock_that_stays_is_reported() -> None:
    """The password took; logging on may still fail."""
    for by in ("violations", "administrator"):
        proof = unix().judge(profile(), profile(MUST_CHANGE, flag=True, suspended_by=by))
        assert (proof.verdict, proof.note) == (Verdict.YES, "the account may still be locked")
    assert unix().judge(profile(), DUE).note == ""


@pytest.mark.parametrize(
    ("codes", "partly"), [((0, 0, 0, 1), True), ((0, 0, 1), False), ((0, 1), False), ((0, 0, 0, 0, 1), True)]
)
def test_a_refusal_behind_chpasswd_leaves_another_password(codes: tuple[int, ...], partly: bool) -> None:
    """Whoever reads of it has to know whether the host has another password; the first line only begins."""
    linux = Unix("UNIX1", patterns={"not_authorized": ("NO WAY",)})
    replies = [Reply(rows=("NO WAY",) if code else (), prompt="READY", code=code) for code in codes]
    with pytest.raises(HostRefused) as raised:
        linux.read_reset(replies, ANNA)
    assert raised.value.partly is partly


def test_a_refusal_is_told_before_the_list_around_it() -> None:
    """The list is long and the words for people are cut: what was refused would not be among them."""
    linux = Unix("UNIX1", patterns={"not_authorized": ("NO WAY",)})
    shown = Reply(rows=("Last password change : Feb 11, 2026",), prompt="READY", code=0)
    refused = Reply(rows=("NO WAY",), prompt="READY", code=77)
    with pytest.raises(HostRefused) as raised:
        linux.read_reset([Reply(rows=(), prompt="READY", code=0), shown, refused], ANNA)
    assert raised.value.said == ("NO WAY",)


def test_the_user_has_moved_on_with_another_last_change() -> None:
    """And not while one is due, or before anything was seen."""
    assert unix().moved_on(MUST_CHANGE, profile("Nov 25, 2026"))
    assert not unix().moved_on(MUST_CHANGE, DUE)
    assert not unix().moved_on(None, profile())
    assert not unix().moved_on("Nov 25, 2026", profile("Nov 25, 2026"))
    assert not unix().moved_on("Nov 24, 2026", DUE)
    for gone in (profile(standing=Standing.UNKNOWN), profile(has_password=False), replace(profile(), stamp=None)):
        assert not unix().moved_on(MUST_CHANGE, gone)


@pytest.mark.parametrize(("uid", "system"), [(0, True), (999, True), (1000, False), (65533, False), (65534, True)])
def test_numbers_of_the_system_s_own_accounts(uid: int, system: bool) -> None:
    """Below the first user's, and nobody's."""
    assert belongs_to_the_system(uid, Settings(lowest_uid=1000)) is system


def test_it_is_registered() -> None:
    """By the name that the configuration has."""
    assert PRODUCTS["unix"] is Unix
