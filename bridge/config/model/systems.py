"""`systems:`: the hosts, how each is reached, and what is particular about each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final, Literal

from bridge.config.model.secret import SecretRef
from bridge.domain.password import Rules


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
Rotation = Literal["never", "on_expiry", "by_age"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionManager:
    """`session_manager:` of a service id: who it is to one ahead of the host that has passwords of its own."""

    userid: str
    password: SecretRef


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceId:
    """The userid that the daemon works under. password may be left out where an SSH key logs on.

    rotate         never: its password is changed on command alone; on_expiry: by the daemon as well, when the host
                   demands it or has announced the day; by_age: also when it is older than rotate_every. None: not
                   asked for; read from a file it is on_expiry where the daemon can, and never where it cannot
    rotate_every   by_age: how old it may become
    rotate_ahead   how long before the announced day
    session_manager   who it is to a session manager that has userids and passwords of its own; a dialog types them
    """

    userid: str
    password: SecretRef | None = None
    rotate: Rotation | None = None
    rotate_every: timedelta = timedelta(days=30)
    rotate_ahead: timedelta = timedelta(days=5)
    session_manager: SessionManager | None = None

    @property
    def rotates(self) -> Rotation:
        """When its password is changed."""
        return self.rotate or "never"


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
class Acf2:
    """`acf2:` of a system whose product is acf2.

    lift_suspend   SUSPEND counts as a lock by wrong passwords: a reset and an unlock say NOSUSPEND; CANCEL never does
    """

    lift_suspend: bool = False


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
    acf2: Acf2 = field(default_factory=Acf2)
    unix: Unix = field(default_factory=Unix)
    ibmi: IbmI = field(default_factory=IbmI)
