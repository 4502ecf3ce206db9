"""`python -m benchmarks [NAME…]`: run, print what was found, write it down. Exit status 1 if a target is missed."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from pathlib import Path
from typing import Final

from benchmarks.drawing import draw
from benchmarks.report import RESULTS, machine, table, write

NAMES: Final = ("warm_reset", "parallel", "sweep", "reveals", "idle")


def main() -> int:
    """Run what is named, or all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}; default: all")
    parser.add_argument("--quick", action="store_true", help="a tenth of the rounds, to see that everything works")
    parser.add_argument("--into", type=Path, default=RESULTS, help="where JSON and plots go (default: %(default)s)")
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(NAMES):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    missed = 0
    for name in asked.names or NAMES:
        here = machine()
        result = import_module(f"benchmarks.{name}").run(quick=asked.quick)
        written = write(result, asked.into, here), draw(result, asked.into)
        print(table(result), f"  written: {', '.join(map(str, written))}", sep="\n", end="\n\n", flush=True)
        missed += not result.met
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
