"""Finds a link, or the code that stands below it, in whatever a person has pasted. static/read.js reads the same.

Every pattern says in ASCII what it takes, and where that differs between the two languages it is written out: what one
takes for a letter or a blank depends on the Unicode it came with.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple
from urllib.parse import unquote

from bridge.domain.typed import MISREAD, plain

LONGEST: Final = 6000  # characters: the mail as it stands; a form that holds as many is still taken
PROOFPOINT_2: Final = re.compile(r"urldefense\.proofpoint\.com/v2/url\?u=([^&\t-\r ]+)", re.IGNORECASE | re.ASCII)
PROOFPOINT_3: Final = re.compile(r"urldefense\.[0-9A-Za-z_]+/v3/__([^\r\n]+?)__;", re.IGNORECASE | re.ASCII)
V2: Final = str.maketrans("-_", "%/")
V3: Final = str.maketrans("*", "#")
QUOTED: Final = re.compile("(?:=[0-9A-Fa-f]{2})+")
SOFT: Final = re.compile("=[\t\r\n ]+")  # what ends a line of quoted-printable; a field makes blanks of lines
HASHES: Final = re.compile("%(?:25)*23|&(?:#35|#[Xx]23|num);")
ENTITIES: Final = re.compile("&#?[0-9A-Za-z]{1,10};")
TAGS: Final = re.compile(
    r"</?(?:wbr|br|p|a|b|i|em|strong|span|font|div|td|tr|code|pre)(?:[\t\r\n ][^<>#]*)?/?>", re.IGNORECASE | re.ASCII
)
SIGNS: Final = "[\t-\r !\"'()*+,.;<>\\[\\]^_`{|}~\x80-\xbf\u05be\u2000-\u206f\u2212\u3000-\u303f-]"
"""What mail programs, sentences and fingers put around a key or into it: none of it is of the alphabet, or of an
address with parameters."""
GAP: Final = f"(?:{SIGNS}|=(?![0-9A-Fa-f]{{2}}))"
LOCATOR: Final = "/[rReE]/([0-9A-Za-z](?:[\t\r\n =>|]{0,4}[0-9A-Za-z]){25})"
NAMED: Final = re.compile(LOCATOR + "(?=/?#)|/[rReE]/([0-9A-Za-z]{26})(?![0-9A-Za-z])")
END: Final = "(?![0-9A-Za-z])|(?=[Hh][Tt][Tt][Pp][Ss]?:)"
MARKED: Final = re.compile(
    f"#{GAP}{{0,8}}(?:([0-9A-TV-Za-tv-z]{{32}})(?:{END})"
    f"|([0-9A-TV-Z](?:{GAP}{{0,6}}[0-9A-TV-Z]){{31}})(?:{END})"
    f"|([0-9a-tv-z](?:{GAP}{{0,6}}[0-9a-tv-z]){{31}})(?:{END}))"
)
"""A key behind its #. In pieces, it has to be in one case: else a sentence could lend a cut one its letters."""
BETWEEN: Final = "[\t\r\n >|\u05be\u2010-\u2015\u2212-]{0,4}"
ALONE: Final = re.compile(
    f"(?:^|[^0-9A-Za-z])(?=([0-9A-TV-Z]{{4}}(?:{BETWEEN}[0-9A-TV-Z]{{4}}){{7}}"
    f"|[0-9a-tv-z]{{4}}(?:{BETWEEN}[0-9a-tv-z]{{4}}){{7}})(?![0-9A-Za-z]))"
)
KEY: Final = re.compile("[0-9A-TV-Za-tv-z]{32}")


class Read(NamedTuple):
    """What was found. `locator`: of the link that the text holds, empty where it holds none. Neither is checked."""

    locator: str
    key: str


def find(typed: str) -> Read | None:
    """The one key in a text, or None; also where there are several, or links of several names: which one is meant,
    nobody can tell. As it stands first, then as quoted-printable, whose signs can be a key's own."""
    text = typed[:LONGEST]
    if (found := _found(_opened(text))) or (printable := _unquoted(text)) == text:
        return found
    return _found(_opened(printable))


def _unquoted(text: str) -> str:
    return QUOTED.sub(lambda some: unquote(some[0].replace("=", "%")), SOFT.sub("", text))


def _opened(text: str) -> str:
    """Without what it was wrapped in on the way: a rewriting gateway's addresses, percent signs, HTML."""
    text = PROOFPOINT_2.sub(lambda found: f" {found[1].translate(V2)} ", text)
    text = PROOFPOINT_3.sub(lambda found: f" {found[1].translate(V3)} ", text)
    text = HASHES.sub("#", unquote(unquote(text)))
    text = ENTITIES.sub(" ", text.replace("&amp;", "&"))
    return plain(TAGS.sub(" ", text))


def _found(text: str) -> Read | None:
    names = {known(whole or broken) for broken, whole in NAMED.findall(text)}
    keys = {known("".join(some)) for some in MARKED.findall(text)} or _whole(text)
    keys = keys or {known(some) for some in ALONE.findall(text) if re.search("[0-9]", some)}
    return Read("".join(names), *keys) if len(keys) == 1 and len(names) < 2 else None


def _whole(text: str) -> set[str]:
    """The text is a key and nothing else, or what stands behind its last # is, up to parameters."""
    last = re.split("[&?]|=[0-9A-Fa-f]{2}", text.rpartition("#")[2])[0] if "#" in text else text
    rest = re.sub(f"{SIGNS}|=", "", last)
    return {known(rest)} if KEY.fullmatch(rest) else set()


def known(text: str) -> str:
    """In the letters that keys and locators have, without what stands between them."""
    return re.sub("[^0-9A-Z]", "", text.upper()).translate(MISREAD)
