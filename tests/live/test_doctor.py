"""The doctor at one system that is set up wrongly: each time the true cause, and what to do about it."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme

from bridge.compose.doctor import see
from bridge.compose.finding import Finding
from bridge.config.model import HostTls, LogonSettings, SecretRef, ServiceId, System, Tn3270
from bridge.domain.password import Rules
from connectors.hosts.transcript import Shown
from connectors.simulated.faults import Fault
from connectors.simulated.options import HostOptions
from connectors.simulated.seeds import SERVICE, seeded
from connectors.simulated.settings import SecuritySettings
from connectors.simulated.witness import Witness
from connectors.simulated.zos import SimulatedZos

PASSWORD = "SERV1CE9"
LONG_AGO, SOON_AFTER = datetime(2020, 1, 1, tzinfo=UTC), datetime(2020, 1, 9, tzinfo=UTC)

Change = Callable[[SimulatedZos], None]


def untouched(zos: SimulatedZos) -> None:
    """Leave the host as it is."""


@contextmanager
def host(
    change: Change = untouched, *, product: Any = "racf", tls: ssl.SSLContext | None = None, **more: Any
) -> Iterator[SimulatedZos]:
    settings = SecuritySettings(product=product, **more.pop("settings", {}))
    users = seeded(product, service_password=PASSWORD, user_password="OLDPASS1", settings=settings)
    with SimulatedZos(
        product, users=users, tls=tls, options=HostOptions(**more.pop("options", {})), witness=Witness()
    ) as zos:
        change(zos)
        yield zos


def system_at(port: int, folder: Path, **transport: Any) -> System:
    secret = folder / "service-id"
    secret.touch(mode=0o600)
    secret.write_text(PASSWORD + "\n")
    limits = {"connect_within": 5, "logon_within": 8, "answer_within": 5, "reconnect_wait": 0}
    given = {name: timedelta(seconds=seconds) for name, seconds in limits.items()}
    plain = {"tls": None, "insecure": True} if "tls" not in transport else {}
    return System(
        name="PRODA",
        title="Production A",
        product="racf",
        transport=Tn3270(**{"host": "localhost", "port": port, **given, **plain, **transport}),
        service_ids=(ServiceId(userid=SERVICE, password=SecretRef(file=secret)),),
    )


def said(system: System) -> list[str]:
    return [f"{each.level} {each.words}" for each in see(system)]


def failures(found: list[str]) -> str:
    return "\n".join(each for each in found if each.startswith("fail"))


# --- what is set up well --------------------------------------------------------------------------


def test_a_host_that_is_well_is_walked_from_its_name_to_the_log_off(tmp_path: Path) -> None:
    """Name, TCP, negotiation, screens, PROFILE, code page, authority, rules, listing, log-off; nothing was changed."""
    met: list[Shown] = []
    with host() as zos:
        found: list[Finding] = list(see(system_at(zos.port, tmp_path), watch=met.append))
        words = "\n".join(each.words for each in found)

        for expected in (
            "localhost is 127.0.0.1", "takes connections", "BIND-IMAGE", "LU TCP0", "LOGO → USERID → PANEL",
            "messages are those of racf", "profile was listed", "PROFILE is NOPROMPT", "code page 1047",
            "just enough: READ on IRR.PASSWORD.RESET", "just enough: READ on IRR.LISTUSER", "SETROPTS", "logged off",
        ):  # fmt: skip
            assert expected in words
        assert [each.words for each in found if each.level == "fail"] == []
        assert zos.passwords_ever_set == []
        assert zos.sessions() == []

    assert {"LOGO", "PANEL", "READY", "RLIST FACILITY IRR.LISTUSER"} <= {each.place for each in met}
    assert PASSWORD not in "\n".join(row for each in met for row in each.rows)


@pytest.mark.parametrize(("model", "size"), [("2", "24 rows of 80 columns"), ("4", "43 rows of 80 columns"),
                                             ("5", "27 rows of 132 columns")])  # fmt: skip
def test_the_size_that_came_of_the_model_is_told(tmp_path: Path, model: str, size: str) -> None:
    """As READY shows it: the host may give less than the terminal offers."""
    with host() as zos:
        found = said(system_at(zos.port, tmp_path, model=model))
    (words,) = [each for each in found if " logged on in " in each]
    assert words.endswith(size)
    assert failures(found) == ""


# --- the way there --------------------------------------------------------------------------------


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@contextmanager
def another_server(greeting: bytes) -> Iterator[int]:
    """Something that is no TN3270 server."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):
            while True:
                line, _ = server.accept()
                with line, suppress(OSError):
                    line.sendall(greeting)
                    line.recv(100)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield server.getsockname()[1]
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join()


def test_a_name_that_is_none(tmp_path: Path) -> None:
    """DNS first."""
    found = said(system_at(992, tmp_path, host="no-such-host.invalid"))

    assert "no address is known for this name; correct host, or ask DNS" in failures(found)


def test_a_port_where_nobody_listens(tmp_path: Path) -> None:
    """Refused is not the same as silent."""
    assert "is the TN3270 server up, and the port right?" in failures(said(system_at(free_port(), tmp_path)))


def test_a_port_where_somebody_else_listens(tmp_path: Path) -> None:
    """SSH's greeting gives it away, and nothing is typed at it."""
    with another_server(b"SSH-2.0-OpenSSH_9.6\r\n") as port:
        assert "an SSH server answers" in failures(said(system_at(port, tmp_path)))


@pytest.mark.parametrize(
    ("greeting", "who"),
    [(b"SSH-2.0-OpenSSH_9.6\r\n", "an SSH server"), (b"220 relay.example.com ESMTP\r\n", "a mail or FTP server")],
)
def test_somebody_else_where_tls_is_expected(greeting: bytes, who: str, tmp_path: Path) -> None:
    """Named as well; it is not taken for the host's plain port alone."""
    with another_server(greeting) as port:
        found = failures(said(system_at(port, tmp_path, tls=HostTls(ca=None))))
    assert f"no TN3270 server: {who} answers on port {port}; correct port" in found


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def served(certificate: trustme.LeafCert) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(made)
    return made


def trusting(authority: trustme.CA, folder: Path) -> HostTls:
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    return HostTls(ca=folder / "ca.pem")


def test_plain_towards_a_tls_port(authority: trustme.CA, tmp_path: Path) -> None:
    """Found out before a byte of TN3270 is spoken."""
    with host(tls=served(authority.issue_cert("localhost"))) as zos:
        assert "this port speaks TLS; write transport.tls" in failures(said(system_at(zos.port, tmp_path)))


def test_tls_towards_a_plain_port(authority: trustme.CA, tmp_path: Path) -> None:
    """Named as what it is, with the way out."""
    with host() as zos:
        found = failures(said(system_at(zos.port, tmp_path, tls=trusting(authority, tmp_path))))

    assert "does not speak TLS" in found
    assert "a TN3270 server without TLS answers there; use its TLS port" in found


def test_a_certificate_until_when_and_from_whom(authority: trustme.CA, tmp_path: Path) -> None:
    """Good: who signed it and until when."""
    with host(tls=served(authority.issue_cert("localhost"))) as zos:
        found = said(system_at(zos.port, tmp_path, tls=trusting(authority, tmp_path)))

    assert any("certificate for localhost, signed by" in each and ", until " in each for each in found)
    assert failures(found) == ""


CERTIFICATES: dict[str, tuple[Callable[[trustme.CA], trustme.LeafCert], str]] = {
    "unknown CA": (lambda ca: trustme.CA().issue_cert("localhost"), "needed is in tls.ca the certificate of"),
    "expired": (
        lambda ca: ca.issue_cert("localhost", not_before=LONG_AGO, not_after=SOON_AFTER),
        "until 2020-01-09; needed is a new certificate on the host",
    ),
    "another name": (
        lambda ca: ca.issue_cert("zos.example.com"),
        "needed is host or tls.name to be one of zos.example.com",
    ),
}


@pytest.mark.parametrize("fault", CERTIFICATES)
def test_a_certificate_that_proves_nothing(fault: str, authority: trustme.CA, tmp_path: Path) -> None:
    """What it is, what would be needed, and the fingerprint to compare; no logon is tried."""
    make, words = CERTIFICATES[fault]
    with host(tls=served(make(authority))) as zos:
        found = failures(said(system_at(zos.port, tmp_path, tls=trusting(authority, tmp_path))))

        assert words in found
        assert "SHA-256" in found
        assert zos.typed.count("") == 0


# --- the logon ------------------------------------------------------------------------------------


def test_an_lu_that_is_not_to_be_had(tmp_path: Path) -> None:
    """s3270 falls back to classic TN3270 in silence, where the host hangs up; the doctor says what it means."""
    with host(options={"lus": ("RSTB09",)}) as zos:
        found = said(system_at(zos.port, tmp_path, lu=("RSTB01",)))

    (words,) = [each for each in found if each.startswith("fail") and "LU names" in each]
    assert "it may not give the LU names RSTB01" in words
    assert "correct transport.lu, or have them mapped" in found[-1]


def test_a_logon_command_that_vtam_does_not_know(tmp_path: Path) -> None:
    """VTAM's own words, and which setting to mend."""
    with host() as zos:
        found = failures(said(system_at(zos.port, tmp_path, logon=LogonSettings(command="LOGON APPLID(NOPE)"))))

    assert "NOPE" in found
    assert "correct transport.logon.command" in found


def drops_at_the_password(zos: SimulatedZos) -> None:
    zos.faults.arm(Fault.DROP_AT_LOGON, SERVICE)


def test_a_line_that_is_cut_behind_the_password(tmp_path: Path) -> None:
    """That may have been a wrong one, and the next check would type it again: that is what is said."""
    with host(drops_at_the_password) as zos:
        found = failures(said(system_at(zos.port, tmp_path)))
    assert "closed the connection" in found
    assert "that may have counted as a wrong one" in found
    assert "types it once more" in found


def wrong_password(zos: SimulatedZos) -> None:
    service = zos.users.user(SERVICE)
    zos.users.set_password(service, "OTHERPW1", zos.users.clock(), expired=False)


def expired(zos: SimulatedZos) -> None:
    zos.users.user(SERVICE).password.expired = True


def revoked(zos: SimulatedZos) -> None:
    zos.users.user(SERVICE).revoked = True


def no_segment(zos: SimulatedZos) -> None:
    zos.users.user(SERVICE).tso = None


def in_use(zos: SimulatedZos) -> None:
    zos.faults.arm(Fault.ALREADY_LOGGED_ON, SERVICE)


REFUSALS: dict[str, tuple[Change, str, str]] = {
    "wrong password": (wrong_password, "IKJ56421I", "typed once and is not tried again"),
    "expired": (expired, "IKJ56415I", f"PASSWORD USER({SERVICE}) NOINTERVAL"),
    "revoked": (revoked, "REVOKED", f"ALTUSER {SERVICE} RESUME"),
    "no TSO": (no_segment, "not authorized to use TSO", f"ALTUSER {SERVICE} TSO(ACCTNUM"),
    "in use": (in_use, "logged on elsewhere", f"CANCEL U={SERVICE}"),
}


@pytest.mark.parametrize("fault", REFUSALS)
def test_a_service_id_that_is_not_let_in(fault: str, tmp_path: Path) -> None:
    """The host's words, and the remedy for this very cause; a wrong password is typed once."""
    change, words, remedy = REFUSALS[fault]
    with host(change) as zos:
        found = failures(said(system_at(zos.port, tmp_path)))

        assert words in found
        assert remedy in found
        assert zos.users.user(SERVICE).violations == (1 if fault == "wrong password" else 0)
        assert zos.sessions() == []


def test_a_session_that_may_be_the_daemons_is_not_to_be_cancelled(tmp_path: Path) -> None:
    """Where the daemon runs on this machine, it may be in the midst of a reset: it is to be stopped, and no more."""
    with host(in_use) as zos:
        found = [f"{each.level} {each.words}" for each in see(system_at(zos.port, tmp_path), busy=True)]

    assert "logged on elsewhere" in failures(found)
    assert "CANCEL" not in "".join(found)
    assert found[-1].endswith("stop it and check again")


# --- at READY -------------------------------------------------------------------------------------


def no_authority(zos: SimulatedZos) -> None:
    zos.users.permit("IRR.PASSWORD.RESET", SERVICE, "NONE")


def update(zos: SimulatedZos) -> None:
    zos.users.permit("IRR.PASSWORD.RESET", SERVICE, "UPDATE")


def special(zos: SimulatedZos) -> None:
    zos.users.user(SERVICE).attributes |= {"SPECIAL", "OPERATIONS"}


AUTHORITIES: dict[str, tuple[Change, tuple[str, ...]]] = {
    "none": (
        no_authority,
        ("too little", "PERMIT IRR.PASSWORD.RESET CLASS(FACILITY) ID(RSTBRDG) ACCESS(READ)", "IRR.PWRESET.OWNER"),
    ),
    "UPDATE": (
        update,
        ("too much: UPDATE on IRR.PASSWORD.RESET where READ is enough", "ACCESS(READ); SETROPTS RACLIST(FACILITY)"),
    ),
    "SPECIAL": (special, ("too much: it is", "ALTUSER RSTBRDG NOSPECIAL NOOPERATIONS")),
}


@pytest.mark.parametrize("fault", AUTHORITIES)
def test_an_authority_that_is_not_just_enough(fault: str, tmp_path: Path) -> None:
    """Too little, too much: with the host's own commands that make it least privilege."""
    change, words = AUTHORITIES[fault]
    with host(change) as zos:
        doubts = "\n".join(each for each in said(system_at(zos.port, tmp_path)) if each.startswith("warn"))

    for word in words:
        assert word in doubts


def test_password_rules_that_the_host_does_not_have(tmp_path: Path) -> None:
    """Where it may list SETROPTS, ours are laid beside them."""
    with host(special, settings={"rules": ("LLLLLLLL",)}) as zos:
        system = system_at(zos.port, tmp_path)
        found = said(replace(system, password=Rules(mixed_case=True)))

    assert "the host folds passwords to capitals" in failures(found)
    assert any("write password.rules: [LLLLLLLL]" in each for each in found)


def test_another_product_than_the_one_configured(tmp_path: Path) -> None:
    """ACF2's message numbers on a system that is said to have RACF."""
    with host(product="acf2") as zos:
        assert "product is racf; correct it" in failures(said(system_at(zos.port, tmp_path)))


def test_i1_no_finding_and_no_screen_shows_the_service_ids_password(tmp_path: Path) -> None:
    """Whatever went wrong."""
    kept: list[str] = []
    with ExitStack() as stack:
        for change, *_ in (*REFUSALS.values(), *AUTHORITIES.values()):
            zos = stack.enter_context(host(change))
            met: list[Shown] = []
            kept += [each.words for each in see(system_at(zos.port, tmp_path), watch=met.append)]
            kept += [row for each in met for row in each.rows]

    assert PASSWORD not in "\n".join(kept)
