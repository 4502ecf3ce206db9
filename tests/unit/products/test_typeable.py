"""Whatever can be drawn can be typed, at each product, up to its length and no further."""

from __future__ import annotations

from typing import Any

import pytest

from bridge.config.model import IbmI as IbmISettings
from bridge.domain.errors import BadInput
from bridge.domain.names import LoginName, ProfileName, Userid
from bridge.domain.password import DRAWABLE
from bridge.domain.secret import Secret
from connectors.hosts.products.acf2 import Acf2
from connectors.hosts.products.ibmi import IbmI
from connectors.hosts.products.racf import Racf
from connectors.hosts.products.topsecret import TopSecret
from connectors.hosts.products.unix import Unix

ALL = DRAWABLE + "@#$"  # these three are never drawn, but RACF's rules have them
AS_A_NAME = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$#@"
EACH: dict[str, tuple[Any, Any, str, int]] = {
    "racf": (Racf("S"), Userid("JSMITH"), ALL, 8),
    "acf2": (Acf2("S"), Userid("JSMITH"), ALL, 8),
    "topsecret": (TopSecret("S"), Userid("JSMITH"), ALL, 8),
    "unix": (Unix("S"), LoginName("jsmith"), ALL, 16),
    "ibmi, level 1": (IbmI("S", settings=IbmISettings(password_level=1)), ProfileName("JSMITH"), AS_A_NAME, 10),
    "ibmi, level 2": (IbmI("S", settings=IbmISettings(password_level=2)), ProfileName("JSMITH"), ALL, 16),
}  # fmt: skip


@pytest.mark.parametrize("name", EACH)
def test_what_can_be_drawn_can_be_typed(name: str) -> None:
    """Each sign, and as many as there may be; a single letter too."""
    product, userid, signs, most = EACH[name]
    for text in ("A", *(("A" + sign * most)[:most] for sign in signs)):
        order = product.reset(userid, Secret(text), resume=False)
        typed = [*(one.line.expose() for one in order.typed), *(one.given.expose() for one in order.typed if one.given)]
        assert any(text in line for line in typed)
    for text in ("", "A" * (most + 1), "A'", "A B", "A)", "A;", "A\n"):
        with pytest.raises(BadInput):
            product.reset(userid, Secret(text), resume=False)


@pytest.mark.parametrize("first", AS_A_NAME)
def test_a_password_that_is_a_name_begins_like_one(first: str) -> None:
    """IBM i below level 2: a letter or $ # @; from level 2 on, anything."""
    names, userid, *_ = EACH["ibmi, level 1"]
    if first.isdecimal() or first == "_":
        with pytest.raises(BadInput):
            names.reset(userid, Secret(first + "A"), resume=False)
    else:
        assert names.reset(userid, Secret(first + "A"), resume=False).new == Secret(first + "A")
    assert EACH["ibmi, level 2"][0].reset(userid, Secret(first + "a"), resume=False).new == Secret(first + "a")
