"""Whatever goes to another machine says so first, so that nobody is held up by it: bridge/observe/elsewhere.py."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest

from bridge.config.model import GatewaySettings, LdapSettings, RadiusServer, RadiusSettings, SecretRef, Site
from bridge.domain.errors import BridgeError
from bridge.domain.secret import Secret
from bridge.observe import elsewhere
from connectors.directory.ldap_line import LdapLine
from connectors.factors.gateway import HttpGateway
from connectors.factors.outbound import https
from connectors.factors.radius import alive
from tests.ports import free_port


def the_gateway() -> None:
    """A code on its way to a telephone."""
    settings = GatewaySettings(url=f"http://127.0.0.1:{free_port()}/", body='{"to": "{phone}", "text": "{text}"}')
    HttpGateway(settings, Site(name="X", base_url="https://reset.example.com"), {}).reach()


def the_provider() -> None:
    """The company's sign-on, and whatever else is asked over HTTPS."""
    https("127.0.0.1", free_port(), within=timedelta(seconds=1), context=ssl.create_default_context(), proxy=None)


def the_radius_server() -> None:
    """A passcode that it judges."""
    server = RadiusServer(host="127.0.0.1", secret=SecretRef(env="X"), port=free_port())
    settings = RadiusSettings(servers=(server,), tries=1, answer_within=timedelta(milliseconds=50))
    alive(settings, server, Secret("x" * 16))


def the_directory() -> None:
    """Whose account it is."""
    settings = LdapSettings(servers=("127.0.0.1",), base="dc=example", security="none", port=free_port())
    LdapLine("127.0.0.1", settings, None).search("dc=example", 0, "(objectClass=*)", ["cn"])


@pytest.mark.parametrize("asks", [the_gateway, the_provider, the_radius_server, the_directory])
def test_it_is_said_before_somebody_else_is_waited_for(asks: Callable[[], None]) -> None:
    """Whether anybody answers there or not."""
    said: list[bool] = []
    with elsewhere.heard(lambda: said.append(True)), suppress(BridgeError):
        asks()
    assert said
    before = len(said)
    with suppress(BridgeError):
        asks()  # nobody hears it any more
    assert len(said) == before


def test_it_is_heard_by_whoever_gave_this_thread_its_turn_alone() -> None:
    """Neither for another thread, nor any more once the work has ended, with a fault or without."""
    said: list[str] = []
    with ThreadPoolExecutor(1) as other, elsewhere.heard(lambda: said.append("mine")):
        other.submit(elsewhere.waits).result(10)
        assert said == []
        elsewhere.waits()
        assert said == ["mine"]
    with pytest.raises(KeyError), elsewhere.heard(lambda: said.append("broken")):
        raise KeyError
    elsewhere.waits()
    assert said == ["mine"]
