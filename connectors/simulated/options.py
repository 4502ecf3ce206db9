"""How the simulated z/OS is set up, security aside: what its VTAM, TN3270 server and TSO are told."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Uss(StrEnum):
    """Where the first screen comes from."""

    SSCP = "sscp"
    """Unbound text, where the terminal can; 3270 data otherwise."""
    FORMATTED = "formatted"
    UNFORMATTED = "unformatted"
    NONE = "none"
    """Straight into TSO (DEFAULTAPPL)."""


class LogonStyle(StrEnum):
    PANEL = "panel"
    LINE = "line"
    ACF2 = "acf2"
    """ACF2 asks for logonid and password itself, ahead of TSO."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostOptions:
    system: str = "SYSA"
    title: str = "EXAMPLE BANK  -  AUTHORISED USE ONLY"
    codepage: str = "1047"
    extended: bool = True
    """Whether TN3270E is offered."""
    uss: Uss = Uss.SSCP
    manager: bool = False
    """A session manager stands ahead of the applications, in place of the USS screen."""
    manager_renews: bool = False
    """EXGATE asks for a new password itself where the present one has expired; otherwise it only says so."""
    manager_knows: tuple[str, str] | None = None
    """A userid and a password of EXGATE's own, in place of TSO's; TSO behind it asks for the userid as well."""
    applications: tuple[str, ...] = ("TSO", "TSOA")
    lus: tuple[str, ...] = ()
    """LU names that may be asked for; empty: any."""
    logon: LogonStyle = LogonStyle.PANEL
    german: bool = False
    """The logon panel has German labels, words of ours: IBM's are not known here."""
    asks_for_logon: bool = False
    """TSO begins with ENTER LOGON OR LOGOFF."""
    more_before_userid: bool = False
    """`***` ahead of the first question, as ACF2 and Top Secret installations show it."""
    more_after_logon: bool = True
    broadcast: tuple[str, ...] = ()
    ispf_autostart: bool = False
    """Every session begins in ISPF. Without it one does whose Command field says ISPF or PDF."""
    ispf_asks_about_log: bool = False
    menu: str = ""
    """The title of a menu of the site's own, in place of ISPF's."""
    reconnect_limit: timedelta = timedelta(minutes=3)
    """RECONLIM: how long a session outlives its lost line. Zero: not at all."""
    close_after_logoff: bool = False
    """The line is cut at logoff; otherwise the USS screen comes back."""
