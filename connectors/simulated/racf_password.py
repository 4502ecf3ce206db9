"""The PASSWORD command: one's own password, and intervals.

Source: z/OS RACF Messages and Codes, PASSWORD command messages (ICH080..I). Its words for a wrong current password
are not established; the parser's IKJ56708I, which shows what was typed, is.
"""

from datetime import datetime, timedelta
from typing import Final

from connectors.simulated.operands import Operand, Parsed, Result, Syntax
from connectors.simulated.settings import SecuritySettings, breaks_rules, fold
from connectors.simulated.users import User, UserDatabase

PASSWORD: Final = Syntax(
    keywords=frozenset({"PASSWORD", "USER", "INTERVAL", "NOINTERVAL", "PHRASE"}),
    values={"PASSWORD": "NEW PASSWORD"},
    needs_userid=False,
)


def change_own(database: UserDatabase, issuer: User, parsed: Parsed, now: datetime) -> Result:
    if "USER" in parsed.keywords:
        return _interval(database, issuer, parsed)
    if "PASSWORD" in parsed.keywords:
        return _password(database, issuer, parsed.keywords["PASSWORD"], now)
    return _set_interval(issuer, issuer, parsed)


def _password(database: UserDatabase, issuer: User, operand: Operand, now: datetime) -> Result:
    values = operand.unquoted().replace(",", " ").split()
    if len(values) != 2:
        return Result(("IKJ56701I MISSING NEW PASSWORD+",), 12)
    current, new = (fold(database.settings, value) for value in values)
    if not issuer.password.matches(current):
        issuer.violations += 1
        issuer.revoked = issuer.revoked or issuer.violations >= database.settings.revoke_after
        return Result((f"IKJ56708I INVALID CURRENT PASSWORD, {values[0]}",), 8)
    refusal = why_not(database.settings, issuer, new, now)
    if refusal:
        return Result((refusal,), 8)
    database.set_password(issuer, new, now, expired=False)
    return Result()


def why_not(settings: SecuritySettings, user: User, new: str, now: datetime) -> str:
    """Return the message that refuses a password which its owner has chosen, or nothing."""
    too_soon = user.password.changed is not None and not user.password.expired
    if user.password.matches(new):
        return "ICH08002I NEW PASSWORD CANNOT EQUAL CURRENT PASSWORD"
    if user.password.used_before(new, settings.history):
        return "ICH08015I NEW PASSWORD MATCHES A PREVIOUS PASSWORD FOR YOU"
    if breaks_rules(settings, new):
        return "ICH08014I PASSWORD CHANGE REJECTED BY INSTALLATION SYNTAX RULES"
    if too_soon and user.password.changed and now - user.password.changed < timedelta(days=settings.minimum_interval):
        return "ICH08017I PASSWORD CHANGE REJECTED BY MINIMUM CHANGE INTERVAL"
    return ""


def _interval(database: UserDatabase, issuer: User, parsed: Parsed) -> Result:
    userid = parsed.value("USER").upper()
    target = database.find(userid)
    if target is None:
        return Result((f"ICH08001I {userid} NOT DEFINED TO RACF",), 8)
    if not {"INTERVAL", "NOINTERVAL"} & set(parsed.keywords):
        return Result(("ICH08027I PASSWORD USER IGNORED. INTERVAL OR NOINTERVAL WAS NOT SPECIFIED",), 4)
    if target is not issuer and "SPECIAL" not in issuer.attributes and target.owner != issuer.userid:
        return Result((f"ICH08007I NOT AUTHORIZED TO CHANGE PASSWORD/INTERVAL FOR {userid}",), 8)
    return _set_interval(issuer, target, parsed)


def _set_interval(issuer: User, target: User, parsed: Parsed) -> Result:
    if "NOINTERVAL" in parsed.keywords:
        if "SPECIAL" not in issuer.attributes:
            return Result((f"ICH08007I NOT AUTHORIZED TO CHANGE PASSWORD/INTERVAL FOR {target.userid}",), 8)
        target.interval = None
    elif parsed.value("INTERVAL").isdigit():
        target.interval = int(parsed.value("INTERVAL"))
    return Result()
