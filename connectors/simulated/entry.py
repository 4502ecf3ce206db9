"""System entry: the security product decides on a userid and a password at logon, in its own words.

Sources: z/OS RACF Messages and Codes (ICH70001I to ICH70003I); TSO/E Messages (IKJ564..I); Broadcom KB 25705, 45250,
53539 (ACF010..); public scripts that know Top Secret's TSS71..E. The wording of IKJ56415I, IKJ56416I and IKJ56424I, of
ACF01005 and ACF01006, and of TSS7000I and TSS7001I is not confirmed. IBM i's CPF1107, CPF1120 and CPF1394 are those of
its Sign On display; what that says of an expired password has no number here.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from connectors.simulated.acf2_rules import why_refused
from connectors.simulated.racf_password import why_not
from connectors.simulated.settings import SecuritySettings, breaks_rules, fold, well_formed
from connectors.simulated.users import User, UserDatabase


class Outcome(Enum):
    IN = "in"
    UNKNOWN = "unknown"
    WRONG = "wrong"
    REVOKED = "revoked"
    EXPIRED = "expired"
    """The password is right; a new one is needed and none was given."""
    NEW_REFUSED = "new_refused"


@dataclass(frozen=True, slots=True)
class Entry:
    outcome: Outcome
    lines: tuple[str, ...]
    revoked_now: bool = False


RACF_TEXTS: Final = {
    Outcome.UNKNOWN: "IKJ56420I Userid {userid} not authorized to use TSO",
    Outcome.WRONG: "IKJ56421I PASSWORD NOT AUTHORIZED FOR USERID",
    Outcome.REVOKED: "IKJ56424I LOGON REJECTED, ACCESS OF USERID {userid} HAS BEEN REVOKED",
    Outcome.EXPIRED: "IKJ56415I CURRENT PASSWORD HAS EXPIRED - PLEASE ENTER NEW PASSWORD",
    Outcome.NEW_REFUSED: "IKJ56416I NEW PASSWORD IS NOT VALID - PLEASE ENTER ANOTHER NEW PASSWORD",
}
ACF2_TEXTS: Final = {
    Outcome.UNKNOWN: "ACF01004 LOGONID {userid} NOT FOUND",
    Outcome.WRONG: "ACF01012 PASSWORD NOT MATCHED",
    Outcome.REVOKED: "ACF01013 LOGONID {userid} SUSPENDED BECAUSE OF PASSWORD VIOLATIONS",
    Outcome.EXPIRED: "ACF01017 PASSWORD FOR LOGONID {userid} HAS EXPIRED",
    Outcome.NEW_REFUSED: "ACF00118 NEW PASSWORD DOES NOT MEET INSTALLATION REQUIREMENTS",
}
TSS_TEXTS: Final = {
    Outcome.UNKNOWN: "TSS7145E Accessor ID {userid} Not Defined To Security",
    Outcome.WRONG: "TSS7101E Password is Incorrect",
    Outcome.REVOKED: "TSS7141E Use of Accessor ID Suspended",
    Outcome.EXPIRED: "TSS7110E Password Has Expired. New Password Missing",
    Outcome.NEW_REFUSED: "New Password is Invalid",
}
IBMI_TEXTS: Final = {
    Outcome.UNKNOWN: "CPF1120 - User {userid} does not exist.",
    Outcome.WRONG: "CPF1107 - Password not correct for user profile.",
    Outcome.REVOKED: "CPF1394 - User profile {userid} cannot sign on.",
    Outcome.EXPIRED: "Password has expired. Password must be changed to continue sign-on request.",
    Outcome.NEW_REFUSED: "New password not valid.",
}
TEXTS: Final = {"racf": RACF_TEXTS, "acf2": ACF2_TEXTS, "topsecret": TSS_TEXTS, "ibmi": IBMI_TEXTS}
THRESHOLD: Final = "TSS7120E Password Violation Threshold Exceeded"
EXCEEDED: Final = "ICH70003I YOU HAVE EXCEEDED THE MAXIMUM NUMBER OF RACF PASSWORD OR PASS PHRASE ATTEMPTS"


def enter(
    database: UserDatabase, userid: str, password: str, now: datetime, *, new: str = "", source: str = ""
) -> Entry:
    """Check a logon, and change the password where a new one is given or demanded.

    Counts wrong tries, and revokes or suspends at the limit, as the product does.
    """
    with database:
        user = database.find(userid)
        if user is None or user.tso is None:
            return _say(database, Outcome.UNKNOWN, userid)
        _midnight(database, user, now)
        lock = _locked(database, user, now)
        if lock:
            return Entry(Outcome.REVOKED, (lock,))
        if not user.password.matches(fold(database.settings, password)):
            return _wrong(database, user, now)
        if not new:
            if is_expired(database, user, now):
                return _say(database, Outcome.EXPIRED, userid)
        elif not acceptable(database, user, new, now):
            return _say(database, Outcome.NEW_REFUSED, userid)
        else:
            database.set_password(user, new, now, expired=False)
        return Entry(Outcome.IN, _welcome(database, user, now, source))


def is_expired(database: UserDatabase, user: User, now: datetime) -> bool:
    """Flagged as expired, or older than the interval that counts for this user."""
    interval = user.maximum_days or None if database.settings.product == "acf2" else user.interval
    changed = user.password.changed
    too_old = bool(interval and changed and now - changed > timedelta(days=min(interval, database.settings.interval)))
    return user.password.expired or too_old


def acceptable(database: UserDatabase, user: User, new: str, now: datetime) -> bool:
    """Say whether the user may choose this: well formed, within the rules, not a remembered one."""
    settings = database.settings
    if settings.product == "acf2":
        return not why_refused(settings, user, new)
    if settings.product == "ibmi":
        return _new_to_ibmi(settings, user, fold(settings, new))
    return well_formed(settings, new) and not why_not(settings, user, fold(settings, new), now)


def _new_to_ibmi(settings: SecuritySettings, user: User, new: str) -> bool:
    """A name at password levels 0 and 1, anything up to 128 above; the rules; neither this one nor a remembered one."""
    well = 1 <= len(new) <= 128 if settings.mixed_case else re.fullmatch(r"[A-Z$#@][A-Z0-9$#@_]{0,9}", new)
    known = user.password.matches(new) or user.password.used_before(new, settings.history)
    return bool(well) and not known and not breaks_rules(settings, new)


def _say(database: UserDatabase, outcome: Outcome, userid: str, *more: str, revoked_now: bool = False) -> Entry:
    texts = TEXTS[database.settings.product]
    return Entry(outcome, (texts[outcome].format(userid=userid.upper()), *more), revoked_now)


def _locked(database: UserDatabase, user: User, now: datetime) -> str:
    """Return why the door stays shut whatever the password, or nothing."""
    if database.settings.product == "acf2":
        return _acf2_locked(database, user)
    if database.settings.product == "topsecret":
        return TSS_TEXTS[Outcome.REVOKED] if user.suspensions or user.suspended_until else ""
    if database.settings.product == "ibmi":
        return IBMI_TEXTS[Outcome.REVOKED].format(userid=user.userid) if user.revoked else ""
    due = user.revoke_date is not None and user.revoke_date <= now.date()
    resumed = user.resume_date is not None and user.resume_date <= now.date()
    revoked = (user.revoked or due) and not resumed
    return RACF_TEXTS[Outcome.REVOKED].format(userid=user.userid) if revoked else ""


def _acf2_locked(database: UserDatabase, user: User) -> str:
    if user.cancelled:
        return f"ACF01006 LOGONID {user.userid} CANCELLED"
    if user.suspended:
        return f"ACF01005 LOGONID {user.userid} SUSPENDED"
    if user.violations >= database.settings.revoke_after:
        return ACF2_TEXTS[Outcome.REVOKED].format(userid=user.userid)
    return ""


def _wrong(database: UserDatabase, user: User, now: datetime) -> Entry:
    user.violations += 1
    user.invalid_since_logon += 1
    user.last_invalid = now
    over = user.violations >= database.settings.revoke_after
    if over and database.settings.product == "topsecret":
        user.suspensions.add("PSUSPEND")
        return Entry(Outcome.WRONG, (THRESHOLD,), revoked_now=True)
    if over and database.settings.product != "acf2":
        user.revoked = True
        more = (EXCEEDED,) if database.settings.product == "racf" else ()
        return _say(database, Outcome.WRONG, user.userid, *more, revoked_now=True)
    return _say(database, Outcome.WRONG, user.userid, revoked_now=over)


def _midnight(database: UserDatabase, user: User, now: datetime) -> None:
    """ACF2 begins to count anew each day, unless the limit was reached (Broadcom KB 25705)."""
    fresh_day = user.last_invalid is not None and user.last_invalid.date() < now.date()
    if database.settings.product == "acf2" and fresh_day and user.violations < database.settings.revoke_after:
        user.violations = 0


def _welcome(database: UserDatabase, user: User, now: datetime, source: str) -> tuple[str, ...]:
    before = user.last_access
    user.last_access, user.violations, user.invalid_since_logon = now, 0, 0
    user.connects += 1
    if database.settings.product == "ibmi":
        return ()
    if database.settings.product == "acf2":
        seen = f"{before:%H.%M-{database.settings.dates}}" if before else "00.00-00/00/00"
        return (f"ACF01137 {user.userid} LAST SYSTEM ACCESS {seen} FROM {source or 'UNKNOWN'}",)
    if database.settings.product == "topsecret":
        seen = f"{before:%d %b %y %H:%M}" if before else "** UNKNOWN **"
        return (
            f"TSS7000I {user.userid} Last-Used {seen} System={database.settings.system} Facility=TSO",
            f"TSS7001I Count={user.connects:05} Mode=Fail Locktime=None Name={user.name}",
        )
    seen = f"{before:%H:%M:%S} ON {before:%A, %B} {before.day}, {before.year}" if before else "N/A"
    return (f"ICH70001I {user.userid:<8} LAST ACCESS AT {seen.upper()}", *_warning(database, user, now))


def _warning(database: UserDatabase, user: User, now: datetime) -> tuple[str, ...]:
    settings, changed = database.settings, user.password.changed
    if not settings.warning or not changed or user.interval is None:
        return ()
    left = min(user.interval, settings.interval) - (now - changed).days
    return (f"ICH70002I YOUR PASSWORD WILL EXPIRE IN {left} DAYS",) if left <= settings.warning else ()
