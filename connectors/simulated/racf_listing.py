"""LISTUSER, SETROPTS LIST and RLIST: layouts as captured from live systems, several odd ones included.

Sources: z/OS RACF Command Language Reference; the sample outputs of public tools that read them. SETROPTS LIST is
here as far as its password section is known; the number of its refusal is not, so it has none.
"""

from datetime import date, datetime
from typing import Final

from connectors.simulated.authority import may_list
from connectors.simulated.operands import Parsed, Result, Syntax
from connectors.simulated.settings import SecuritySettings
from connectors.simulated.users import Credential, User, UserDatabase

SEGMENTS: Final = frozenset(
    {"TSO", "OMVS", "CICS", "DFP", "LANGUAGE", "NETVIEW", "OPERPARM", "WORKATTR", "OVM", "DCE", "LNOTES", "NDS",
     "KERB", "PROXY", "EIM", "CSDATA", "MFA"}
)  # fmt: skip
LISTUSER: Final = Syntax(keywords=frozenset({"NORACF", *SEGMENTS}), needs_userid=False)
SETROPTS: Final = Syntax(keywords=frozenset({"LIST", "REFRESH", "RACLIST", "PASSWORD"}), needs_userid=False)
RLIST: Final = Syntax(keywords=frozenset(), userid_text="CLASS NAME", free_words=True)
DATA_WIDTH: Final = 60


def list_users(database: UserDatabase, issuer: User, parsed: Parsed, now: datetime) -> Result:
    del now
    lines: list[str] = []
    code = 0
    for userid in parsed.userids or (issuer.userid,):
        target = database.find(userid)
        if target is None:
            lines.append(f"ICH30001I UNABLE TO LOCATE USER    ENTRY {userid}")
            code = 4
        elif not may_list(database, issuer, target):
            lines.append(f"ICH30002I NOT AUTHORIZED TO LIST {userid}")
            code = 8
        else:
            lines += _user(database.settings, target) if "NORACF" not in parsed.keywords else []
            lines += _segments(issuer, parsed)
    return Result(tuple(lines), code)


def _segments(issuer: User, parsed: Parsed) -> list[str]:
    asked = [name for name in parsed.keywords if name in SEGMENTS]
    if "SPECIAL" in issuer.attributes:
        return [line for name in asked for line in ("", f"NO {name} INFORMATION")]
    return [f"IRR52021I You are not authorized to view {name} segments." for name in asked]


def _user(settings: SecuritySettings, user: User) -> list[str]:
    return [
        f"USER={user.userid:<8} NAME={user.name:<20} OWNER={user.owner:<8}  CREATED={_day(user.created)}",
        f" DEFAULT-GROUP={user.group:<8} PASSDATE={_set_on(user.password):<6} PASS-INTERVAL={_interval(user):>3} "
        f"PHRASEDATE={_set_on(user.phrase)}",
        *_attributes(settings, user),
        f" REVOKE DATE={_long_date(user.revoke_date)}   RESUME DATE={_long_date(user.resume_date)}",
        f" LAST-ACCESS={_moment(user.last_access)}",
        " CLASS AUTHORIZATIONS=NONE",
        *_data(user.data),
        " NO-MODEL-NAME",
        " LOGON ALLOWED   (DAYS)          (TIME)",
        " ---------------------------------------------",
        " ANYDAY                          ANYTIME",
        *_connection(user),
        "SECURITY-LEVEL=NONE SPECIFIED",
        "CATEGORY-AUTHORIZATION",
        " NONE SPECIFIED",
        "SECURITY-LABEL=NONE SPECIFIED",
    ]


def _connection(user: User) -> list[str]:
    return [
        f"  GROUP={user.group:<8}  AUTH={'USE':<8} CONNECT-OWNER={user.owner:<8}  CONNECT-DATE={_day(user.created)}",
        f"    CONNECTS={user.connects:>6,}  UACC={'NONE':<8} LAST-CONNECT={_moment(user.last_access)}",
        f"    CONNECT ATTRIBUTES={' '.join(sorted(user.group_attributes)) or 'NONE'}",
        "    REVOKE DATE=NONE   RESUME DATE=NONE",
    ]


def _attributes(settings: SecuritySettings, user: User) -> list[str]:
    """One line, or on some systems two that begin alike."""
    words = sorted(user.attributes) + (["REVOKED"] if user.revoked else [])
    if settings.two_attribute_lines and len(words) > 1:
        return [f" ATTRIBUTES={' '.join(words[:-1])}", f" ATTRIBUTES={words[-1]}"]
    return [f" ATTRIBUTES={' '.join(words) or 'NONE'}"]


def _data(text: str) -> list[str]:
    if not text:
        return [" NO-INSTALLATION-DATA"]
    pieces = [text[at : at + DATA_WIDTH] for at in range(0, len(text), DATA_WIDTH)]
    return [f" INSTALLATION-DATA={pieces[0]}", *(f"                   {piece}" for piece in pieces[1:])]


def _set_on(credential: Credential) -> str:
    """00.000 while it must be changed at next use: this is the change-on-first-use flag."""
    if credential.current is None or credential.changed is None:
        return "N/A"
    return "00.000" if credential.expired else _day(credential.changed)


def _interval(user: User) -> str:
    return "N/A" if user.interval is None or "PROTECTED" in user.attributes else str(user.interval)


def _day(moment: date) -> str:
    return f"{moment:%y.%j}"


def _moment(moment: datetime | None) -> str:
    return f"{moment:%y.%j/%H:%M:%S}" if moment else "UNKNOWN"


def _long_date(day: date | None) -> str:
    return f"{day:%B} {day.day}, {day.year}".upper() if day else "NONE"


def list_options(database: UserDatabase, issuer: User, parsed: Parsed, now: datetime) -> Result:
    """SETROPTS LIST: for SPECIAL and the auditors."""
    del now
    if "LIST" not in parsed.keywords or not issuer.attributes & {"SPECIAL", "AUDITOR", "ROAUDIT"}:
        return Result(("NOT AUTHORIZED TO ISSUE SETROPTS",), 8)
    settings = database.settings
    return Result(
        (
            "ATTRIBUTES = INITSTATS WHEN(PROGRAM) SAUDIT CMDVIOL NOOPERAUDIT",
            "PASSWORD PROCESSING OPTIONS:",
            "  THE ACTIVE PASSWORD ENCRYPTION ALGORITHM IS KDFAES",
            f"  PASSWORD CHANGE INTERVAL IS {settings.interval:3} DAYS.",
            f"  PASSWORD MINIMUM CHANGE INTERVAL IS {settings.minimum_interval:3} DAYS.",
            f"  MIXED CASE PASSWORD SUPPORT IS {_effect(settings.mixed_case)}",
            f"  SPECIAL CHARACTERS ARE {'ALLOWED' if settings.specials else 'NOT ALLOWED'}.",
            f"  {settings.history:2} GENERATIONS OF PREVIOUS PASSWORDS BEING MAINTAINED.",
            f"  AFTER {settings.revoke_after:3} CONSECUTIVE UNSUCCESSFUL PASSWORD ATTEMPTS,",
            "      A USERID WILL BE REVOKED.",
            f"  PASSWORD EXPIRATION WARNING LEVEL IS {settings.warning:3} DAYS.",
            *_rule_lines(settings),
        )
    )


def _effect(on: bool) -> str:
    return "IN EFFECT" if on else "NOT IN EFFECT"


def _rule_lines(settings: SecuritySettings) -> list[str]:
    if not settings.rules:
        return ["  NO INSTALLATION PASSWORD SYNTAX RULES ESTABLISHED."]
    rules = [f"    RULE {n}  LENGTH({len(mask)})       {mask}" for n, mask in enumerate(settings.rules, start=1)]
    legend = [
        "  LEGEND:",
        "    A-ALPHA C-CONSONANT L-ALPHANUM N-NUMERIC V-VOWEL W-NOVOWEL *-ANYTHING",
        "    c-MIXED CONSONANT m-MIXED NUMERIC v-MIXED VOWEL $-NATIONAL s-SPECIAL",
        "    x-MIXED ALL",
    ]
    return ["  INSTALLATION PASSWORD SYNTAX RULES:", *rules, *legend]


def list_resource(database: UserDatabase, issuer: User, parsed: Parsed, now: datetime) -> Result:
    """RLIST FACILITY profile: the access of whoever asks, where there is any."""
    del now
    profile = next(iter(parsed.keywords), "")
    access = "ALTER" if "SPECIAL" in issuer.attributes else database.access(profile, issuer.userid)
    if access == "NONE":
        return Result((f"ICH13002I NOT AUTHORIZED TO LIST {profile}",), 8)
    return Result(
        (
            "CLASS      NAME",
            "-----      ----",
            f"{parsed.userids[0]:<10} {profile}",
            "",
            "LEVEL  OWNER      UNIVERSAL ACCESS  YOUR ACCESS  WARNING",
            "-----  --------   ----------------  -----------  -------",
            f" 00    {'SYS1':<11}    NONE         {access:>11}    NO",
        )
    )
