"""`python -m tests.dialogs`: how many branches of each dialog that is shipped are met, and which are not."""

from __future__ import annotations

import sys

from tests.dialogs.branches import of_everything


def main() -> int:
    """Print one line for each dialog; 1 where any branch is not met."""
    missing = 0
    for name, branches in of_everything().items():
        unmet = [branch for branch, met in branches.items() if not met]
        missing += len(unmet)
        print(f"{name:<10} {len(branches) - len(unmet):4} of {len(branches):4} branches")
        for branch in unmet:
            print(f"           not met: {branch}")
    return 1 if missing else 0


sys.exit(main())
