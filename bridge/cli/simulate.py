"""`simulate`: hosts and a relay to try things against."""

from __future__ import annotations

from inspect import cleandoc
from pathlib import Path

import click

from bridge.compose import simulate
from connectors.simulated.scenarios import SCENARIOS


@click.command("simulate")
@click.option(
    "--scenario",
    type=click.Choice(list(SCENARIOS)),
    default="ordinary",
    show_default=True,
    metavar="NAME",
    help="What goes wrong; the names stand above.",
)
@click.option("--folder", type=click.Path(path_type=Path), default=Path("simulated"), show_default=True,
              help="For the hosts' certificate and the service id's password.")  # fmt: skip
@click.option(
    "--racf-port", "racf", type=click.IntRange(0, 65535), default=0, help="TN3270 with RACF. Default: a free port."
)
@click.option(
    "--acf2-port", "acf2", type=click.IntRange(0, 65535), default=0, help="TN3270 with ACF2. Default: a free port."
)
@click.option(
    "--ssh-port", "ssh", type=click.IntRange(0, 65535), default=0, help="SSH with RACF. Default: a free port."
)
@click.option(
    "--ibmi-port", "ibmi", type=click.IntRange(0, 65535), default=0, help="SSH with IBM i. Default: a free port."
)
@click.option(
    "--mail-port", "mail", type=click.IntRange(0, 65535), default=0, help="The mail relay. Default: a free port."
)
def simulate_(scenario: str, folder: Path, **ports: int) -> int:
    """Simulate hosts on this machine until Ctrl-C: TN3270 with RACF and with ACF2, SSH with RACF and with IBM i.

    A mail relay comes with them. Prints `mail:` and `systems:` of a configuration that reaches them all, then each
    mail that comes in. deploy/handbook/trial.md is a tour with them.

    \b
    SCENARIOS

    \b
    Example: resetbridge simulate --scenario lost-answer
    """
    return simulate.run(folder, scenario, simulate.Ports(**ports), click.echo)


simulate_.help = cleandoc(simulate_.help or "").replace(
    "SCENARIOS", "\n".join(f"{name:<24}  {one.what}" for name, one in SCENARIOS.items())
)
