"""Which key a mail is encrypted to, and the mail around what was encrypted.

What is wrapped is the whole of the letter, in both its forms; the subject, which is read by every relay, says nothing.
"""

from __future__ import annotations

from email.message import EmailMessage

from bridge.config.model import MailSettings
from bridge.domain.errors import NoMailKey
from bridge.ports import Clock, Wrapping
from connectors.notify.letter import POLICY, Envelope, Letter, as_message, body, headed
from connectors.notify.mailkey import KeyFault, KeyFolder, MailKey


class Wraps:
    """The keys on file, and whether a link may leave without one."""

    def __init__(self, settings: MailSettings, clock: Clock) -> None:
        self._folder = key_folder(settings)
        self._must = settings.wrap == "required"
        self._clock = clock

    def foreseen(self, address: str) -> Wrapping:
        """How a link to that address would leave. Raises NoMailKey where it would not."""
        try:
            key = self._key(address)
        except KeyFault as trouble:
            return self._in_clear(str(trouble), link=True)
        return Wrapping(how=key.kind) if key else self._in_clear("", link=True)

    def written(
        self, letter: Letter, envelope: Envelope, *, link: bool, eight_bit: bool
    ) -> tuple[EmailMessage, Wrapping]:
        """The mail, encrypted where there is a key. Raises NoMailKey for a link that may not leave in clear.

        A notice always leaves: it holds no secret, and may be an alarm.
        """
        why_not = ""
        try:
            if key := self._key(envelope.to):
                return _wrapped(letter, envelope, key), Wrapping(how=key.kind)
        except KeyFault as trouble:
            why_not = str(trouble)
        how = self._in_clear(why_not, link=link)
        return as_message(letter, envelope, eight_bit=eight_bit), how

    def _key(self, address: str) -> MailKey | None:
        return self._folder.key_of(address, self._clock.now()) if self._folder else None

    def _in_clear(self, why_not: str, *, link: bool) -> Wrapping:
        if link and self._must:
            raise NoMailKey(why_not or "there is no key on file for the address")
        return Wrapping(why_not=why_not)


def key_folder(settings: MailSettings) -> KeyFolder | None:
    """The folder that `mail.keys` names. What reads keys is loaded where there are any: it weighs megabytes."""
    if settings.keys is None:
        return None
    from connectors.notify import pgp, smime  # noqa: PLC0415

    return KeyFolder(settings.keys, {".pem": smime.read, ".asc": pgp.read})


def _wrapped(letter: Letter, envelope: Envelope, key: MailKey) -> EmailMessage:
    """Write the letter, encrypted; in 7bit throughout, whatever the relay takes."""
    message = headed(letter, envelope)
    sealed = key.encrypt(body(letter, eight_bit=False))
    if key.kind == "pgp":
        _enclose(message, sealed)
    else:
        message.set_content(
            sealed, "application", "pkcs7-mime", cte="base64", disposition="attachment", filename="smime.p7m",
            params={"smime-type": "enveloped-data", "name": "smime.p7m"},
        )  # fmt: skip
    return message


def _enclose(message: EmailMessage, armoured: bytes) -> None:
    """PGP/MIME (RFC 3156, 4): a part that says so, and the part that is it."""
    message["MIME-Version"] = "1.0"
    message["Content-Type"] = 'multipart/encrypted; protocol="application/pgp-encrypted"'
    for subtype, text, name in (
        ("pgp-encrypted", b"Version: 1\r\n", "version.asc"),
        ("octet-stream", armoured, "encrypted.asc"),
    ):
        part = EmailMessage(policy=POLICY)
        part.set_content(text, "application", subtype, cte="7bit", disposition="inline", filename=name)
        del part["MIME-Version"]  # the whole message's alone
        message.attach(part)
