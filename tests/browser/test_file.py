"""A password in a KeePass file: saved with and without script, and opened by what went to the telephone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from pykeepass import PyKeePass

from bridge.domain.names import Userid
from bridge.domain.policy import Policy
from bridge.texts import languages
from tests.browser.desk import Desk, give, sitting
from tests.browser.looks import LOOKS
from tests.browser.test_access import RULES
from tests.fakes.outside import FakeGateway

FILES = Policy(view="keepass")
NUMBER = "+491711234512"


def home(policy: Policy = FILES) -> dict[str, Any]:
    return {"policy": policy, "phone": NUMBER, "gateway": FakeGateway()}


def arrive(desk: Desk, page: Page, *, script: bool) -> None:
    """Up to the page with the file."""
    page.goto(desk.link if script else desk.link.partition("#")[0])
    if not script:
        page.fill("#key", desk.link)
    give(page, desk.house.totp())
    expect(page.locator("#save")).to_be_visible()


def master(desk: Desk) -> str:
    gateway = desk.house.worker.gateway
    assert isinstance(gateway, FakeGateway)
    return gateway.masters[-1][1].expose()


def saved(desk: Desk, page: Page, folder: Path) -> str:
    """Press the button; the password in what the browser saves."""
    with page.expect_download() as download:
        page.click("#save")
    assert download.value.suggested_filename == "PRODA-JSMITH.kdbx"
    file = folder / "saved.kdbx"
    download.value.save_as(file)
    (entry,) = PyKeePass(str(file), password=master(desk)).entries
    return str(entry.password)


@pytest.mark.parametrize("script", [True, False])
def test_i3_the_file_is_saved_and_holds_what_the_host_has(chromium: Browser, tmp_path: Path, script: bool) -> None:
    """Its page shows no password, and the server sees none; what opens the file came by telephone alone."""
    with sitting(chromium, tmp_path, home=home()) as desk:
        page = desk.page(java_script_enabled=script, accept_downloads=True)
        arrive(desk, page, script=script)
        assert desk.password not in page.content()
        assert saved(desk, page, tmp_path) == desk.password == desk.house.host.accounts[Userid("JSMITH")].password
        expect(page.locator("#save")).to_be_visible()  # once more, should the first have gone astray
        assert saved(desk, page, tmp_path) == desk.password
        assert not any(desk.password.encode() in heard for heard in desk.ear.heard)
        assert not any(master(desk).encode() in heard for heard in desk.ear.heard)
        if script:
            assert not desk.heard(desk.key)
        assert [said for said in desk.complaints if "status of 4" not in said] == []


def test_i4_the_file_is_given_once(chromium: Browser, tmp_path: Path) -> None:
    """The link is over for the next one; what the page has forgotten is nowhere in it."""
    with sitting(chromium, tmp_path, home=home()) as desk:
        page = desk.page()
        arrive(desk, page, script=True)
        page.click("#forget")
        expect(page.locator("#gone h1")).to_have_text("The file is no longer here")
        assert page.locator("#save").count() == 0
        other = desk.page()
        other.goto(desk.link)
        expect(other.locator("#over")).to_be_visible()


def test_armed_the_file_comes_while_one_waits(chromium: Browser, tmp_path: Path) -> None:
    """The digits are sent then, not with the link."""
    with sitting(chromium, tmp_path, home=home(replace(FILES, delivery="armed")), armed=True) as desk:
        gateway = desk.house.worker.gateway
        assert isinstance(gateway, FakeGateway)
        assert not gateway.masters
        page = desk.page(accept_downloads=True)
        page.goto(desk.link)
        give(page, desk.house.totp())
        expect(page.locator("#way")).to_be_visible()
        desk.house.work()
        expect(page.locator("#save")).to_be_visible()
        assert saved(desk, page, tmp_path) == desk.password


@pytest.mark.parametrize("language", languages())
def test_it_fits_and_axe_finds_nothing(chromium: Browser, tmp_path: Path, language: str) -> None:
    """320 pixels, in every look, right to left as well; its steps name the digits."""
    with sitting(chromium, tmp_path, home=home()) as desk:
        page = desk.page(locale=language, viewport={"width": 320, "height": 700})
        arrive(desk, page, script=True)
        expect(page.locator(".steps li")).to_have_count(6)
        assert "25" in page.locator(".steps").inner_text()
        for look in LOOKS.values():
            look.put_on(page)
            assert page.evaluate("document.documentElement.scrollWidth") <= look.width
        assert not Axe().run(page, options=RULES).response["violations"]


def test_this_was_not_me_of_a_file_that_was_saved(chromium: Browser, tmp_path: Path) -> None:
    """As of a password that was shown: spoiled."""
    with sitting(chromium, tmp_path, home=home()) as desk:
        page = desk.page()
        arrive(desk, page, script=True)
        before = desk.password
        page.get_by_role("button", name="This was not me").click()
        expect(page.locator("h1")).to_contain_text("Thank you")
        desk.house.work()
        assert desk.password != before


Sent = Callable[..., int]


@pytest.fixture
def sent(chromium: Browser, tmp_path: Path) -> Any:
    """Posts a form to the way back of files, as a page of ours would; the answer."""
    with sitting(chromium, tmp_path, home=home()) as desk:
        page = desk.page(java_script_enabled=False)
        arrive(desk, page, script=False)
        token, file = (page.locator(f"form[action$='/file'] [name={name}]").input_value() for name in ("token", "file"))
        headers = {"Origin": desk.base_url, "Sec-Fetch-Site": "same-origin"}

        def made(origin: str = "", **fields: str) -> Any:
            form = {"token": token, "file": file, "named": "PRODA-JSMITH.kdbx"} | fields
            where = desk.link.partition("#")[0] + "/file"
            return page.request.post(where, form=form, headers=headers | ({"Origin": origin} if origin else {}))

        yield made


def test_the_way_back_takes_files_of_ours_alone(sent: Any) -> None:
    """From our page, with its token, KeePass files under a plain name: it is no host for anybody's downloads."""
    good = sent()
    assert good.status == 200
    assert good.headers["content-disposition"] == 'attachment; filename="PRODA-JSMITH.kdbx"'
    assert good.headers["cache-control"] == "no-store"
    assert good.headers["x-content-type-options"] == "nosniff"
    assert sent(file="TVqQAAMAAAAEAAAA").status == 400
    assert sent(file="§").status == 400
    assert sent(named="a.exe").status == 400
    assert sent(named='a".kdbx').status == 400
    assert sent(named="a\r\nX: y.kdbx").status == 400
    assert sent(token="1.AAAA").status == 400
    assert sent(origin="https://evil.example").status == 403
