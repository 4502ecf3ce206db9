"""The switch of languages: every page has it, nothing is lost or counted by it, and a choice goes along."""

from __future__ import annotations

import re

import pytest

from bridge.config.model import Site
from tests.fakes.kit import House
from tests.fakes.web import BASE, Browser
from web.user import tongues


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
