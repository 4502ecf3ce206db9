"""Which words a mail is made of: the link's, and those of each notice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bridge.config.model import Site
from bridge.ports import LinkMail, Notice
from bridge.texts import direction, letters, speech, spoken
from bridge.texts.letters import Words
from bridge.texts.times import moment
from connectors.notify.letter import Block, Letter, one_line

Say = Callable[[str], str]
NAME = 100


def link_letter(mail: LinkMail, url: str, code: str, site: Site) -> Letter:
    """The one mail with a link. Names neither system nor userid: it may be read by somebody else."""
    say = speech(mail.language).gettext
    support = _support(site, mail.language)
    until = letters.LINK_UNTIL_ARMED if mail.armed else letters.LINK_UNTIL
    not_you = letters.LINK_NOT_YOU if support else letters.LINK_NOT_YOU_NOBODY
    return Letter(
        subject=say(letters.LINK_SUBJECT_ARMED if mail.armed else letters.LINK_SUBJECT).format(site=site.name),
        language=spoken(mail.language),
        blocks=(
            Block("paragraph", _hello(mail.name, say)),
            Block("paragraph", say(letters.LINK_OPENING_ARMED if mail.armed else letters.LINK_OPENING)),
            Block("link", url, say(letters.LINK_BUTTON)),
            Block("paragraph", letters.asked(mail.factors, mail.several, say)),
            Block("paragraph", say(until).format(until=moment(mail.expires_at, mail.language))),
            *((Block("paragraph", say(letters.LINK_FILED)),) if mail.filed else ()),
            Block("paragraph", say(letters.LINK_FIRST_USE)),
            Block("paragraph", say(letters.LINK_CODE)),
            Block("code", code),
            Block("paragraph", say(letters.LINK_KEEP)),
            Block("paragraph", say(not_you).format(there=say(letters.THERE), support=support)),
            Block("small", say(letters.REFERENCE).format(reset=mail.reset_id)),
            Block("small", say(letters.AUTOMATIC)),
        ),
    )


def code_letter(language: str, code: str, site: Site, *, master: bool = False) -> Letter:
    """The mail with a code, or with what opens a KeePass file. It names no page and no account: where the code
    belongs, its reader has open."""
    say = speech(language).gettext
    subject, words = (
        (letters.MASTER_SUBJECT, letters.MASTER_MESSAGE) if master else (letters.CODE_SUBJECT, letters.CODE_MESSAGE)
    )
    return Letter(
        subject=say(subject).format(site=site.name),
        language=spoken(language),
        blocks=(
            Block("paragraph", say(letters.GREETING)),
            Block("paragraph", say(words).format(site=site.name, code=code)),
            Block("small", say(letters.AUTOMATIC)),
        ),
    )


def notice_letter(notice: Notice, site: Site) -> Letter:
    """A notice: an alarm with its facts where it names a system, otherwise plain words for the user."""
    say = speech(notice.language).gettext
    alarm = "system" in notice.values or (notice.kind in letters.ALARMS and notice.kind not in letters.NOTICES)
    words: Words = (letters.ALARMS if alarm else letters.NOTICES).get(notice.kind, letters.UNNAMED)
    values = {"site": site.name, "when": moment(notice.at, notice.language)}
    values |= {name: one_line(value, 300) for name, value in notice.values.items()}
    if "start" in values:
        values["start"] = _time(values["start"], notice.language)
    told = {name: values[name] for name in letters.FACTS if name in values}
    told |= {name: say(said[told[name]]) for name, said in letters.SAID.items() if told.get(name) in said}
    facts = [(name, _alone(text, notice.language)) for name, text in told.items()] if alarm else []
    return Letter(
        subject=say(words.subject).format(**values),
        language=spoken(notice.language),
        blocks=(
            Block("paragraph", say(letters.GREETING)),
            *(Block("paragraph", say(text).format(**values)) for text in words.paragraphs),
            *(Block("fact", f"{say(letters.FACTS[name])}: {value}") for name, value in facts),
            *(Block("small", text) for text in (_support(site, notice.language),) if text and not alarm),
            Block("small", say(letters.AUTOMATIC)),
        ),
    )


def _time(stored: str, language: str) -> str:
    """A time that a notice was given, as its reader writes one; as it stands where it is written out already."""
    try:
        return moment(datetime.fromisoformat(stored), language)
    except ValueError:
        return stored


def _alone(value: str, language: str) -> str:
    """A fact among words that run right to left: marks around it keep the groups of an address in their order."""
    return f"\u2068{value}\u2069" if direction(language) == "rtl" else value


def _hello(name: str, say: Say) -> str:
    plain = one_line(name, NAME)
    return say(letters.HELLO).format(name=plain) if plain else say(letters.GREETING)


def _support(site: Site, language: str) -> str:
    """How to reach the help desk. A mark keeps the groups of a number in their order where lines run right to left."""
    phone = site.support.phone
    if phone and direction(language) == "rtl":
        phone = f"\u200e{phone}"
    return ", ".join(filter(None, (site.support.email, phone)))
