"""The configuration as frozen values: every setting, its unit and its default, in one place.

reader.py turns YAML into these; nobody else reads YAML. A secret is never a literal but a reference that the
composition root of the role that needs it resolves: the web role never resolves a host's or the relay's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final, Literal

from bridge.domain.password import Rules
from bridge.domain.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretRef:
    """Where a secret is: exactly one of the three. connectors.machine.read_secret() resolves it.

    file        a path; the content without the final newline
    credential  a systemd credential's name, under $CREDENTIALS_DIRECTORY
    env         an environment variable (not for server keys: child processes would inherit it)
    """

    file: Path | None = None
    credential: str | None = None
    env: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """Whom a user in trouble turns to; shown on pages and in mails."""

    email: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """`site:`. base_url begins every link; it is never taken from a request."""

    name: str
    base_url: str
    languages: tuple[str, ...] = ("en",)
    support: Support = field(default_factory=Support)
    security: str | None = None  # address told of destroyed links and the like
    node: str | None = None  # names this machine among several; default: its host name
    silent_after: timedelta = timedelta(hours=24)  # a node not heard from for so long is named as such


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """`storage:`. sqlite:///PATH (relative to the file) or postgresql+psycopg://…; its password by reference."""

    url: str
    password: SecretRef | None = None
    keep: timedelta = timedelta(days=400)  # ended resets older than this are purged; the audit stays
    audit_keep: timedelta = timedelta(days=3650)  # audit records older than this are deleted; the rest still verifies


@dataclass(frozen=True, slots=True, kw_only=True)
class WebTls:
    """`web.tls:`."""

    certificate: Path
    private_key: SecretRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Web:
    """`web:`. listen is HOST:PORT; tls may be null only behind trusted_proxies, or on loopback."""

    listen: str = "127.0.0.1:8443"
    tls: WebTls | None = None
    trusted_proxies: tuple[str, ...] = ()
    monitor: str | None = None  # HOST:PORT of a listener of its own for healthz, readyz, metrics
    show_for: timedelta = timedelta(seconds=120)  # how long the page shows the password
    network_limit: int = 100  # wrong answers from one network within an hour before it is held up; 0: any number
    network_v4: int = 24  # bits of an IPv4 address that name its network
    network_v6: int = 56  # bits of an IPv6 address that name its network


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings:
    """`mail:`. security: starttls | tls | none (none only towards loopback).

    keys   a folder with ADDRESS.pem or ADDRESS.asc: mail to whoever has a key there is encrypted
    wrap   required: a link leaves encrypted or not at all
    """

    host: str
    sender: str
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str | None = None
    password: SecretRef | None = None
    ca: Path | None = None
    envelope_sender: str | None = None
    keys: Path | None = None
    wrap: Literal["when_possible", "required"] = "when_possible"
    answer_within: timedelta = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class RadiusServer:
    """`radius.servers:`. secret: shared between it and us, at least 16 characters."""

    host: str
    secret: SecretRef
    port: int = 1812


@dataclass(frozen=True, slots=True, kw_only=True)
class RadiusSettings:
    """`radius:`. Whom to ask for the factor of that name.

    name             what the server knows the person by: person, userid (of the system that is reset), email
    nas              what we call ourselves (NAS-Identifier)
    passcode         a regular expression on the whole of what is typed: nothing else is a try, nor asked about
    answer_within    after so long the request is sent again, or the next server asked
    tries            how often each server is sent a request
    question_within  how long a question of the server's may be answered
    per_person       how many questions of it one person may bring about within an hour
    """

    servers: tuple[RadiusServer, ...]
    name: Literal["person", "userid", "email"] = "person"
    nas: str = "resetbridge"
    passcode: str = "[!-~]{0,16}[0-9]{6,8}"
    answer_within: timedelta = timedelta(seconds=3)
    tries: int = 3
    question_within: timedelta = timedelta(minutes=2)
    per_person: int = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewaySettings:
    """`gateway:`. What sends codes to telephones, for the factor phone.

    url          https; {phone} in it is filled in
    body         with {phone}, {code}, {spoken} (the digits, blanks in between), {text}, {language}
    format       what the body is: json, or form
    headers      name → where its value is
    code_within  how long a code is good for
    per_person   how many codes one person may be sent within an hour
    """

    url: str
    body: str
    format: Literal["json", "form"] = "json"
    headers: Mapping[str, SecretRef] = field(default_factory=dict)
    ca: Path | None = None
    answer_within: timedelta = timedelta(seconds=10)
    code_within: timedelta = timedelta(minutes=10)
    per_person: int = 5


LDAP_FIELDS: Final[Mapping[str, str]] = {
    "person": "uid",
    "name": "cn",
    "email": "mail",
    "phone": "mobile",
    "language": "preferredLanguage",
    "manager": "manager",
    "groups": "memberOf",
}
"""Where `fields` says nothing: inetOrgPerson's (RFC 2798)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LdapGroups:
    """`directory.ldap.groups:`. Where groups name their members; without it, the person's own attribute says it.

    nested   also the groups that have one of these as a member
    """

    base: str
    member: str = "member"
    name: str = "cn"
    nested: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LdapSettings:
    """`directory.ldap:`. security: tls | starttls | none (none only towards loopback).

    servers   asked in this order, the next one where one is away
    port      None: 636 for tls, 389 else
    base      below it are the people
    filter    what else an entry has to be to count as a person
    user      whom to bind as: a DN, or what Active Directory takes for one; None: anonymously
    ca        PEM that replaces the system's trust
    cache     how long an answer is good
    cached    how many answers are kept
    page      how many entries to ask for at once, where all are read
    """

    servers: tuple[str, ...]
    base: str
    security: Literal["tls", "starttls", "none"] = "tls"
    port: int | None = None
    ca: Path | None = None
    user: str | None = None
    password: SecretRef | None = None
    filter: str = "(objectClass=person)"
    groups: LdapGroups | None = None
    answer_within: timedelta = timedelta(seconds=5)
    cache: timedelta = timedelta(minutes=5)
    cached: int = 10_000
    page: int = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcSettings:
    """`oidc:`. The company's OpenID provider, for the factor of that name.

    issuer         as its discovery document names itself, to the letter
    required_acr   one of these has to be in the ID token's `acr`; they are asked for as well (acr_values)
    required_amr   each of these has to be in its `amr`
    required_acrs  each of these has to be in its `acrs`, and is asked for: Entra ID's authentication contexts
    proves         one of the values that are required → the categories that it stands for
    claim          what names the person, in the ID token
    name           what in our directory that has to be the same as: person, email, userid (of the system that is reset)
    max_age        so old may the log-on at the provider be (auth_time)
    prompt_login   have the person log on there in any case; one from before the sign-on began is not taken
    ca             PEM that replaces the system's trust
    """

    issuer: str
    client_id: str
    client_secret: SecretRef
    scopes: tuple[str, ...] = ("openid", "profile")
    required_acr: tuple[str, ...] = ()
    required_amr: tuple[str, ...] = ()
    required_acrs: tuple[str, ...] = ()
    proves: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    claim: str = "preferred_username"
    name: Literal["person", "email", "userid"] = "person"
    max_age: timedelta = timedelta(minutes=5)
    prompt_login: bool = True
    ca: Path | None = None
    answer_within: timedelta = timedelta(seconds=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentSettings:
    """`enrolment:`. How people get second factors.

    wait      how long one that is not the person's first waits before it counts, where an operator vouches for them
    link_ttl  how long an invitation to enrol one is open
    """

    wait: timedelta = timedelta(hours=24)
    link_ttl: timedelta = timedelta(hours=72)


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectorySettings:
    """`directory:`. Who has which accounts, and where mail reaches them; empty: what `people import` stored.

    csv        a file of people
    ldap       a directory service
    csv_age    a file that is older is not used: whatever writes it has stopped
    separator  between two cells, where the file has columns of its own
    only       column → the values of which a line has to hold one to count
    fields     a person's field → what it is called there
    accounts   system → the field that holds the userid, or a template with its name in braces
    """

    csv: Path | None = None
    csv_age: timedelta | None = None
    separator: Literal["comma", "semicolon", "tab"] = "comma"
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ldap: LdapSettings | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    accounts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class HostTls:
    """`transport.tls:` of tn3270. ca: PEM that replaces the system's trust; name: expected name if not the host's."""

    ca: Path | None = None
    verify: Literal[True] = True
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogonSettings:
    """`transport.logon:`: what differs between sites on the way to READY. Texts match anywhere, in any case.

    command    what to type on the VTAM (USS) screen; {userid} stands for the service id
    logo       texts that mark the USS screen, besides the built-in ones
    menu       titles of menus that start by themselves after logon
    leave      what to type in such a menu
    screens    further screens ahead of or in between: expect text → send, key
    """

    command: str = "LOGON APPLID(TSO)"
    logo: tuple[str, ...] = ()
    menu: tuple[str, ...] = ()
    leave: str = "=X"
    screens: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tn3270:
    """`transport: {type: tn3270, …}`: a 3270 session kept by s3270."""

    host: str
    type: Literal["tn3270"] = "tn3270"
    port: int = 992
    tls: HostTls | None = field(default_factory=HostTls)
    insecure: bool = False  # tls: null is refused without it
    codepage: str = "1047"  # EBCDIC page of the host, by its number
    model: Literal["2", "3", "4", "5"] = "2"  # the largest screen: 24x80, 32x80, 43x80, 27x132
    lu: tuple[str, ...] = ()  # LU names to ask for, in this order; empty: any
    logon: LogonSettings = field(default_factory=LogonSettings)
    connect_within: timedelta = timedelta(seconds=15)
    logon_within: timedelta = timedelta(seconds=60)
    answer_within: timedelta = timedelta(seconds=30)  # of silence, from a key sent to READY again; then AnswerLost
    answer_ends_within: timedelta = timedelta(minutes=3)  # the same in all, however much the host writes
    idle_for: timedelta = timedelta(minutes=5)  # a session unused for so long is logged off
    age: timedelta = timedelta(hours=8)
    settle: timedelta = timedelta(seconds=2)  # after a lost answer; a new logon meets the old session anyway
    reconnect_wait: timedelta = timedelta(seconds=20)  # how long to wait for a lost session of the service id to go


HELPER: Final = "rbhelper"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ssh:
    """`transport: {type: ssh, …}`: a fixed helper on the host, or a shell, spoken to on its standard input.

    host_key   the pinned public key, as in known_hosts: "ssh-ed25519 AAAA…"; one or several
    helper     the command that starts the helper; never holds a secret or a userid
    shell      unix, ibmi: the command that reads a script on its standard input; None: the product's own
    settle     after a lost answer, how long the helper may still be running on the host
    """

    host: str
    host_key: tuple[str, ...]
    type: Literal["ssh"] = "ssh"
    port: int = 22
    key: SecretRef | None = None
    key_passphrase: SecretRef | None = None
    helper: str = HELPER
    shell: str | None = None
    encoding: str = "latin-1"
    connect_within: timedelta = timedelta(seconds=15)
    answer_within: timedelta = timedelta(seconds=60)
    idle_for: timedelta = timedelta(minutes=5)
    age: timedelta = timedelta(hours=8)
    settle: timedelta = timedelta(seconds=50)  # what deploy/zos gives a helper, and a little


Transport = Tn3270 | Ssh


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceId:
    """The userid that the daemon works under. password may be left out where an SSH key logs on.

    rotate         never: its password is changed on command alone; on_expiry: by the daemon as well, when the host
                   demands it or has announced the day; by_age: also when it is older than rotate_every
    rotate_every   by_age: how old it may become
    rotate_ahead   how long before the announced day
    """

    userid: str
    password: SecretRef | None = None
    rotate: Literal["never", "on_expiry", "by_age"] = "never"
    rotate_every: timedelta = timedelta(days=30)
    rotate_ahead: timedelta = timedelta(days=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unix:
    """`unix:` of a system whose product is unix.

    variant            whose commands are typed
    sudo               what goes ahead of commands that need root; None where the service id is root itself
    lowest_uid         accounts below it belong to the system and are never reset
    privileged_groups  members of one of them are not the help desk's to reset
    lift_lock          linux: a locked account (passwd -l) counts as one locked by wrong passwords
    """

    variant: Literal["linux", "aix"] = "linux"
    sudo: str | None = "sudo -n"
    lowest_uid: int = 1000
    privileged_groups: tuple[str, ...] = ("root", "sudo", "wheel")
    lift_lock: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class IbmI:
    """`ibmi:` of a system whose product is ibmi.

    labels    DSPUSRPRF's own words, where the system's language is not English: name of a fact → its label
    ordinary  special authorities that any user may hold; the others make a profile privileged
    helper    the program of deploy/ibmi, by its path
    password_level   QPWDLVL: from 2 on case counts, and passwords may be longer
    """

    helper: str = "/QSYS.LIB/RSTBRDG.LIB/RBPWD.PGM"
    password_level: int = 0
    labels: Mapping[str, str] = field(default_factory=dict)
    ordinary: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialogs:
    """`systems.NAME.dialogs:`. Files that stand in place of the dialogs that are shipped, or extend them.

    logon      from the first screen to READY and back, over tn3270; left out: tso-logon
    commands   what is typed at READY or into a shell and how answers are read; left out: the product's own
    """

    logon: Path | None = None
    commands: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """`systems.NAME:`.

    sessions   how many at once; over tn3270 the reader lowers it to the number of service ids (one TSO session each)
    privileged_service_id   used alone for userids that the host calls privileged, after another person's approval
    shares_database_with    other systems on the same database (sysplex, RRSF): a reset here is read back there, too
    resume     lift a suspension by wrong passwords together with the reset
    first_use  acf2: say PSWD-EXP, or leave it to GSO PSWD PSWDFRC where the service id may not set the field
    patterns   reason code → regular expressions on a line of the answer, read before the built-in ones
    ignore     regular expressions of lines that mean nothing (site exits)
    dialogs    screens, and what to do about them, in files of the system's own
    """

    name: str
    title: str
    product: Literal["racf", "acf2", "topsecret", "ibmi", "unix"]
    transport: Transport
    service_ids: tuple[ServiceId, ...]
    sessions: int = 1
    policy: str = "standard"
    privileged_service_id: ServiceId | None = None
    password: Rules = field(default_factory=Rules)
    shares_database_with: tuple[str, ...] = ()
    resume: bool = True
    first_use: Literal["explicit", "pswdfrc"] = "explicit"
    patterns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ignore: tuple[str, ...] = ()
    dialogs: Dialogs = field(default_factory=Dialogs)
    unix: Unix = field(default_factory=Unix)
    ibmi: IbmI = field(default_factory=IbmI)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The whole file. `path` is where it was read from; `notes` what was read but bent, for `check` to say."""

    path: Path
    notes: tuple[str, ...] = ()
    site: Site
    storage: Storage
    keys: tuple[SecretRef, ...]
    web: Web = field(default_factory=Web)
    mail: MailSettings | None = None
    radius: RadiusSettings | None = None
    gateway: GatewaySettings | None = None
    oidc: OidcSettings | None = None
    enrolment: EnrolmentSettings = field(default_factory=EnrolmentSettings)
    directory: DirectorySettings = field(default_factory=DirectorySettings)
    systems: Mapping[str, System] = field(default_factory=dict)
    policies: Mapping[str, Policy] = field(default_factory=lambda: {"standard": Policy()})
