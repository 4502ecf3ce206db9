"""Which key a mail is encrypted to, and the mail around what was encrypted.

What is wrapped is the whole of the letter, in both its forms; the subject, which is read by every relay, says nothing.
"""

from __future__ import annotations

from email.message import EmailMessage

from bridge.config.model import MailSettings
from bridge.domain.errors import NoMailKey
from bridge.ports import Clock, Wrapping
from connectors.notify import smime
from connectors.notify.letter import Envelope, Letter, body, headed
from connectors.notify.mailkey import KeyFault, KeyFolder, MailKey


class Wraps:
    """The keys on file, and whether a link may leave without one."""

    def __init__(self, settings: MailSettings, clock: Clock) -> None:
        self._folder = key_folder(settings)
        self._must = settings.wrap == "required"
        self._clock = clock

    def chosen(self, address: str, *, link: bool) -> tuple[MailKey | None, Wrapping]:
        """The key for a mail to that address, if it is to have one.

        Raises NoMailKey for a link that may not leave in clear. A notice always leaves: it holds no secret, and may be
        an alarm.
        """
        key, why_not = None, ""
        try:
            key = self._folder.key_of(address, self._clock.now()) if self._folder else None
        except KeyFault as trouble:
            why_not = str(trouble)
        if key is None and link and self._must:
            raise NoMailKey(why_not or "there is no key on file for the address")
        return key, Wrapping(how=key.kind if key else "", why_not=why_not)

    def may_leave(self, address: str) -> bool:
        """Whether a link to that address would leave."""
        try:
            self.chosen(address, link=True)
        except NoMailKey:
            return False
        return True


def key_folder(settings: MailSettings) -> KeyFolder | None:
    """The folder that `mail.keys` names."""
    return KeyFolder(settings.keys, {".pem": smime.read}) if settings.keys else None


def as_wrapped(letter: Letter, envelope: Envelope, key: MailKey) -> EmailMessage:
    """Write the letter, encrypted; in 7bit throughout, whatever the relay takes."""
    message = headed(letter, envelope)
    sealed = key.encrypt(body(letter, eight_bit=False))
    message.set_content(
        sealed, "application", "pkcs7-mime", cte="base64", disposition="attachment", filename="smime.p7m",
        params={"smime-type": "enveloped-data", "name": "smime.p7m"},
    )  # fmt: skip
    return message
