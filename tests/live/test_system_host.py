"""A whole host, product and 3270 wire together, against the simulated z/OS: what a worker's slot does all day."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from bridge.config.model import ServiceId, System, Tn3270
from bridge.domain.errors import HostRefused, HostUnreached, ServiceIdRejected
from bridge.domain.failure import Reason
from bridge.domain.names import Userid
from bridge.domain.outcome import Standing, Verdict
from bridge.domain.password import draft
from bridge.domain.secret import Secret
from connectors.hosts.host import SystemHost
from connectors.hosts.products import PRODUCTS
from connectors.hosts.transports.tn3270 import Tn3270Wire
from connectors.simulated.users import UserDatabase
from connectors.simulated.zos import SimulatedZos

USERID = Userid("JSMITH")
PERMITS = {
    "racf": ("IRR.PASSWORD.RESET", "IRR.LISTUSER"),
    "topsecret": (),
    "acf2": ("ACFCMD.USER.PASSWORD", "ACFCMD.USER.PSWD-VIO", "ACFCMD.USER.LIST"),
}


@contextmanager
def host_of(product: str, *, password: str = "SERVICE1") -> Iterator[tuple[SystemHost, UserDatabase]]:
    """A host over a simulated z/OS with the service id SVCRST1 and the users JSMITH and BOSS."""
    users = UserDatabase()
    users.define("SVCRST1", password="SERVICE1")
    users.define("JSMITH", password="OLDPW234", name="JOHN SMITH", data="ATTRIBUTES=SPECIAL READY")
    users.define("BOSS", password="OLDPW234", attributes={"SPECIAL"}, privileges={"SECURITY"}, kind="CENTRAL")
    users.user("SVCRST1").authorities |= {"MISC8(PWMAINT)", "DATA(BASIC)", "DATA(PASSWORD)"}
    if product == "acf2":  # CASECAUT cannot delegate PSWD-EXP: an administrator of logonids is needed, or PSWDFRC
        users.user("SVCRST1").privileges.add("ACCOUNT")
    for resource in PERMITS[product]:
        users.permit(resource, "SVCRST1")
    with SimulatedZos(product, users=users) as zos:  # type: ignore[arg-type]
        settings = Tn3270(
            host=zos.host, port=zos.port, tls=None, insecure=True,
            connect_within=timedelta(seconds=10), answer_within=timedelta(seconds=10),
        )  # fmt: skip
        system = System(
            name="PRODA", title="Production A", product=product, transport=settings,  # type: ignore[arg-type]
            service_ids=(ServiceId(userid="SVCRST1"),),
        )  # fmt: skip
        host = SystemHost(
            system, PRODUCTS[product]("PRODA"), lambda: Tn3270Wire("PRODA", settings, "SVCRST1", Secret(password))
        )
        try:
            yield host, users
        finally:
            host.close()


@pytest.mark.parametrize("product", ["racf", "acf2", "topsecret"])
def test_i11_a_reset_is_read_back_over_a_3270(product: str) -> None:
    """Listing, change, listing: proven, and the host accepts the password that was drawn; then a second on the way."""
    with host_of(product) as (host, users):
        password = draft(host.rules, USERID, os.urandom)
        with host.session() as session:
            before = session.profile(USERID)
            session.change(USERID, password, resume=True)
            after = session.profile(USERID)
        assert (before.standing, after.standing) == (Standing.ACTIVE, Standing.EXPIRED)
        assert host.judge(before, after).verdict is Verdict.YES
        assert users.accepts("JSMITH", password.expose())
        assert not host.moved_on(after.stamp, after)
        with host.session() as session:
            assert session.profile(USERID) == after


@pytest.mark.parametrize("product", ["racf", "acf2", "topsecret"])
def test_stranger_and_privileged_are_told_apart(product: str) -> None:
    """An unknown userid has no standing; a privileged one is named so, or may not even be listed."""
    with host_of(product) as (host, _), host.session() as session:
        assert session.profile(Userid("NOBODY")).standing is Standing.UNKNOWN
        try:
            assert session.profile(Userid("BOSS")).privileged
        except HostRefused as refused:
            assert (product, refused.reason) == ("racf", Reason.NOT_AUTHORIZED)
        with pytest.raises(HostRefused) as raised:
            session.change(Userid("NOBODY"), Secret("NEWPW234"), resume=True)
        assert raised.value.reason in {Reason.UNKNOWN_USER, Reason.NOT_AUTHORIZED}


def test_refused_service_id_is_not_tried_twice() -> None:
    """A wrong password is typed once; the second session is refused without a word to the host."""
    with host_of("racf", password="WRONG234") as (host, users):
        for _ in range(2):
            with pytest.raises(ServiceIdRejected), host.session():
                pass
        assert users.user("SVCRST1").violations == 1


def test_host_that_is_gone_is_unreached() -> None:
    """Nobody listens any more: nothing was typed, and it may be tried later."""
    with host_of("racf") as (host, _):
        pass
    with pytest.raises(HostUnreached), host.session():
        pass


@pytest.mark.parametrize("worked", [True, False])
def test_topsecret_lifts_a_suspension_only_behind_a_reset_that_worked(worked: bool) -> None:
    """Two lines on a 3270: the second is typed where the first was successful, and only for the suspended."""
    with host_of("topsecret") as (host, users):
        user = users.user("JSMITH")
        user.suspensions.add("PSUSPEND")
        with host.session() as session:
            before = session.profile(USERID)
            if not worked:
                user.kind = "MASTER"
                with pytest.raises(HostRefused, match="MSCAPW"):
                    session.change(USERID, Secret("NEWPW234"), resume=True)
                assert user.suspensions == {"PSUSPEND"}
                return
            session.change(USERID, Secret("NEWPW234"), resume=True)
            after = session.profile(USERID)
            session.change(USERID, Secret("NEWPW235"), resume=True)
        assert (before.suspended_by, after.standing) == ("violations", Standing.EXPIRED)
        assert host.judge(before, after).note == ""
        assert users.accepts("JSMITH", "NEWPW235")
