"""Products read what the simulated security products print: two hands, one set of manuals."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import pytest

from bridge.domain.errors import HostRefused
from bridge.domain.failure import Reason
from bridge.domain.names import Userid
from bridge.domain.outcome import Order, Reply, Standing, Verdict
from bridge.domain.password import Rules, draft
from bridge.domain.secret import Secret
from connectors.hosts.products.acf2 import Acf2
from connectors.hosts.products.ibmi import IbmI
from connectors.hosts.products.racf import Racf
from connectors.hosts.products.topsecret import TopSecret
from connectors.simulated import racf as simulated_racf
from connectors.simulated import topsecret as simulated_topsecret
from connectors.simulated.acf2 import AcfDialog
from connectors.simulated.ibmi import IbmI as SimulatedIbmI
from connectors.simulated.seeds import seeded_ibmi
from connectors.simulated.settings import SecuritySettings
from connectors.simulated.users import User, UserDatabase

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
USERID = Userid("JSMITH")


def database() -> UserDatabase:
    made = UserDatabase(
        [
            User(
                userid="SECADM",
                attributes={"SPECIAL"},
                privileges={"SECURITY"},
                authorities={"MISC8(PWMAINT)", "DATA(BASIC)", "DATA(PASSWORD)"},
            ),
            User(userid="JSMITH", name="JOHN SMITH", data="PASSDATE=00.000 ATTRIBUTES=SPECIAL " * 5),
            User(userid="BOSS", attributes={"SPECIAL", "OPERATIONS"}, privileges={"ACCOUNT"}, kind="CENTRAL"),
        ]
    )
    for userid in ("JSMITH", "BOSS"):
        made.set_password(made.user(userid), "OLDPW234", NOON - timedelta(days=30), expired=False)
    return made


def racf_says(order: Order, users: UserDatabase) -> tuple[Reply, ...]:
    result = simulated_racf.execute(order.typed[0].line.expose(), "SECADM", users, NOON)
    return (Reply(rows=tuple(result.lines), prompt="READY", code=result.code),)


def acf2_says(order: Order, users: UserDatabase, now: datetime) -> tuple[Reply, ...]:
    dialog = AcfDialog(users, "SECADM")
    said = [dialog.start(), *(dialog.answer(typed.line.expose(), now) for typed in (*order.typed[1:], *order.leave))]
    return tuple(Reply(rows=tuple(one.lines), prompt=(one.prompt or "READY").strip()) for one in said)


def test_racf_reset_is_proven_by_the_listing() -> None:
    """LISTUSER, ALTUSER, LISTUSER: the flag is there, and the password is the one that was drawn."""
    racf, users = Racf("PRODA"), database()
    before = racf.read_status(racf_says(racf.status(USERID), users), USERID)
    new = draft(Rules(), USERID, os.urandom)
    racf.read_reset(racf_says(racf.reset(USERID, new, resume=True), users), USERID)
    after = racf.read_status(racf_says(racf.status(USERID), users), USERID)
    assert (before.standing, after.standing) == (Standing.ACTIVE, Standing.EXPIRED)
    assert (before.privileged, after.privileged) == ((), ())
    assert racf.judge(before, after).verdict is Verdict.YES
    assert users.accepts("JSMITH", new.expose())


def test_racf_shows_who_is_privileged_and_who_is_not_there() -> None:
    """SPECIAL and OPERATIONS in the listing; ICH30001I for a stranger."""
    racf, users = Racf("PRODA"), database()
    boss, nobody = Userid("BOSS"), Userid("NOBODY")
    assert racf.read_status(racf_says(racf.status(boss), users), boss).privileged == ("SPECIAL", "OPERATIONS")
    assert racf.read_status(racf_says(racf.status(nobody), users), nobody).standing is Standing.UNKNOWN


def test_acf2_reset_is_proven_by_the_listing_and_within_the_minute_it_is_not() -> None:
    """PSWD-TOD moves on with the minute; a second change in the same minute has to wait."""
    acf2, users = Acf2("PRODB"), database()
    before = acf2.read_status(acf2_says(acf2.status(USERID), users, NOON), USERID)
    for verdict in (Verdict.YES, Verdict.UNKNOWN):
        new = draft(Rules(), USERID, os.urandom)
        acf2.read_reset(acf2_says(acf2.reset(USERID, new, resume=True), users, NOON), USERID)
        after = acf2.read_status(acf2_says(acf2.status(USERID), users, NOON), USERID)
        assert acf2.judge(before, after).verdict is verdict
        assert after.must_change
        assert users.accepts("JSMITH", new.expose())
        before = after


def test_acf2_shows_who_is_privileged_and_who_is_not_there() -> None:
    """ACCOUNT among the privileges; NOT FOUND for a stranger."""
    acf2, users = Acf2("PRODB"), database()
    boss, nobody = Userid("BOSS"), Userid("NOBODY")
    assert acf2.read_status(acf2_says(acf2.status(boss), users, NOON), boss).privileged == ("ACCOUNT",)
    assert acf2.read_status(acf2_says(acf2.status(nobody), users, NOON), nobody).standing is Standing.UNKNOWN


def tss_says(order: Order, users: UserDatabase) -> tuple[Reply, ...]:
    """Line by line, as a 3270 session types them: one that depends on the answer before is left out otherwise."""
    said: list[Reply] = []
    for typed in order.typed:
        if said and typed.after not in said[-1].text:
            break
        result = simulated_topsecret.execute(typed.line.expose(), "SECADM", users, NOON)
        said.append(Reply(rows=tuple(result.lines), prompt="READY"))
    return tuple(said)


def test_topsecret_reset_is_proven_by_the_listing_and_lifts_a_suspension() -> None:
    """LIST, REPLACE, REMOVE, LIST: the date is there, the interval is as before, PSUSPEND is gone."""
    tss, users = TopSecret("PRODT"), database()
    users.user("JSMITH").suspensions.add("PSUSPEND")
    before = tss.read_status(tss_says(tss.status(USERID), users), USERID)
    new = draft(Rules(), USERID, os.urandom)
    tss.read_reset(tss_says(tss.reset(USERID, new, resume=True), users), USERID)
    after = tss.read_status(tss_says(tss.status(USERID), users), USERID)
    assert (before.standing, before.suspended_by, after.standing) == (
        Standing.SUSPENDED, "violations", Standing.EXPIRED,
    )  # fmt: skip
    proof = tss.judge(before, after)
    assert (proof.verdict, proof.note) == (Verdict.YES, "")
    assert users.accepts("JSMITH", new.expose())


def test_topsecret_shows_who_is_privileged_and_who_is_not_there() -> None:
    """A control ACID; TSS0314E for a stranger."""
    tss, users = TopSecret("PRODT"), database()
    boss, nobody = Userid("BOSS"), Userid("NOBODY")
    assert tss.read_status(tss_says(tss.status(boss), users), boss).privileged == ("CENTRAL",)
    assert tss.read_status(tss_says(tss.status(nobody), users), nobody).standing is Standing.UNKNOWN


def ibmi_says(order: Order, users: UserDatabase, now: datetime) -> tuple[Reply, ...]:
    """Line by line, as Qshell runs them: one that fails is the last."""
    host, said = SimulatedIbmI(users, "RSTBRDG"), [Reply(rows=(), prompt="READY", code=0)]
    for typed in order.typed[1:]:
        line = typed.line.expose()
        told = host.told(typed.given.expose() + "\n", now) if typed.given else host.system(line.split("'")[1], now)
        said.append(Reply(rows=told.lines, prompt="READY", code=told.code))
        if told.code:
            break
    return tuple(said)


def test_ibmi_reset_is_proven_by_the_listing_and_lifts_a_lock_by_wrong_passwords() -> None:
    """DSPUSRPRF and LOOK, REVIVE, DSPUSRPRF and LOOK: the flag is there, the time has moved on, the status is back."""
    ibmi, users = IbmI("POWER1"), seeded_ibmi(service_password="SERVICE1", user_password="OLDPW234", clock=lambda: NOON)
    before = ibmi.read_status(ibmi_says(ibmi.status(USERID), users, NOON), USERID)
    new = draft(Rules(length=10), USERID, os.urandom)
    ibmi.read_reset(ibmi_says(ibmi.reset(USERID, new, resume=True), users, NOON), USERID)
    after = ibmi.read_status(ibmi_says(ibmi.status(USERID), users, NOON), USERID)
    assert (before.standing, before.suspended_by, after.standing) == (
        Standing.SUSPENDED, "violations", Standing.EXPIRED,
    )  # fmt: skip
    proof = ibmi.judge(before, after)
    assert (proof.verdict, proof.note) == (Verdict.YES, "")
    assert users.accepts("JSMITH", new.expose())


def test_ibmi_shows_who_is_privileged_and_who_is_not_there() -> None:
    """Special authorities, a group's as well; CPF2204 for a stranger."""
    ibmi, users = IbmI("POWER1"), seeded_ibmi(service_password="SERVICE1", user_password="OLDPW234")
    found = {
        name: ibmi.read_status(ibmi_says(ibmi.status(Userid(name)), users, NOON), Userid(name))
        for name in ("SECADM1", "OPSHEAD", "NOBODY")
    }
    assert found["SECADM1"].privileged == ("*ALLOBJ", "*SECADM", "class *SECOFR")
    assert found["OPSHEAD"].privileged == ("*ALLOBJ", "*AUDIT", "*SECADM")
    assert found["NOBODY"].standing is Standing.UNKNOWN


def test_a_suspension_is_not_lifted_where_the_reset_failed() -> None:
    """REPLACE is refused, so REMOVE is never typed."""
    tss, users = TopSecret("PRODT"), database()
    users.settings = SecuritySettings(product="topsecret", pwadmin=True, rules=("NNNNNNNN",))
    users.user("JSMITH").suspensions.add("PSUSPEND")
    replies = tss_says(tss.reset(USERID, Secret("NEWPW234"), resume=True), users)
    assert len(replies) == 1
    with pytest.raises(HostRefused) as raised:
        tss.read_reset(replies, USERID)
    assert raised.value.reason is Reason.PASSWORD_REJECTED
    assert users.user("JSMITH").suspensions == {"PSUSPEND"}


def test_a_revoked_racf_user_counts_as_suspended_until_resume_has_been_typed() -> None:
    """RACF says REVOKED and not by what; `unlock` goes by that."""
    users, racf = database(), Racf("PRODA")
    users.user("JSMITH").revoked = True
    assert racf.read_status(racf_says(racf.status(USERID), users), USERID).suspended
    racf.read_unlock(racf_says(racf.unlock(USERID), users), USERID)
    assert not racf.read_status(racf_says(racf.status(USERID), users), USERID).suspended
