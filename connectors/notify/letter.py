"""A mail as blocks, and the two forms it is sent in. Pure: knows no relay.

The text form is what must survive: a paragraph is one line, wrapped by whoever shows it (what we wrapped would be
wrapped again on a phone, raggedly), the link stands alone on one line, and the lines are sent as
they are (7bit or 8bit; base64 where the relay takes neither), never as quoted-printable, whose `=` at the line's end
gateways mangle. The HTML form is ASCII throughout, other characters being references, and loads nothing.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address, BaseHeader, HeaderRegistry
from email.message import EmailMessage, MIMEPart
from email.policy import SMTP
from email.utils import format_datetime
from functools import lru_cache
from html import escape
from typing import Final, Literal

from bridge.texts import direction

WIDTH: Final = 72
LONGEST: Final = 998  # octets in a line; RFC 5322 2.1.1
PIECE: Final = 90  # characters, of up to ten octets each when they are references


class _Headers(HeaderRegistry):
    """Reads each value of a MIME header once: half of what a mail costs. They are the same few in all mails.

    And makes the class for a header's name once: the library makes a new one for every look at a header.
    """

    def __init__(self) -> None:
        super().__init__()
        self._read = lru_cache(64)(super().__call__)
        self._class = lru_cache(64)(super().__getitem__)

    def __getitem__(self, name: str) -> type[BaseHeader]:
        return self._class(name.lower())

    def __call__(self, name: str, value: str) -> BaseHeader:
        said = name.lower().startswith(("content-", "mime-")) and "boundary" not in value
        return self._read(name, str(value)) if said else super().__call__(name, value)


POLICY: Final = SMTP.clone(header_factory=_Headers())


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a mail. `link` and `code` stand on a line of their own; `label` is the link's words in HTML."""

    kind: Literal["paragraph", "link", "code", "small", "fact"]
    text: str
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What somebody reads. `language` is that of the blocks."""

    subject: str
    language: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What the relay and the mail programs read. `name` identifies this mail: the same when it is sent again."""

    sender: Address
    to: str
    at: datetime
    name: str


def as_message(letter: Letter, envelope: Envelope, *, eight_bit: bool) -> EmailMessage:
    """Write the letter as text and HTML."""
    message = headed(letter, envelope)
    _fill(message, letter, eight_bit=eight_bit)
    return message


def headed(letter: Letter, envelope: Envelope) -> EmailMessage:
    """A message with headers alone. Nothing invites an answer: an answer would quote the link."""
    message = EmailMessage(policy=POLICY)
    message["From"] = envelope.sender
    message["To"] = envelope.to
    message["Subject"] = one_line(letter.subject, 150)
    message["Date"] = format_datetime(envelope.at)
    message["Message-ID"] = f"<{envelope.name}@{envelope.sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    return message


def body(letter: Letter, *, eight_bit: bool) -> bytes:
    """The letter as a MIME entity of its own, to be put into another."""
    part = MIMEPart(policy=POLICY)
    _fill(part, letter, eight_bit=eight_bit)
    return part.as_bytes()


def _fill(message: MIMEPart, letter: Letter, *, eight_bit: bool) -> None:
    text = as_text(letter.blocks)
    message.set_content(text, cte=_encoding(text, eight_bit))
    message.add_alternative(as_html(letter), subtype="html", cte="7bit")
    message["Content-Language"] = letter.language


def _encoding(text: str, eight_bit: bool) -> str:
    if text.isascii():
        return "7bit"
    return "8bit" if eight_bit else "base64"


def as_text(blocks: Iterable[Block]) -> str:
    """The text form."""
    shown: list[str] = []
    before = ""
    for block in blocks:
        shown.append("\n" if block.kind == before == "fact" else "\n\n" if before else "")
        before = block.kind
        if block.kind == "link":
            shown.append(block.text)
        elif block.kind == "code":
            shown.append(f"    {block.text}")
        else:
            indent = "    " if block.kind == "fact" else ""
            shown.append("\n".join(indent + line for line in _carried(block.text)))
    return "".join(shown) + "\n"


def _carried(text: str) -> list[str]:
    """The paragraph's line; several where it is longer than a line of mail may be."""
    whole = len(text.encode()) <= LONGEST - 4
    return [text] if whole else textwrap.wrap(text, (LONGEST - 4) // 4, break_on_hyphens=False)


STYLES: Final = {
    "paragraph": "margin:0 0 1em",
    "link": "margin:0 0 1em;word-break:break-all",
    "code": "margin:0 0 1em;font-family:monospace;font-size:1.1em",
    "small": "margin:0 0 1em;font-size:0.9em",
    "fact": "margin:0 1.5em",
}
FRAME: Final = """<!DOCTYPE html>
<html lang="{language}" dir="{direction}">
<head>
<meta charset="utf-8">
<title>{subject}</title>
</head>
<body style="font-family:sans-serif;font-size:16px;line-height:1.5;max-width:40em;margin:0 auto;padding:1em">
{body}
</body>
</html>
"""
BUTTON: Final = "display:inline-block;padding:0.7em 1.2em;border:2px solid;border-radius:4px;font-weight:bold"


def as_html(letter: Letter) -> str:
    """The HTML form, in ASCII."""
    body = "\n".join(_element(block) for block in letter.blocks)
    frame = FRAME.format(
        language=escape(letter.language),
        direction=direction(letter.language),
        subject=escape(one_line(letter.subject, PIECE)),
        body=body,
    )
    return frame.encode("ascii", "xmlcharrefreplace").decode("ascii")


def _element(block: Block) -> str:
    style = STYLES[block.kind]
    text = escape(block.text)
    if block.kind == "link":
        button = f'<p style="{style}"><a style="{BUTTON}"\nhref="{text}">{escape(block.label)}</a></p>'
        return f'{button}\n<p style="{style}" dir="ltr">\n{text}\n</p>'
    if block.kind == "code":
        return f'<p style="{style}" dir="ltr">\n{text}\n</p>'
    lines = textwrap.wrap(block.text, WIDTH, break_long_words=False, break_on_hyphens=False)
    broken = "\n".join(map(_broken, lines))
    return f'<p style="{style}">\n{broken}\n</p>'


def _broken(line: str) -> str:
    """Japanese has no blanks to wrap at: it is broken inside a tag, where no mail program makes a blank of it."""
    size = len(line) if line.isascii() else PIECE
    return "<wbr\n>".join(escape(line[at : at + size]) for at in range(0, len(line), size))


def one_line(text: str, most: int) -> str:
    """The text with every control character and run of blanks as one blank, and no longer than `most`."""
    plain = re.sub(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]+", " ", text).strip()
    return plain if len(plain) <= most else plain[: most - 1] + "…"
