"""The issuer's own password, changed by a command of the product's. Its file says by which line, and what refuses it.

A line that anybody may give for themselves, as the products document it. What fits nothing on the list is left to the
next logon, which is the only proof.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from bridge.domain.errors import HostRefused, UnexpectedAnswer
from bridge.domain.failure import Reason
from bridge.domain.names import Userid
from bridge.domain.outcome import Order, Reply, Typed, Verb
from bridge.domain.secret import Line, Secret
from connectors.hosts.dialogs.orders import NEW, OLD, PLACEHOLDER, USERID, Orders, OwnChange
from connectors.hosts.products.patterns import Patterns, Table, code_of, rows_of, typeable, whole, with_code


class OwnByCommand:
    """ChangesOwn, for a product that has a file of its own. `never`: values that would mean something else."""

    system: str
    never: tuple[str, ...] = ()
    _orders: Orders
    _patterns: Patterns

    @property
    def changes_own(self) -> bool:
        """Whether its file says how."""
        return self._orders.own_password is not None

    @property
    def _own(self) -> OwnChange:
        if self._orders.own_password is None:
            raise UnexpectedAnswer(self.system, "own password", ["its dialog has no line for it"])
        return self._orders.own_password

    def own_change(self, userid: Userid, old: Secret, new: Secret) -> Order:
        """The line, inside whatever the product's commands are typed in. Raises BadInput on a value it cannot carry."""
        values: dict[str, str | Secret] = {
            USERID: userid, OLD: typeable(old, never=self.never), NEW: typeable(new, never=self.never)
        }  # fmt: skip
        parts = PLACEHOLDER.split(self._own.line)
        typed = Typed(line=Line(*(values.get(part, part) for part in parts)), ends=self._own.ends)
        return Order(verb=Verb.RESET, new=new, typed=(*self._orders.entered(), typed), leave=self._orders.left())

    def read_own_change(self, replies: Sequence[Reply]) -> None:
        """Return on silence, or where the file's words for success are there."""
        rows = tuple(row for row in self._patterns.meant(rows_of(replies)) if not self._stands_anyway(row))
        for why in (
            Reason.SERVICE_ID_REJECTED,
            Reason.PASSWORD_REJECTED,
        ):  # the first counts as a wrong try: never again
            if Patterns(self.system, Table.refusing(why, self._own.refused[why]), {}).refusal(rows):
                raise HostRefused(self.system, why, rows)
        done = any(re.search(text, row, re.IGNORECASE) for text in self._own.done_pattern for row in rows)
        if (rows and not done) or not whole(replies) or code_of(replies):
            raise UnexpectedAnswer(self.system, self._echo, with_code(rows, code_of(replies)))

    @property
    def _echo(self) -> str:
        """What the line begins with: whatever stands behind it may be anything."""
        return self._own.line.partition("{")[0].strip().upper()

    def _stands_anyway(self, row: str) -> bool:
        """Whether a row is a line that was typed, come back, or a prompt."""
        text = row.strip().upper()
        steps = (*self._orders.enter, *self._orders.leave)
        prompts = {end for step in steps for end in step.ends} | set(self._own.ends)
        return text.startswith(self._echo) or text in prompts or text in {step.line.upper() for step in steps}
