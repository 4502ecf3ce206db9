"""What a value has to be beyond its type, as tables: per field, and per record where one setting depends on another.

A field's check returns the value, perhaps tidied, or raises ValueError saying what is expected. A record's check
yields (field, what is expected). None of them repeats a value that could be a secret.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from difflib import get_close_matches
from ipaddress import ip_address, ip_network
from typing import Any, Final
from urllib.parse import urlsplit

from bridge.config.model import (
    Config,
    GatewaySettings,
    IbmI,
    LogonSettings,
    MailSettings,
    RadiusServer,
    RadiusSettings,
    SecretRef,
    ServiceId,
    Site,
    Ssh,
    Storage,
    Support,
    System,
    Tn3270,
    Unix,
    Web,
)
from bridge.config.products import (
    LABELS,
    USERIDS,
    check_carriage,
    check_password,
    check_settings,
    check_shell,
    tidied,
)
from bridge.domain.errors import BadInput
from bridge.domain.failure import Reason
from bridge.domain.names import SystemName, typed_userid
from bridge.domain.password import Rules, faults
from bridge.domain.policy import Policy

Check = Callable[[Any], object]
Slips = Iterator[tuple[str, str]]

DAY: Final = timedelta(hours=24)
FACTORS: Final = ("totp", "release_code", "radius", "phone")
HOST: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
MAILBOX: Final = re.compile(r"[^\s@<>,;:\"]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
HOST_KEY: Final = re.compile(r"(?:ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)) [A-Za-z0-9+/]{40,}={0,2}")
SCREEN: Final = frozenset({"expect", "field", "send", "key"})
KEY: Final = re.compile(r"ENTER|CLEAR|TAB|PF(?:[1-9]|1[0-9]|2[0-4])|PA[1-3]", re.IGNORECASE)
PROGRAM: Final = re.compile(r"/QSYS\.LIB/[A-Z@#][A-Z0-9@#_]{0,9}\.LIB/[A-Z@#][A-Z0-9@#_]{0,9}\.PGM")
PASSWORD: Final = "{password}"  # noqa: S105 - where a site's own screen asks for the service id's

KEYS: Final[Mapping[tuple[type, str], str]] = {(System, "service_ids"): "service_id"}
"""What a missing field is called in the file, where that differs."""


def loopback(host: str) -> bool:
    """Whether a host name or address stays on this machine."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


# --- one field ------------------------------------------------------------------------------------


def between(least: int, most: int) -> Check:
    """A whole number in a range."""

    def check(value: int) -> int:
        if not least <= value <= most:
            raise ValueError(f"a whole number from {least} to {most} is expected")
        return value

    return check


def at_most(most: timedelta, words: str) -> Check:
    """A duration up to a limit."""

    def check(value: timedelta) -> timedelta:
        if value > most:
            raise ValueError(f"at most {words} is expected")
        return value

    return check


def like(pattern: re.Pattern[str], expected: str) -> Check:
    """Text of a shape."""

    def check(value: str) -> str:
        if not pattern.fullmatch(value):
            raise ValueError(f"{expected} is expected")
        return value

    return check


COMMAND: Final = re.compile(r"[A-Za-z0-9_./-]+(?: [A-Za-z0-9_./=,:@*-]+)*")


def command(value: str) -> str:
    """A command and plain arguments: nothing in it that a shell would take for more than words."""
    return str(like(COMMAND, "a command, with arguments of letters, digits and _ . / = , : @ - alone,")(value))


def each(check: Check, *, least: int = 0) -> Check:
    """Every value of a list, none twice."""

    def checks(values: Sequence[Any]) -> tuple[object, ...]:
        if len(values) < least:
            raise ValueError(f"at least {least} is expected")
        made = tuple(check(value) for value in values)
        if len(set(made)) < len(made):
            raise ValueError("each value is expected once; one stands here twice")
        return made

    return checks


def one_of(*words: str) -> Check:
    """One word of a list."""
    return like(re.compile("|".join(re.escape(word) for word in words)), " or ".join(words))


def named(name: Callable[[str], str]) -> Check:
    """A name of the domain, in its own words."""

    def check(value: str) -> str:
        try:
            return name(value)
        except BadInput as fault:
            raise ValueError(fault.expected) from None

    return check


def host(value: str) -> str:
    """A host name or an address; no prefix, user or port that s3270 or ssh would take for an option."""
    try:
        return str(ip_address(value.strip("[]")))
    except ValueError:
        return str(like(HOST, "a host name or an address, without a port,")(value))


def endpoint(value: str) -> str:
    """HOST:PORT to listen on."""
    name, colon, port = value.rpartition(":")
    if not colon or not name or not port.isascii() or not port.isdigit() or not 0 <= int(port) <= 65535:
        raise ValueError("HOST:PORT is expected, like 127.0.0.1:8443")
    host(name)
    return value


def base_url(value: str) -> str:
    """https://HOST[:PORT]; a final slash is dropped."""
    parts = urlsplit(value)
    try:
        parts.port  # noqa: B018 - raises on a bad port
        host(parts.hostname or "")
    except ValueError:
        raise ValueError("https://HOST is expected, the address that users open") from None
    if parts.scheme != "https" or parts.username is not None or parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("https://HOST is expected, without a user, a path or a query")
    if "?" in value or "#" in value:
        raise ValueError("https://HOST is expected, without a user, a path or a query")
    return value.rstrip("/")


def network(value: str) -> str:
    """An address or a network."""
    try:
        return str(ip_network(value, strict=False))
    except ValueError:
        raise ValueError("an address or a network is expected, like 10.0.0.0/8") from None


def sender(value: str) -> str:
    """NAME <ADDRESS>, or the address alone."""
    found = re.fullmatch(r"[^<>\r\n]*<([^<>]*)>", value)
    like(MAILBOX, "NAME <ADDRESS>, or an address,")(found[1] if found else value)
    return value


def storage_url(value: str) -> str:
    """sqlite:///PATH or postgresql+psycopg://…, without a password in it."""
    if value.startswith("sqlite:///") and len(value) > len("sqlite:///") and ":memory:" not in value:
        return value
    if value.startswith(("postgresql+psycopg://", "postgresql://")):
        if urlsplit(value).password is not None or "password=" in value:
            raise ValueError("no password in here: write storage.password: {file: PATH} instead")
        return "postgresql+psycopg://" + value.partition("://")[2]
    raise ValueError("sqlite:///PATH or postgresql+psycopg://USER@HOST/DATABASE is expected")


def gateway_url(value: str) -> str:
    """https, or plain towards loopback; nothing of the code in it: addresses stand in logs."""
    parts = urlsplit(value.replace("{phone}", "0"))
    try:
        parts.port  # noqa: B018 - raises on a bad port
        name = host(parts.hostname or "")
    except ValueError:
        raise ValueError("https://HOST/PATH is expected") from None
    if parts.username is not None or parts.fragment or not value.isascii() or not value.isprintable() or " " in value:
        raise ValueError("https://HOST/PATH is expected, without a user, blanks or a fragment; secrets go into headers")
    if parts.scheme != "https" and not (parts.scheme == "http" and loopback(name)):
        raise ValueError("https is expected; http only towards loopback")
    if re.search(r"[{}]", value.replace("{phone}", "")):
        raise ValueError("{phone} alone is filled in here; what holds the code goes into the body")
    return value


def header_names(value: Mapping[str, SecretRef]) -> Mapping[str, SecretRef]:
    """Names of headers that are not ours to set."""
    for name in value:
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]{0,63}", name) or name.lower() in {"host", "content-length"}:
            raise ValueError("names of headers are expected, like Authorization: {file: PATH}")
    return value


def policies(value: Mapping[str, Policy]) -> Mapping[str, Policy]:
    """At least the built-in one."""
    return {"standard": Policy(), **value}


def patterns(value: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
    """Reason code → regular expressions."""
    for code, expressions in value.items():
        if code not in set(Reason):
            near = get_close_matches(code, list(Reason), n=1) or [", ".join(Reason)]
            raise ValueError(f"a reason code is expected, not {code[:40]!r}: {near[0]}")
        each(expression)(expressions)
    return value


def expression(value: str) -> str:
    """A regular expression that compiles and does not match everything."""
    try:
        found = re.compile(value)
    except re.error as error:
        raise ValueError(f"a regular expression is expected: {error.msg} at character {error.pos}") from None
    if found.search(""):
        raise ValueError("a regular expression that says something is expected; this one matches an empty line")
    return value


def screens(value: Sequence[Mapping[str, str]]) -> Sequence[Mapping[str, str]]:
    """expect, and send or key; field says behind which label to send."""
    for screen in value:
        if set(screen) - SCREEN or "expect" not in screen or not {"send", "key"} & set(screen):
            raise ValueError("expect: TEXT with send: TEXT or key: KEY, and perhaps field: LABEL, is expected")
        _check_screen(screen)
    return value


def _check_screen(screen: Mapping[str, str]) -> None:
    """A key that exists, a label that compiles, and the password nowhere but alone in a field of its own."""
    if not KEY.fullmatch(screen.get("key", "ENTER")):
        raise ValueError("key: ENTER, CLEAR, TAB, PF1 to PF24 or PA1 to PA3 is expected")
    if "field" in screen:
        expression(screen["field"])
    if "{userid}" in screen["expect"] or any(PASSWORD in screen.get(name, "") for name in ("expect", "field")):
        raise ValueError("what the screen itself says is expected in expect and field, not a userid or a password")
    if PASSWORD in screen.get("send", "") and (screen["send"] != PASSWORD or "field" not in screen):
        raise ValueError("send: '{password}' alone, with field: LABEL of the hidden field, is expected")


def labels(value: Mapping[str, str]) -> Mapping[str, str]:
    """Name of a fact → its label."""
    for name in value:
        if name not in LABELS:
            raise ValueError(f"one of {', '.join(sorted(LABELS))} is expected, not {name[:40]!r}")
    return value


PORT: Final = between(1, 65535)
SERVER_KEY: Final = "never an environment variable: the programs that the daemon starts would inherit it"


def server_keys(value: Sequence[SecretRef]) -> Sequence[SecretRef]:
    """At least one, none from the environment."""
    if not value:
        raise ValueError("at least one key is expected: - {file: keys/NAME.key}")
    if any(key.env is not None for key in value):
        raise ValueError(f"file or credential is expected, {SERVER_KEY}")
    return each(lambda key: key)(value)  # type: ignore[return-value]


FIELDS: Final[Mapping[tuple[type, str], Check]] = {
    (Config, "keys"): server_keys,
    (Config, "policies"): policies,
    (Site, "base_url"): base_url,
    (Site, "languages"): each(like(re.compile(r"[a-z]{2,3}(?:-[A-Z]{2})?"), "a language, like en or de,"), least=1),
    (Site, "security"): like(MAILBOX, "an e-mail address"),
    (Site, "node"): like(re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}"), "a short name of letters, digits . _ -"),
    (Support, "email"): like(MAILBOX, "an e-mail address"),
    (Storage, "url"): storage_url,
    (Web, "listen"): endpoint,
    (Web, "monitor"): endpoint,
    (Web, "trusted_proxies"): each(network),
    (Web, "show_for"): at_most(timedelta(minutes=15), "15m"),
    (MailSettings, "host"): host,
    (MailSettings, "port"): PORT,
    (MailSettings, "sender"): sender,
    (MailSettings, "envelope_sender"): like(MAILBOX, "an e-mail address"),
    (GatewaySettings, "url"): gateway_url,
    (GatewaySettings, "headers"): header_names,
    (GatewaySettings, "answer_within"): at_most(timedelta(seconds=60), "60s"),
    (GatewaySettings, "code_within"): at_most(timedelta(minutes=15), "15m"),
    (GatewaySettings, "per_person"): between(1, 100),
    (RadiusServer, "host"): host,
    (RadiusServer, "port"): PORT,
    (RadiusSettings, "servers"): each(lambda server: server, least=1),
    (RadiusSettings, "nas"): like(re.compile(r"[!-~]{1,64}"), "a short name without blanks"),
    (RadiusSettings, "passcode"): expression,
    (RadiusSettings, "answer_within"): at_most(timedelta(seconds=30), "30s"),
    (RadiusSettings, "tries"): between(1, 5),
    (RadiusSettings, "question_within"): at_most(timedelta(minutes=10), "10m"),
    (Tn3270, "host"): host,
    (Tn3270, "port"): PORT,
    (Tn3270, "codepage"): like(re.compile(r"[0-9]{2,5}"), "the number of a code page, like 1047 or 273,"),
    (Tn3270, "lu"): each(like(re.compile(r"[A-Z@#$][A-Z0-9@#$]{0,7}"), "an LU name of 1 to 8 capitals and digits")),
    (LogonSettings, "screens"): screens,
    (Ssh, "host"): host,
    (Ssh, "port"): PORT,
    (Ssh, "host_key"): each(like(HOST_KEY, "a public key as in known_hosts, like ssh-ed25519 AAAA…,"), least=1),
    (Ssh, "helper"): command,
    (Ssh, "shell"): command,
    (Unix, "sudo"): command,
    (Unix, "lowest_uid"): between(1, 60000),
    (Unix, "privileged_groups"): each(like(re.compile(r"[a-z_][a-z0-9_.-]{0,31}"), "a group's name")),
    (IbmI, "labels"): labels,
    (IbmI, "helper"): like(PROGRAM, "a program's path, like /QSYS.LIB/RSTBRDG.LIB/RBPWD.PGM,"),
    (IbmI, "password_level"): between(0, 4),
    (IbmI, "ordinary"): each(like(re.compile(r"\*[A-Z]{3,9}"), "a special authority, like *SPLCTL,")),
    (Ssh, "encoding"): one_of("latin-1", "utf-8", "ascii"),
    (ServiceId, "userid"): named(typed_userid),
    (System, "sessions"): between(1, 50),
    (System, "patterns"): patterns,
    (System, "ignore"): each(expression),
    (Policy, "link_ttl"): at_most(DAY, "24h"),
    (Policy, "unused_ttl"): at_most(timedelta(days=7), "7d"),
    (Policy, "queue_ttl"): at_most(timedelta(days=7), "7d"),
    (Policy, "release_code_ttl"): at_most(DAY, "24h"),
    (Policy, "delivery"): one_of("sealed", "armed"),
    (Policy, "factors"): each(one_of(*FACTORS), least=1),
    (Policy, "attempts"): between(1, 100),
    (Policy, "approvals"): between(0, 9),
    (Policy, "host_tries"): between(1, 100),
    (Policy, "per_account"): between(0, 1000),
    (Policy, "per_operator"): between(0, 1_000_000),
}


# --- one record -----------------------------------------------------------------------------------


def check_gateway(made: GatewaySettings) -> Slips:
    """A body that holds the code and, filled in, is what it says it is."""
    if "{code}" not in made.body and "{text}" not in made.body and "{spoken}" not in made.body:
        yield "body", "{text}, {code} or {spoken} is expected in it, or no code would be sent"
    if "{phone}" not in made.body and "{phone}" not in made.url:
        yield "body", "{phone} is expected in it, or in url"
    if made.format == "json":
        try:
            json.loads(re.sub(r"\{(phone|code|spoken|text|language)\}", "0", made.body))
        except ValueError:
            yield "body", """JSON is expected, like {"to": "{phone}", "text": "{text}"}, in single quotes"""


def check_factors(made: Config) -> Slips:
    """A policy that takes a passcode needs somebody to judge it; one that sends codes, somebody to take them."""
    for name, policy in made.policies.items():
        if "phone" in policy.factors and made.gateway is None:
            yield f"policies.{name}.factors", "phone is named here, so gateway: {url: …, body: …} is expected, too"
        if "radius" in policy.factors and made.radius is None:
            yield f"policies.{name}.factors", "radius is named here, so radius: {servers: …} is expected, too"


def check_secret(made: SecretRef) -> Slips:
    """A credential is a name, not a path out of the folder."""
    if made.credential is not None and not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,254}", made.credential):
        yield "credential", "a systemd credential's name is expected"
    if made.env is not None and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", made.env):
        yield "env", "an environment variable's name is expected"


def check_storage(made: Storage) -> Slips:
    """The record of a reset outlives it."""
    if made.audit_keep < made.keep:
        yield "audit_keep", "at least as long as keep is expected"


def check_web(made: Web) -> Slips:
    """Without TLS only where nobody else can listen in."""
    if made.tls is None and not made.trusted_proxies and not loopback(made.listen.rpartition(":")[0]):
        yield (
            "tls",
            "{certificate: PATH, private_key: {file: PATH}} is expected; null only on loopback or with trusted_proxies",
        )


def check_mail_security(made: MailSettings) -> Slips:
    """In clear only on this machine."""
    if made.security == "none" and not loopback(made.host):
        yield "security", "starttls or tls is expected; none only towards loopback"


def check_mail_login(made: MailSettings) -> Slips:
    """User and password together."""
    if made.username is not None and made.password is None:
        yield "password", "{file: PATH} is expected, since username is set"
    if made.password is not None and made.username is None:
        yield "username", "a user name is expected, since password is set"


def check_tn3270(made: Tn3270) -> Slips:
    """In clear only when asked for by name."""
    if made.tls is None and not made.insecure:
        yield "tls", "{ca: PATH, verify: true} is expected; null only together with insecure: true"
    if made.tls is not None and made.insecure:
        yield "insecure", "false is expected, since tls is set; write tls: null if you mean a session in clear"


def check_service_ids(made: System) -> Slips:
    """At least one, each once, in the product's form."""
    form = USERIDS[made.product]
    if not made.service_ids:
        yield "service_id", "at least one service id is expected: {userid: NAME, password: {file: PATH}}"
    other = (made.privileged_service_id,) if made.privileged_service_id else ()
    names = [form.tidied(service.userid) for service in (*made.service_ids, *other)]
    if not all(form.pattern.fullmatch(name) for name in names):
        yield "service_id.userid", f"{form.expected} is expected"
    if len(set(names)) < len(names):
        yield "service_ids", "each service id is expected once"


def check_logon(made: System) -> Slips:
    """Each service id has something to log on with."""
    over_ssh = isinstance(made.transport, Ssh)
    key = made.transport.key if isinstance(made.transport, Ssh) else None
    other = made.privileged_service_id
    if key is None and other is not None and other.password is None:
        yield "privileged_service_id.password", "{file: PATH} is expected"
    if key is None and any(service.password is None for service in made.service_ids):
        yield "service_id.password", "{file: PATH} is expected" + (", or transport.key" if over_ssh else "")


def check_rotation(made: System) -> Slips:
    """By itself only where it can be done safely: in the logon of TSO, with a password that a file holds."""
    if isinstance(made.transport, Ssh) and any(service.rotate != "never" for service in users_of(made)):
        yield "service_id.rotate", NO_ROTATION_OVER_SSH


def check_rules(made: Rules) -> Slips:
    """What the module that draws passwords says of rules it could not draw one for."""
    for said in faults(made) if isinstance(made, Rules) else ():
        name, colon, expected = said.partition(": ")
        yield (name, expected) if colon and name in Rules.__dataclass_fields__ else ("rules", said)


SPOKEN: Final = ("racf", "acf2", "topsecret")


def check_dialogs(made: System) -> Slips:
    """A logon by screens is for 3270, and commands are for products that have a file of them."""
    if made.dialogs.logon is not None and isinstance(made.transport, Ssh):
        yield "dialogs.logon", "a logon by screens is for type: tn3270; over ssh there is none"
    if made.dialogs.commands is not None and made.product not in SPOKEN:
        yield "dialogs.commands", f"commands as a file are for {', '.join(SPOKEN)}; for {made.product} there is none"


NO_ROTATION_OVER_SSH: Final = (
    "never is expected over ssh: sshd asks for a new password on a terminal or not at all, and what it then did cannot "
    "be told; let a key log on (transport.key), which does not expire"
)
RECORDS: Final[Mapping[type, tuple[Callable[[Any], Slips], ...]]] = {
    Config: (check_factors,),
    GatewaySettings: (check_gateway,),
    SecretRef: (check_secret,),
    Storage: (check_storage,),
    Web: (check_web,),
    MailSettings: (check_mail_security, check_mail_login),
    Tn3270: (check_tn3270,),
    System: (
        check_carriage,
        check_shell,
        check_settings,
        check_password,
        check_service_ids,
        check_logon,
        check_dialogs,
        check_rotation,
    ),
    Rules: (check_rules,),
}
NAMES: Final[Mapping[type, tuple[re.Pattern[str], str]]] = {
    System: (SystemName.pattern, "a system's name is expected: 1 to 32 of A-Z 0-9 _ -, a letter first"),
    Policy: (re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,31}"), "a policy's name is expected: letters, digits _ -"),
}


def shared_with(systems: Mapping[str, System], name: str, userid: str) -> set[str]:
    """Other systems that know the same service id by the same password: on a shared database, or, as it has to be
    supposed, on the same host with the same product."""
    mine = systems[name]
    return {
        other
        for other, its in systems.items()
        if other != name
        and (other in mine.shares_database_with or name in its.shares_database_with
             or (its.transport.host.lower(), its.product) == (mine.transport.host.lower(), mine.product))
        and userid.upper() in {service.userid.upper() for service in users_of(its)}
    }  # fmt: skip


def users_of(system: System) -> tuple[ServiceId, ...]:
    """All of a system's service ids."""
    return (*system.service_ids, *((system.privileged_service_id,) if system.privileged_service_id else ()))


def alone_only(systems: Mapping[str, System], system: System, notes: list[str]) -> System:
    """Take `rotate` as never where another system would be left with the old password."""

    def bent(service: ServiceId) -> ServiceId:
        others = shared_with(systems, system.name, service.userid)
        if service.rotate == "never" or not others:
            return service
        notes.append(
            f"systems.{system.name}: rotate of {service.userid} is taken as never: {', '.join(sorted(others))} logs on "
            "with it as well, to the same users as it seems, and would be left with the old password"
        )
        return replace(service, rotate="never")

    other = system.privileged_service_id
    return replace(
        system,
        service_ids=tuple(bent(service) for service in system.service_ids),
        privileged_service_id=bent(other) if other else None,
    )


def settle(config: Config) -> Config:
    """Make sqlite's path absolute, so that commands run from anywhere mean the same file; bend what cannot be."""
    url, notes = config.storage.url, []
    if url.startswith("sqlite:///"):
        url = f"sqlite:///{config.path.absolute().parent / url.removeprefix('sqlite:///')}"
    systems = {name: tidied(system) for name, system in config.systems.items()}
    for name, system in systems.items():
        most = len(system.service_ids)
        if isinstance(system.transport, Tn3270) and system.sessions > most:
            systems[name] = replace(system, sessions=most)
            notes.append(
                f"systems.{name}.sessions: {system.sessions} is lowered to {most}: TSO takes one session of each "
                "service id; list more of them under service_ids"
            )
        for other in system.shares_database_with:
            if other not in systems or other == name:
                notes.append(f"systems.{name}.shares_database_with: there is no other system {other}; it is left out")
        known = tuple(other for other in system.shares_database_with if other in systems and other != name)
        systems[name] = replace(systems[name], shares_database_with=known)
        systems[name] = alone_only(config.systems, systems[name], notes)
        if config.policies[system.policy].privileged == "approve" and system.privileged_service_id is None:
            notes.append(
                f"systems.{name}: policies.{system.policy}.privileged is approve, and there is no "
                "privileged_service_id: resets of privileged userids will fail after their approval"
            )
    return replace(config, storage=replace(config.storage, url=url), systems=systems, notes=tuple(notes))
