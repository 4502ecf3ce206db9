"""changing → published, queued or failed: every way a change can end, and what it leaves behind."""

from __future__ import annotations

from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from bridge.domain.errors import LinkDead, LinkEnded, MailRefused, NotYet, Overtaken, StoreBusy
from bridge.domain.failure import Reason
from bridge.domain.names import Person, Userid
from bridge.domain.outcome import Profile, Standing
from bridge.domain.policy import Policy
from bridge.domain.reset import Cleanup, State
from bridge.flows import decide, sweep
from bridge.flows.take import take
from bridge.ports import LinkMail, Work, Wrapping
from connectors.store.engine import SqlStore
from tests.fakes.kit import AGENT, House, house
from tests.fakes.outside import unreached


def test_i3_what_is_mailed_opens_what_the_host_has(bridge: House) -> None:
    """A published reset's link shows exactly the password last set on the host."""
    asked = bridge.ask()
    (after,) = bridge.work()
    assert after.state is State.PUBLISHED
    shown = bridge.open(asked.release_code)
    assert shown.password.expose() == bridge.host.accounts[Userid("JSMITH")].password
    assert bridge.reset(after.id).state is State.REVEALED


@pytest.mark.parametrize("delivery", ["sealed", "armed"])
@pytest.mark.parametrize(("enrolled", "named"), [(True, ("totp", "release_code")), (False, ("release_code",))])
def test_the_mail_names_the_factors_that_its_reader_has(
    tmp_path: Path, delivery: str, enrolled: bool, named: tuple[str, ...]
) -> None:
    """Whoever has no app would look for one, or for whom to ask about it."""
    with house(tmp_path, policy=Policy(delivery=delivery), enrolled=enrolled) as bridge:
        bridge.ask()
        bridge.work()
        assert bridge.mail.links[-1].factors == named


def test_the_record_tells_the_whole_way(bridge: House) -> None:
    """Each step of a reset has its record, in order."""
    asked = bridge.ask()
    bridge.work()
    assert bridge.kinds(asked.reset.id) == [
        "reset.requested", "reset.queued", "reset.changing", "host.change", "reset.published",
    ]  # fmt: skip


def test_the_record_names_the_dialogs_that_were_used(bridge: House) -> None:
    """host.change holds name, version and checksum of what was typed by."""
    bridge.host.dialogs = "acme 3 sha256:abc"
    asked = bridge.ask()
    bridge.work()
    (detail,) = (each.event.detail for each in bridge.records(asked.reset.id) if each.event.kind == "host.change")
    assert detail["dialogs"] == "acme 3 sha256:abc"


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("profile:not_authorized", Reason.NOT_AUTHORIZED),
        ("change-before:password_rejected", Reason.PASSWORD_REJECTED),
        ("session:service_id", Reason.SERVICE_ID_REJECTED),
    ],
)
def test_a_refusal_fails_with_its_reason_and_leaves_nothing_to_clean(bridge: House, fault: str, reason: Reason) -> None:
    """The host said no and shows the profile as it was: failed, and nothing is owed."""
    bridge.ask()
    bridge.host.faults = [fault]
    (after,) = bridge.work()
    assert (after.state, after.failure, after.cleanup) == (State.FAILED, reason, Cleanup.NONE)
    assert not bridge.mail.links


def test_a_change_that_was_refused_in_part_is_cleaned_up_whatever_the_profile_shows(bridge: House) -> None:
    """The password was set and the rest was not; a listing of days shows the second change of a day as none."""
    bridge.ask()
    bridge.host.faults = ["change-before:partly"]
    (after,) = bridge.work()
    assert (after.state, after.failure) == (State.FAILED, Reason.NOT_AUTHORIZED)
    assert (after.touched, after.cleanup) == (True, Cleanup.DUE)


def test_an_unknown_user_is_never_typed_at(bridge: House) -> None:
    """A userid that the host does not know ends the reset before any change."""
    asked = bridge.ask()
    del bridge.host.accounts[Userid("JSMITH")]
    (after,) = bridge.work()
    assert after.failure is Reason.UNKNOWN_USER
    assert "change-before" not in bridge.host.calls
    assert "host.change" not in bridge.kinds(asked.reset.id)


@pytest.mark.parametrize(
    ("profile", "reason"),
    [
        ({"privileged": ("SPECIAL",)}, Reason.PRIVILEGED_USER),
        ({"protected": True}, Reason.PROTECTED_USER),
        ({"suspended_by": "administrator"}, Reason.SUSPENDED_BY_ADMINISTRATOR),
        ({"has_password": False}, Reason.NO_PASSWORD),
    ],
)
def test_the_untouchable_are_not_touched(bridge: House, profile: dict[str, object], reason: Reason) -> None:
    """Privileged, protected and administratively suspended ids are refused from the profile alone."""
    bridge.ask()
    shown = Profile(userid=Userid("JSMITH"), standing=Standing.ACTIVE, **profile)  # type: ignore[arg-type]
    bridge.host.accounts[Userid("JSMITH")].profile = shown
    (after,) = bridge.work()
    assert after.failure is reason
    assert not bridge.host.passwords_ever_set


def test_i7_a_lost_answer_begins_again_with_a_new_password(bridge: House) -> None:
    """The line drops once the change has left; the next run overwrites it, and what is shown is the last one set."""
    asked = bridge.ask()
    bridge.host.faults = ["change-after:lost"]
    (after,) = bridge.work()
    assert (after.state, after.tries, after.touched) == (State.QUEUED, 1, True)
    bridge.clock.move(seconds=10)
    assert bridge.work()[0].state is State.PUBLISHED
    first, second = bridge.host.passwords_ever_set
    assert first != second
    assert bridge.open(asked.release_code).password.expose() == second


def test_i7_an_answer_with_somebodys_message_begins_again_once(bridge: House) -> None:
    """Whether it was one, the second answer tells: a host that says the same again is not asked five times."""
    bridge.ask()
    bridge.host.faults = ["change-after:interrupted"]
    (after,) = bridge.work()
    assert (after.state, after.tries, after.touched) == (State.QUEUED, 1, True)
    bridge.clock.move(seconds=10)
    assert bridge.work()[0].state is State.PUBLISHED

    bridge.ask()
    for state in (State.QUEUED, State.FAILED):
        bridge.host.faults = ["change-after:interrupted"]
        (after,) = bridge.work()
        assert after.state is state
        bridge.clock.move(seconds=10)
    assert (after.failure, after.cleanup) == (Reason.UNEXPECTED_ANSWER, Cleanup.DUE)


def test_a_host_that_always_loses_the_answer_fails_and_is_spoiled(bridge: House) -> None:
    """After the policy's tries the reset fails, and what may be on the host is overwritten."""
    bridge.ask()
    for _ in range(5):
        bridge.host.faults = ["change-after:lost"]
        (after,) = bridge.work()
        bridge.clock.move(minutes=1)
    assert (after.state, after.failure, after.cleanup) == (State.FAILED, Reason.HOST_TIMEOUT, Cleanup.DUE)
    (spoiled,) = bridge.work()
    assert spoiled.cleanup is Cleanup.DONE
    assert len(bridge.host.passwords_ever_set) == 6


def test_i11_a_host_that_ignores_the_flag_gets_the_password_spoiled(bridge: House) -> None:
    """No link leaves when the first-use flag did not stay; the password is overwritten and security is told."""
    asked = bridge.ask()
    bridge.host.ignore_flag = True
    (after,) = bridge.work()
    assert (after.failure, after.cleanup) == (Reason.FIRST_USE_IGNORED, Cleanup.DUE)
    assert not bridge.mail.links
    assert bridge.work()[0].cleanup is Cleanup.DONE
    first, second = bridge.host.passwords_ever_set
    assert first != second
    assert "host.spoiled" in bridge.kinds(asked.reset.id)
    with bridge.store.look() as work:
        told = [(notice.kind, notice.to) for notice in work.outbox.due(bridge.clock.now(), 10)]
    assert ("first_use_ignored", "security@example.com") in told


def test_a_change_that_does_not_show_fails(bridge: House) -> None:
    """A host that answers nothing and changes nothing is not believed."""
    bridge.ask()
    bridge.host.change = lambda userid, new, resume: None  # type: ignore[method-assign]
    (after,) = bridge.work()
    assert after.failure is Reason.NOT_PROVEN
    assert not bridge.mail.links


def test_the_relay_is_asked_before_the_host_is_touched(bridge: House) -> None:
    """A relay that is away leaves the host alone and the reset in the queue; it goes out when the relay is back."""
    bridge.ask()
    bridge.mail.connecting = [unreached()]
    (after,) = bridge.work()
    assert (after.state, after.touched) == (State.QUEUED, False)
    assert not bridge.host.calls
    bridge.clock.move(minutes=2)
    assert bridge.work()[0].state is State.PUBLISHED


def test_a_relay_that_goes_away_in_between_is_tried_again_from_memory(bridge: House) -> None:
    """The same link leaves on a fresh connection; the host is not changed twice."""
    bridge.ask()
    bridge.mail.sending = [unreached(), unreached()]
    assert bridge.work()[0].state is State.PUBLISHED
    assert len(bridge.host.passwords_ever_set) == 1


def test_a_mail_that_may_have_gone_is_sent_again_as_it_was(bridge: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The relay took it and said nothing: the copy has the same link, which is what its Message-ID is made of."""
    send = bridge.mail.send_link

    def and_silence(mail: LinkMail) -> Wrapping:
        send(mail)
        if len(bridge.mail.links) == 1:
            raise unreached()
        return Wrapping()

    monkeypatch.setattr(bridge.mail, "send_link", and_silence)
    bridge.ask()
    assert bridge.work()[0].state is State.PUBLISHED
    first, second = bridge.mail.links
    assert first.url == second.url
    assert bridge.open(bridge.totp(), mail=0).system == "PRODA"


def test_i6_killed_while_the_relay_keeps_silent_one_link_works(bridge: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has the first link's key any more: a new one is sent, and the first is dead before that."""
    send = bridge.mail.send_link

    def and_dies(mail: LinkMail) -> Wrapping:
        send(mail)
        raise SystemExit

    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr(bridge.mail, "send_link", and_dies)
        bridge.ask()
        bridge.work()
    with pytest.raises(NotYet):
        bridge.open(bridge.totp())
    sweep.reclaim(bridge.web)
    with pytest.raises(LinkEnded):
        bridge.open(bridge.totp())
    bridge.clock.move(minutes=1)
    assert bridge.work()[0].state is State.PUBLISHED
    assert bridge.mail.links[0].url != bridge.mail.links[1].url
    with pytest.raises(LinkDead):
        bridge.open(bridge.totp(), mail=0)
    assert bridge.open(bridge.totp()).system == "PRODA"


def test_a_refused_mail_fails_and_what_was_set_is_spoiled(bridge: House) -> None:
    """5xx: nobody will ever get this link; the reset fails and the host's password is overwritten."""
    bridge.ask()
    bridge.mail.sending = [MailRefused("550")]
    (after,) = bridge.work()
    assert (after.failure, after.cleanup) == (Reason.MAIL_REFUSED, Cleanup.DUE)
    assert bridge.work()[0].cleanup is Cleanup.DONE


def test_nobody_to_mail_is_found_out_first(bridge: House) -> None:
    """Without a contact point the host is not touched."""
    bridge.ask()
    bridge.directory.people.clear()
    (after,) = bridge.work()
    assert after.failure is Reason.NO_CONTACT_POINT
    assert not bridge.host.calls


def test_nobody_who_could_open_it_is_found_out_first(tmp_path: object) -> None:
    """A policy of TOTP alone and a person without one: refused before the host is touched."""
    with house(tmp_path, policy=Policy(factors=("totp",)), enrolled=False) as bridge:  # type: ignore[arg-type]
        bridge.ask()
        (after,) = bridge.work()
        assert after.failure is Reason.NO_FACTOR
        assert not bridge.host.calls


def test_i6_a_newer_reset_ends_the_older_one_that_is_being_changed(bridge: House) -> None:
    """Superseded while a worker holds it: no mail leaves, it ends revoked, and the newer one wins."""
    older = bridge.ask().reset
    newer: list[str] = []
    bridge.host.before_change = lambda: newer.append(bridge.ask().reset.id) if not newer else None  # type: ignore[func-returns-value, return-value]
    with pytest.raises(Overtaken):
        bridge.work()
    assert not bridge.mail.links
    assert (bridge.reset(older.id).state, bridge.reset(older.id).cleanup) == (State.REVOKED, Cleanup.DUE)
    assert bridge.work()[0].id == newer[0]
    assert bridge.work()[0].cleanup is Cleanup.DONE  # covered by the newer one:
    assert len(bridge.host.passwords_ever_set) == 2


def test_i7_what_a_dead_worker_held_begins_again(bridge: House) -> None:
    """The lease runs out, the reset goes back to the queue, and is carried out by whoever comes next."""
    asked = bridge.ask()
    assert take(bridge.host.name, bridge.worker) is not None
    assert sweep.reclaim(bridge.web) == 0
    bridge.clock.move(minutes=4)
    assert sweep.reclaim(bridge.web) == 1
    assert bridge.reset(asked.reset.id).state is State.QUEUED
    bridge.clock.move(seconds=10)
    assert bridge.work()[0].state is State.PUBLISHED


@pytest.mark.parametrize("nth", range(2, 7))
def test_i7_a_database_that_is_busy_for_a_moment_ends_no_reset(
    bridge: House, monkeypatch: pytest.MonkeyPatch, nth: int
) -> None:
    """Whatever could not be written: the reset stays as it was written down, begins anew, and its last link works."""
    asked = bridge.ask()
    real, calls = type(bridge.store).work, count(1)

    def work(store: SqlStore) -> AbstractContextManager[Work]:
        if next(calls) == nth:
            raise StoreBusy("no connection was free in time")
        return real(store)

    monkeypatch.setattr(type(bridge.store), "work", work)
    with suppress(StoreBusy):
        bridge.work()
    found = bridge.reset(asked.reset.id)
    assert found.state in {State.CHANGING, State.PUBLISHED}
    assert found.state is State.PUBLISHED or next(calls) > nth
    bridge.clock.move(minutes=4)
    sweep.reclaim(bridge.web)
    bridge.clock.move(seconds=10)
    if found.state is State.CHANGING:
        assert bridge.work()[0].state is State.PUBLISHED
    shown = bridge.open(asked.release_code)
    assert shown.password.expose() == bridge.host.accounts[Userid("JSMITH")].password


def test_a_revoked_link_is_dead_and_spoiled(bridge: House) -> None:
    """An operator's revoke ends the link at once and the host's password soon after."""
    asked = bridge.ask()
    bridge.work()
    decide.revoke(asked.reset.id, AGENT, "wrong person", bridge.web)
    assert bridge.work()[0].cleanup is Cleanup.DONE
    assert len(bridge.host.passwords_ever_set) == 2


def test_an_unreachable_host_is_waited_for_as_long_as_the_policy_says(bridge: House) -> None:
    """Queued again with a growing pause, then failed as unreachable, nothing owed."""
    bridge.ask()
    for _ in range(3):
        bridge.host.faults = ["session:unreached"]
        (after,) = bridge.work()
        assert after.state is State.QUEUED
        bridge.clock.move(minutes=2)
    bridge.clock.at += timedelta(hours=4)
    bridge.host.faults = ["session:unreached"]
    (after,) = bridge.work()
    assert (after.state, after.failure, after.cleanup) == (State.FAILED, Reason.HOST_UNREACHABLE, Cleanup.NONE)


def test_a_directory_that_cannot_be_read_is_waited_for(bridge: House) -> None:
    """It is not "nobody": the reset stays in the queue, nothing is typed, and it goes through once that is mended."""
    bridge.ask()
    bridge.directory.away = True
    (waiting,) = bridge.work()
    assert waiting.state is State.QUEUED
    assert "people.csv: line 3" in (waiting.failure_text or "")
    assert not bridge.host.calls

    bridge.directory.away = False
    bridge.clock.move(minutes=1)
    (after,) = bridge.work()
    assert after.state is State.PUBLISHED


def test_a_directory_that_cannot_be_read_stops_nothing_that_people_are_told_of(bridge: House) -> None:
    """The notice is lost; a password is shown, a link withdrawn and its password made worthless all the same."""
    asked = bridge.ask()
    bridge.work()
    bridge.directory.away = True
    shown = bridge.open(asked.release_code)
    assert shown.password.expose() == bridge.host.accounts[Userid("JSMITH")].password

    bridge.directory.away = False
    newer = bridge.ask()
    bridge.work(2)
    bridge.directory.away = True
    decide.revoke(newer.reset.id, AGENT, "wrong person", bridge.web)
    bridge.work()
    assert (bridge.reset(newer.reset.id).state, bridge.reset(newer.reset.id).cleanup) == (State.REVOKED, Cleanup.DONE)


def test_an_account_that_is_another_persons_by_now_fails_where_they_have_no_factor(bridge: House) -> None:
    """The person is stored although the reset then fails: it is not taken up again and again."""
    asked = bridge.ask()
    people = bridge.directory.people
    people[0] = replace(people[0], person=Person("other"))
    with bridge.store.work() as work:
        work.links.drop_code(asked.reset.id)
    (after,) = bridge.work()
    assert (after.state, after.failure, after.person) == (State.FAILED, Reason.NO_FACTOR, "other")
