"""The operators' faces, for pictures; each is tried and judged in test_console.py."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from unittest.mock import Mock, patch

from playwright.sync_api import Browser, Page

from bridge.domain.errors import StoreBusy
from bridge.domain.policy import Policy, Role
from tests.browser.desk import sitting
from tests.browser.test_console import FACTS, arrive, fill_in, to_form, to_reset


def console(chromium: Browser, folder: Path) -> Iterator[tuple[str, Page]]:
    """What operators see of systems, and of one reset; and how they ask for one."""
    with sitting(chromium, folder, systems=FACTS) as desk:
        page = desk.page(has_touch=True, reduced_motion="reduce")
        arrive(desk, page, Role.AGENT)
        to_form(page)
        yield "console-ask", page
        fill_in(page, "J.SMITH")
        yield "console-ask-wrong", page
        gone = Mock(side_effect=StoreBusy("the database cannot be reached"))
        with patch.multiple(desk.house.store, work=gone, look=gone):
            fill_in(page, "JSMITH")
            yield "console-kept", page
        page.get_by_role("button", name="Send it again").click()
        yield "console-code", page
        to_form(page)
        fill_in(page, "JSMITH", unlock=True)
        yield "console-unlock", page
    (place := folder / "withheld").mkdir()
    with sitting(chromium, place, home={"policy": Policy(release_code_for="unenrolled")}, systems=FACTS) as desk:
        page = desk.page(has_touch=True, reduced_motion="reduce")
        arrive(desk, page, Role.AGENT)
        to_form(page)
        fill_in(page, "JSMITH")
        yield "console-no-code", page
    (place := folder / "approvals").mkdir()
    with sitting(chromium, place, home={"policy": Policy(approvals=1)}, systems=FACTS) as desk:
        page = desk.page(has_touch=True, reduced_motion="reduce")
        arrive(desk, page, Role.APPROVER)
        yield "console-systems", page
        to_reset(page, "MJONES")
        yield "console-reset", page
