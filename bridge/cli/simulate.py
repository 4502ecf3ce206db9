"""`simulate`: hosts to try things against."""

from __future__ import annotations

from pathlib import Path

import click

from bridge.compose import simulate


@click.command("simulate")
@click.option(
    "--scenario",
    type=click.Choice(list(simulate.SCENARIOS)),
    default="ordinary",
    show_default=True,
    help="What goes wrong.",
)
@click.option("--folder", type=click.Path(path_type=Path), default=Path("simulated"), show_default=True,
              help="For the hosts' certificate and the service id's password.")  # fmt: skip
@click.option("--racf-port", type=click.IntRange(0, 65535), default=0, help="TN3270 with RACF. Default: a free port.")
@click.option("--acf2-port", type=click.IntRange(0, 65535), default=0, help="TN3270 with ACF2. Default: a free port.")
@click.option("--ssh-port", type=click.IntRange(0, 65535), default=0, help="SSH with RACF. Default: a free port.")
@click.option("--ibmi-port", type=click.IntRange(0, 65535), default=0, help="SSH with IBM i. Default: a free port.")
def simulate_(scenario: str, folder: Path, racf_port: int, acf2_port: int, ssh_port: int, ibmi_port: int) -> int:
    """Simulate hosts on this machine until Ctrl-C: TN3270 with RACF and with ACF2, SSH with RACF and with IBM i.

    Prints the `systems:` of a configuration that reaches them.

    \b
    Example: resetbridge simulate --scenario lost-answer
    """
    ports = simulate.Ports(racf=racf_port, acf2=acf2_port, ssh=ssh_port, ibmi=ibmi_port)
    return simulate.run(folder, scenario, ports, click.echo)
