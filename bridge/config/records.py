"""What one setting asks of another: each yields (field, what is expected), and none repeats what could be a secret."""

from __future__ import annotations

import json
import re
from typing import Final

from bridge.config.model import (
    Config,
    DirectorySettings,
    GatewaySettings,
    LdapSettings,
    MailSettings,
    OidcSettings,
    SecretRef,
    Ssh,
    Storage,
    System,
    Tn3270,
    Web,
)
from bridge.config.products import USERIDS
from bridge.config.settle import demanded, users_of
from bridge.config.values import LDAP_NAME, Slips, loopback
from bridge.domain.mapping import Template
from bridge.domain.password import Rules, faults
from bridge.domain.second import RELEASE_CODE


def check_proxy(made: GatewaySettings | OidcSettings) -> Slips:
    """What a proxy is shown, where there is one; one that is passed by CONNECT, which plain HTTP is not."""
    if made.proxy_login is not None and made.proxy is None:
        yield "proxy_login", "proxy: http://HOST:PORT is expected beside it"
    if made.proxy is not None and isinstance(made, GatewaySettings) and not made.url.startswith("https:"):
        yield "proxy", "an https url is expected: through a proxy nothing leaves in clear"


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


def check_oidc(made: OidcSettings) -> Slips:
    """A log-on with a password alone is no second factor; without openid there is no ID token."""
    if (made.client_secret is None) == (made.client_key is None):
        yield "client_secret", "client_secret or client_key is expected, one of the two"
    if not made.required_acr and not made.required_amr and not made.required_acrs:
        yield "required_amr", "required_acr, required_amr or required_acrs is expected: what a log-on has to prove"
    for value in made.proves:
        if value not in {*made.required_acr, *made.required_amr, *made.required_acrs}:
            yield "proves", f"a value that is required above is expected, not {value[:40]!r}: others prove nothing"
    if "openid" not in made.scopes:
        yield "scopes", "openid is expected among them"
    if made.claim == "email" and "email" not in made.scopes:
        yield "scopes", "email is expected among them, since claim is email"


def check_directory(made: DirectorySettings) -> Slips:
    """One place, and for a directory service what accounts are called there."""
    if made.csv is not None and made.ldap is not None:
        yield "ldap", "csv or ldap is expected, not both"
    if made.ldap is not None:
        if not made.accounts:
            yield "accounts", "each system's attribute is expected, like {PRODA: racfid}, or nobody would own anything"
        for name in (*made.fields.values(), *(Template.of(text).field for text in made.accounts.values())):
            if not LDAP_NAME.fullmatch(name):
                yield "fields", f"an attribute's name is expected, not {name[:40]!r}"
    elif made.csv is not None and (made.fields or made.accounts or made.only):
        if "person" not in made.fields:
            yield "fields", "person is expected among them: the column that tells people apart"
        if not made.accounts:
            yield "accounts", "each system's column is expected, like {PRODA: RACF_ID}, or nobody would own anything"
    elif made.fields or made.accounts or made.only:
        yield "fields", "ldap or csv is expected, too: they say how to read one"
    if made.csv_age is not None and made.csv is None:
        yield "csv_age", "csv is expected, too: it is the age of that file"


def check_ldap(made: LdapSettings) -> Slips:
    """In clear only on this machine; user and password together."""
    if made.security == "none" and not all(loopback(server) for server in made.servers):
        yield "security", "tls or starttls is expected; none only towards loopback"
    if made.user is not None and made.password is None:
        yield "password", "{file: PATH} is expected, since user is set"
    if made.password is not None and made.user is None:
        yield "user", "whom to bind as is expected, since password is set"


def check_factors(made: Config) -> Slips:
    """A policy that takes a passcode needs somebody to judge it; one that sends codes, somebody to take them."""
    for name, policy in made.policies.items():
        if "phone" in policy.factors and made.gateway is None:
            yield f"policies.{name}.factors", "phone is named here, so gateway: {url: …, body: …} is expected, too"
        if "oidc" in policy.factors and made.oidc is None:
            yield f"policies.{name}.factors", "oidc is named here, so oidc: {issuer: …} is expected, too"
        if "radius" in policy.factors and made.radius is None:
            yield f"policies.{name}.factors", "radius is named here, so radius: {servers: …} is expected, too"


def check_demand(made: Config) -> Slips:
    """A demand that the policy's own factors can meet."""
    for name, policy in made.policies.items():
        demand, place = demanded(policy, made.oidc), f"policies.{name}.demand"
        for kind in demand.required:
            if kind not in policy.factors:
                yield f"{place}.required", f"a factor that policies.{name}.factors names is expected, not {kind}"
        if not set(demand.required) - set(policy.factors) and (lacks := demand.lacks(policy.factors)):
            yield place, f"what {', '.join(policy.factors)} can meet together is expected; missing: {', '.join(lacks)}"
        elif policy.release_code_for == "unenrolled":
            own = [kind for kind in policy.factors if kind != RELEASE_CODE]
            if lacks := demand.lacks(own):
                words = "everybody is expected, since who has an app or a passkey could not do without the code"
                yield f"policies.{name}.release_code_for", f"{words}; missing: {', '.join(lacks)}"


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


def check_mail_wrap(made: MailSettings) -> Slips:
    """Without keys nothing can be encrypted."""
    if made.wrap == "required" and made.keys is None:
        yield "keys", "a folder of keys is expected, since wrap is required"


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


def check_managers(made: System) -> Slips:
    """A session manager stands ahead of TSO alone, and either all of a system's service ids pass one or none does."""
    known = [service.session_manager is not None for service in users_of(made)]
    if isinstance(made.transport, Ssh) and any(known):
        yield "service_id.session_manager", "null is expected: over ssh there is none"
    elif any(known) and not all(known):
        yield (
            "service_id.session_manager",
            "{userid, password} is expected at each service id of the system, or at none",
        )


def check_rotation(made: System) -> Slips:
    """By itself only where it can be done safely: in the logon of TSO, with a password that a file holds."""
    if isinstance(made.transport, Ssh) and any(service.rotates != "never" for service in users_of(made)):
        yield "service_id.rotate", NO_ROTATION_OVER_SSH


def check_rules(made: Rules) -> Slips:
    """What the module that draws passwords says of rules it could not draw one for."""
    for said in faults(made) if isinstance(made, Rules) else ():
        name, colon, expected = said.partition(": ")
        yield (name, expected) if colon and name in Rules.__dataclass_fields__ else ("rules", said)


def check_dialogs(made: System) -> Slips:
    """A logon by screens is for 3270."""
    if made.dialogs.logon is not None and isinstance(made.transport, Ssh):
        yield "dialogs.logon", "a logon by screens is for type: tn3270; over ssh there is none"


NO_ROTATION_OVER_SSH: Final = (
    "never is expected over ssh: sshd asks for a new password on a terminal or not at all, and what it then did cannot "
    "be told; let a key log on (transport.key), which does not expire"
)
