"""`simulate`: hosts and a relay to try things against."""

from __future__ import annotations

from collections.abc import Callable
from inspect import cleandoc
from pathlib import Path

import click

from bridge.compose import simulate
from connectors.simulated.scenarios import SCENARIOS


def port(name: str, what: str) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """--NAME-port: where one of them listens."""
    return click.option(
        f"--{name}-port", name.replace("-", "_"), type=click.IntRange(0, 65535), default=0,
        help=f"{what}. Default: a free port.",
    )  # fmt: skip


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
@port("racf", "TN3270 with RACF")
@port("acf2", "TN3270 with ACF2")
@port("topsecret", "TN3270 with Top Secret")
@port("ssh", "SSH with RACF")
@port("ssh-acf2", "SSH with ACF2")
@port("ssh-topsecret", "SSH with Top Secret")
@port("ibmi", "SSH with IBM i")
@port("mail", "The mail relay")
def simulate_(scenario: str, folder: Path, **ports: int) -> int:
    """Simulate hosts on this machine until Ctrl-C: TN3270 and SSH with RACF, ACF2, Top Secret, IBM i.

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
