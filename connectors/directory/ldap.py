"""A directory spoken to by LDAP: OpenLDAP, Active Directory and others, through libldap (the extra `ldap`).

It fails closed. An error, a server that is away, an answer cut short, two people where one is expected: each is
DirectoryUnreached, never "nobody". What is found is compared with what was asked for, character by character: a
directory matches without regard to case, accents or blanks, and the account that is reset does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Lock
from typing import Final, TypeVar

from ldap import DECODING_ERROR
from ldap.dn import str2dn
from ldap.filter import escape_filter_chars

from bridge.config.model import LdapSettings
from bridge.domain.errors import BadInput, ConfigFault, DirectoryUnreached
from bridge.domain.mapping import Reading
from bridge.domain.names import Account, Person
from bridge.domain.roster import fields_of
from bridge.domain.secret import Secret
from bridge.observe import elsewhere, events
from bridge.ports import Clock, PersonRecord
from connectors.directory.ldap_line import ANYTHING, BELOW, ONE, BindRefused, Found, LdapLine, ServerAway
from connectors.directory.recent import Recent

log = events.logger("directory")
T = TypeVar("T")

PAUSE: Final = timedelta(seconds=3)  # after servers that were all away: whoever asks next would wait as long
PAUSE_REFUSED: Final = timedelta(minutes=1)  # after a refused bind: each try counts against the account
IDLE: Final = timedelta(seconds=60)  # a connection unused for so long is not trusted to be there
IDLE_LINES: Final = 4
DEEPEST: Final = 20  # groups in groups
MOST_GROUPS: Final = 1000
AT_ONCE: Final = 50  # groups whose groups are asked for together


class LdapDirectory:
    """Asks the first server that answers; safe to share between threads.

    password   read for each bind, so that it can be changed without a stop
    """

    def __init__(
        self, settings: LdapSettings, reading: Reading, password: Callable[[], Secret | None], clock: Clock
    ) -> None:
        self._settings, self._reading, self._password, self._clock = settings, reading, password, clock
        self._known = Recent[tuple[str, str], PersonRecord | None](settings.cache, settings.cached, clock)
        self._lock, self._room = Lock(), elsewhere.Room()
        self._idle: list[tuple[datetime, LdapLine]] = []
        self._trouble: tuple[datetime, str] | None = None

    def owner_of(self, account: Account) -> PersonRecord | None:
        """The one person whose account it is. Raises DirectoryUnreached, also where it is two people's."""
        sought = self._reading.sought(account)
        found = self._asked(*sought) if sought else None
        return found if found and account in found.accounts else None

    def person(self, person: Person) -> PersonRecord | None:
        """The one person of that name. Raises as owner_of."""
        found = self._asked(self._reading.fields["person"], person)
        return found if found and found.person == person else None

    def everyone(self) -> Iterator[PersonRecord]:
        """Whoever has an account, page by page; whoever cannot be read is logged and left out, and so is a second entry
        of one name: two people's addresses in turn would be new at every look.

        Without their managers and the groups that name them: each would be a search or more, every few minutes, for
        every person there is, and nobody who asks for all wants them.
        """
        names = {template.field for template in self._reading.templates}
        some = "".join(f"({name}=*)" for name in sorted(names))
        wanted = f"(&{self._settings.filter}(|{some}))" if some else self._settings.filter
        line, met = self._fresh(), set[Person]()
        try:
            for found in line.paged(self._settings.base, wanted, self._reading.wanted):
                try:
                    record = self._record(line, found, alone=True)
                    if record.person in met:
                        raise DirectoryUnreached(f"ldap: {found.dn[:200]}: another entry has {record.person} as well")
                    met.add(record.person)
                    yield record
                except ServerAway:
                    raise
                except DirectoryUnreached as unread:
                    log.warning("directory.unread", text=str(unread))
        finally:
            line.close()

    # --- people -----------------------------------------------------------------------------------

    def _asked(self, field: str, value: str) -> PersonRecord | None:
        """The one entry whose field holds the value, or that there is none: remembered for a while."""
        known, record = self._known.get((field, value))
        if known:
            return record
        record = self._by_line(lambda line: self._sought(line, field, value))
        self._known.put((field, value), record)
        return record

    def _sought(self, line: LdapLine, field: str, value: str) -> PersonRecord | None:
        settings = self._settings
        wanted = f"(&{settings.filter}({field}={escape_filter_chars(value)}))"
        found = line.search(settings.base, BELOW, wanted, self._reading.wanted, most=2)
        if found is None or len(found) > 1:
            raise DirectoryUnreached(f"ldap: several entries have {field}={value[:80]}, one is expected")
        return self._record(line, found[0]) if found else None

    def _record(self, line: LdapLine, found: Found, *, alone: bool = False) -> PersonRecord:
        """The entry as a person. Raises DirectoryUnreached where it cannot be read. `alone`: nothing else is asked."""
        fields = self._reading.fields
        values = {name: _texts(found, name) for name in self._reading.wanted}
        if manager := fields.get("manager"):
            values[manager] = [] if alone else self._name_of(line, values[manager])
        if groups := fields.get("groups"):
            values[groups] = [_short(value) for value in values[groups]]
        try:
            record = PersonRecord(**fields_of(self._reading.entry(values)))
        except BadInput as bad:
            raise DirectoryUnreached(f"ldap: {found.dn[:200]}: {bad}") from None
        if alone or self._settings.groups is None:
            return record
        return replace(record, groups=self._groups(line, found.dn))

    def _name_of(self, line: LdapLine, values: list[str]) -> list[str]:
        """The manager by name: directories hold a DN there. One who is gone, or in another domain, is nobody: nothing
        hangs on who it is, and a person whose manager cannot be looked up is reset all the same."""
        if len(values) != 1 or "=" not in values[0]:
            return values
        name = self._reading.fields["person"]
        found = line.search(values[0], ONE, ANYTHING, [name]) or []
        return _texts(found[0], name)[:1] if found else []

    def _groups(self, line: LdapLine, dn: str) -> tuple[str, ...]:
        """The groups that have the person as a member; nested: and those that have one of these. A circle ends."""
        groups = self._settings.groups
        if groups is None:
            return ()
        names: dict[str, str] = {}
        rim = [dn]
        for _ in range(DEEPEST if groups.nested else 1):
            met: list[Found] = []
            for start in range(0, len(rim), AT_ONCE):
                some = (f"({groups.member}={escape_filter_chars(one)})" for one in rim[start : start + AT_ONCE])
                met += line.search(groups.base, BELOW, f"(|{''.join(some)})", [groups.name]) or []
            rim = [one.dn for one in met if one.dn.lower() not in names]
            names |= {one.dn.lower(): next(iter(_texts(one, groups.name)), _short(one.dn)) for one in met}
            if not rim or len(names) > MOST_GROUPS:
                break
        return tuple(sorted(set(names.values())))

    # --- connections ------------------------------------------------------------------------------

    def _by_line(self, work: Callable[[LdapLine], T]) -> T:
        """Let `work` have a connection; where so many have one that another would only wait as well, say so."""
        with self._room.entered() as inside:
            if not inside:
                raise DirectoryUnreached("ldap: too many are asking already, and no answer comes")
            return self._by_some_line(work)

    def _by_some_line(self, work: Callable[[LdapLine], T]) -> T:
        """On one from before, which may have been cut meanwhile: then on a fresh one, once."""
        kept = self._kept()
        if kept is not None:
            try:
                result = work(kept)
            except ServerAway:
                kept.close()
            except DirectoryUnreached:
                self._keep(kept)
                raise
            else:
                self._keep(kept)
                return result
        line = self._fresh()
        try:
            result = work(line)
        except DirectoryUnreached:
            line.close()
            raise
        self._keep(line)
        return result

    def _kept(self) -> LdapLine | None:
        old, now = [], self._clock.latest()
        with self._lock:
            while self._idle:
                since, line = self._idle.pop()
                if now < since + IDLE:
                    found = line
                    break
                old.append(line)
            else:
                found = None
        for line in old:
            line.close()
        return found

    def _keep(self, line: LdapLine) -> None:
        with self._lock:
            if room := len(self._idle) < IDLE_LINES:
                self._idle.append((self._clock.latest(), line))
        if not room:
            line.close()

    def _fresh(self) -> LdapLine:
        """To the first server that answers. What went wrong a moment ago is said again, not tried again."""
        now, trouble = self._clock.latest(), self._trouble
        if trouble and now < trouble[0]:
            raise DirectoryUnreached(trouble[1])
        try:
            line = self._connected()
        except DirectoryUnreached as unreached:
            pause = PAUSE_REFUSED if isinstance(unreached, BindRefused) else PAUSE
            self._trouble = self._clock.latest() + pause, str(unreached)
            log.error("directory.unreached", text=str(unreached))
            raise
        self._trouble = None
        return line

    def _connected(self) -> LdapLine:
        try:
            password = self._password()
        except ConfigFault as fault:
            raise DirectoryUnreached(f"ldap: {fault}") from None
        last: DirectoryUnreached | None = None
        for server in self._settings.servers:
            try:
                return LdapLine(server, self._settings, password)
            except ServerAway as away:
                last = away
        raise last or DirectoryUnreached("ldap: no server is configured")


def _texts(found: Found, name: str) -> list[str]:
    """What an attribute holds. Raises DirectoryUnreached where that is no text."""
    try:
        return [value.decode() for value in found.values.get(name.lower(), ())]
    except UnicodeDecodeError:
        raise DirectoryUnreached(f"ldap: {found.dn[:200]}: {name} holds no UTF-8 text") from None


def _short(dn: str) -> str:
    """A DN's first value, CN=Payroll,OU=… → Payroll; what is no DN as it is."""
    try:
        return str(str2dn(dn)[0][0][1]) if "=" in dn else dn
    except (DECODING_ERROR, IndexError):
        return dn
