"""`simulate`: hosts and a mail relay to try a configuration against, until somebody stops them. No daemon runs here."""

from __future__ import annotations

import signal
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bridge.compose.stage import word
from bridge.domain.errors import StoreFault
from connectors.certificates import development
from connectors.machine import SystemClock
from connectors.simulated.faults import Fault, Faults
from connectors.simulated.ibmi_host import SimulatedIbmI
from connectors.simulated.mailbox import Mail, SimulatedMailbox
from connectors.simulated.options import HostOptions
from connectors.simulated.seeds import ORDINARY, SERVICE, seeded, seeded_ibmi
from connectors.simulated.shell import SimulatedShell
from connectors.simulated.zos import SimulatedZos

CHANGES: Final = ("ALTUSER", "CHANGE", "CHGUSRPRF")  # what RACF, ACF2 and IBM i are told to set a password

MANAGER: Final = "session-manager"
SCENARIOS: Final[Mapping[str, tuple[str, Callable[[Faults], None]]]] = {
    "ordinary": ("everything works", lambda faults: None),
    "lost-answer": ("the line drops once the first change has been made", lambda f: _each(f, Fault.DROP_AFTER, 1)),
    "lost-command": ("the line drops before the first change is made", lambda f: _each(f, Fault.DROP_BEFORE, 1)),
    "frozen": ("the host stops answering at each change", lambda f: _each(f, Fault.FROZEN, None)),
    "flag-ignored": ("passwords need not be changed at first use", lambda f: _each(f, Fault.FLAG_IGNORED, None)),
    "change-ignored": ("changes are answered and not made", lambda f: _each(f, Fault.CHANGE_IGNORED, None)),
    "not-authorized": ("the service id may not reset", lambda f: _each(f, Fault.NOT_AUTHORIZED, None)),
    "wrong-service-password": ("the service id's logon is refused", lambda f: f.arm(Fault.PASSWORD_WRONG, SERVICE)),
    "already-logged-on": ("the service id has another session", lambda f: f.arm(Fault.ALREADY_LOGGED_ON, SERVICE)),
    "slow": ("every answer takes two seconds", lambda f: f.arm(Fault.RESPONSE_DELAY, count=2000)),
    MANAGER: ("a session manager, EXGATE, stands ahead of TSO; a dialog for it has to be written", lambda faults: None),
    "silent": ("connections are taken and never answered", lambda f: f.arm(Fault.HANG_AT_CONNECT)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Where to listen on 127.0.0.1; 0: any free port."""

    racf: int = 0
    acf2: int = 0
    ssh: int = 0
    ibmi: int = 0
    mail: int = 0


def run(folder: Path, scenario: str, ports: Ports, say: Callable[[str], None]) -> int:
    """Simulate until SIGINT or SIGTERM; `say` prints what to connect with. Raises StoreFault, OSError in words."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        with simulated(folder, scenario, ports, say) as words:
            say(words)
            stop.wait()
    except OSError as error:
        raise StoreFault(f"{error.filename or '127.0.0.1'}: {error.strerror or error}") from None
    return 0


@contextmanager
def simulated(
    folder: Path, scenario: str, ports: Ports, say: Callable[[str], None] = lambda _: None
) -> Iterator[str]:  # fmt: skip
    """Two z/OS, with RACF and ACF2, SSH to the first, an IBM i, and a mail relay; yields what to say of them."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    tls = _tls(folder)
    secret, password = word(), word()
    _private(folder / "service-id", secret)
    with ExitStack() as stack:
        faults, manager = Faults(), scenario == MANAGER
        racf = seeded("racf", service_password=secret, user_password=password)
        acf2 = seeded("acf2", service_password=secret, user_password=password)
        sysa = stack.enter_context(
            SimulatedZos(
                "racf",
                users=racf,
                tls=tls,
                port=ports.racf,
                options=HostOptions(system="SYSA", manager=manager),
                faults=faults,
            )
        )
        sysb = stack.enter_context(
            SimulatedZos(
                "acf2",
                users=acf2,
                tls=tls,
                port=ports.acf2,
                options=HostOptions(system="SYSB", manager=manager),
                faults=faults,
            )
        )
        shell = stack.enter_context(SimulatedShell(racf, port=ports.ssh, faults=faults))
        power = stack.enter_context(
            SimulatedIbmI(seeded_ibmi(service_password=secret, user_password=password), port=ports.ibmi, faults=faults)
        )
        mailbox = stack.enter_context(Reader(say, port=ports.mail))
        SCENARIOS[scenario][1](faults)
        yield _words(folder, scenario, password, (sysa.port, sysb.port, mailbox.port), (shell, power))


class Reader(SimulatedMailbox):
    """The relay, and somebody who reads out each mail as it comes: without its link no simulated user gets on."""

    def __init__(self, say: Callable[[str], None], *, port: int) -> None:
        super().__init__(port=port)
        self._say = say

    def keep(self, mail: Mail) -> None:
        """Store a mail and say it."""
        super().keep(mail)
        head = f"# Mail to {', '.join(mail.to)}: {mail.message['Subject']}"
        self._say(f"\n{head}\n" + "".join(f"#   {line}".rstrip() + "\n" for line in mail.text.strip().split("\n")))


def _each(faults: Faults, fault: Fault, times: int | None) -> None:
    for command in CHANGES:
        faults.arm(fault, command, times=times)


def _tls(folder: Path) -> ssl.SSLContext:
    issued = development(["localhost", "127.0.0.1"], at=SystemClock().now(), title="Simulated z/OS")
    (folder / "zos-ca.pem").write_bytes(issued.authority)
    (folder / "zos.pem").write_bytes(issued.chain)
    _private(folder / "zos.key", issued.key.decode())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "zos.pem", folder / "zos.key")
    return context


def _private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(text.rstrip("\n") + "\n")


def _words(
    folder: Path,
    scenario: str,
    password: str,
    ports: tuple[int, int, int],
    shells: tuple[SimulatedShell, SimulatedShell],
) -> str:
    home = folder.absolute()
    service = f"service_id: {{userid: {SERVICE}, password: {{file: {home}/service-id}}}}"
    tls = f"tls: {{ca: {home}/zos-ca.pem}}"
    ssh, power = (f'{{type: ssh, host: localhost, port: {each.port}, host_key: "{each.host_key}"}}' for each in shells)
    return f"""\
# Simulated hosts on 127.0.0.1, scenario {scenario}: {SCENARIOS[scenario][0]}. Ctrl-C ends them.
# Userids {", ".join(ORDINARY)}; their present password is {password}
# What follows takes the place of the same two keys in a configuration that `resetbridge init` wrote.
# Mails are read out here as they come.
mail: {{host: localhost, port: {ports[2]}, security: none, sender: "Mainframe access <no-reply@example.com>"}}
systems:
  SIMRACF:
    title: Simulated z/OS with RACF
    product: racf
    transport: {{type: tn3270, host: localhost, port: {ports[0]}, {tls}}}
    {service}
  SIMACF2:
    title: Simulated z/OS with ACF2
    product: acf2
    transport: {{type: tn3270, host: localhost, port: {ports[1]}, {tls}}}
    {service}
  SIMSSH:
    title: The RACF system over SSH
    product: racf
    transport: {ssh}
    {service}
  SIMIBMI:
    title: Simulated IBM i
    product: ibmi
    transport: {power}
    {service}"""
