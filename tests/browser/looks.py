"""The ways people look at a page: narrow and wide, light, dark, forced colours, text twice as large."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from playwright.sync_api import Page


@dataclass(frozen=True)
class Look:
    """How a page is looked at."""

    name: str
    width: int
    height: int = 568
    scheme: Literal["light", "dark"] = "light"
    forced: Literal["active", "none"] = "none"
    text: int = 100

    def put_on(self, page: Page) -> None:
        """Let the page be seen that way."""
        page.set_viewport_size({"width": self.width, "height": self.height})
        page.emulate_media(color_scheme=self.scheme, forced_colors=self.forced)
        page.evaluate("percent => { document.documentElement.style.fontSize = percent + '%'; }", self.text)


PHONE, DESK = 320, 1280
LOOKS: Final = {
    look.name: look
    for width, place in ((PHONE, "phone"), (DESK, "desk"))
    for look in (
        Look(place, width),
        Look(f"{place}-dark", width, scheme="dark"),
        Look(f"{place}-forced", width, forced="active"),
        Look(f"{place}-large", width, text=200),
    )
}
