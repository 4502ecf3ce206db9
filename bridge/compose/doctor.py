"""`check`: tries everything for real that the daemon will need, and says of each thing whether it is well.

Its own root: it opens what the roles open, hosts included, and listens to nobody.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import packages_distributions
from typing import Final, Literal

from bridge.compose.shared import Opened, key_ring, node, opened, state_directory
from bridge.compose.worker import make_host
from bridge.config.model import Config, MailSettings, SecretRef, ServiceId, Ssh, System, Tn3270, WebTls
from bridge.config.products import USERIDS, forms
from bridge.domain.errors import BadInput, BridgeError, ConfigFault, NotFound
from bridge.domain.names import Userid, account_of
from bridge.domain.outcome import Profile, Standing
from bridge.domain.password import entropy
from bridge.domain.secret import Secret
from bridge.flows.ledger import note
from bridge.ports import Host
from connectors.certificates import valid_until
from connectors.directory.csv import CsvDirectory
from connectors.hosts.host import Circuit
from connectors.hosts.transports.reach import reach, trust
from connectors.machine import Deadline, StateLock, SystemClock, read_secret
from connectors.notify.mail import SmtpMail

Level = Literal["ok", "warn", "fail"]
FEW_BITS: Final = 32.0
SOON: Final = timedelta(days=21)
NEEDED: Final = {"acf2": frozenset({"ACCOUNT"})}  # without it ACF2 changes no other logonid; a SCPLIST narrows it
OURS: Final = ("bridge", "connectors", "web", "schedules")
DISTRIBUTION: Final = "reset-bridge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was tried. `words` say what was found and, unless it is well, what to do."""

    level: Level
    about: str
    words: str


def examine(config: Config, names: Sequence[str] = ()) -> Iterator[Finding]:
    """Try everything, or of the systems only those named; each finding as soon as it is there. Raises BadInput."""
    strangers = [name for name in names if name not in config.systems]
    if strangers:
        raise BadInput("system", f"one of {', '.join(config.systems) or 'none'} is expected, not {strangers[0][:40]}")
    yield _well("configuration", f"{config.path}: {len(config.systems)} systems, {len(config.policies)} policies")
    yield from (_doubt("configuration", note) for note in config.notes)
    yield from _packages()
    yield from _keys(config)
    yield from _database(config)
    yield from _web(config)
    yield from _mail(config)
    if not config.systems:
        yield _doubt("systems", "none is configured; nothing can be reset")
    for system in config.systems.values():
        if not names or system.name in names:
            yield from _system(system, busy=worker_runs(config))


def _well(about: str, words: str) -> Finding:
    return Finding(level="ok", about=about, words=words)


def _doubt(about: str, words: str) -> Finding:
    return Finding(level="warn", about=about, words=words)


def _ill(about: str, words: str) -> Finding:
    return Finding(level="fail", about=about, words=words)


def _tried(about: str, trial: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    """What a trial finds; an error that was foreseen is a finding like any other."""
    try:
        yield from trial()
    except ConfigFault as fault:
        yield from (_ill(about, line) for line in fault.faults)
    except BridgeError as error:
        yield _ill(about, str(error))


def ask_host(config: Config, system: str, userid: str, by: str) -> Profile:
    """What the host itself says of a userid, asked under the first service id; that somebody asked is on record.

    Raises BadInput, NotFound where the host knows no such userid, and whatever stops a logon.
    """
    account = account_of(system, userid, forms(config.systems))
    if account.system not in config.systems:
        raise BadInput("system", f"one of {', '.join(config.systems) or 'none'} is expected")
    settings = config.systems[account.system]
    service = settings.service_ids[0]
    with opened(config) as desk, desk.store.work() as work:
        note(work, "host.asked", at=desk.clock.now(), by=by, system=account.system, userid=account.userid)
    password = _secret(service.password, f"systems.{system}.service_ids[0].password")
    with closing(make_host(settings, service, lambda: password, Circuit())) as host, host.session() as session:
        profile = session.profile(account.userid)
    if profile.standing is Standing.UNKNOWN:
        raise NotFound(f"{account.system} knows no userid {account.userid}, or {service.userid} may not list it")
    return profile


# --- this machine ---------------------------------------------------------------------------------


def _packages() -> Iterator[Finding]:
    owners = packages_distributions()
    for name in OURS:
        others = sorted(set(owners.get(name, ())) - {DISTRIBUTION})
        if others:
            yield _ill("installation", f"the package {name} is also installed by {', '.join(others)}; give this "
                       "program a virtual environment of its own")  # fmt: skip


def _keys(config: Config) -> Iterator[Finding]:
    def trial() -> Iterator[Finding]:
        yield _well("keys", f"{len(config.keys)} in the ring; {key_ring(config).key_id} encrypts")

    yield from _tried("keys", trial)


def _database(config: Config) -> Iterator[Finding]:
    def trial() -> Iterator[Finding]:
        with opened(config) as desk:
            with desk.store.look() as work:
                seq, _ = work.audit.head()
                operators = [operator for operator in work.operators.all() if not operator.disabled]
            yield _well("database", f"{config.storage.url}: at this program's version, {seq} audit records")
            if not operators:
                yield _doubt("operators", "there is none; nobody can ask for a reset: "
                             "`resetbridge operator add NAME --role agent`, then `token create NAME`")  # fmt: skip
            yield from _tried("directory", lambda: _directory(desk))

    yield from _tried("database", trial)


def _directory(desk: Opened) -> Iterator[Finding]:
    file = desk.config.directory.csv
    if file:
        yield _well("directory", f"{file}: {CsvDirectory(file, desk.forms).check()} people")
        return
    with desk.store.look() as work:
        count = len(work.people.all())
    if count:
        yield _well("directory", f"{count} people are stored")
    else:
        yield _doubt("directory", "nobody is stored; `resetbridge people import FILE.csv` adds people")


def _web(config: Config) -> Iterator[Finding]:
    tls = config.web.tls
    if tls is None:
        yield _doubt("web", f"{config.web.listen}: without TLS of its own; a proxy has to end it")
    else:
        yield from _tried("web", lambda: _certificate(config.web.listen, tls))


def _certificate(listen: str, tls: WebTls) -> Iterator[Finding]:
    about, now = "web", SystemClock().now()
    try:
        until = valid_until(tls.certificate.read_bytes())
        if tls.private_key.file:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(tls.certificate, tls.private_key.file)
    except (OSError, ValueError) as error:
        words = getattr(error, "strerror", None) or "a PEM certificate and its key are expected"
        yield _ill(about, f"{tls.certificate}: certificate and key cannot be used: {words}")
        return
    if until <= now:
        yield _ill(about, f"{tls.certificate}: ended on {until:%Y-%m-%d}; renew it")
    elif until - now < SOON:
        yield _doubt(about, f"{tls.certificate}: ends on {until:%Y-%m-%d}; renew it")
    else:
        yield _well(about, f"{listen}: certificate until {until:%Y-%m-%d}")


def _mail(config: Config) -> Iterator[Finding]:
    settings = config.mail
    if settings is None:
        yield _ill("mail", "no relay is configured; without mail no link can be sent")
    else:
        yield from _tried("mail", lambda: _relay(config, settings))


def _relay(config: Config, settings: MailSettings) -> Iterator[Finding]:
    with SmtpMail(settings, _secret(settings.password, "mail.password"), config.site, SystemClock()).relay():
        yield _well("mail", f"{settings.host} port {settings.port}: reached ({settings.security}), nothing was sent")


def worker_runs(config: Config) -> bool:
    """Whether this machine's daemon is up: it then holds the one TSO session that a service id can have."""
    lock = StateLock.take(state_directory(config) / f".{node(config)}.worker.lock")
    if lock is None:
        return True
    lock.give_back()
    return False


# --- one system -----------------------------------------------------------------------------------


def _system(system: System, *, busy: bool) -> Iterator[Finding]:
    name = system.name
    yield from _tried(name, lambda: _rules(system))
    reached = list(_tried(name, lambda: _reach(system)))
    yield from reached
    if any(finding.level == "fail" for finding in reached):
        return
    for number, service in enumerate(system.service_ids):
        place = f"systems.{name}.service_ids[{number}].password"
        found = list(_tried(f"{name} {service.userid}", lambda one=service, at=place: _logon(system, one, at)))  # type: ignore[misc]
        yield from found
        if busy and any(finding.level == "fail" for finding in found):
            yield _doubt(name, f"the daemon runs on this machine and may hold the one session of {service.userid}; "
                         "stop it and check again")  # fmt: skip


def _rules(system: System) -> Iterator[Finding]:
    bits = entropy(system.password)
    words = f"passwords of {bits:.0f} bits"
    if bits < FEW_BITS:
        yield _doubt(
            system.name, f"{words}; wider rules (mixed_case, specials, other masks) would make guessing harder"
        )
    else:
        yield _well(system.name, words)


def _reach(system: System) -> Iterator[Finding]:
    transport = system.transport
    deadline = Deadline(transport.connect_within)
    if isinstance(transport, Ssh):
        address = reach(system.name, transport.host, transport.port, tls=None, name="", deadline=deadline)
        yield _well(system.name, f"{transport.host} port {transport.port}: {address} takes connections")
        return
    yield from _reach_3270(system.name, transport, deadline)


def _reach_3270(name: str, transport: Tn3270, deadline: Deadline) -> Iterator[Finding]:
    tls = trust(name, transport.tls.ca) if transport.tls else None
    peer = (transport.tls.name if transport.tls else None) or transport.host
    address = reach(name, transport.host, transport.port, tls=tls, name=peer, deadline=deadline)
    if tls is None:
        yield _doubt(
            name, f"{transport.host} port {transport.port}: {address}, in clear: passwords can be read on the way"
        )
    else:
        yield _well(name, f"{transport.host} port {transport.port}: {address}, TLS, its certificate is for {peer}")


def _logon(system: System, service: ServiceId, place: str) -> Iterator[Finding]:
    about = f"{system.name} {service.userid}"
    with closing(make_host(system, service, lambda: _secret(service.password, place), Circuit())) as host:
        profile = _own_profile(host, USERIDS[system.product](service.userid))
        yield _well(about, "logged on, listed its own profile, logged off")
        yield from _profile(about, profile, NEEDED.get(system.product, frozenset()))


def _own_profile(host: Host, service: Userid) -> Profile:
    with host.session() as session:
        return session.profile(service)


def _profile(about: str, profile: Profile, needed: frozenset[str]) -> Iterator[Finding]:
    if profile.standing is Standing.UNKNOWN:
        yield _doubt(about, "the host lists no profile for it; may it list users at all?")
    beyond = [privilege for privilege in profile.privileged if privilege not in needed]
    if beyond:
        yield _doubt(about, f"it is privileged ({', '.join(beyond)}); a service id needs no more than the right to "
                     "reset passwords")  # fmt: skip
    if profile.must_change:
        yield _doubt(about, "its own password is expired; set a lasting one")


def _secret(ref: SecretRef | None, place: str) -> Secret | None:
    return read_secret(ref, place) if ref else None
