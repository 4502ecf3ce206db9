"""Texts: every language says everything, and a broken catalogue is refused."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from string import Formatter, ascii_uppercase
from types import SimpleNamespace
from typing import cast
from unicodedata import normalize

import pytest

import bridge
from bridge.config.model import Site, Support
from bridge.domain.names import Person, ResetId
from bridge.domain.secret import Secret
from bridge.flows.wallet import add
from bridge.ports import Desk, Enrolled, LinkMail, Notice, Work
from bridge.texts import catalogue, choose, languages, letters, speech, spoken
from bridge.texts.times import moment
from connectors.notify.compose import link_letter, notice_letter
from connectors.notify.letter import LONGEST, Block, Letter, as_html, as_text

ROOT = Path(bridge.__file__).parent.parent
OTHERS = [language for language in languages() if language != "en"]
IN_TEMPLATE = re.compile(r"""_\(\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')""")
COUNTED = re.compile(r"""counted\(\s*("(?:[^"\\]|\\.)*"), ("(?:[^"\\]|\\.)*"), """)


@cache
def texts_in_code() -> set[str]:
    """Every literal handed to marked(), and every _("…") of a template."""
    found = set()
    for package in ("bridge", "connectors", "web"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "marked" and node.args:
                    found.add(ast.literal_eval(node.args[0]))
    for path in (ROOT / "web").rglob("*.html"):
        found |= {ast.literal_eval(text) for text in IN_TEMPLATE.findall(path.read_text(encoding="utf-8"))}
    return found


def fields(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in Formatter().parse(text) if name is not None)


@cache
def counts_in_code() -> dict[str, str]:
    """Every pair handed to counted(), in code or a template: the text for one → the text for several."""
    found = {}
    for package in ("bridge", "connectors", "web"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "counted":
                    found[ast.literal_eval(node.args[0])] = ast.literal_eval(node.args[1])
    for path in (ROOT / "web").rglob("*.html"):
        pairs = COUNTED.findall(path.read_text(encoding="utf-8"))
        found |= {ast.literal_eval(one): ast.literal_eval(many) for one, many in pairs}
    return found


@pytest.mark.parametrize("language", OTHERS)
def test_a_catalogue_says_everything_and_nothing_else(language: str) -> None:
    """Same keys as the code, same placeholders, no empty text, a form for each kind of number."""
    spoken_here, counts = speech(language), counts_in_code()
    texts = spoken_here.texts
    assert spoken_here.name
    assert set(texts) == texts_in_code() | set(counts)
    for english, other in texts.items():
        assert other, english
        if english not in counts:
            assert isinstance(other, str)
            assert fields(english) == fields(other), english
            continue
        assert isinstance(other, tuple)
        assert len(other) == spoken_here.forms > max(map(spoken_here.form, range(201))), english
        for form, text in enumerate(other):
            assert text, english
            numbers = [number for number in range(1, 201) if spoken_here.form(number) == form]
            one = [fields(english)] if numbers == [1] else []
            assert fields(text) in [*one, fields(counts[english])], text


@pytest.mark.parametrize("language", OTHERS)
def test_an_alphabet_has_a_word_for_each_letter(language: str) -> None:
    """Which begins with it: whoever hears the word writes the letter down."""
    words = speech(language).alphabet
    assert list(words)[:26] in ([], list(ascii_uppercase))
    for letter, word in words.items():
        first = normalize("NFD", word)[0]
        assert first == letter.upper() or (language, letter, word) == ("cs", "W", "dvojité W"), word


def test_each_number_has_its_form() -> None:
    """Polish has three, Turkish one, French counts none as one; a language without the text counts as English does."""
    tries = ("You have one more try. After that the link is destroyed.",
             "You have {left} more tries. After that the link is destroyed.")  # fmt: skip
    said = {language: [speech(language).ngettext(*tries, number).partition(".")[0] for number in (1, 2, 5, 22)]
            for language in ("pl", "cs", "tr", "xx")}  # fmt: skip
    two = "Masz jeszcze {left} próby"
    assert said["pl"] == ["Masz jeszcze jedną próbę", two, "Masz jeszcze {left} prób", two]
    assert said["cs"][1:] == ["Zbývají vám {left} pokusy", *["Zbývá vám {left} pokusů"] * 2]
    assert set(said["tr"]) == {"{left} deneme hakkınız daha var"}
    assert said["xx"][:2] == [each.partition(".")[0] for each in tries]
    assert [speech("fr").form(number) for number in (0, 1, 2)] == [0, 0, 1]


def test_a_language_without_a_catalogue_speaks_english() -> None:
    """Unknown languages and texts fall back; regions do not matter."""
    assert speech("xx").gettext(letters.HELLO) == letters.HELLO
    assert speech("de").gettext("not in it") == "not in it"
    assert speech("de_AT").gettext(letters.HELLO) == speech("de-CH").gettext(letters.HELLO) != letters.HELLO
    assert speech("../../etc").gettext(letters.HELLO) == letters.HELLO


def test_the_first_wanted_language_that_is_offered_is_chosen() -> None:
    """By the person's order, not the site's."""
    assert choose(["it", "fr-CH", "de"], ["en", "de", "fr"]) == "fr"
    assert choose(["it"], ["de", "en"]) == "de"
    assert choose([], []) == "en"
    assert choose(["de"], ["en", "de-AT"]) == "de"
    assert choose(["xx"], ["de-AT", "en"]) == "de"


def test_what_is_said_in_english_is_called_english() -> None:
    """A mail's language is the one that it is written in, or a screen reader mispronounces it."""
    assert [spoken(each) for each in ("de_AT", "fr", "xx", "")] == ["de", "fr", "en", "en"]
    site = Site(name="Example", base_url="https://reset.example.com")
    at = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
    notice = Notice(id="N1", at=at, kind="revealed", to="d@example.com", language="xx", values={"when": "now"})
    mail = LinkMail(
        reset_id=ResetId("R7K2M9QX4TB0C"), to="d@example.com", name="Dora", language="xx", url=Secret("u"),
        code=Secret("c"), expires_at=at, factors=("totp",),
    )  # fmt: skip
    assert (notice_letter(notice, site).language, link_letter(mail, "u", "c", site).language) == ("en", "en")


def test_a_number_keeps_its_order_among_hebrew_words() -> None:
    """A left-to-right mark in front; elsewhere there is none, and where there is no number no mark alone."""
    notice = Notice(id="N1", at=datetime(2026, 11, 26, tzinfo=UTC), kind="revealed")
    for language, support, text in (
        ("he", Support(phone="+44 20 7946"), "\u200e+44 20 7946"),
        ("he", Support(email="a@b.example"), "a@b.example"),
        ("de", Support(phone="+44 20 7946"), "+44 20 7946"),
    ):
        site = Site(name="Example", base_url="https://reset.example.com", support=support)
        assert text in [block.text for block in notice_letter(replace(notice, language=language), site).blocks]


def test_a_fact_keeps_its_order_among_hebrew_words() -> None:
    """2001:db8::1 would end in 2001: what isolates it stands around each fact, and in no other language."""
    notice = Notice(id="N1", at=datetime(2026, 11, 26, tzinfo=UTC), kind="link_shut",
                    values={"system": "PRODA", "source": "2001:db8::1"})  # fmt: skip
    site = Site(name="Example", base_url="https://reset.example.com")
    for language, text in (("he", "\u2068{}\u2069"), ("de", "{}")):
        facts = [block.text for block in notice_letter(replace(notice, language=language), site).blocks
                 if block.kind == "fact"]  # fmt: skip
        for value in ("PRODA", "2001:db8::1", moment(notice.at, language)):
            assert [fact for fact in facts if fact.endswith(f": {text.format(value)}")], value


def test_yes_and_no_are_said_in_the_reader_s_language() -> None:
    """“Passwort gelesen: yes” is two languages in one line; somebody whose userid is `no` keeps it."""
    values = {"system": "PRODA", "userid": "no", "read": "yes"}
    notice = Notice(id="N1", at=datetime(2026, 11, 26, tzinfo=UTC), kind="disowned", values=values, language="de")
    told = [block.text for block in notice_letter(notice, Site(name="Example", base_url="https://x.example")).blocks]
    assert {"Benutzerkennung: no", "Passwort gelesen: ja"} < set(told)


def test_a_mail_says_when_in_its_own_language() -> None:
    """The month in letters, in UTC whatever zone the time came in."""
    at = datetime(2026, 5, 1, 1, 5, tzinfo=timezone(timedelta(hours=2)))
    shown = {language: moment(at, language) for language in ("en", "de-AT", "pl", "sv", "xx")}
    assert shown == {
        "en": "30 April 2026, 23:05 UTC",
        "de-AT": "30. April 2026, 23:05 Uhr UTC",
        "pl": "30 kwietnia 2026 r., godz. 23:05 UTC",
        "sv": "30 april 2026 kl. 23.05 UTC",
        "xx": "30 April 2026, 23:05 UTC",
    }
    notice = Notice(id="N1", at=at, kind="revealed", to="d@example.com", language="fr", values={})
    letter = notice_letter(notice, Site(name="Example", base_url="https://reset.example.com"))
    assert "30 avril 2026 à 23:05 UTC" in letter.blocks[1].text


def test_the_first_of_a_month_is_written_as_its_people_write_it() -> None:
    """1er décembre: no other day has a mark."""
    at = datetime(2026, 12, 1, 9, tzinfo=UTC)
    said = [
        moment(at + timedelta(days=day), language).partition(" d")[0]
        for language in ("fr", "it", "es")
        for day in (0, 1)
    ]
    assert said == ["1er", "2", "1º", "2", "1", "2"]


def test_a_mail_says_from_when_a_new_factor_counts_in_its_own_language() -> None:
    """As it says everything else; what waited in the outbox of an older version is left as it is."""
    told: list[Notice] = []
    at = datetime(2026, 11, 27, 9, 51, 30, tzinfo=UTC)
    factor = Enrolled(
        id="F1", person=Person("dora"), kind="totp", label="app", seed=b"", added_at=at, added_by="jo", last_step=0,
        usable_from=at + timedelta(days=1),
    )  # fmt: skip
    work = SimpleNamespace(
        people=SimpleNamespace(add_factor=lambda _: None), audit=SimpleNamespace(append=lambda _: None),
        outbox=SimpleNamespace(add=told.append),
    )  # fmt: skip
    add(factor, cast(Work, work), cast(Desk, SimpleNamespace(dice=bytes)))
    site = Site(name="Example", base_url="https://reset.example.com")
    for language, text in (("de", "ab 28. November 2026, 09:51 Uhr UTC"), ("fr", "du 28 novembre 2026 à 09:51 UTC")):
        assert text in notice_letter(replace(told[0], language=language), site).blocks[1].text
    older = replace(told[0], language="de", values={"start": "2026-11-28 09:51 UTC"})
    assert "ab 2026-11-28 09:51 UTC" in notice_letter(older, site).blocks[1].text


def test_a_sentence_ends_as_its_people_end_it() -> None:
    """Where a page puts a time at the end of one: 。 has a width of its own, and a dot looks like dirt there."""
    assert [speech(language).stop for language in ("en", "de", "ja", "zh")] == [".", ".", "。", "。"]
    for name in ("open", "shown", "wait"):
        template = (ROOT / f"web/user/templates/{name}.html").read_text(encoding="utf-8")
        assert "{{ stop }}" in template
        assert not re.search(r"(until|moment) \}\}(</strong>)?\.", template), name


def test_french_has_its_article_ahead_of_a_date() -> None:
    """“avant le 27 novembre”, where the page puts a time behind the words."""
    for words in ("Log on before", "You are not asked for a code again until", "This link works until"):
        assert re.search(r"( le|jusqu’au)$", speech("fr").gettext(words)), words


def test_french_keeps_its_signs_with_their_words() -> None:
    """No line ends ahead of a colon: the blank before it, before ? and ! and within quotation marks is a hard one."""
    for words in speech("fr").texts.values():
        for text in (words,) if isinstance(words, str) else words:
            assert not re.search("[ \u202f][:;?!»]|«[ \u202f]", text), text


def test_what_is_asked_for_is_a_list_with_one_or() -> None:
    """“A, B, or C”: of “A or B or C” nobody could tell which code goes to the telephone. Each language has a comma."""
    kinds = ("totp", "phone", "release_code")
    for language, comma, one in (
        ("en", ", ", ", or "),
        ("de", ", ", " oder "),
        ("ja", "、", "、または"),
        ("zh", "、", "，或者"),
    ):
        say = speech(language).gettext
        words = letters.named(kinds, say)
        for count, text in ((0, ""), (1, words[0]), (2, words[0] + one + words[1]),
                            (3, words[0] + comma + words[1] + one + words[2])):  # fmt: skip
            assert letters.asked(kinds[:count], False, say) == say(letters.LINK_FACTOR).format(factors=text)
        assert letters.asked(kinds, True, say) == say(letters.LINK_FACTORS).format(factors=comma.join(words))


@pytest.mark.parametrize("language", languages())
def test_no_line_of_a_mail_in_html_is_too_long(language: str) -> None:
    """RFC 5322 2.1.1: 998 octets, which a language without blanks, as references, would pass."""
    site = Site(name="Example", base_url="https://reset.example.com")
    at, values = datetime(2026, 11, 26, 12, 0, tzinfo=UTC), {"start": "then"}
    for kind in letters.NOTICES:
        notice = Notice(id="N1", at=at, kind=kind, to="d@example.com", language=language, values=values)
        assert max(map(len, as_html(notice_letter(notice, site)).splitlines())) < LONGEST
    words = speech(language).gettext(letters.LINK_OPENING) * 9
    html = as_html(Letter(subject=words, language=language, blocks=(Block("paragraph", words),)))
    assert max(map(len, html.splitlines())) < LONGEST


@pytest.mark.parametrize("language", languages())
def test_a_paragraph_of_a_mail_in_text_is_one_line(language: str) -> None:
    """Whoever shows it wraps it; what no mail can carry in one line is broken, and nothing is lost."""
    site = Site(name="Example", base_url="https://reset.example.com")
    at, values = datetime(2026, 11, 26, 12, 0, tzinfo=UTC), {"start": "then", "system": "PRODA", "userid": "JSMITH"}
    for kind in {**letters.NOTICES, **letters.ALARMS}:
        notice = Notice(id="N1", at=at, kind=kind, to="d@example.com", language=language, values=values)
        letter = notice_letter(notice, site)
        shown = [line.strip() for line in as_text(letter.blocks).splitlines() if line]
        assert shown == [block.text for block in letter.blocks]
    for words in (speech(language).gettext(letters.LINK_OPENING) * 9, "\N{GRINNING FACE}" * 999):
        lines = as_text([Block("paragraph", words), Block("link", "https://reset.example.com/r/0#1")]).splitlines()
        assert lines[-2:] == ["", "https://reset.example.com/r/0#1"]
        assert max(len(line.encode()) for line in lines) <= LONGEST
        assert "".join(lines[:-2]).replace(" ", "") == words.replace(" ", "")


@pytest.mark.parametrize("language", languages())
def test_a_mail_names_the_way_out_as_the_page_has_it(language: str) -> None:
    """Who did not ask for a password is sent to what the open page calls just so."""
    template = (ROOT / "web/user/templates/open.html").read_text()
    assert f'<summary>{{{{ _("{letters.THERE}") }}}}</summary>' in template
    mail = LinkMail(
        reset_id=ResetId("R7K2M9QX4TB0C"), to="john.smith@example.com", name="John", language=language, url=Secret("u"),
        code=Secret("c"), expires_at=datetime(2026, 11, 24, 14, tzinfo=UTC), factors=("totp",),
    )  # fmt: skip
    site = Site(name="Example", base_url="https://reset.example.com")
    for one in (site, replace(site, support=Support(phone="+49 30 1234-5"))):
        assert speech(language).gettext(letters.THERE) in as_text(link_letter(mail, "u", "c", one).blocks)


def test_the_handbook_names_every_language() -> None:
    """Where languages are chosen, those that there are stand beside it."""
    places = ("deploy/handbook/configuration.md", "deploy/resetbridge.example.yaml", "bridge/config/beginning.yaml")
    for place in places:
        assert " ".join(sorted(languages())) in (ROOT / place).read_text(encoding="utf-8"), place


def test_a_po_file_is_read_with_its_continuation_lines() -> None:
    """Comments, headers, quotes and escapes."""
    source = (
        '# c\nmsgid ""\nmsgstr "Language: xx\\n"\n"X-Name: X\\n"\n\n#: a.py:1\nmsgid "one "\n"two"\nmsgstr ""\n'
        '"eins \\"zwei\\"\\n"\n\nmsgid "a"\nmsgid_plural "b"\nmsgstr[0] "A"\nmsgstr[1] "B"\n'
    )
    assert catalogue.read(source) == (
        {"Language": "xx", "X-Name": "X"}, {"one two": 'eins "zwei"\n', "a": ("A", "B")}
    )  # fmt: skip


@pytest.mark.parametrize("source", ['msgid_plural "y"', 'msgstr[0] "y"', ""])
def test_an_entry_that_is_not_whole_is_refused(source: str) -> None:
    """Forms belong to a plural, and a plural has forms; a header says which."""
    with pytest.raises(ValueError, match=r"line 4: the entry before it"):
        catalogue.read(f'msgid "x"\n{source}\n\nmsgid "z"\nmsgstr "Z"\n')
    with pytest.raises(ValueError, match="Plural-Forms"):
        catalogue.Catalogue({})


@pytest.mark.parametrize(
    "source",
    ['msgctxt "x"', "msgid_plural x", 'msgstr[9] "x"', "msgid x", '"x"', "#, fuzzy", 'msgid "x', 'msgid "x" y'],
)
def test_what_a_po_file_should_not_have_is_refused_with_its_line(source: str) -> None:
    """Not half understood."""
    with pytest.raises(ValueError, match="line 2"):
        catalogue.read(f"# first\n{source}\n")


def test_every_notice_the_flows_tell_has_words() -> None:
    """A kind without words would say only that something happened."""
    kinds = set()
    for path in (ROOT / "bridge" / "flows").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
            if called in {"tell", "tell_owner"} and path.name != "ledger.py":
                alarm = any(keyword.arg in {"system", None} for keyword in node.keywords)
                words = {each.value for each in ast.walk(node.args[2]) if isinstance(each, ast.Constant)}
                if getattr(getattr(node.args[2], "func", None), "id", "") == "unset":
                    words |= {f"{word}_unset" for word in words}
                kinds |= {(alarm, word) for word in words}
    assert kinds
    for alarm, kind in kinds:
        assert kind in (letters.ALARMS if alarm else letters.NOTICES), kind
