"""The panels of TSO and ISPF. Source: the usual layouts (TSO/E Customization, logon panel IKJLPxx; ISPF ISR@PRIM)."""

from dataclasses import replace
from typing import Final

from connectors.simulated.panel import Input, Panel, Text

LOGON_ROWS: Final = (
    ("Userid    ===>", 6, 5), ("Password  ===>", 8, 5), ("Procedure ===>", 10, 5), ("Acct Nmbr ===>", 12, 5),
    ("Size      ===>", 14, 5), ("Perform   ===>", 16, 5), ("Command   ===>", 18, 5),
    ("New Password ===>", 8, 43), ("Group Ident  ===>", 10, 43),
)  # fmt: skip

GERMAN: Final = {
    "Userid    ===>": "Benutzer  ===>", "Password  ===>": "Kennwort  ===>", "Procedure ===>": "Prozedur  ===>",
    "Acct Nmbr ===>": "Konto     ===>", "Size      ===>": "Groesse   ===>", "Perform   ===>": "Klasse    ===>",
    "Command   ===>": "Befehl    ===>", "New Password ===>": "Neues Kennwort ===>",
    "Group Ident  ===>": "Gruppe       ===>", "Enter LOGON parameters below:": "Geben Sie die LOGON-Parameter ein:",
    "RACF LOGON parameters:": "RACF-Parameter:",
}  # fmt: skip

LOGON_INPUTS: Final = (
    Input("password", 8, 20, 8, hidden=True),
    Input("new", 8, 61, 8, hidden=True),
    Input("procedure", 10, 20, 8),
    Input("group", 10, 61, 8),
    Input("account", 12, 20, 40),
    Input("size", 14, 20, 7),
    Input("perform", 16, 20, 3),
    Input("command", 18, 20, 60),
    Input("nomail", 21, 10, 1),
    Input("nonotice", 21, 26, 1),
    Input("reconnect", 21, 44, 1),
    Input("oidcard", 21, 62, 1),
)

LOGON_HELP: Final = (
    Text(20, 4, "Enter an 'S' before each option desired below:"),
    Text(21, 12, "-Nomail"),
    Text(21, 28, "-Nonotice"),
    Text(21, 46, "-Reconnect"),
    Text(21, 64, "-OIDcard"),
    Text(23, 2, "PF1/PF13 ==> Help    PF3/PF15 ==> Logoff    PA1 ==> Attention    PA2 ==> Reshow"),
    Text(24, 2, "You may request specific help information by entering a '?' in any entry field"),
)


def logon_panel(userid: str, product: str, *, german: bool = False) -> Panel:
    """TSO/E LOGON for one user. The password is in row 8, column 20; the userid is shown and cannot be changed."""
    title = "------------------------------- TSO/E LOGON -----------------------------------"
    made = Panel(
        texts=(
            Text(1, 2, title),
            Text(4, 5, "Enter LOGON parameters below:"),
            Text(4, 43, f"{product.upper()} LOGON parameters:"),
            *(Text(row, column, label) for label, row, column in LOGON_ROWS),
            Text(6, 20, userid, bright=True),
            *LOGON_HELP,
        ),
        inputs=LOGON_INPUTS,
    )
    texts = tuple(replace(each, text=GERMAN.get(each.text, each.text)) for each in made.texts)
    return replace(made, texts=texts) if german else made


ISPF_OPTIONS: Final = (
    "0  Settings      Terminal and user parameters",
    "1  View          Display source data or listings",
    "2  Edit          Create or change source data",
    "3  Utilities     Perform utility functions",
    "6  Command       Enter TSO or Workstation commands",
    "X  Exit          Terminate ISPF using log/list defaults",
)

ISPF_MENU: Final = Panel(
    texts=(
        Text(1, 29, "ISPF Primary Option Menu"),
        Text(2, 2, "Option ===>"),
        *(Text(row, 4, line) for row, line in enumerate(ISPF_OPTIONS, start=5)),
        Text(24, 2, "F1=Help   F2=Split   F3=Exit   F7=Backward   F8=Forward   F9=Swap   F10=Actions"),
    ),
    inputs=(Input("option", 2, 14, 60),),
    message_rows=(3,),
)


def menu_of(title: str) -> Panel:
    """ISPF's menu, or one of the site's own with another title."""
    first, *others = ISPF_MENU.texts
    return replace(ISPF_MENU, texts=(replace(first, text=title or first.text), *others))


ISPF_LOG: Final = Panel(
    texts=(
        Text(1, 24, "Specify Disposition of Log Data Set"),
        Text(2, 2, "Command ===>"),
        Text(5, 4, "Process Option . . ."),
        Text(7, 6, "1. Print data set and delete"),
        Text(8, 6, "2. Delete data set without printing"),
        Text(9, 6, "3. Keep data set - Same"),
        Text(10, 6, "4. Keep data set - New"),
        Text(24, 2, "F1=Help   F3=Exit   F12=Cancel"),
    ),
    inputs=(Input("command", 2, 15, 40), Input("option", 5, 25, 1)),
    message_rows=(3,),
)
