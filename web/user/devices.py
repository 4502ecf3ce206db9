"""What a browser says of itself, as a person would name it: a phone, a computer, a program. Pure; proves nothing."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from bridge.texts.letters import marked


class Device(NamedTuple):
    """`kind` is translated, `make` is a name: "Chrome, Android"."""

    kind: str
    make: str


PHONE: Final = marked("phone")
TABLET: Final = marked("tablet")
COMPUTER: Final = marked("computer")
PROGRAM: Final = marked("a program, perhaps one that checks mails")

# In this order: most browsers also claim to be the ones further down.
BROWSERS: Final = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari"),
    ("Trident", "Internet Explorer"),
)  # fmt: skip
SYSTEMS: Final = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"), ("Linux", "Linux"),
)  # fmt: skip
ROBOT: Final = re.compile(
    r"bot|crawl|spider|scan|preview|fetch|safelinks|barracuda|proofpoint|mimecast|headless|urldefense", re.IGNORECASE
)


def device_of(agent: str) -> Device:
    """Name the device that sent a User-Agent."""
    system = next((name for sign, name in SYSTEMS if sign in agent), "")
    browser = next((name for sign, name in BROWSERS if sign in agent), "")
    if ROBOT.search(agent) or not (agent.startswith("Mozilla/") and system and browser):
        return Device(PROGRAM, "")
    make = f"{browser}, {system}"
    if system == "iPad" or (system == "Android" and "Mobile" not in agent):
        return Device(TABLET, make)
    return Device(PHONE if system in {"iPhone", "Android"} else COMPUTER, make)
