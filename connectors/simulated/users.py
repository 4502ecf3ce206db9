"""The user database that RACF, ACF2 and every simulated door of one system share. Passwords are kept hashed."""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from threading import RLock
from types import TracebackType
from typing import Any, Final, Self

from connectors.simulated.clock import Clock, wall_clock
from connectors.simulated.language import ENGLISH
from connectors.simulated.settings import SecuritySettings, fold

SCRYPT: Final = {"n": 2**8, "r": 8, "p": 1, "dklen": 32}
"""Cheap on purpose: nothing real is behind these hashes, and tests log on by the hundred."""

PasswordWatcher = Callable[[str, str], None]
"""Told the userid and the password each time one is set, in the thread that sets it."""


@dataclass(frozen=True, slots=True)
class Hashed:
    salt: bytes
    digest: bytes

    @classmethod
    def of(cls, text: str) -> "Hashed":
        salt = secrets.token_bytes(16)
        return cls(salt, hashlib.scrypt(text.encode(), salt=salt, **SCRYPT))

    def matches(self, text: str) -> bool:
        return hmac.compare_digest(self.digest, hashlib.scrypt(text.encode(), salt=self.salt, **SCRYPT))


@dataclass(slots=True)
class Credential:
    """A password or a phrase. `changed` is None while there is none."""

    current: Hashed | None = None
    changed: datetime | None = None
    expired: bool = False
    history: list[Hashed] = field(default_factory=list)

    def matches(self, text: str) -> bool:
        return self.current is not None and self.current.matches(text)

    def used_before(self, text: str, remembered: int) -> bool:
        return any(old.matches(text) for old in self.history[-remembered:]) if remembered else False

    def set(self, text: str, now: datetime, *, expired: bool) -> None:
        if self.current is not None:
            self.history.append(self.current)
        self.current, self.changed, self.expired = Hashed.of(text), now, expired


@dataclass(slots=True)
class TsoDefaults:
    """The TSO segment: what the logon panel shows, and what PROFILE keeps from one session to the next."""

    procedure: str = "IKJPROC1"
    account: str = "ACCT001"
    size: str = "0004096"
    command: str = ""
    language: str = ENGLISH
    language_stays: bool = False
    """Whether an exit of the installation takes no notice of PROFILE PLANGUAGE."""
    profile: dict[str, bool] = field(
        default_factory=lambda: {
            "PROMPT": True, "INTERCOM": True, "PAUSE": False, "MSGID": True, "WTPMSG": False, "RECOVER": False,
        }
    )  # fmt: skip


@dataclass(slots=True, kw_only=True)
class User:
    """One user, logonid or ACID. `attributes` are RACF's; `privileges` and the fields after them are ACF2's.

    Top Secret's are `kind`, the TYPE, and what stands after it: `authorities` as TSS ADMIN gives them, DATA(BASIC) or
    MISC8(PWMAINT), over `scope`, a department, which is an ACID's `group`; `*` is everybody. Of an ACF2 logonid that is
    its SCPLIST's name, which is shown and narrows nothing here.
    """

    userid: str
    name: str = "UNKNOWN"
    owner: str = "SYS1"
    group: str = "USERS"
    created: date = date(2019, 4, 4)
    attributes: set[str] = field(default_factory=set)
    group_attributes: set[str] = field(default_factory=set)
    revoked: bool = False
    revoke_date: date | None = None
    resume_date: date | None = None
    password: Credential = field(default_factory=Credential)
    phrase: Credential = field(default_factory=Credential)
    interval: int | None = 90
    violations: int = 0
    phrase_violations: int = 0
    last_access: datetime | None = None
    connects: int = 0
    data: str = ""
    tso: TsoDefaults | None = field(default_factory=TsoDefaults)

    privileges: set[str] = field(default_factory=lambda: {"JOB", "TSO"})
    suspended: bool = False
    suspended_by: str = ""
    suspended_at: datetime | None = None
    cancelled: bool = False
    invalid_since_logon: int = 0
    last_invalid: datetime | None = None
    maximum_days: int = 0
    updated: datetime | None = None
    site: tuple[str, ...] = ()
    """Fields of the installation's own, @CFDE in its ACFFDR."""

    kind: str = "USER"
    suspensions: set[str] = field(default_factory=set)
    suspended_until: date | None = None
    multipw: bool = False
    authorities: set[str] = field(default_factory=set)
    scope: str = "*"


class UnknownUserid(LookupError):
    """The database has no such user."""


class UserDatabase:
    """The users of one system, and who may do what to them. Thread-safe: `with database:` around several steps."""

    def __init__(
        self,
        users: Iterable[User] = (),
        *,
        settings: SecuritySettings | None = None,
        clock: Clock = wall_clock,
    ) -> None:
        self.settings = settings or SecuritySettings()
        self.clock = clock
        self.groups: dict[str, str] = {}
        """Each group's superior group, for IRR.PWRESET.TREE."""
        self._users = {user.userid: user for user in users}
        self._access: dict[tuple[str, str], str] = {}
        self._watchers: list[PasswordWatcher] = []
        self._lock = RLock()

    def __enter__(self) -> Self:
        self._lock.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lock.release()

    def define(
        self,
        userid: str,
        *,
        password: str | None = None,
        phrase: str | None = None,
        expired: bool = False,
        age: timedelta = timedelta(days=30),
        **fields: Any,
    ) -> User:
        """Add a user, or replace one. `age` is how long ago the password was set; `fields` are those of `User`."""
        user = User(userid=userid.upper(), **fields)
        with self:
            self._users[user.userid] = user
            set_at = self.clock() - age
            if password is not None:
                self.set_password(user, password, set_at, expired=expired)
            if phrase is not None:
                self.set_phrase(user, phrase, set_at, expired=expired)
        return user

    def forget(self, userid: str) -> None:
        """As DELUSER."""
        with self:
            self._users.pop(userid.upper(), None)

    def find(self, userid: str) -> User | None:
        with self:
            return self._users.get(userid.upper())

    def user(self, userid: str) -> User:
        """Return the user. Raises UnknownUserid."""
        found = self.find(userid)
        if found is None:
            raise UnknownUserid(userid)
        return found

    def userids(self) -> list[str]:
        with self:
            return sorted(self._users)

    def permit(self, resource: str, userid: str, access: str = "READ") -> None:
        """As PERMIT in class FACILITY, or an ACF2 CASECAUT rule: ACFCMD.USER.PASSWORD and the like."""
        with self:
            self._access[resource, userid.upper()] = access

    def access(self, resource: str, userid: str) -> str:
        """Return NONE, READ, UPDATE or CONTROL."""
        with self:
            return self._access.get((resource, userid.upper()), self._access.get((resource, "*"), "NONE"))

    def protects(self, resource: str) -> bool:
        """Say whether there is a profile at all: `permit(resource, "*", "NONE")` makes one."""
        with self:
            return (resource, "*") in self._access

    def watch(self, watcher: PasswordWatcher) -> None:
        with self:
            self._watchers.append(watcher)

    def unwatch(self, watcher: PasswordWatcher) -> None:
        with self:
            self._watchers.remove(watcher)

    def set_password(self, user: User, text: str, now: datetime, *, expired: bool) -> None:
        """Set it, folded as the settings say. Who may, and what rules hold, is for the caller."""
        folded = fold(self.settings, text)
        with self:
            user.password.set(folded, now, expired=expired)
            for watcher in list(self._watchers):
                watcher(user.userid, folded)

    def set_phrase(self, user: User, text: str, now: datetime, *, expired: bool) -> None:
        """The same of a phrase, which no setting folds."""
        with self:
            user.phrase.set(text, now, expired=expired)
            for watcher in list(self._watchers):
                watcher(user.userid, text)

    def accepts(self, userid: str, password: str) -> bool:
        """Say whether this is the user's password, expired or not. For tests: no try is counted."""
        with self:
            user = self._users.get(userid.upper())
            return user is not None and user.password.matches(fold(self.settings, password))
