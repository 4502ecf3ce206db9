"""Where somebody wanted to go who has to sign in first, and what they had typed there: kept by the browser meanwhile.

An address is never taken as it came: the page of ours that it names is made anew from its parts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, urlencode

from flask import request
from werkzeug.datastructures import MultiDict

from bridge.domain.errand import ErrandId
from bridge.domain.errors import BadInput
from bridge.domain.names import ResetId
from web import guard
from web.console import asking, resets
from web.problems import Problem
from web.settings import WebSettings

HOME: Final = "/console/systems"
ASK: Final = "/console/ask"
FOUND: Final = "/console/resets"
ONE: Final = re.compile(rf"{FOUND}/{ResetId.pattern.pattern}|/console/unlocks(?:/{ErrandId.pattern.pattern})?")
DECIDED: Final = re.compile(rf"({FOUND}/({ResetId.pattern.pattern}))/({'|'.join(resets.DEEDS)})")
TYPED: Final = asking.NAMES
"""The fields of every form of ours but the one that signs in; `reason` is of all of them."""
PASSING: Final = frozenset({429, 503})
ELSEWHERE: Final = frozenset({"cross-site", "same-site"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A page of ours; for a form's, what was typed. `deed`: on which reset, and what, where that was wanted."""

    page: str = HOME
    typed: Mapping[str, str]
    deed: tuple[str, str] | None = None

    @property
    def then(self) -> str:
        """How a form names it."""
        return f"{self.page}/{self.deed[1]}" if self.deed else self.page

    @property
    def query(self) -> str:
        """How an address names it; the first page needs none."""
        return "" if self.then == HOME else "?" + urlencode({"then": self.then})


def read(then: str, typed: Mapping[str, str] | None = None) -> Wanted:
    """What `then` names; the first page where it names nothing of ours."""
    path, _, query = then.partition("?")
    fields = {name: value for name, value in (typed or {}).items() if value}
    if found := DECIDED.fullmatch(path):
        return Wanted(page=found[1], typed=fields, deed=(found[2], found[3]))
    if path == ASK:
        return Wanted(page=ASK + _query(query, ("system", "userid")), typed=fields)
    if path == FOUND:
        return Wanted(page=FOUND + _query(query, (*resets.SOUGHT, "cursor")), typed={})
    return Wanted(page=path if ONE.fullmatch(path) else HOME, typed={})


def here() -> Wanted:
    """What is asked for just now."""
    return read(f"{request.path}?{request.query_string.decode('ascii', 'replace')}")


def unsent(problem: Problem, settings: WebSettings) -> Wanted | None:
    """What a form of ours has brought and may be sent once more as it is; None where that would not help."""
    if request.method != "POST" or not (problem.status in PASSING or problem.field == "token"):
        return None
    try:
        guard.check_origin(request, guard.origin_of(settings.site.base_url))
        typed = guard.form(request, "token", *TYPED)
    except (guard.WrongOrigin, BadInput):
        return None
    sought = read(request.path, {name: typed[name] for name in TYPED})
    return sought if sought.typed else None


def from_elsewhere() -> bool:
    """Whether somebody followed another site's link, who may well be signed in: the cookie is not sent along then."""
    said = request.headers
    return said.get("Sec-Fetch-Site") in ELSEWHERE and said.get("Sec-Fetch-Dest", "document") == "document"


def _query(query: str, names: tuple[str, ...]) -> str:
    try:
        values = resets.asked(MultiDict([(name, value) for name, value in parse_qsl(query) if name in names]))
    except BadInput:
        return ""
    return "?" + urlencode(values) if values else ""
