"""What the race and crash tests run as processes of their own: ``python -m tests.contract.store_child``.

Orders come on standard input: a line ``KEY WHAT URL …``, and an empty one once everybody is ready. What is achieved is
said as it goes, one word a line, and `end` at the end.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from bridge.domain.errors import Overtaken
from bridge.domain.names import Account, ResetId, Userid
from bridge.domain.reset import State
from bridge.domain.secret import Secret
from connectors.machine import dice
from connectors.store.engine import SqlStore, open_store
from connectors.vault import KeyRing
from tests.contract.samples import NOW, PRODA, a_link, a_reset, after, an_event, at_state


def say(text: object) -> None:
    """One word on a line of its own, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def append(store: SqlStore, count: str) -> None:
    """Append so many records, one in each transaction."""
    for number in range(int(count)):
        with store.work() as work:
            work.audit.append(an_event(number))


def lease(store: SqlStore, count: str) -> None:
    """Try to take each of so many accounts, in an order of its own; name those taken."""
    owner = f"node/{random.randrange(10**9)}"
    accounts = [Account(PRODA, Userid(f"U{number}")) for number in range(int(count))]
    random.shuffle(accounts)
    for account in accounts:
        with store.work() as work:
            taken = work.leases.take(account, owner, at=NOW, until=after(minutes=3))
        if taken:
            say(account.userid)


def claim(store: SqlStore, *ids: str) -> None:
    """Try to move each published reset to revealed; name those moved."""
    with store.look() as work:
        before = {reset_id: work.resets.get(ResetId(reset_id)) for reset_id in ids}
    for reset_id in random.sample(ids, len(ids)):
        if before[reset_id].state is not State.PUBLISHED:
            continue  # this process began late: another one had moved it before the look
        try:
            with store.work() as work:
                work.resets.save(before[reset_id], at_state(before[reset_id], State.REVEALED))
                work.audit.append(an_event(reset_id=reset_id, kind="reset.revealed"))
            say(reset_id)
        except Overtaken:
            continue


def step(store: SqlStore, count: str) -> None:
    """Try to use each TOTP step once; name those accepted."""
    for number in range(1, int(count) + 1):
        with store.work() as work:
            if work.people.use_step("F1", number):
                say(number)


def toil(store: SqlStore, name: str) -> None:
    """For ever: ask, publish, end, each with its record; say the id after the commit that stored the reset."""
    number = 0
    while True:
        number += 1
        now = datetime.now(UTC)
        reset = a_reset(f"{name}{number}", State.PUBLISHED, expires_at=now + timedelta(hours=1))
        with store.work() as work:
            work.resets.add(reset)
            work.links.put(a_link(reset.id, ciphertext=dice(60)))
            work.audit.append(an_event(reset_id=reset.id, kind="reset.published"))
        say(reset.id)
        with store.work() as work:
            work.resets.save(reset, at_state(reset, State.REVOKED))
            work.links.erase([reset.id])
            work.audit.append(an_event(reset_id=reset.id, kind="reset.revoked"))
        say(f"-{reset.id}")


WHAT: Final[dict[str, Callable[..., None]]] = {
    "append": append, "lease": lease, "claim": claim, "step": step, "toil": toil
}  # fmt: skip


def main() -> None:
    """Carry out orders until there are no more."""
    for line in iter(sys.stdin.readline, ""):
        key, what, url, *rest = line.split()
        store = open_store(url, None, KeyRing([Secret(key)]))
        say("open")
        sys.stdin.readline()  # the starting gun
        WHAT[what](store, *rest)
        store.close()
        say("end")


if __name__ == "__main__":
    main()
