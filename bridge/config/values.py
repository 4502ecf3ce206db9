"""What a single value has to be beyond its type: it is returned, perhaps tidied, or ValueError says what is wanted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from difflib import get_close_matches
from ipaddress import ip_address, ip_network
from typing import Any, Final
from urllib.parse import urlsplit

from bridge.config.model import SecretRef
from bridge.config.products import LABELS
from bridge.domain.demand import OWN, Category
from bridge.domain.errors import BadInput
from bridge.domain.failure import Reason
from bridge.domain.mapping import Template
from bridge.domain.names import SystemName
from bridge.domain.policy import Policy
from bridge.domain.roster import COLUMNS

Check = Callable[[Any], object]
Slips = Iterator[tuple[str, str]]

DAY: Final = timedelta(hours=24)
FACTORS: Final = ("totp", "release_code", "radius", "phone", "oidc", "passkey", "mail")
HOST: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
MAILBOX: Final = re.compile(r"[^\s@<>,;:\"]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
HOST_KEY: Final = re.compile(r"(?:ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)) [A-Za-z0-9+/]{40,}={0,2}")
SCREEN: Final = frozenset({"expect", "field", "send", "key"})
KEY: Final = re.compile(r"ENTER|CLEAR|TAB|PF(?:[1-9]|1[0-9]|2[0-4])|PA[1-3]", re.IGNORECASE)
LDAP_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}(?:;[a-z]{1,16})?|[0-9]+(?:\.[0-9]+)+")
LDAP_DN: Final = re.compile(r"[^=,\x00]+=[^\x00]{1,1000}")
LDAP_FILTER: Final = re.compile(r"\([^\x00]{3,2000}\)")
PROGRAM: Final = re.compile(r"/QSYS\.LIB/[A-Z@#][A-Z0-9@#_]{0,9}\.LIB/[A-Z@#][A-Z0-9@#_]{0,9}\.PGM")
PASSWORD: Final = "{password}"  # noqa: S105 - where a site's own screen asks for the service id's


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


def at_least(least: timedelta, words: str) -> Check:
    """A duration from a limit up."""

    def check(value: timedelta) -> timedelta:
        if value < least:
            raise ValueError(f"at least {words} is expected")
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


def expected_of(words: Sequence[str], found: str) -> str:
    """What is expected where a word of a list is, with the one that was probably meant."""
    near = get_close_matches(found.lower(), words, n=1)
    return " or ".join(words) + " is expected" + (f"; did you mean {near[0]}?" if near else "")


def one_of(*words: str) -> Check:
    """One word of a list."""

    def check(value: str) -> str:
        if value not in words:
            raise ValueError(expected_of(words, value))
        return value

    return check


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


def proxy_url(value: str) -> str:
    """http://HOST:PORT. Who it is shown as is a secret, and so no part of it."""
    parts = urlsplit(value)
    try:
        well = bool(parts.port) and bool(host(parts.hostname or ""))
    except ValueError:
        well = False
    if not well or parts.scheme != "http" or parts.path not in ("", "/") or set("@?#") & set(value):
        raise ValueError("http://HOST:PORT of a proxy is expected; USER:PASSWORD goes into proxy_login")
    return value


def issuer(value: str) -> str:
    """https://HOST[/PATH], kept to the letter: it is compared with what the provider calls itself."""
    parts = urlsplit(value)
    try:
        parts.port  # noqa: B018 - raises on a bad port
        host(parts.hostname or "")
    except ValueError:
        raise ValueError("https://HOST is expected, as the provider calls itself") from None
    if parts.scheme != "https" or parts.username is not None or set(value) & set("?# ") or not value.isascii():
        raise ValueError("https://HOST is expected, without a user, a query or a fragment")
    return value


def header_names(value: Mapping[str, SecretRef]) -> Mapping[str, SecretRef]:
    """Names of headers that are not ours to set."""
    for name in value:
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]{0,63}", name) or name.lower() in {"host", "content-length"}:
            raise ValueError("names of headers are expected, like Authorization: {file: PATH}")
    return value


def person_fields(value: Mapping[str, str]) -> Mapping[str, str]:
    """A person's field → its name elsewhere."""
    for name in value:
        if name not in COLUMNS or name == "accounts":
            fields = ", ".join(column for column in COLUMNS if column != "accounts")
            raise ValueError(f"one of {fields} is expected, not {name[:40]!r}")
    return value


def templates(value: Mapping[str, str]) -> Mapping[str, str]:
    """System → a field's name, or a template."""
    for system, text in value.items():
        named(SystemName)(system)
        try:
            Template.of(text)
        except BadInput as bad:
            raise ValueError(bad.expected) from None
    return value


def policies(value: Mapping[str, Policy]) -> Mapping[str, Policy]:
    """At least the built-in one."""
    return {"standard": Policy(), **value}


def categories(value: Sequence[str]) -> Sequence[str]:
    """Names of categories, or one number alone."""
    if len(value) == 1 and value[0].isdigit():
        if not 1 <= int(value[0]) <= len(Category):
            raise ValueError(f"a number from 1 to {len(Category)}, or names of categories, are expected")
        return value
    return each(one_of(*Category))(value)  # type: ignore[return-value]


def proofs(value: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
    """Kind of factor → categories."""
    for kind, names in value.items():
        if kind not in FACTORS:
            raise ValueError(f"one of {', '.join(FACTORS)} is expected, not {kind[:40]!r}")
        each(one_of(*Category), least=1)(names)
    return value


def vouchers(value: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
    """What a token says → categories."""
    for names in value.values():
        each(one_of(*OWN), least=1)(names)
    return value


def patterns(value: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
    """Reason code → regular expressions."""
    for code, expressions in value.items():
        if code not in set(Reason):
            near = get_close_matches(code, list(Reason), n=1) or [", ".join(Reason)]
            raise ValueError(f"a reason code is expected, not {code[:40]!r}: {near[0]}")
        each(expression)(expressions)
    return value


def expression(value: str) -> str:
    """A regular expression that compiles, also as one of several, and does not match everything."""
    try:
        found = re.compile(value)
    except re.error as error:
        raise ValueError(f"a regular expression is expected: {error.msg} at character {error.pos}") from None
    if value.startswith("(?") and re.match(r"\(\?[aiLmsux]+\)", value):
        raise ValueError(
            "no flags are expected: case never counts, ^ and $ are a line's ends, and . stays within its line; "
            "(?s:…) lets a part go over lines"
        )
    if found.groupindex:
        raise ValueError("no names of groups are expected: several expressions are put into one")
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
