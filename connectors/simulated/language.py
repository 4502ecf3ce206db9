"""A session whose PLANGUAGE is another than English: numbers and names stay, words do not.

IBM's own translations are not known here. The words below are ours, and stand for any language: what a client reads in
them it must not rely on, and the number is all that it may go by. Source: z/OS TSO/E Command Reference (PROFILE
PLANGUAGE); z/OS MVS Message Service, which replaces the texts of messages by their numbers.
"""

import re
from typing import Final

ENGLISH: Final = "ENU"
WORDS: Final = {
    "NOT AUTHORIZED TO SPECIFY": "KEINE BERECHTIGUNG FUER",
    "NOT AUTHORIZED TO LIST": "KEINE BERECHTIGUNG ZUM ANZEIGEN VON",
    "UNABLE TO LOCATE USER    ENTRY": "BENUTZEREINTRAG NICHT GEFUNDEN:",
    "UNABLE TO LOCATE": "NICHT GEFUNDEN:",
    "OPERAND IGNORED": "OPERAND UEBERGANGEN",
    "LAST ACCESS AT": "LETZTER ZUGRIFF UM",
    "LOGON IN PROGRESS AT": "ANMELDUNG LAEUFT SEIT",
    "NO BROADCAST MESSAGES": "KEINE RUNDSCHREIBEN",
    "LOGGED OFF TSO AT": "ABGEMELDET VON TSO UM",
    "USER=": "BENUTZER=",
    "DEFAULT-GROUP=": "STANDARDGRUPPE=",
    "PASSDATE=": "KENNWORTDATUM=",
    "PASS-INTERVAL=": "KENNWORTFRIST=",
    "PHRASEDATE=": "PHRASENDATUM=",
    "ATTRIBUTES=": "ATTRIBUTE=",
    "REVOKE DATE=": "SPERRDATUM=",
    "RESUME DATE=": "FREIGABEDATUM=",
    "LAST-ACCESS=": "LETZTER-ZUGRIFF=",
}
ANY: Final = re.compile("|".join(sorted(map(re.escape, WORDS), key=len, reverse=True)))


def translated(line: str) -> str:
    """The line as a session in the other language shows it."""
    return ANY.sub(lambda found: WORDS[found[0]], line)
