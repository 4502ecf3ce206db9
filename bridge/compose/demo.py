"""`resetbridge demo`: the main job on an embedded stage, with the real daemon and real sockets.

With auto, a person's part is played too: ask, read the mail, open the link, pass the factor, log on to the simulated
TSO, be made to choose a new password. Everything shown as done has been done and checked; no password is shown whole.
"""

from __future__ import annotations

import shutil
import signal
import socket
import ssl
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import pyotp
from rich.console import Console

from bridge.compose.audience import Audience, Person, Visit
from bridge.compose.serve import Child
from bridge.compose.shared import Opened, opened, upgrade_database
from bridge.compose.stage import Stage, set_up, word
from bridge.config.reader import read
from bridge.domain.errors import BridgeError
from bridge.domain.policy import Role
from bridge.domain.secret import Secret
from bridge.flows import enrol
from bridge.observe.masking import mask
from connectors.machine import SystemClock
from connectors.simulated.entry import Outcome
from connectors.simulated.tso_user import first_logon

CASES: Final = (
    ("PRODA", "ANNAB", "anna", "RACF over TN3270", "totp"),
    ("PRODB", "BENCLRK", "ben", "ACF2 over TN3270", "totp"),
    ("PRODS", "ANNASSH", "anna", "RACF over SSH, armed", "release code"),
    ("PRODI", "ANNA_BERG", "anna", "IBM i over SSH", "release code"),
)
ARMED: Final = ("PRODS",)
READY_WITHIN: Final = 30.0


class DemoFailed(BridgeError):
    """A step of the demonstration was not true; the text says which."""


class Teller:
    """Says what happens, a line each, with the time since the start."""

    def __init__(self, console: Console) -> None:
        self._console, self._began = console, time.monotonic()

    def step(self, text: str) -> None:
        """Something has been done and checked."""
        self._console.print(f"[dim]{time.monotonic() - self._began:6.2f} s[/]  {text}", highlight=False, soft_wrap=True)

    def head(self, text: str) -> None:
        """Another part begins."""
        self._console.print(f"\n[bold]{text}[/]", highlight=False)

    def plain(self, text: str) -> None:
        """Words for the person who watches."""
        self._console.print(text, highlight=False, soft_wrap=True)


def run(*, auto: bool = False, port: int | None = None, keep: bool = False) -> int:
    """Play the demonstration; 0 only if all of it was true. Raises BridgeError with the step that was not."""
    teller = Teller(Console())
    folder = Path(tempfile.mkdtemp(prefix="resetbridge-demo-"))
    try:
        with ExitStack() as stack:
            stage = stack.enter_context(set_up(folder, port or _free_port(), SystemClock().now(), armed=ARMED))
            audience = _seats(stage, stack, teller)
            daemon = Child(["serve"], read(stage.config), log_to=folder / "daemon.log")
            daemon.start()
            stack.callback(daemon.stop)
            _await_ready(stage, audience, daemon, teller)
            if auto:
                return _play(stage, audience, teller)
            _invite(stage, audience, teller)
    except DemoFailed:
        keep = True
        raise
    finally:
        if keep:
            teller.plain(f"kept: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return 0


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _seats(stage: Stage, stack: ExitStack, teller: Teller) -> Audience:
    """An empty database, one agent with a token, and an authenticator app for each person."""
    config = read(stage.config)
    upgrade_database(config)
    with opened(config) as kept:
        enrol.add_operator("agent", [Role.AGENT, Role.AUDITOR], "demo", kept)
        token = enrol.create_token("agent", None, "demo", kept).text
        apps = {name: _app(name, kept) for name in ("anna", "ben")}
    teller.head("The stage")
    for name, zos in (("PRODA", "RACF"), ("PRODB", "ACF2")):
        teller.step(f"a simulated z/OS with {zos} answers on 127.0.0.1:{stage.hosts[name].port} (TN3270 over TLS)")
    teller.step(f"the RACF system also answers on 127.0.0.1:{stage.shell.port} (SSH)")
    teller.step(f"a simulated IBM i answers on 127.0.0.1:{stage.power.port} (SSH)")
    teller.step(f"a mail sink answers on 127.0.0.1:{stage.mailbox.port}; Anna and Ben have an authenticator app each")
    audience = Audience(stage, token, apps)
    stack.callback(audience.close)
    return audience


def _app(name: str, kept: Opened) -> Person:
    """Enrol an authenticator app, as `factor add` does."""
    enrolment = enrol.add_totp(name, "Reset Bridge demo", "phone", "demo", kept)
    return Person(address=f"{name}@demo.example", app=pyotp.TOTP(enrolment.seed.expose()))


def _await_ready(stage: Stage, audience: Audience, daemon: Child, teller: Teller) -> None:
    began = time.monotonic()
    while not audience.ready():
        if not daemon.lives():
            raise DemoFailed(f"the daemon ended with status {daemon.code} before it was ready: {_last_words(stage)}")
        if time.monotonic() - began > READY_WITHIN:
            raise DemoFailed(f"the daemon was not ready within {READY_WITHIN:.0f} s")
        time.sleep(0.05)
    teller.step(f"the daemon serves {stage.url} after {time.monotonic() - began:.2f} s")


def _last_words(stage: Stage) -> str:
    """What the daemon said in words; its events are in the file that is kept."""
    lines = (stage.config.parent / "daemon.log").read_text(encoding="utf-8", errors="replace").splitlines()
    return mask("; ".join([line for line in lines if line and not line.startswith("{")][-3:])) or "see daemon.log"


def _play(stage: Stage, audience: Audience, teller: Teller) -> int:
    for system, userid, person, title, factor in CASES:
        teller.head(f"{title}: {userid} on {system} has forgotten a password")
        _one(stage, audience, teller, (system, userid, person, factor))
    teller.head("Afterwards")
    _afterwards(stage, audience, teller)
    teller.plain("\n[bold green]All of it was true.[/] No person but the user saw a password, and only once.")
    return 0


def _one(stage: Stage, audience: Audience, teller: Teller, case: tuple[str, str, str, str]) -> None:
    system, userid, person, factor = case
    reset = audience.ask(system, userid)
    teller.step(f"the help desk asked for a reset, {reset.id}, and got the release code {reset.masked} to read out")
    state = audience.follow(reset.id, "published", within=60)
    _demand(state == "published", f"the reset is {state}, not published: {audience.failure(reset.id)}")
    if system in ARMED:
        teller.step(f"looked up on {system}, nothing set there, the link mailed: published")
    else:
        teller.step(
            f"set on {system}, change at first use proven by reading the profile back, sealed, mailed: published"
        )
    visit = _mail(stage, audience, person, teller)
    code = audience.code(person, reset) if factor == "totp" else reset.release_code
    shown = visit.open(code)
    _demand(shown.status == 200 and shown.password is not None, f"the page answered {shown.status}: {shown.title}")
    password = shown.password or Secret("")
    held = stage.accepts(system, userid, password.expose())
    _demand(held, "what was shown is not what the host has")
    if system in ARMED:
        teller.step(
            f"the {factor} was right, and only then the password was set, proven and sealed, while the page waited"
        )
    teller.step(f"the {factor} was right; the page showed {_dots(password)} once, and the host has that password")
    again = visit.open(audience.code(person, reset))
    _demand(again.password is None and again.status == 410, f"a second look was answered {again.status}")
    teller.step(f"a second look got: “{again.title}” ({again.status})")
    _first_use(stage, audience, teller, (system, userid, reset.id), password)


def _mail(stage: Stage, audience: Audience, person: str, teller: Teller) -> Visit:
    visit = audience.read_mail(person)
    teller.step(f"{person}@demo.example got a link and no password: {visit.where}")
    _demand(visit.look() == 200, "the page of the link did not open")
    teller.step("opening the link showed a page and spent nothing")
    return visit


def _first_use(stage: Stage, audience: Audience, teller: Teller, where: tuple[str, str, str], password: Secret) -> None:
    system, userid, reset_id = where
    own = word()
    if system == "PRODI":
        _sign_on(stage, teller, userid, password, own)
    else:
        _log_on(stage, teller, (system, userid), password, own)
    state = audience.follow(reset_id, "completed", within=60)
    _demand(state == "completed", f"the reset is {state}, not completed")
    teller.step("the host shows a password of the user's own: completed")


def _log_on(stage: Stage, teller: Teller, where: tuple[str, str], password: Secret, own: str) -> None:
    """On a 3270."""
    system, userid = where
    zos = stage.hosts[system]
    logon = first_logon(zos.host, zos.port, userid, password.expose(), own, ssl_context=_lenient(stage))
    _demand(logon.forced_change, "the host did not demand a new password at first use")
    _demand(logon.ready and zos.accepts(userid, own), "the logon with a new password did not reach READY")
    teller.step(f"{userid} logged on to TSO, was made to choose a new password, chose one, reached READY, logged off")


def _sign_on(stage: Stage, teller: Teller, userid: str, password: Secret, own: str) -> None:
    """At the Sign On display, of which the simulated IBM i has the decision and not the picture."""
    forced = stage.power.sign_on(userid, password.expose()).outcome is Outcome.EXPIRED
    _demand(forced, "the host did not demand a new password at first use")
    let_in = stage.power.sign_on(userid, password.expose(), new=own).outcome is Outcome.IN
    _demand(let_in and stage.accepts("PRODI", userid, own), "the sign-on with a new password was refused")
    teller.step(f"{userid} signed on, was made to choose a new password, and chose one")


def _lenient(stage: Stage) -> ssl.SSLContext:
    """The host is reached by address; the authority is checked, the name is not."""
    context = stage.host_context
    context.check_hostname = False
    return context


def _afterwards(stage: Stage, audience: Audience, teller: Teller) -> None:
    with opened(read(stage.config)) as kept, kept.store.look() as work:
        count, fault = work.audit.verify()
    _demand(fault is None, f"the audit chain does not hold: {fault}")
    teller.step(f"the audit chain holds: {count} records")
    passwords = [password for witness in stage.witnesses for password in witness.passwords_ever_set]
    found = [name for name, text in audience.everything() if any(password.encode() in text for password in passwords)]
    _demand(not found, f"a password was found in {', '.join(found)}")
    teller.step(f"none of the {len(passwords)} passwords ever set is in the database, its log, the audit or a mail")


def _dots(password: Secret) -> str:
    """Enough to see that it is one, nothing to log on with."""
    return f"{password.expose()[:1]}{'•' * (len(password) - 1)}"


def _demand(true: object, otherwise: str) -> None:
    if not true:
        raise DemoFailed(otherwise)


def _invite(stage: Stage, audience: Audience, teller: Teller) -> None:
    """Say where to look and what to try, show each mail's link, and wait for Ctrl-C."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    teller.head("Try it")
    teller.plain(INVITATION.format(url=stage.url, ca=stage.certificate, token=audience.token.expose(),
                                   seed=audience.people["anna"].app.secret))  # fmt: skip
    _show_mails(stage, teller, stop.wait)


def _show_mails(stage: Stage, teller: Teller, wait: Callable[[float], bool]) -> None:
    seen = 0
    while not wait(0.5):
        mails = stage.mailbox.mails
        for mail in mails[seen:]:
            teller.head(f"Mail to {', '.join(mail.to)}: {mail.message['Subject']}")
            teller.plain(mail.text)
        seen = len(mails)


INVITATION: Final = """\
In another terminal:

  export RESETBRIDGE_URL={url}
  export RESETBRIDGE_CA={ca}
  export RESETBRIDGE_TOKEN={token}
  resetbridge reset PRODA ANNAB --reason "forgotten over the holidays" --wait

The mail appears here. Open its link in a browser (the certificate is the demonstration's own) and type the release
code that `reset` printed, or a code of an authenticator app with Anna's seed {seed}.
The operators' console is at {url}/console; the token above signs in.
Systems: PRODA and PRODS (RACF: ANNAB, ANNASSH), PRODB (ACF2: BENCLRK), PRODI (IBM i: ANNA_BERG).
Ctrl-C ends everything.
"""
