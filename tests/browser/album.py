"""What each picture in docs/screens/ shows, in words: the alternative text of the page that holds them all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from tests.browser.looks import LOOKS

HERE: Final = Path(__file__).parents[2] / "docs" / "screens"
INDEX: Final = HERE / "README.md"
MAIL: Final = "mail-"
EVERY_LOOK: Final = ("ask", "wrong-code", "shown")
PLACES: Final = {"phone": "On a phone", "desk": "On a wide screen"}
MANNERS: Final = {"": "", "dark": ", dark", "forced": ", in forced colours", "large": ", text twice as large"}

ALBUM: Final[Mapping[str, Mapping[str, str]]] = {
    "The link is opened": {
        "ask": "The link is recognised; a code is asked for; until when it works and who has opened it.",
        "ask-switch": "The same, with the switch of languages open: fourteen other languages, each in its own name.",
        "ask-no-script": "Without script: the link is pasted into a field of its own, above the code.",
        "ask-without-key": "The link's key was lost on the way: the link, or the code from the mail, is asked for.",
        "visited": "Three earlier openings: an iPhone, a program that checks mails, and Edge on Windows.",
        "visited-no-script": "Without script: the same list of openings, after a button was pressed.",
        "not-a-code": "A code that is none: what is expected is said in red above the field.",
        "not-a-key": "A link that is not whole: it is asked for again.",
        "wrong-code": "A wrong code: four more tries, and why a right-looking code can be wrong.",
        "slow-clock": "A code of three minutes ago: the clock of the phone is slow.",
        "late-code": "The help desk’s code was right, but its time is over; how long one works.",
        "last-try": "A wrong code: one more try, then the link is destroyed.",
        "factor-pause": "Several wrong codes: from which time on one is looked at again.",
        "early": "The link is being made ready; the button is to be pressed again in a few seconds.",
        "overtaken": "Something else happened to the link at the same moment; nothing was used up.",
    },
    "Which factor": {
        "factor-app": "An authenticator app alone.",
        "factor-help-desk": "A code that the help desk reads out, alone.",
        "factor-words": "The help desk alone, its code six words to be typed as they are heard.",
        "factor-both": "App and help desk, one after the other: both are named.",
        "factor-one-more": "The app's code was right; that of the help desk is still missing.",
        "factor-telephone": "A code by SMS or voice: a button sends it.",
        "factor-telephone-sent": "The code is on its way to a number of which the last two digits are shown.",
        "factor-telephone-often": "The button was pressed again too quickly.",
        "factor-telephone-unsent": "The code could not be sent.",
        "factor-telephone-none": "No telephone number is known.",
        "factor-mailbox": "A code to another mailbox than the link's: a button sends it.",
        "factor-mailbox-sent": "The code is on its way to an address of which the first letters and the end are shown.",
        "factor-mailbox-none": "No other mailbox is known, or it is too new.",
        "factor-token": "The passcode of a token, judged by a RADIUS server.",
        "factor-token-question": "The RADIUS server has one more question, shown in its own words.",
        "question": "A question of the server's in place of the code.",
        "server-away": "The server that checks the code does not answer; nothing was counted.",
        "factor-passkey": "A passkey, or a code instead.",
        "factor-passkey-alone": "A passkey and nothing else.",
        "factor-passkey-none": "No passkey of this person's can be used here.",
        "factor-passkey-no-script": "Without script: a passkey cannot be used; the code can.",
        "sign-on-ask": "A sign-on with the company account, or a code instead.",
        "sign-on-alone": "A sign-on with the company account and nothing else.",
        "sign-on-back": "Back from the company's page: signed on, one button is left.",
        "sign-on-another": "That was the sign-on of another person: four more tries.",
        "sign-on-refused": "The sign-on was not complete: its second step was missing.",
        "sign-on-lapsed": "The sign-on was called off, and does not count.",
        "sign-on-away": "The company's sign-on does not answer.",
        "sign-on-next": "The app's code was right; the sign-on is still missing.",
        "sign-on-next-back": "Back from the sign-on, with the code before it still accepted.",
    },
    "The password": {
        "shown": "The password once, large; system and user ID; copy, more time, hide; countdown; spelled out; what to "
                 "do next, with a drawn TSO screen; the rules for the new one.",
        "shown-no-script": "Without script: the same, without the buttons and the checker.",
        "shown-copied": "Copied: to be pasted soon, since other programs read the clipboard.",
        "shown-soon": "Twenty seconds left.",
        "shown-more": "More time was asked for: two minutes again.",
        "shown-lines": "The drawing for those whom the system asks line by line.",
        "checker-bad": "The checker: a password that breaks two rules, each marked.",
        "checker-good": "The checker: a password that meets the rules.",
        "file": "The password in a KeePass file: a button that saves it, what opens it, and what to do next.",
        "shown-acf2": "The drawn screen of ACF2.",
        "shown-topsecret": "The drawn screen of Top Secret.",
        "shown-token": "Where a token's code goes into the same field: in which order, and with what in between.",
        "shown-ibmi": "The drawn screens of IBM i: sign on, then change password.",
        "shown-unix": "What a Unix system asks, line by line.",
        "away": "Hidden while the reader is in another window.",
        "gone": "Hidden: the page has forgotten the password.",
        "forgotten": "Without script: where the page goes when its time is up.",
        "unopened": "The browser could not open the password.",
    },
    "Armed: the host is changed while the reader waits": {
        "armed-begun": "The code was right; what is being done, step by step.",
        "waiting": "The new password is being set.",
        "armed-slow": "It takes longer than usual; the place is kept.",
        "armed-no-script": "Without script: a button goes on.",
        "host-away": "The mainframe does not answer: nothing has been changed, and the link still works.",
        "ticket-lapsed": "Too much time has passed; a new code is asked for.",
        "set-failed": "No new password could be set.",
    },
    "The link is over": {
        "dead": "A link that does not open anything: the same words for a wrong key and an unknown link.",
        "over-at-once": "Somebody has been shown the password already: said before any code.",
        "already-shown": "The password was shown; whoever it was not can say so with the factor.",
        "expired": "The link has run out.",
        "withdrawn": "The link was withdrawn.",
        "too-many-wrong": "Too many wrong codes: link and password are destroyed.",
        "ran-out-unused": "An armed link has run out; nothing was changed.",
        "withdrawn-unset": "An armed link was withdrawn; nothing was changed.",
    },
    "This was not me": {
        "ask-ending": "“I did not ask for a new password”, open: the word STOP is still to be typed.",
        "ended": "Thank you: the link is ended, the security team told.",
        "ended-unset": "Thank you: an armed link is ended, nothing was changed.",
        "not-disowned": "On a read link: the code was wrong.",
        "never-disowned": "On a read link: no more codes are taken.",
        "disowned-late": "On a read link: nothing was left to end; the security team has been told.",
        "read-passkey": "On a read link: it can be said with a passkey.",
        "read-token": "On a read link: the passcode of a token.",
        "read-token-question": "On a read link: the RADIUS server has one more question.",
        "read-telephone": "On a read link: a code for it can be sent to the telephone.",
        "read-telephone-sent": "On a read link: that code is on its way.",
        "read-sign-on": "On a read link: it can be said with a sign-on.",
    },
    "Setting up a factor of one's own": {
        "invited": "An invitation: eight digits are asked for, then a passkey or an app is set up.",
        "invited-wrong": "Link and digits do not open anything.",
        "app": "The picture to scan, the same as text, and a field for the first code.",
        "app-wrong": "The app's first code was wrong.",
        "set-up": "The factor is set up.",
        "own": "One's own factors, after a password was shown: what there is, what may go, and setting up another one.",
        "own-over": "The ten minutes of that page are over.",
    },
    "Trouble": {
        "no-such-page": "There is no such page.",
        "wrong-origin": "The form did not come from this page.",
        "busy": "To be tried again in a moment.",
        "unsure": "The database went away at the last moment: whether the password was shown is told by the link.",
        "tampered": "What is sealed for the link was changed: nothing is used up, security has been told.",
        "broken": "Our own mistake, with a number for the help desk.",
    },
    "The operators' console": {
        "console-ask": "Asking for a reset, or for an unlock alone.",
        "console-ask-wrong": "Something in it was not as expected: it says what, and keeps what was typed.",
        "console-kept": "The database was away for a moment: nothing was done; what was typed can be sent again.",
        "console-code": "The release code to be read to the caller: on this page alone.",
        "console-no-code": "Why there is none: the caller has an app or a passkey, and opens the link with that.",
        "console-unlock": "An unlock that waits for a worker.",
        "console-systems": "Three systems, the worst first: the service id was refused, not reached, well.",
        "console-reset": "A reset that waits for approval: who asked and why, what can be decided, what has happened.",
    },
    "In other languages": {
        "ask-de": "German: the page that asks.",
        "shown-de": "German: the password, spelled with the German alphabet.",
        "ask-he": "Hebrew, right to left: the page that asks.",
        "shown-he": "Hebrew, right to left: the password.",
        "file-he": "Hebrew, right to left: a KeePass file.",
        "ask-ja": "Japanese: the page that asks.",
        "shown-ja": "Japanese: the password.",
        "ask-zh": "Simplified Chinese: the page that asks.",
        "shown-zh": "Simplified Chinese: the password.",
    },
    "Mails": {
        "mail-link": "The link: a button, the link itself, until when it works, the code in groups of four.",
        "mail-link-text": "The same as plain text.",
        "mail-link-armed": "The link of an armed reset: nothing is changed until it is used.",
        "mail-link-several": "The link where more than one factor is asked for.",
        "mail-link-filed": "The link to a KeePass file: what opens that comes another way.",
        "mail-link-wrapped": "The link encrypted with S/MIME: what a relay sees.",
        "mail-link-he": "The link in Hebrew.",
        "mail-link-ja": "The link in Japanese.",
        "mail-code": "The code by SMS.",
        "mail-master": "What opens a KeePass file, by SMS.",
        "mail-code-letter": "The code by mail.",
        "mail-revealed": "The password has been read.",
        "mail-link-destroyed": "The link was destroyed after too many wrong codes.",
        "mail-revoked": "The link was withdrawn.",
        "mail-revoked-unset": "The link was withdrawn; nothing was changed.",
        "mail-lapsed": "The password was not used in time.",
        "mail-unlocked": "The user ID can be used again.",
        "mail-address-changed": "The mail address was changed.",
        "mail-number-changed": "The telephone number was replaced.",
        "mail-number-removed": "The telephone number was taken away.",
        "mail-factor-added": "A second factor was added.",
        "mail-factor-removed": "A second factor was taken away.",
        "mail-change-failed": "No new password could be set, though the link was used.",
        "mail-reset-failed": "No new password could be set; no link will follow.",
        "mail-alarm-disowned": "To security: a user says that a reset was not theirs.",
    },
}  # fmt: skip

TOP: Final = """\
# The pages and mails, as people see them

Drawn by `python -m tests.browser.screens`, which also has axe judge each page at WCAG 2.2 AA. On a phone 320 pixels
wide, and at 1280.
"""
PICTURE: Final = '<img src="{file}.png" alt="{place}{manner}: {words}" width="{width}">'


def names() -> list[str]:
    """Of all faces."""
    return [name for faces in ALBUM.values() for name in faces]


def pictures(name: str) -> Iterator[tuple[str, str, str]]:
    """The pictures of a face: the look's name, where, and how it is looked at. Mails and other languages on phones."""
    narrow = name.startswith(MAIL) or name in ALBUM["In other languages"]
    for look in LOOKS.values():
        place, _, manner = look.name.partition("-")
        usual = not manner and (place == "phone" or not narrow)
        if usual or name in EVERY_LOOK:
            yield look.name, place, manner


def index() -> str:
    """The page that holds them all."""
    parts = [TOP]
    for title, faces in ALBUM.items():
        parts.append(f"## {title}\n")
        for name, words in faces.items():
            parts.append(f"**{words}**\n")
            parts.append("\n".join(_picture(name, *picture, words) for picture in pictures(name)) + "\n")
    return "\n".join(parts)


def _picture(name: str, look: str, place: str, manner: str, words: str) -> str:
    width = 160 if place == "phone" else 560
    manner = MANNERS[manner]
    return PICTURE.format(file=f"{name}-{look}", place=PLACES[place], manner=manner, words=words, width=width)
