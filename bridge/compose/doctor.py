"""`check`: tries everything for real that the daemon will need, and says of each thing whether it is well.

Its own root: it opens what the roles open, hosts included, and listens to nobody.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import fields, is_dataclass
from datetime import timedelta
from functools import partial
from importlib.metadata import packages_distributions
from typing import Final

from bridge.compose.finding import Finding, doubt, ill, tried, well
from bridge.compose.judging import gateway_found, idle_policies, judges_found, passkeys_found, sign_on_found
from bridge.compose.leavers import factors_left_behind
from bridge.compose.reaching import way
from bridge.compose.remedies import ldap_remedy
from bridge.compose.remembering import remembered
from bridge.compose.seat import alone, seated, taken
from bridge.compose.service import password_of
from bridge.compose.shared import Opened, key_ring, node, opened, other_than, state_directory
from bridge.compose.visiting import visit
from bridge.compose.worker import keeper, make_host
from bridge.compose.wrapping import keyless, mail_keys_found
from bridge.config.model import Config, MailSettings, SecretRef, ServiceId, Ssh, System, WebTls
from bridge.config.products import forms
from bridge.domain.errors import BadInput, BridgeError, DirectoryUnreached, MailRefused, MailUnreached, NotFound
from bridge.domain.names import account_of
from bridge.domain.outcome import Profile, Standing
from bridge.domain.password import entropy
from bridge.domain.reset import View
from bridge.domain.roster import doubts
from bridge.domain.second import MAIL, PHONE
from bridge.domain.secret import Secret
from bridge.flows.ledger import note
from bridge.texts import ENGLISH, languages, spoken
from connectors.certificates import valid_until
from connectors.directory import csv_directory
from connectors.hosts.circuit import Circuit
from connectors.hosts.transcript import Shown
from connectors.machine import StateLock, SystemClock, open_to_others, read_secret
from connectors.notify.mail import SmtpMail

FEW_BITS: Final = 32.0
SOON: Final = timedelta(days=21)
OURS: Final = ("bridge", "connectors", "web", "schedules")
DISTRIBUTION: Final = "reset-bridge"


def examine(
    config: Config, names: Sequence[str] = (), watch: Callable[[Shown], None] | None = None
) -> Iterator[Finding]:
    """Try everything, or of the systems only those named; each finding as soon as it is there. Raises BadInput.

    watch   told of each 3270 screen that is met, secrets masked
    """
    strangers = [name for name in names if name not in config.systems]
    if strangers:
        raise BadInput("system", other_than(config, strangers[0]))
    yield well("configuration", f"{config.path}: {_many(config.systems, 'system', 'systems')}, "
               f"{_many(config.policies, 'policy', 'policies')}")  # fmt: skip
    yield from (doubt("configuration", note) for note in config.notes)
    yield from _languages(config)
    yield from idle_policies(config)
    yield from (doubt("secrets", words) for words in dict.fromkeys(map(open_to_others, _pointers(config))) if words)
    yield from _packages()
    yield from _keys(config)
    yield from _database(config)
    yield from _web(config)
    yield from _mail(config)
    yield from judges_found(config)
    yield from gateway_found(config)
    yield from passkeys_found(config)
    yield from sign_on_found(config)
    if not config.systems:
        yield doubt("systems", "none is configured; nothing can be reset")
    wanted = [system for system in config.systems.values() if not names or system.name in names]
    with ExitStack() as stack:
        desk = None
        with suppress(BridgeError):  # what is wrong with keys or database has been said
            desk = stack.enter_context(opened(config))
        for system in wanted:
            yield from tried(system.name, partial(remembered, desk, system)) if desk else ()
            yield from _delivery(config, system)
            yield from _filed(config, system)
            yield from _demanded(config, system)
            yield from see(system, busy=worker_runs(config), watch=watch, desk=desk, blind=desk is None)


def ask_host(config: Config, system: str, userid: str, by: str) -> Profile:
    """What the host itself says of a userid, asked under the first service id; that somebody asked is on record.

    Raises BadInput, NotFound where the host knows no such userid, Held where a worker on another machine has the one
    session there is, and whatever stops a logon.
    """
    account = account_of(system, userid, forms(config.systems))
    if account.system not in config.systems:
        raise BadInput("system", other_than(config, account.system))
    settings = config.systems[account.system]
    service = settings.service_ids[0]
    with opened(config) as desk:
        with desk.store.work() as work:
            note(work, "host.asked", at=desk.clock.now(), by=by, system=account.system, userid=account.userid)
        read = _reader(service, f"systems.{system}.service_ids[0].password")
        own = keeper(settings, service, read, desk, by=by, may_draw=False)
        with (
            alone(settings, service, desk, "state"),
            closing(make_host(settings, service, read, Circuit(), own=own)) as host,
            host.session() as session,
        ):
            profile = session.profile(account.userid)
    if profile.standing is Standing.UNKNOWN:
        raise NotFound(f"{account.system} knows no userid {account.userid}, or {service.userid} may not list it")
    return profile


def _many(things: Mapping[str, object], one: str, more: str) -> str:
    return f"{len(things)} {one if len(things) == 1 else more}"


# --- this machine ---------------------------------------------------------------------------------


def _pointers(part: object) -> Iterator[SecretRef]:
    """Wherever the configuration points to a secret."""
    if isinstance(part, SecretRef):
        yield part
    elif isinstance(part, Mapping):
        yield from _pointers(tuple(part.values()))
    elif isinstance(part, tuple):
        for each in part:
            yield from _pointers(each)
    elif is_dataclass(part):
        yield from _pointers(tuple(getattr(part, field.name) for field in fields(part)))


def _languages(config: Config) -> Iterator[Finding]:
    dumb = [each for each in config.site.languages if spoken(each) == ENGLISH and not each.startswith(ENGLISH)]
    if dumb:
        yield doubt("configuration", f"site.languages: there are no texts in {', '.join(dumb)}, only in "
                     f"{', '.join(languages())}")  # fmt: skip


def _packages() -> Iterator[Finding]:
    owners = packages_distributions()
    for name in OURS:
        others = sorted(set(owners.get(name, ())) - {DISTRIBUTION})
        if others:
            yield ill("installation", f"the package {name} is also installed by {', '.join(others)}; give this "
                       "program a virtual environment of its own")  # fmt: skip


def _keys(config: Config) -> Iterator[Finding]:
    def trial() -> Iterator[Finding]:
        yield well("keys", f"{len(config.keys)} in the ring; {key_ring(config).key_id} encrypts")

    yield from tried("keys", trial)


def _database(config: Config) -> Iterator[Finding]:
    def trial() -> Iterator[Finding]:
        with opened(config) as desk:
            with desk.store.look() as work:
                seq, _ = work.audit.head()
                operators = [operator for operator in work.operators.all() if not operator.disabled]
            yield well("database", f"{config.storage.url}: at this program's version, {seq} audit records")
            if not operators:
                yield doubt("operators", "there is none; nobody can ask for a reset: "
                             "`resetbridge operator add NAME --role agent`, then `token create NAME`")  # fmt: skip
            yield from tried("directory", lambda: _directory(desk))

    yield from tried("database", trial)


def _directory(desk: Opened) -> Iterator[Finding]:
    file, served = desk.config.directory.csv, desk.config.directory.ldap
    if served:
        try:
            people = list(desk.directory.everyone())
        except DirectoryUnreached as unreached:
            yield ill("directory", "; ".join((str(unreached), *ldap_remedy(str(unreached)))))
            return
        where = f"ldap: {', '.join(served.servers)} ({served.security})"
        yield (
            well("directory", f"{where}: {len(people)} people with accounts")
            if people
            else ill("directory", f"{where}: nobody has an account: see directory.accounts, base and filter; may "
                     f"{served.user or 'anybody'} read them?")
        )  # fmt: skip
        if served.security == "none":
            yield doubt("directory", f"{where}: in clear, so whoever listens there can send links elsewhere")
    elif file:
        table = csv_directory(desk.config.directory, file, desk.clock, desk.forms)
        people = table.check()
        yield (
            well("directory", f"{file}: {len(people)} people")
            if people
            else doubt("directory", f"{file}: nobody is in it, so nobody is sent a link: see what writes it")
        )
        if stale := table.stale():
            yield ill("directory", f"{stale}: no reset is carried out until whatever writes it has done so again")
    else:
        with desk.store.look() as work:
            people = work.people.all()
        yield (
            well("directory", f"{len(people)} people are stored")
            if people
            else doubt("directory", "nobody is stored; `resetbridge people import FILE.csv` adds people")
        )
    phones = [name for name, policy in desk.systems.items() if PHONE in policy.factors]
    mails = [name for name, policy in desk.systems.items() if MAIL in policy.factors]
    yield from (doubt("directory", words) for words in doubts(people, desk.config.systems, phones, mails))
    yield from factors_left_behind(desk, people)
    yield from keyless(people, desk.config.mail, desk.systems.values())


def _web(config: Config) -> Iterator[Finding]:
    tls = config.web.tls
    if tls is None:
        yield doubt("web", f"{config.web.listen}: without TLS of its own; a proxy has to end it")
    else:
        yield from tried("web", lambda: _certificate(config.web.listen, tls))


def _certificate(listen: str, tls: WebTls) -> Iterator[Finding]:
    about, now = "web", SystemClock().now()
    try:
        until = valid_until(tls.certificate.read_bytes())
        if tls.private_key.file:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(tls.certificate, tls.private_key.file)
    except (OSError, ValueError) as error:
        words = getattr(error, "strerror", None) or "a PEM certificate and its key are expected"
        yield ill(about, f"{tls.certificate}: certificate and key cannot be used: {words}")
        return
    if until <= now:
        yield ill(about, f"{tls.certificate}: ended on {until:%Y-%m-%d}; renew it")
    elif until - now < SOON:
        yield doubt(about, f"{tls.certificate}: ends on {until:%Y-%m-%d}; renew it")
    else:
        yield well(about, f"{listen}: certificate until {until:%Y-%m-%d}")


def _mail(config: Config) -> Iterator[Finding]:
    settings = config.mail
    if settings is None:
        yield ill("mail", "no relay is configured; without mail no link can be sent")
    else:
        yield from tried("mail", lambda: _relay(config, settings))
        yield from mail_keys_found(settings)


def _relay(config: Config, settings: MailSettings) -> Iterator[Finding]:
    try:
        mail = SmtpMail(settings, _secret(settings.password, "mail.password"), config.site, SystemClock())
        with mail.relay() as relay:
            yield well("mail", f"{settings.host} port {settings.port}: reached ({settings.security}), nothing was sent")
            yield from _would_take(relay.try_envelope, config, settings)
    except MailUnreached as trouble:
        yield ill("mail", f"{trouble}; start the relay, have it accept this machine, or correct mail.host, mail.port "
                   "and mail.security. Without it resets wait and no host is changed")  # fmt: skip


def _would_take(ask: Callable[[str], None], config: Config, settings: MailSettings) -> Iterator[Finding]:
    """Whether the relay takes our sender, and an address of the site's: some say no as late as that."""
    to = config.site.security or config.site.support.email
    if not to:
        return
    try:
        ask(to)
    except (MailRefused, MailUnreached) as trouble:
        said = ill if isinstance(trouble, MailRefused) else doubt
        yield said("mail", f"{trouble}: that was mail from {settings.sender} to {to}, which did not leave. Have the "
                   "relay take what this machine sends, or correct mail.sender, mail.username or the address. Of a "
                   "link that is refused so, the password is made worthless")  # fmt: skip


def worker_runs(config: Config) -> bool:
    """Whether this machine's daemon is up: it then holds the one TSO session that a service id can have."""
    lock = StateLock.take(state_directory(config) / f".{node(config)}.worker.lock")
    if lock is None:
        return True
    lock.give_back()
    return False


def _delivery(config: Config, system: System) -> Iterator[Finding]:
    """What the users of a system meet whose policy arms its links."""
    policy = config.policies.get(system.policy)
    if policy is None or policy.delivery != "armed":
        return
    many = "one session: they wait for each other" if system.sessions == 1 else f"{system.sessions} sessions"
    yield well(system.name, f"{system.policy} is armed: passwords are set while their users wait at the page; {many}")


def _filed(config: Config, system: System) -> Iterator[Finding]:
    """How what opens a KeePass file gets to its person, where passwords leave in one."""
    policy = config.policies.get(system.policy)
    if policy is None or policy.view != View.KEEPASS:
        return
    if config.gateway is None:
        yield doubt(system.name, f"policies.{system.policy}.view is keepass, and there is no gateway: whoever has no "
                    "second e-mail address is not reset")  # fmt: skip
    else:
        yield well(system.name, f"{system.policy} hands over KeePass files; what opens them goes by gateway, or to "
                   "another mailbox than the link's")  # fmt: skip


def _demanded(config: Config, system: System) -> Iterator[Finding]:
    """What a policy says of several factors; that it can be met at all was seen when it was read."""
    policy = config.policies.get(system.policy)
    if policy is None:
        return
    if policy.demand.several(policy.factors):
        words = ", ".join(policy.demand.wanted((), policy.factors))
        yield well(system.name, f"{system.policy} demands more than one factor of: {words}")
    for kind in policy.demand.idle(policy.factors):
        yield doubt(system.name, f"policies.{system.policy}.factors names {kind}, which its demand never asks for: "
                     "leave it out, or demand at_least one more")  # fmt: skip


# --- one system -----------------------------------------------------------------------------------


def see(
    system: System,
    *,
    busy: bool = False,
    watch: Callable[[Shown], None] | None = None,
    desk: Opened | None = None,
    blind: bool = False,
) -> Iterator[Finding]:
    """Go the whole way to one system, but for a change.

    busy    the daemon may hold the service id's one session
    desk    knows whether the service id's password is still the file's
    blind   that cannot be asked: then nobody logs on
    """
    name = system.name
    yield from tried(name, lambda: _rules(system))
    reached = list(tried(name, lambda: way(system)))
    yield from reached
    if any(finding.level == "fail" for finding in reached):
        return
    for place, service, elevated in _service_ids(system):
        about = f"{name} {service.userid}" + (" (for privileged userids)" if elevated else "")
        if blind and not isinstance(system.transport, Ssh):
            yield doubt(
                about, "not logged on: without the database nobody knows whether its file's password still counts"
            )
            continue
        read = _reader(service, place)
        own = keeper(system, service, read, desk, by="local:check", may_draw=False) if desk else None
        with seated(system, service, desk, "check") as free:
            if free:
                seen = list(tried(about, partial(visit, system, service, read, watch, own, elevated=elevated)))
            else:
                seen = [doubt(about, taken(system))]
        ours = busy and any(finding.level == "fail" for finding in seen)
        yield from (finding for finding in seen if not (ours and "CANCEL U=" in finding.words))  # it may be at work
        yield from password_of(system, service, desk) if desk else ()
        if ours:
            yield doubt(name, f"the daemon runs on this machine and may hold the one session of {service.userid}; "
                         "stop it and check again")  # fmt: skip


def _service_ids(system: System) -> Iterator[tuple[str, ServiceId, bool]]:
    """Each with where its password stands in the configuration, and whether it is the one for privileged userids."""
    place = f"systems.{system.name}"
    for number, service in enumerate(system.service_ids):
        yield f"{place}.service_ids[{number}].password", service, False
    if system.privileged_service_id is not None:
        yield f"{place}.privileged_service_id.password", system.privileged_service_id, True


def _reader(service: ServiceId, place: str) -> Callable[[], Secret | None]:
    return lambda: _secret(service.password, place)


def _rules(system: System) -> Iterator[Finding]:
    bits = entropy(system.password)
    words = f"each drawn password is one of about 2^{bits:.0f}"
    if bits < FEW_BITS:
        yield doubt(system.name, f"{words}; wider rules (mixed_case, specials, other masks) would make guessing harder")
    else:
        yield well(system.name, words)


def _secret(ref: SecretRef | None, place: str) -> Secret | None:
    return read_secret(ref, place) if ref else None
