"""DSPUSRPRF TYPE(*BASIC) OUTPUT(*PRINT), as far as a password goes.

The first five rows are as a public transcript of the display has them, the others in the words of the same display;
the page's heading and the rows behind the groups are from memory.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from connectors.simulated.settings import SecuritySettings
from connectors.simulated.users import User

WIDTH: Final = 45


def listing(user: User, settings: SecuritySettings, now: datetime) -> tuple[str, ...]:
    """The rows as `system` writes a spooled file to standard output."""
    password = user.password
    days = settings.dates
    changed = f"{password.changed:{days}}" if password.changed else ""
    expires = f"{password.changed + timedelta(days=settings.interval):{days}}" if password.changed else ""
    special = sorted(user.attributes) or ["*NONE"]
    return (
        f" 5770SS1 V7R5M0  220415         Display User Profile - *BASIC      {now:%m/%d/%y  %H:%M:%S}  Page    1",
        "",
        _row("User profile", user.userid),
        "",
        _row("Previous sign-on", f"{user.last_access:{days}  %H:%M:%S}" if user.last_access else ""),
        _row("Sign-on attempts not valid", str(user.violations)),
        _row("Status", "*DISABLED" if user.revoked else "*ENABLED"),
        _row("Date password last changed", changed),
        _row("Password is *NONE", "*NO" if password.current else "*YES"),
        _row("Password expiration interval", "*SYSVAL"),
        _row("  Date password expires", expires),
        _row("Set password to expired", "*YES" if password.expired else "*NO"),
        _row("Block password change", "*SYSVAL"),
        _row("Local password management", "*YES"),
        _row("User class", "*SECOFR" if "*ALLOBJ" in user.attributes else "*USER"),
        _row("Special authority", special[0]),
        *(f"{'':{WIDTH + 5}}{word}" for word in special[1:]),
        _row("Group profile", user.group if user.group != "USERS" else "*NONE"),
        _row("Owner", "*USRPRF"),
        _row("Limit capabilities", "*NO"),
        _row("Text", user.name),
        "                          * * * * *  E N D  O F  L I S T I N G  * * * * *",
    )


def _row(label: str, value: str) -> str:
    """` Label . . . :   value`, the dots in even columns as IBM has them."""
    dots = "".join("." if at % 2 else " " for at in range(len(label) + 1, WIDTH))
    return f" {label} {dots}:   {value}".rstrip()
