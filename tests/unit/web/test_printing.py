"""A page that many get alike is printed once and filled in: each gets their own, and nothing of it stays behind."""

from __future__ import annotations

from typing import Final

import pytest
from flask import Flask, Response, g
from markupsafe import Markup

from bridge.domain.link import Closed
from bridge.domain.names import SystemName, Userid
from bridge.domain.password import Rules
from bridge.domain.reset import View
from bridge.domain.secret import Secret
from bridge.flows.handover import Shown
from tests.fakes.kit import House
from tests.fakes.web import settings
from web.app import create_app
from web.settings import SystemFacts
from web.user import page
from web.user.page import Held
from web.user.printing import MOST, Printer, counting, saying
from web.user.tickets import COOKIE

LANGUAGES: Final = ("en", "de", "he", "ja")  # each has letters of its own, one another direction
SYSTEMS: Final = {
    "PRODA": SystemFacts(title="Production A", rules=Rules(length=8, rules=("LLLLLLLL",), separator=":")),
    "UNIXB": SystemFacts(title="<B> & sons", product="unix", rules=Rules(length=10, mixed_case=True)),
}
PASSWORDS: Final = {
    "text": Secret("A1B2C3D4"),
    "signs": Secret("a<b&c\"d'e"),
    "closed": Closed(inner=bytes(60), bound=bytes(90)),
    "armed": Closed(inner=bytes(range(60)), bound=bytes(range(90)), armed=True),
}

Site = tuple[Flask, page.Page]


class Reader:
    """Somebody whom a password is shown to, told from everybody else by all that is theirs."""

    def __init__(self, mark: str) -> None:
        self.mark = mark
        self.locator, self.held = mark * 26, Held(Secret(mark * 32), None)
        self.userid, self.visit = Userid(mark * 6), mark * 64

    def sees(self, site: Site, language: str, **what: object) -> str:
        """The whole page."""
        app, show = site
        values = {"password": PASSWORDS["text"], "system": SystemName("PRODA"), "view": View.PAGE} | what
        with app.test_request_context("/", method="POST"):
            g.language, g.chosen, g.source = language, language, "192.0.2.1"
            until = show._kit.clock.now()
            shown = Shown(userid=self.userid, visit=self.visit, unused_until=until, **values)  # type: ignore[arg-type]
            return text_of(show.password(shown, self.locator, self.held))


def text_of(response: Response) -> str:
    """What a browser gets."""
    return response.get_data(as_text=True)


def anew(site: Site) -> Site:
    """The same site, which remembers nothing."""
    site[0].extensions["printer"]._pieces.clear()
    return site


def made(bridge: House) -> Site:
    """A site that has shown nothing to anybody yet."""
    told = settings(systems=SYSTEMS, factors=("totp", "passkey"))
    return create_app(bridge.web, told), page.Page(bridge.web, told)


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("view", View)
@pytest.mark.parametrize("password", PASSWORDS)
def test_the_second_reader_gets_what_a_first_one_would(bridge: House, system: str, view: View, password: str) -> None:
    """To the byte; and of what was the first one's there is nothing in it."""
    site, what = made(bridge), {"system": SystemName(system), "view": view, "password": PASSWORDS[password]}
    for language in LANGUAGES:
        Reader("Q").sees(site, language, **what)
        second = Reader("Z").sees(site, language, **what)
        assert second == Reader("Z").sees(anew(site), language, **what)
        assert "QQQQ" not in second
        assert second.count("Z" * 64) == 2
        assert "\ue000" not in second


def test_every_kind_of_page_is_kept_apart(bridge: House) -> None:
    """Systems, views, passwords and languages in any order: each page is the one that a new site prints."""
    site, other = made(bridge), made(bridge)
    kinds = [
        {"system": SystemName(system), "view": view, "password": password}
        for system in (*SYSTEMS, "GONE") for view in View for password in PASSWORDS.values()
    ]  # fmt: skip
    for what in (*kinds, *reversed(kinds)):
        for language in ("de", "he"):
            assert Reader("Z").sees(site, language, **what) == Reader("Z").sees(anew(other), language, **what)


def test_what_stands_for_a_reader_is_escaped(bridge: House) -> None:
    """A password's signs, once in the line and once where they are spelled."""
    text = Reader("Z").sees(made(bridge), "en", password=PASSWORDS["signs"], system=SystemName("UNIXB"))
    assert ">a&lt;b&amp;c&#34;d&#39;e</p>" in text
    assert 'aria-hidden="true">&lt;</span> less than</li>' in text
    assert "&lt;B&gt; &amp; sons" in text


def test_the_page_that_asks_is_the_same_for_everybody_but_for_link_and_token(bridge: House) -> None:
    """Asked for twice, by two people: the second page is the first with the other link in it."""
    app, show = made(bridge)
    pages = []
    for locator in ("Q" * 26, "Z" * 26, ""):
        with app.test_request_context("/"):
            g.language, g.chosen, g.source = "en", "", "192.0.2.1"
            pages.append(text_of(show.form(locator)))
    assert pages[0].replace("Q" * 26, "Z" * 26) == pages[1]
    assert 'action="/r"' in pages[2]
    with app.test_request_context("/"):
        g.language, g.chosen, g.source = "fr", "fr", "192.0.2.1"
        assert '<html lang="fr"' in text_of(show.form("Z" * 26))


@pytest.mark.parametrize("order", [("", "de"), ("de", "")])
def test_who_chose_a_language_is_told_from_whom_the_browser_did(bridge: House, order: tuple[str, str]) -> None:
    """The same words; only the page of whoever chose hands the choice on."""
    app, show = made(bridge)
    for chosen in order:
        with app.test_request_context("/"):
            g.language, g.chosen, g.source = "de", chosen, "192.0.2.1"
            assert ('name="lang" value="de"' in text_of(show.form("Z" * 26))) == bool(chosen)
            shown = Shown(userid=Userid("Z"), visit="Z", unused_until=show._kit.clock.now(), system=SystemName("PRODA"),
                          password=Secret("A1B2C3D4"))  # fmt: skip
            given = text_of(show.password(shown, "Z" * 26, Held(Secret("Z" * 32), None)))
            assert ('name="lang" value="de"' in given) == bool(chosen)


def test_no_more_pages_are_kept_than_there_is_room_for(bridge: House) -> None:
    """Past it they are forgotten together, and printed anew."""
    app, _ = made(bridge)
    printer = Printer(app.jinja_env.overlay(), {"site": settings().site, "host": "h", "tongues": {"en": "English"}})
    with app.test_request_context("/"):
        for number in (*range(MOST + 20), 0, MOST + 1):
            text = printer.fill("forgotten.html", "en", dict, {"token": f"<{number}>"}, same=number)
            assert isinstance(text, str)
            assert len(printer._pieces) <= MOST
    assert printer._pieces
    assert not any("<" in str(key) for key in printer._pieces)


def test_markup_in_a_slot_stays_markup(bridge: House) -> None:
    """A time, say; text is escaped."""
    app, _ = made(bridge)
    app.jinja_env.loader = None
    printer = Printer(app.jinja_env, {})
    printer.print = lambda *_: "[\ue000a\ue001|\ue000b\ue001]"  # type: ignore[method-assign]
    assert printer.fill("x", "en", dict, {"a": Markup("<b>"), "b": "<b>"}, same=()) == "[<b>|&lt;b&gt;]"


def test_each_template_and_language_has_pages_of_its_own(bridge: House) -> None:
    """Whatever else is the same: nobody gets another page, or one that only somebody else can read."""
    app, _ = made(bridge)
    printer = Printer(app.jinja_env, {})
    printer.print = lambda template, language, values: f"{template} {language} \ue000a\ue001"  # type: ignore[method-assign]
    for template in ("x", "y", "x"):
        for language in ("en", "de", "en"):
            page_of = printer.fill(template, language, dict, {"a": "Z"}, same=())
            assert page_of == f"{template} {language} Z"


def test_the_fields_of_a_text_are_escaped(bridge: House) -> None:
    """A name or number in a sentence; the sentence is ours, and stays as it is."""
    assert saying("en")("<b>{name}</b>", name="<i>") == "<b>&lt;i&gt;</b>"
    assert counting("en")("<b>{name}</b>", "", 1, name="<i>") == "<b>&lt;i&gt;</b>"
    assert isinstance(saying("de")("Key"), Markup)


@pytest.mark.parametrize(
    ("method", "key", "cookie"),
    [
        ("GET", "Z" * 32, ""),
        ("GET", "", f"{'Z' * 26}..{'Z' * 26}."),
        ("GET", "", f"{'Z' * 26}...{'Z' * 26}"),
        ("POST", "", ""),
        ("GET", "", ""),
    ],
    ids=["key", "sign-on", "progress", "answer", "nothing"],
)
def test_i1_no_page_with_somebodys_own_in_it_is_kept(bridge: House, method: str, key: str, cookie: str) -> None:
    """Neither a key, nor what stands for a factor, nor the answer to a form, stays in memory; the empty form does."""
    app, show = made(bridge)
    with app.test_request_context("/", method=method, headers={"Cookie": f"{COOKIE}={cookie}"}):
        g.language, g.chosen, g.source = "en", "", "192.0.2.1"
        text = text_of(show.form("Z" * 26, held=Held(Secret(key) if key else None, None)))
    kept = app.extensions["printer"]._pieces
    assert "Z" * 26 in text
    assert len(kept) == (method == "GET" and not key and not cookie)
    assert "ZZZZ" not in str(kept)
