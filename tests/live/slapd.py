"""A real OpenLDAP server on ports of its own, with people in a temporary folder, run as whoever runs the tests."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import trustme

from bridge.config.model import LDAP_FIELDS, LdapGroups, LdapSettings, SecretRef
from bridge.domain.mapping import Reading
from bridge.domain.names import Account, Forms, LoginName, Person, SystemName, Userid
from bridge.domain.secret import Secret
from bridge.ports import PersonRecord
from connectors.directory.ldap import LdapDirectory
from tests.fakes.outside import FakeClock
from tests.frozen import freeze, thaw
from tests.ports import free_port

BASE, USER, PASSWORD = "dc=example,dc=com", "cn=bridge,dc=example,dc=com", "Reset#Bridge ü"
ACCOUNTS = {"PRODA": "racfid", "PRODB": "X{employeeNumber}", "UNIX": "unixid"}
FORMS: Forms = {SystemName("UNIX"): LoginName}
LIMIT = 4

CONFIG = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
attributetype ( 1.3.6.1.4.1.55555.1.1 NAME 'racfid' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
attributetype ( 1.3.6.1.4.1.55555.1.2 NAME 'unixid' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
objectclass ( 1.3.6.1.4.1.55555.2.1 NAME 'hostUser' SUP top AUXILIARY MAY ( racfid $ unixid $ preferredLanguage ) )
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {folder}/slapd.pid
referral ldap://127.0.0.9:1
TLSCACertificateFile {folder}/ca.pem
TLSCertificateFile {folder}/cert.pem
TLSCertificateKeyFile {folder}/key.pem
TLSVerifyClient never
security {security}
database mdb
suffix "dc=example,dc=com"
rootdn "cn=root,dc=example,dc=com"
directory {folder}/data
maxsize 10485760
limits * size.soft={limit} size.hard={limit} size.pr={limit} size.prtotal=unlimited
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="cn=bridge,dc=example,dc=com" read by * none
"""

TREE = """dn: dc=example,dc=com
objectClass: domain
dc: example

dn: cn=bridge,dc=example,dc=com
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: bridge
userPassword: {password}

dn: ou=people,dc=example,dc=com
objectClass: organizationalUnit
ou: people

dn: ou=groups,dc=example,dc=com
objectClass: organizationalUnit
ou: groups
"""
MARIA_DN = "uid=maria,ou=people,dc=example,dc=com"
JOE_DN = "uid=joe,ou=people,dc=example,dc=com"

MARIA = PersonRecord(
    person=Person("maria"),
    name="Maria Keller",
    email="maria@example.com",
    phone="+49 69 1234",
    language="de",
    manager="joe",
    groups=("ops", "payroll"),
    accounts=(Account(SystemName("PRODA"), Userid("PAYROLL7")), Account(SystemName("PRODB"), Userid("X17"))),
)


def entry(dn: str, *classes: str, **values: str | list[str]) -> str:
    """An entry as LDIF."""
    lines = [f"dn: {dn}", *(f"objectClass: {one}" for one in classes)]
    for name, held in values.items():
        lines += [f"{name}: {value}" for value in ([held] if isinstance(held, str) else held)]
    return "\n".join(lines) + "\n"


def person(uid: str, **values: str | list[str]) -> str:
    """A person as LDIF."""
    values = {"cn": uid.title(), "sn": uid.title(), **values}
    return entry(f"uid={uid},ou=people,{BASE}", "inetOrgPerson", "hostUser", uid=uid, **values)


def group(name: str, *members: str) -> str:
    """A group as LDIF."""
    return entry(f"cn={name},ou=groups,{BASE}", "groupOfNames", cn=name, member=list(members))


PEOPLE = [
    person("maria", cn="Maria Keller", mail="maria@example.com", mobile="+49 69 1234", preferredLanguage="de, en;q=0.8",
           manager=JOE_DN, racfid="payroll7", employeeNumber="17"),
    person("joe", cn='Joe "J" Doe', racfid="JOE"),
    group("payroll", MARIA_DN),
    group("ops", MARIA_DN),
]  # fmt: skip


@dataclass
class Slapd:
    """A running server. `ca` has signed its certificate, which is for 127.0.0.1."""

    folder: Path
    plain: int
    secured: int
    clock: FakeClock = field(default_factory=FakeClock)
    process: subprocess.Popen[bytes] | None = None

    def settings(self, **changes: Any) -> LdapSettings:
        """Over TLS, bound; `changes` as in the configuration."""
        secured = changes.get("security", "tls") == "tls"
        given: dict[str, Any] = {
            "servers": ("127.0.0.1",), "port": self.secured if secured else self.plain, "base": BASE, "user": USER,
            "password": SecretRef(env="LDAP"), "ca": self.folder / "ca.pem", "groups": LdapGroups(base=BASE),
        }  # fmt: skip
        return LdapSettings(**(given | changes))

    def directory(
        self, *, password: str = PASSWORD, fields: dict[str, str] | None = None, **changes: Any
    ) -> LdapDirectory:
        """What asks it."""
        reading = Reading({**LDAP_FIELDS, **(fields or {})}, ACCOUNTS, FORMS)
        return LdapDirectory(self.settings(**changes), reading, lambda: Secret(password), self.clock)

    def start(self) -> None:
        """Listen, and wait until it does."""
        urls = f"ldap://127.0.0.1:{self.plain} ldaps://127.0.0.1:{self.secured} ldaps://127.0.0.2:{self.secured}"
        with (self.folder / "said.txt").open("wb") as out:
            self.process = subprocess.Popen(
                [program("slapd"), "-h", urls, "-f", str(self.folder / "slapd.conf"), "-d", "0"],
                stdout=out, stderr=out, stdin=subprocess.DEVNULL,
            )  # fmt: skip
        ends = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.secured), 1).close()
                return
            except OSError:
                assert self.process.poll() is None, (self.folder / "said.txt").read_text()
                assert time.monotonic() < ends, "slapd is not ready"
                time.sleep(0.02)

    def stop(self) -> None:
        """End it; every connection is cut."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)
            self.process = None

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Away for a while."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """It takes connections and answers nothing."""
        assert self.process is not None
        freeze(self.process.pid)
        try:
            yield
        finally:
            thaw(self.process.pid)


def program(name: str) -> str:
    return shutil.which(name, path="/usr/sbin:/usr/bin") or name


@contextmanager
def slapd(folder: Path, *entries: str, security: str = "ssf=0") -> Iterator[Slapd]:
    """Start it with these people. security: what slapd demands, e.g. ssf=71 for TLS alone."""
    (folder / "data").mkdir(parents=True)
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    leaf = authority.issue_cert("127.0.0.1")
    leaf.private_key_pem.write_to_path(str(folder / "key.pem"))
    for blob in leaf.cert_chain_pems:
        blob.write_to_path(str(folder / "cert.pem"), append=True)
    trustme.CA().cert_pem.write_to_path(str(folder / "other.pem"))
    (folder / "slapd.conf").write_text(CONFIG.format(folder=folder, security=security, limit=LIMIT))
    (folder / "tree.ldif").write_text("\n".join((TREE.format(password=PASSWORD), *entries)))
    subprocess.run(
        [program("slapadd"), "-f", str(folder / "slapd.conf"), "-l", str(folder / "tree.ldif")],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    made = Slapd(folder, free_port(), free_port())
    made.start()
    try:
        yield made
    finally:
        made.stop()
