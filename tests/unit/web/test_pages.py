"""The user's pages: GET looks and spends nothing, POST acts, and every end says what to do next."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import NoReturn

import pytest

from bridge.domain.errors import StoreUnsure
from bridge.domain.names import Person
from bridge.domain.policy import Policy
from bridge.domain.reset import State
from bridge.flows import sweep
from tests.fakes.kit import House, house
from tests.fakes.web import Browser
from web.user.words import alphabet, spell, spelling, translator

UNKNOWN = "0123456789ABCDEFGHJKMNPQRS"


def plain(text: str) -> str:
    """A page without what differs between any two of them."""
    return re.sub(r'(value|action|formaction)="[^"]*"', "", text)


def test_i10_the_same_page_for_every_locator(published: Browser) -> None:
    """Alive, invented, lower-cased, ill-formed: nothing on the page tells which."""
    path, _ = published.link()
    pages = [published.get(at) for at in (path, path.lower(), f"/r/{UNKNOWN}", "/r/x", "/r", "/")]
    assert {page.status_code for page in pages} == {200}
    assert len({plain(page.text) for page in pages}) == 1
    assert "PRODA" not in pages[0].text
    assert "JSMITH" not in pages[0].text


def test_a_browser_in_text_reads_nothing_about_nothing(published: Browser) -> None:
    """It shows what is hidden: until the link is known, no sentence stands on the page that has a gap in it."""
    page = published.get(published.link()[0])
    written = re.sub(r"<[^>]*>", " ", page.text)
    assert "This link works until" not in written
    assert "Opened so far" not in written
    assert 'data-until="This link works until"' in page.text


def test_i4_the_right_code_shows_the_password_once(bridge: House, published: Browser) -> None:
    """Spelled out, with system, userid, rules and the next step; the second time says that it was shown."""
    page = published.reveal(bridge.totp())
    assert page.status_code == 200
    password = bridge.host.passwords_ever_set[-1]
    assert re.findall(r"data-secret>(\S+)</p>", page.text) == [password]
    assert "".join(re.findall(r'class="glyph [a-z]+" aria-hidden="true">(.)</span>', page.text)) == password
    for words in ("Production A", "JSMITH", "Spelled out", "This was not me", "8 × letter or digit"):
        assert words in page.text
    again = published.reveal(bridge.totp())
    assert again.status_code == 410
    assert "already been shown" in again.text
    assert "25 November 2026, 12:00 UTC" in again.text


def test_i4_a_password_is_in_no_attribute_and_no_header(bridge: House, published: Browser) -> None:
    """Only in the text of the page: what keeps forms or addresses does not get it."""
    page = published.reveal(bridge.totp())
    password = bridge.host.passwords_ever_set[-1]
    assert password not in str(page.headers)
    assert not any(password in attribute for attribute in re.findall(r'="([^"]*)"', page.text))


def test_what_was_tampered_with_is_told_on_a_page_of_its_own(bridge: House, published: Browser) -> None:
    """A row that names another key: no password, nothing used up, an alarm; put right, the same code opens it."""
    with bridge.store.work() as work:
        (reset,) = work.resets.published_for(Person("js"))
        own = work.links.of(reset.id)
        assert own is not None
        work.links.put(replace(own, key_id="0badcafe"))
    page = published.reveal(bridge.totp())
    assert page.status_code == 503
    assert "Retry-After" not in page.headers
    for words in ("cannot be opened", "the security team has been told", "you will get a new link"):
        assert words in page.text
    assert bridge.host.passwords_ever_set[-1] not in page.text
    assert told(bridge).count("link_damaged") == 1
    with bridge.store.work() as work:
        work.links.put(own)
    assert published.reveal(bridge.totp()).status_code == 200


def test_what_is_not_known_is_not_said_to_be_known(published: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database went away at the commit: it may be used up, so the page says neither, and where to look."""

    def gone(*_: object) -> NoReturn:
        raise StoreUnsure("nobody knows")

    monkeypatch.setattr("bridge.flows.reveal.reveal", gone)
    page = published.reveal("123456")
    assert page.status_code == 503
    assert "Retry-After" not in page.headers
    for words in ("We do not know", "open the link in the e-mail again", "ask the help desk for a new reset"):
        assert words in page.text
    for words in ("used up", "Nothing has happened"):
        assert words not in page.text


def test_a_damaged_seed_is_told_whoever_disowns(bridge: House, published: Browser) -> None:
    """The same page where a read link is to be disowned and the factor's own secret was tampered with."""
    assert published.reveal(bridge.totp()).status_code == 200
    bridge.clock.move(minutes=1)
    with bridge.store.work() as work:
        (factor,) = work.people.factors(Person("js"))
        work.people.remove_factor(factor.id, bridge.clock.now())
        work.people.add_factor(replace(factor, seed=factor.seed[:-1] + bytes([factor.seed[-1] ^ 1])))
    path, key = published.link()
    sent = {"token": published.token(), "key": key, "code": bridge.totp(), "word": "STOP"}
    page = published.post(f"{path}/not-me", sent)
    assert page.status_code == 503
    assert "cannot be opened" in page.text
    assert told(bridge).count("link_damaged") == 1


def test_a_wrong_key_and_an_unknown_locator_look_alike(published: Browser) -> None:
    """Same words, same status, same headers."""
    _, key = published.link()
    other = ("1" if key[0] != "1" else "2") + key[1:]
    pages = [
        published.reveal("123456", key=other),
        published.reveal("123456", path=f"/r/{UNKNOWN}"),
        published.reveal("123456", key=other, path=f"/r/{UNKNOWN}"),
    ]
    assert {page.status_code for page in pages} == {404}
    assert len({plain(page.text) for page in pages}) == 1
    assert len({str([k for k, _ in page.headers]) for page in pages}) == 1
    assert "does not open anything" in pages[0].text


def test_i5_a_wrong_code_says_how_many_are_left_and_keeps_the_key(bridge: House, published: Browser) -> None:
    """The person does not paste the link again; the right code still works."""
    _, key = published.link()
    wrong = str((int(bridge.totp()) + 1) % 10**6).zfill(6)
    page = published.reveal(wrong)
    assert page.status_code == 403
    assert "4 more tries" in page.text
    assert f'value="{key}"' in page.text
    assert published.reveal(bridge.totp()).status_code == 200


@pytest.mark.parametrize(("steps", "clock", "said"), [(-4, "-120 s", True), (3, "+90 s", False), (-12, "", False)])
def test_a_clock_that_is_off_is_on_record(
    bridge: House, published: Browser, steps: int, clock: str, said: bool
) -> None:
    """A slow one is told to its owner. What will be right before long is not: a guess might have hit upon it."""
    page = published.reveal(bridge.totp(steps))
    assert page.status_code == 403
    assert "4 more tries" in page.text
    assert ("right some minutes ago" in page.text) is said
    assert ("works only once" in page.text) is not said
    (wrong,) = [
        each.event for each in bridge.records(bridge.mail.links[-1].reset_id) if each.event.kind == "factor.wrong"
    ]
    assert wrong.detail.get("clock", "") == clock


@pytest.mark.parametrize(("minutes", "wrong", "late"), [(13, 0, "180 s"), (13, 1, ""), (2, 1, "")])
def test_i5_a_right_release_code_that_comes_late_counts_and_is_told(
    bridge: House, browser: Browser, minutes: int, wrong: int, late: str
) -> None:
    """It opens nothing and takes a try, as a guess does; how long it works is said to either, and the record knows."""
    code = bridge.ask().release_code
    bridge.work()
    assert code
    bridge.clock.move(minutes=minutes)
    page = browser.reveal(f"{(int(code.expose()) + wrong) % 10**8:08}")
    assert page.status_code == 403
    assert "4 more tries" in page.text
    assert ("That code was right, but its time is over." in page.text) is bool(late)
    assert ("That code is not right." in page.text) is not bool(late)
    assert "works for 10 minutes after we send the link. After that, ask the help desk for a new reset" in page.text
    assert "Each code from an app" not in page.text
    (told_of,) = [
        one.event for one in bridge.records(bridge.mail.links[-1].reset_id) if one.event.kind == "factor.wrong"
    ]
    assert told_of.detail.get("late", "") == late


def test_i5_late_right_codes_use_up_the_tries(bridge: House, browser: Browser) -> None:
    """No free guesses: at the limit the link goes, and security hears of it."""
    code = bridge.ask().release_code
    bridge.work()
    assert code
    bridge.clock.move(minutes=10)
    assert [browser.reveal(code.expose()).status_code for _ in range(6)] == [403] * 4 + [410] * 2
    assert "link_destroyed" in told(bridge)


def test_i5_the_last_wrong_code_destroys_the_link(bridge: House, published: Browser) -> None:
    """Five wrong ones: the page says so, and the right one comes too late."""
    wrong = str((int(bridge.totp()) + 1) % 10**6).zfill(6)
    pages = [published.reveal(wrong) for _ in range(5)]
    assert "one more try" in pages[3].text
    assert pages[4].status_code == 410
    assert "Too many wrong codes" in pages[4].text
    assert published.reveal(bridge.totp()).status_code == 410


@pytest.mark.parametrize("code", ["", "hello", "<script>", "1234567890123", "12 345"])
def test_i10_what_cannot_be_a_code_is_no_attempt(bridge: House, published: Browser, code: str) -> None:
    """A scanner that fills the form with anything, twenty times, uses nothing up."""
    for _ in range(20):
        page = published.reveal(code)
        assert page.status_code == 400
        assert "6 digits" in page.text
    assert published.reveal(bridge.totp()).status_code == 200


def test_codes_are_taken_as_people_type_them(bridge: House, published: Browser) -> None:
    """Blanks and hyphens in a code, and a release code read in two groups, do no harm."""
    code = bridge.totp()
    assert published.reveal(f" {code[:3]}-{code[3:]} ").status_code == 200


@pytest.mark.parametrize("damage", ["%23{key}", "%2523{key}", "%23{lower}", "/%23{key}", "%3F%23{key}", "%23{groups}"])
def test_a_damaged_link_still_opens(bridge: House, published: Browser, damage: str) -> None:
    """A gateway turned # into %23, or lower-cased everything: the form comes filled in and posts to a clean address."""
    path, key = published.link()
    groups = "%20".join(key[at : at + 4] for at in range(0, 32, 4))
    page = published.get(path + damage.format(key=key, lower=key.lower(), groups=groups))
    assert page.status_code == 200
    assert f'value="{key}"' in page.text
    assert f'action="{path}"' in page.text
    assert published.reveal(bridge.totp(), path=path.lower()).status_code == 200


def test_the_field_takes_a_whole_link(bridge: House, published: Browser) -> None:
    """Pasted on a page that lost its locator, or on an older page: the pasted link's own locator counts."""
    path, key = published.link()
    whole = f"https://reset.example.com{path}#{key}"
    assert published.reveal("123", path="/r", key=key).status_code == 400
    defended = f"https://urldefense.com/v3/__{whole.replace('#', '*')}__;Iw!!abc$"
    for around in (whole, defended):
        assert published.reveal("000000", path=f"/r/{UNKNOWN}", key=around).status_code == 403
    assert published.reveal(bridge.totp(), path=f"/r/{UNKNOWN}", key=whole).status_code == 200


def test_a_key_that_is_none_is_said_so(published: Browser) -> None:
    """Half a link, or nothing: the field is named, and what was typed is not repeated."""
    half = published.reveal("123456", key="https://reset.example.com/r/" + UNKNOWN)
    assert half.status_code == 400
    assert "not a whole link" in half.text
    assert UNKNOWN + '"' not in half.text.replace(f'action="/r/{UNKNOWN}"', "").replace(f'/r/{UNKNOWN}/not-me"', "")


def test_an_expired_link_says_so_to_its_holder(bridge: House, published: Browser) -> None:
    """Whether the sweep has been there already or not."""
    bridge.clock.move(hours=24, seconds=1)
    before = published.reveal(bridge.totp())
    sweep.expire(bridge.worker)
    after = published.reveal(bridge.totp())
    assert before.status_code == after.status_code == 410
    assert "has run out" in before.text
    assert "has run out" in after.text


def test_not_me_ends_an_unread_link_only_with_the_word(bridge: House, published: Browser) -> None:
    """A scanner that presses every button ends nothing; a person who types STOP does."""
    path, key = published.link()
    data = {"token": published.token(), "key": key, "code": ""}
    for word in ("", "x", "yes", "on"):
        assert published.post(f"{path}/not-me", data | {"word": word}).status_code == 400
    asked = published.post(f"{path}/not-me", data | {"word": " stop "})
    assert asked.status_code == 200
    assert "ended" in asked.text
    assert published.reveal(bridge.totp()).status_code == 410


def test_not_me_on_the_page_that_showed_it(bridge: House, published: Browser) -> None:
    """Whoever passed the factor needs no word; another holder of the key cannot end what was read."""
    page = published.reveal(bridge.totp())
    hidden = dict(re.findall(r'type="hidden" name="([a-z]+)" value="([^"]*)"', page.text))
    path, _ = published.link()
    assert published.post(f"{path}/not-me", hidden | {"visit": "guess"}).status_code == 410
    assert published.post(f"{path}/not-me", hidden).status_code == 200
    reset = bridge.reset(bridge.mail.links[-1].reset_id)
    assert reset.state is State.REVOKED


def test_i10_looking_is_on_record_and_spends_nothing(bridge: House, published: Browser) -> None:
    """Fifty GETs and HEADs: page views in the record, and the link still opens."""
    path, _ = published.link()
    for agent in ("Mozilla/5.0", "Barracuda", "SafeLinks"):
        published.get(path, User_Agent=agent, Purpose="prefetch")
        published.client.head(path, base_url="https://reset.example.com").close()
    kinds = bridge.kinds(bridge.mail.links[-1].reset_id)
    assert kinds.count("link.opened") == 6
    assert not {"factor.wrong", "reset.revealed"} & set(kinds)
    assert published.reveal(bridge.totp()).status_code == 200


def test_a_password_is_spelled_as_people_spell_there() -> None:
    """German by DIN 5009, French by its post office, and as aviation does where there is nothing of the kind."""
    said = {
        language: [each.aloud for each in spell("aI7#", mixed_case=True, say=translator(language),
                                                letters=alphabet(language))]
        for language in ("de", "fr", "ja", "en")
    }  # fmt: skip
    assert said["de"] == ["klein Aachen", "groß Ingelheim", "sieben", "Raute"]
    assert said["fr"][:2] == ["minuscule Anatole", "majuscule Irma"]
    assert said["ja"][0] == "小文字 Alfa"
    assert said["en"] == ["small Alfa", "capital India", "seven", "hash"]
    turkish = spelling(translator("tr"), alphabet("tr"))
    assert (turkish["I"], turkish["i"], turkish["capital"]) == ("Isparta", "İzmir", "büyük")
    assert [each.aloud for each in spell("Ii", mixed_case=True, letters=alphabet("tr"))] == [
        "capital Isparta",
        "small İzmir",
    ]


def test_a_page_says_when_in_its_own_language(published: Browser) -> None:
    """Without script as well: the month in letters, the zone named."""
    path, _ = published.link()
    form = published.held("key")
    page = published.post(f"{path}/standing", form, Accept_Language="de")
    assert '<time datetime="2026-11-26T12:00:00Z">26. November 2026, 12:00 Uhr UTC</time>' in page.text
    answer = published.post(f"{path}/standing", form, Accept_Language="fr", Accept="application/json")
    assert json.loads(answer.text)["until"]["shown"] == "26 novembre 2026 à 12:00 UTC"


def test_other_languages_are_chosen_by_the_browser(published: Browser) -> None:
    """Accept-Language picks among the site's; an unknown one gets the first."""
    assert 'lang="de"' in published.get("/", Accept_Language="de-CH,de;q=0.9,en;q=0.5").text
    assert 'lang="fr"' in published.get("/", Accept_Language="xx, fr;q=0.4, en;q=0.3").text
    assert 'lang="en"' in published.get("/", Accept_Language="xx").text
    assert 'lang="en"' in published.get("/", Accept_Language=";;,q=;q=x,*;q=0").text


def test_a_release_code_opens_too(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The eight digits that the help desk read out, where the policy allows them."""
    with house(tmp_path_factory.mktemp("house"), policy=Policy(factors=("release_code",))) as bridge:
        browser = Browser(bridge)
        asked = bridge.ask()
        bridge.work()
        assert asked.release_code
        code = asked.release_code.expose()
        assert browser.reveal(f"{code[:4]} {code[4:]}").status_code == 200


def told(bridge: House) -> list[str]:
    """What kinds of notices wait in the outbox."""
    with bridge.store.look() as work:
        return [notice.kind for notice in work.outbox.due(bridge.clock.now(), 50)]
