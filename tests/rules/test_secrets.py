"""A secret is opened in a handful of places, and each is known."""

from __future__ import annotations

from collections import Counter

from tests.rules.tree import called, modules

EXPOSED: dict[str, int] = {
    "bridge/cli/client.py": 1,
    "bridge/cli/factors.py": 6,
    "bridge/cli/operators.py": 2,
    "bridge/compose/audience.py": 4,
    "bridge/compose/begin.py": 2,
    "bridge/compose/demo.py": 7,
    "bridge/compose/stage.py": 1,
    "bridge/domain/codes.py": 1,
    "bridge/domain/link.py": 1,
    "bridge/domain/oath.py": 2,
    "bridge/domain/second.py": 2,
    "bridge/domain/secret.py": 1,
    "bridge/flows/mailing.py": 1,
    "bridge/flows/enrol.py": 1,
    "bridge/flows/invite.py": 1,
    "bridge/flows/wallet.py": 1,
    "bridge/flows/handover.py": 1,
    "bridge/flows/caller.py": 1,
    "bridge/flows/signon.py": 2,
    "connectors/directory/ldap_line.py": 2,
    "connectors/factors/gateway.py": 2,
    "connectors/factors/oidc.py": 3,
    "connectors/factors/oidc_client.py": 4,
    "connectors/factors/outbound.py": 1,
    "connectors/factors/passkey.py": 5,
    "connectors/factors/radius.py": 4,
    "connectors/factors/sign_on.py": 1,
    "connectors/factors/totp.py": 2,
    "connectors/hosts/products/patterns.py": 1,
    "connectors/hosts/transports/actions.py": 1,
    "connectors/hosts/transports/charset.py": 1,
    "connectors/hosts/transports/helper.py": 2,
    "connectors/hosts/transports/masking.py": 1,
    "connectors/hosts/transports/script.py": 2,
    "connectors/hosts/transports/shell.py": 1,
    "connectors/hosts/transports/ssh.py": 1,
    "connectors/hosts/transports/ssh_connection.py": 1,
    "connectors/hosts/transports/ssh_keys.py": 2,
    "connectors/keepass/__init__.py": 2,
    "connectors/notify/mail.py": 3,
    "connectors/store/connect.py": 1,
    "connectors/store/engine.py": 1,
    "connectors/vault.py": 14,
    "web/api/resets.py": 1,
    "web/console/pages.py": 1,
    "web/console/visit.py": 1,
    "web/guard.py": 1,
    "web/server.py": 1,
    "web/user/enrolment.py": 3,
    "web/user/page.py": 6,
    "web/user/tickets.py": 2,
}
"""File → how many calls of expose() it has. A new one is a new place where a password could stay: say why in review."""


def test_expose_is_called_where_we_know_and_nowhere_else() -> None:
    """Counted per file, over everything but the simulated outside (I1)."""
    found = Counter(name for name, tree in modules() for what, _ in called(tree) if what.endswith(".expose"))
    assert dict(found) == EXPOSED
