"""The last mask: whatever text is about to leave, with everything in it that looks like a key or a code covered.

It is the second line. The first is that nothing secret is handed to the log at all: Secret and Line mask themselves.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

COVER: Final = "«masked»"
_ALONE, _END = r"(?<![A-Za-z0-9])", r"(?![A-Za-z0-9])"
_KEY: Final = r"[0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]"  # Crockford's base32, in either case
_PROSE: Final = r"(?:an?|the|there|one|no|nothing|is) [a-z]|\{(?:file|credential|env):"
"""How a sentence goes on behind a setting's name: `service_id.password: there is no file …` is not a secret, nor is
`password: {file: PATH}`, which says how to write one."""

PATTERNS: Final[Sequence[tuple[re.Pattern[str], str]]] = (
    # a link: its locator and, however the gateway wrote `#`, its key
    (re.compile(rf"(/r/){_KEY}{{8,64}}(?:(?:#|%(?:25)*23)[^\s\"'<>]*)?"), rf"\1{COVER}"),
    (re.compile(rf"(#|%(?:25)*23){_KEY}{{26,}}"), rf"\1{COVER}"),
    # a link key, or a TOTP seed in RFC 4648's base32, alone or in groups of four
    (re.compile(rf"{_ALONE}(?:{_KEY}{{32}}|[A-Z2-7]{{32,}}=*){_END}"), COVER),
    (re.compile(rf"{_ALONE}{_KEY}{{4}}(?:[ \-]{_KEY}{{4}}){{7}}{_END}"), COVER),
    # an operator's token, and whatever is sent as one
    (re.compile(r"\brb_[A-Za-z0-9]+"), COVER),
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}"), rf"\1 {COVER}"),
    (re.compile(r"(?i)([?&]secret=)[^&\s\"']+"), rf"\1{COVER}"),
    # what hosts are told
    (re.compile(r"(?i)\b(PASSWORD|PASS|PHRASE|NEWPASS|PWD)\(\s*[^)\s][^)]*\)"), rf"\1({COVER})"),
    (re.compile(rf"(?i)\b(password|passwd|passphrase)(\"?\s*[=:]\s*\"?)(?!«|{_PROSE})[^\s\",;«]+"), rf"\1\2{COVER}"),
    # keys in files, and credentials in addresses
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL), COVER),
    (re.compile(r"(://[^\s/:@]+:)[^\s/@]+(?=@)"), rf"\1{COVER}"),
)


def mask(text: str) -> str:
    """Cover what looks like a secret. Covering twice changes nothing."""
    for pattern, cover in PATTERNS:
        text = pattern.sub(cover, text)
    return text


def mask_all(value: object) -> object:
    """As mask, for every text inside plain lists and dicts: an escape such as `\\n` in JSON would hide a beginning."""
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, Mapping):
        return {str(mask_all(key)): mask_all(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [mask_all(inner) for inner in value]
    return value
