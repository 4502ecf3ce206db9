"""The worker's hosts: each product gets its wire and its own settings."""

from __future__ import annotations

import pytest

from bridge.compose.worker import make_host
from bridge.config.model import ServiceId, Ssh, System, Unix
from bridge.domain.errors import ConfigFault
from bridge.domain.secret import Secret
from connectors.hosts.circuit import Circuit
from connectors.hosts.transports.shell import ShellWire
from connectors.hosts.transports.ssh import SshWire

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJfxp2RzV7GwSrcFiwvSyYzGQBJ0F+CEDf2hXGlkYgPx"


def system(product: str) -> System:
    transport = Ssh(host="127.0.0.1", port=1, host_key=(KEY,))
    ids = (ServiceId(userid="svc"),)
    return System(name="S1", title="S1", product=product, transport=transport, service_ids=ids,  # type: ignore[arg-type]
                  unix=Unix(sudo=None))  # fmt: skip


@pytest.mark.parametrize(("product", "wire"), [("racf", SshWire), ("topsecret", SshWire), ("unix", ShellWire)])
def test_a_product_gets_its_wire(product: str, wire: type) -> None:
    """A helper for the mainframe's, a shell for UNIX."""
    made = make_host(system(product), ServiceId(userid="svc"), lambda: Secret("X"), Circuit())
    assert isinstance(made._wire(), wire)


def test_a_product_that_is_not_served_is_refused_in_words() -> None:
    """Before anything begins."""
    with pytest.raises(ConfigFault, match="ibmi is not served yet"):
        make_host(system("ibmi"), ServiceId(userid="svc"), lambda: Secret("X"), Circuit())
