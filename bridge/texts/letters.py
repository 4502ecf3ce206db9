"""The words of every mail: subject and paragraphs in English, which is also what catalogues are keyed by.

{site}, {name}, {until}, {factors} and so on are filled in by connectors.notify; no text here takes a secret.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Final


def marked(text: str) -> str:
    """A text that catalogues translate."""
    return text


def counted(one: str, many: str) -> tuple[str, str]:
    """A text that depends on a number, for one and for several. Catalogues have as many forms as their language."""
    return one, many


@dataclass(frozen=True, slots=True)
class Words:
    """A mail's subject and its paragraphs."""

    subject: str
    paragraphs: tuple[str, ...]


HELLO: Final = marked("Hello {name},")
GREETING: Final = marked("Hello,")
REFERENCE: Final = marked("Reference: {reset}")
AUTOMATIC: Final = marked("This mail was sent automatically. Nobody reads answers to it.")

LINK_SUBJECT: Final = marked("{site}: a new password is waiting for you")
LINK_OPENING: Final = marked(
    "A new password has been set for you. It is not in this mail. This link leads to it, and shows it once:"
)
LINK_SUBJECT_ARMED: Final = marked("{site}: your way to a new password")
LINK_OPENING_ARMED: Final = marked(
    "This link leads to a new password for you. It is set when you have opened the link and passed the check there, "
    "and shown to you once:"
)
LINK_BUTTON: Final = marked("Open the link")
LINK_FACTOR: Final = marked("The page asks you for {factors}.")
LINK_FACTORS: Final = marked("The page asks you for more than one of these, one after the other: {factors}.")
LINK_UNTIL: Final = marked("The link works until {until}. A password that has not been read by then is destroyed.")
LINK_UNTIL_ARMED: Final = marked(
    "The link works until {until}. Until you use it, nothing is changed: your password is as it was."
)
LINK_CODE: Final = marked(
    "If your mail program has damaged the link, open it all the same. The page then asks for this code:"
)
LINK_FIRST_USE: Final = marked(
    "The password works for one logon. There you choose a new one of your own that nobody else knows."
)
LINK_KEEP: Final = marked("Keep this mail to yourself. Nobody, not even the help desk, will ask for its link or code.")
THERE: Final = marked("I did not ask for a new password")
"""What the link's page calls the way to end it."""
LINK_NOT_YOU: Final = marked(
    "If you did not ask for a new password, open the link, choose “{there}” there, and tell the help desk at once: "
    "{support}."
)
LINK_NOT_YOU_NOBODY: Final = marked(
    "If you did not ask for a new password, open the link, choose “{there}” there, and tell the help desk at once."
)

CODE_MESSAGE: Final = marked("{site}: {code} is your code for the page you have open. Give it to nobody.")
CODE_SUBJECT: Final = marked("{site}: your code")

LINK_FILED: Final = marked(
    "The page gives you the password in a KeePass file. What opens that file comes to you another way: to your "
    "telephone, or to another mail address of yours."
)
MASTER_MESSAGE: Final = marked(
    "{site}: {code} opens the KeePass file with your new password. Type the hyphens, too. Give it to nobody."
)
MASTER_SUBJECT: Final = marked("{site}: what opens your KeePass file")
FILE_UNTIL: Final = marked("It works until {until} at the latest.")

OR: Final = marked("{one}, or {other}")
LISTED: Final = marked("{one}, {other}")
FACTORS: Final[Mapping[str, str]] = {
    "totp": marked("the six digits that your authenticator app shows"),
    "phone": marked("a code that it can send to your telephone"),
    "mail": marked("a code that it can send to another mail address of yours"),
    "radius": marked("the passcode of your token"),
    "passkey": marked("your passkey (or security key)"),
    "oidc": marked("a sign-on with your company account"),
    "release_code": marked("the code that the help desk gives you on the telephone"),
}

NOTICES: Final[Mapping[str, Words]] = {
    "revealed": Words(
        marked("{site}: your new password has been read"),
        (
            marked(
                "Your new password was shown on {when}, to somebody who had your link and passed the check that it is "
                "you."
            ),
            marked("If that was you, there is nothing to do. If it was not, tell the help desk at once."),
        ),
    ),
    "link_destroyed": Words(
        marked("{site}: your link was destroyed"),
        (
            marked("Your link was destroyed, because there were too many wrong codes."),
            marked("Nobody has seen the password. Ask the help desk for a new one; say so if that was not you."),
        ),
    ),
    "revoked": Words(
        marked("{site}: your link was withdrawn"),
        (
            marked("Your link to a new password was withdrawn, and its password no longer works."),
            marked("If you still need a new password, ask the help desk for it."),
        ),
    ),
    "revoked_unset": Words(
        marked("{site}: your link was withdrawn"),
        (
            marked("Your link to a new password was withdrawn. Nothing has been changed: your password is as it was."),
            marked("If you need a new password, ask the help desk for it."),
        ),
    ),
    "lapsed": Words(
        marked("{site}: your new password was not used in time"),
        (
            marked("The password that you were shown was not used in time, and no longer works."),
            marked("If you still need a new password, ask the help desk for it."),
        ),
    ),
    "unlocked": Words(
        marked("{site}: your user ID can be used again"),
        (
            marked("The lock after too many wrong passwords was lifted from your user ID. Your password is as it was."),
            marked("If you did not ask for that, tell the help desk at once."),
        ),
    ),
    "address_changed": Words(
        marked("{site}: your mail address was changed"),
        (
            marked("Links to new passwords go to another mail address of yours from now on, no longer to this one."),
            marked("If you did not ask for that, tell the help desk at once."),
        ),
    ),
    "number_changed": Words(
        marked("{site}: your telephone number was changed"),
        (
            marked(
                "Codes for new passwords go to another telephone number of yours from now on, no longer to the one we "
                "had."
            ),
            marked("If you did not ask for that, tell the help desk at once."),
        ),
    ),
    "number_removed": Words(
        marked("{site}: your telephone number was removed"),
        (
            marked(
                "We have no telephone number of yours any more. Codes for new passwords cannot go to a telephone now."
            ),
            marked("If you did not ask for that, tell the help desk at once."),
        ),
    ),
    "factor_added": Words(
        marked("{site}: you have a new way to show that it is you"),
        (
            marked(
                "An authenticator app or a passkey was added for you. It opens links to new passwords from {start} on."
            ),
            marked("If that was you, there is nothing to do. If it was not, tell the help desk at once."),
        ),
    ),
    "factor_removed": Words(
        marked("{site}: a way to show that it is you was taken away"),
        (
            marked("An authenticator app or a passkey of yours was taken away on {when}. It opens nothing any more."),
            marked("If that was you, there is nothing to do. If it was not, tell the help desk at once."),
        ),
    ),
    "change_failed": Words(
        marked("{site}: no new password could be set"),
        (
            marked("You were about to get a new password, and it could not be set. Your link does not work any more."),
            marked("The help desk knows the reason and what to do next."),
        ),
    ),
    "reset_failed": Words(
        marked("{site}: no new password could be set"),
        (
            marked("The new password that was asked for could not be set, so no link will follow."),
            marked("The help desk knows the reason and what to do next."),
        ),
    ),
}
"""kind → what the user is told. No system, no userid: whoever reads the mailbox learns nothing to log on with."""

ALARMS: Final[Mapping[str, Words]] = {
    "link_destroyed": Words(
        marked("{site}: a link was destroyed after too many wrong answers"),
        (
            marked("Somebody who held the link of a reset answered the second factor wrongly too often."),
            marked("The password on the host is being made worthless. Ask the user whether it was them."),
        ),
    ),
    "link_destroyed_unset": Words(
        marked("{site}: a link was destroyed after too many wrong answers"),
        (
            marked("Somebody who held the link of a reset answered the second factor wrongly too often."),
            marked("Nothing has been changed on the host. Ask the user whether it was them."),
        ),
    ),
    "network_paused": Words(
        marked("{site}: many wrong answers from one network"),
        (
            marked("People who hold links have answered the second factor wrongly very often, all from one network."),
            marked(
                "It has to wait now, longer after each further wrong answer. Find out who it is; a whole office may be "
                "behind it."
            ),
        ),
    ),
    "link_elsewhere": Words(
        marked("{site}: an opened link was tried again from another address"),
        (
            marked("A password was shown, and later somebody who holds the same link came from another address."),
            marked("Ask the user whether both were them. If not, revoke the reset."),
        ),
    ),
    "link_shut": Words(
        marked("{site}: too many wrong answers to “this was not me”"),
        (
            marked(
                "A password was shown. Then somebody with the same link gave too many wrong answers to “this was not "
                "me”, and its page takes no more."
            ),
            marked("Ask the user whether the reset was theirs. If not, revoke it."),
        ),
    ),
    "link_damaged": Words(
        marked("{site}: a sealed password could not be opened"),
        (
            marked(
                "Somebody with the right link and second factor could not be shown the password. Nothing is used up."
            ),
            marked("What is stored was changed, or its key is missing: look into who writes to the database."),
        ),
    ),
    "disowned": Words(
        marked("{site}: a user says that a reset was not theirs"),
        (
            marked("On the page of a reset somebody pressed “this was not me”."),
            marked("The password on the host is being made worthless. Find out who asked for it, on whose word."),
        ),
    ),
    "disowned_unset": Words(
        marked("{site}: a user says that a reset was not theirs"),
        (
            marked("On the page of a reset somebody pressed “this was not me”."),
            marked("Nothing has been changed on the host. Find out who asked for it, on whose word."),
        ),
    ),
    "key_copied": Words(
        marked("{site}: a passkey seems to have been copied"),
        (marked("A passkey was used whose counter did not grow: somebody may have a copy of it. It was refused."),),
    ),
    "invitation_destroyed": Words(
        marked("{site}: an invitation ended after too many wrong digits"),
        (
            marked(
                "Somebody who held a link for setting up a second factor typed wrong digits too often. "
                "Nothing was set up."
            ),
        ),
    ),
    "first_use_ignored": Words(
        marked("{site}: a host ignored the change at first use"),
        (
            marked("The host set a new password but does not demand a change at first use."),
            marked("The password is being made worthless. Look for an exit on the host that drops the flag."),
        ),
    ),
    "service_id_stopped": Words(
        marked("{site}: a host refused a service id, and its work has stopped"),
        (
            marked("The host did not let a service id in. It is not tried again, so that it is not revoked."),
            marked("Nothing is done under it until a person has mended it; `resetbridge check` says what to do."),
        ),
    ),
    "spoil_failed": Words(
        marked("{site}: a temporary password still stands on a host"),
        (
            marked("A password that should be worthless by now could not be replaced on the host. It is tried again."),
            marked("Until that works, consider suspending the userid by hand."),
        ),
    ),
}
"""kind → what security is told, with the facts below it."""

UNNAMED: Final = Words(
    marked("{site}: a notice about a reset"), (marked("Something happened that you should know of."),)
)

FACTS: Final[Mapping[str, str]] = {
    "system": marked("System"),
    "userid": marked("Userid"),
    "person": marked("Person"),
    "reset": marked("Reset"),
    "source": marked("From address"),
    "first": marked("First from address"),
    "network": marked("Network"),
    "wrong": marked("Wrong answers"),
    "read": marked("Password read"),
    "when": marked("When"),
    "why": marked("Why"),
}
"""value of a notice → what it is called in an alarm's list of facts."""

SAID: Final[Mapping[str, Mapping[str, str]]] = {"read": {"yes": marked("yes"), "no": marked("no")}}
"""value of a notice that is no name, number or time → as it is stored → in words."""


def named(kinds: Sequence[str], say: Callable[[str], str]) -> list[str]:
    """The factors in words."""
    return [say(FACTORS[kind]) if kind in FACTORS else kind for kind in kinds]


def listed(words: Sequence[str], say: Callable[[str], str]) -> str:
    """One after the other, with a language's own comma."""
    return reduce(lambda one, other: say(LISTED).format(one=one, other=other), words) if words else ""


def asked(kinds: Sequence[str], several: bool, say: Callable[[str], str]) -> str:
    """What is asked for: any one of these, or more than one."""
    words = named(kinds, say)
    if several and len(words) > 1:
        return say(LINK_FACTORS).format(factors=listed(words, say))
    text = words[-1] if words else ""
    if words[1:]:
        text = say(OR).format(one=listed(words[:-1], say), other=text)
    return say(LINK_FACTOR).format(factors=text)
