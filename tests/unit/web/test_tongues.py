"""The switch of languages: every page has it, nothing is lost or counted by it, and a choice goes along."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from bridge.config.model import Site
from tests.fakes.kit import House
from tests.fakes.web import BASE, Browser
from web.user import tongues

TEMPLATES = Path(tongues.__file__).with_name("templates")
SWITCH = re.compile(r'id="(again|own)"')
"""Forms of the switch of languages alone: its button has the new one."""


def spoken(text: str) -> str:
    found = re.search(r'<html lang="([^"]+)"', text)
    return found[1] if found else ""


def test_each_language_is_offered_by_its_own_name(published: Browser) -> None:
    """But the page's own, and none where there is no choice."""
    text = published.get("/", Accept_Language="de").text
    assert 'value="fr" lang="fr" class="plain">Français</button>' in text
    assert 'name="speak" value="de"' not in text
    assert "Sprache: Deutsch" in text
    one = Browser(published.house, site=Site(name="Example", base_url=BASE))
    assert 'name="speak"' not in one.get("/").text


@pytest.mark.parametrize("how", ["key", "proof"])
def test_the_same_page_comes_in_another_language_and_the_choice_goes_along(
    bridge: House, published: Browser, how: str
) -> None:
    """Over a wrong code, the password and what comes after it; no try is counted, and nothing is used up."""
    path, key = published.link()
    for tag in ("de", "fr") * 5:
        page = published.post(path, published.held(how) | {"speak": tag, "code": "000000"})
        assert (page.status_code, spoken(page.text)) == (200, tag)
        assert f'name="lang" value="{tag}"' in page.text
    assert (f'value="{key}"' in page.text) is (how == "key")
    chosen = published.held(how) | {"lang": "fr"}
    wrong = published.post(path, chosen | {"code": str((int(bridge.totp()) + 1) % 10**6).zfill(6)})
    assert "Il vous reste 4 essais" in wrong.text
    shown = published.post(path, chosen | {"code": bridge.totp()})
    assert (shown.status_code, spoken(shown.text)) == (200, "fr")
    assert 'name="lang" value="fr"' in shown.text
    assert "speak" not in shown.text
    ended = published.post(f"{path}/standing", published.held(how) | {"speak": "it"})
    assert (ended.status_code, spoken(ended.text)) == (410, "it")
    assert f'action="{path}/standing" id="again"' in ended.text


def test_the_page_that_a_password_gives_way_to_speaks_as_it_did(bridge: House, published: Browser) -> None:
    """Without script the browser goes there by itself: a choice goes along, and where nobody chose there is none."""
    path, _ = published.link()
    shown = published.post(path, published.held("key") | {"lang": "de", "code": bridge.totp()}, Accept_Language="en")
    (address,) = re.findall(r'http-equiv="refresh" content="\d+; url=([^"]+)"', shown.text)
    assert address == "/forgotten?lang=de"
    assert spoken(published.get(address, Accept_Language="en").text) == "de"
    bridge.clock.move(seconds=60)
    bridge.ask()
    bridge.work(3)
    assert 'url=/forgotten"' in published.reveal(bridge.totp()).text


def test_no_page_leads_on_without_its_language() -> None:
    """What a page links to, or goes to, on this site has the choice in its address; each form has a field for it."""
    lost = []
    for file in sorted(TEMPLATES.glob("*.html")):
        text = file.read_text(encoding="utf-8")
        ways = re.findall(r'(?:href="|url=)(/[^"]*)"', text)
        lost += [f"{file.name}: {way}" for way in ways if "lang=" not in way and not way.startswith("/static/")]
        forms = re.findall(r"<form .*?</form>", text, re.DOTALL)
        lost += [f"{file.name}: {form[:60]}" for form in forms if 'name="lang"' not in form and not SWITCH.search(form)]
    assert lost == []


@pytest.fixture
def polish(bridge: House) -> Browser:
    """A link whose mail was written in Polish."""
    bridge.directory.people = [replace(bridge.directory.people[0], language="pl")]
    bridge.ask()
    bridge.work()
    return Browser(bridge)


@pytest.mark.parametrize("how", ["key", "proof"])
def test_the_page_speaks_as_the_mail_did_to_who_holds_the_key(bridge: House, polish: Browser, how: str) -> None:
    """Over a wrong code to the password; whoever has only the name of the link is told nothing by it."""
    path, _ = polish.link()
    german = {"Accept_Language": "de"}
    assert spoken(polish.get(path, **german).text) == "de"
    assert spoken(polish.post(path, {"token": polish.token(), "key": "0" * 32, "code": "1"}, **german).text) == "de"
    told = polish.post(f"{path}/standing", polish.held(how) | {"lang": "de"}, Accept="application/json")
    assert told.get_json()["mail"] == "pl"
    wrong = polish.post(path, polish.held(how) | {"code": str((int(bridge.totp()) + 1) % 10**6).zfill(6)}, **german)
    assert (wrong.status_code, spoken(wrong.text)) == (403, "pl")
    assert 'name="lang" value="pl"' in wrong.text
    assert spoken(polish.post(f"{path}/standing", polish.held(how), **german).text) == "pl"
    shown = polish.post(path, polish.held(how) | {"code": bridge.totp()}, **german)
    assert (shown.status_code, spoken(shown.text)) == (200, "pl")


def test_a_choice_wins_over_the_mail(bridge: House, polish: Browser) -> None:
    """And a site that does not offer the mail's language does as the browser likes."""
    path, _ = polish.link()
    assert spoken(polish.post(f"{path}/standing", polish.held("key") | {"lang": "tr"}).text) == "tr"
    few = Browser(bridge, site=Site(name="Example", base_url=BASE, languages=("en", "de")))
    assert spoken(few.post(f"{path}/standing", few.held("key"), Accept_Language="de").text) == "de"
    shown = polish.post(path, polish.held("key") | {"code": bridge.totp(), "lang": "tr"})
    assert spoken(shown.text) == "tr"


def test_the_last_word_of_a_link_is_said_in_every_language(bridge: House, published: Browser) -> None:
    """Too many wrong codes, and thanks for “not me”, come again as they were; to who holds the key of a link that is
    over, and else they are nothing."""
    path, _ = published.link()
    form = published.held("key")
    assert (
        "Zu viele falsche Codes" not in published.post(f"{path}/standing", form | {"speak": "de", "said": "wrong"}).text
    )
    for _ in range(5):
        last = published.post(path, form | {"code": str((int(bridge.totp()) + 1) % 10**6).zfill(6)})
    assert 'name="said" value="wrong"' in last.text
    again = published.post(f"{path}/standing", form | {"speak": "de", "said": "wrong"})
    assert "Zu viele falsche Codes" in again.text
    assert 'name="said" value="wrong"' in again.text
    thanks = published.post(f"{path}/standing", form | {"speak": "de", "said": "late"})
    assert "Danke" in thanks.text
    assert "Danke" not in published.post(f"{path}/standing", form | {"speak": "de", "said": "else"}).text


def test_an_address_can_say_the_language(published: Browser) -> None:
    """Of those offered; the browser's wish where it says none of them."""
    path, _ = published.link()
    for query, tag in (("de", "de"), ("xx", "pl"), ("../fr", "pl"), ("", "pl")):
        assert spoken(published.get(f"{path}?lang={query}", Accept_Language="pl").text) == tag
    assert spoken(published.get("/forgotten?lang=sv").text) == "sv"
    assert 'href="?lang=tr"' in published.get("/forgotten").text
    assert spoken(published.get("/no-such-page?lang=da").text) == "da"


def test_a_form_that_has_lain_too_long_speaks_as_well(published: Browser) -> None:
    """Whoever cannot read the page is not told off for it."""
    path, key = published.link()
    page = published.post(path, {"token": "old", "key": key, "speak": "nl"})
    assert (page.status_code, spoken(page.text)) == (200, "nl")
    assert f'value="{key}"' in page.text
    assert 'role="alert"><p><strong>' not in page.text


def test_an_invitation_speaks_too(published: Browser) -> None:
    """The key that was pasted stays, and the digits are not looked at."""
    path = "/e/0123456789ABCDEFGHJKMNPQRS"
    _, key = published.link()
    page = published.post(path, {"token": published.token(), "key": key, "code": "1", "speak": "cs"})
    assert (page.status_code, spoken(page.text)) == (200, "cs")
    assert f'value="{key}"' in page.text
    assert spoken(published.get(f"{path}?lang=es").text) == "es"


def test_every_offered_language_has_a_name() -> None:
    """A region does not matter."""
    assert tongues.names(["de-AT", "en"]) == {"de": "Deutsch", "en": "English"}


def test_hebrew_is_known_by_its_old_name_too(published: Browser) -> None:
    """`iw`, which older browsers and Java send; a directory may have it as well."""
    assert spoken(published.get("/", Accept_Language="iw-IL,iw;q=0.9,en;q=0.8").text) == "he"
    assert 'dir="rtl"' in published.get("/", Accept_Language="iw").text
