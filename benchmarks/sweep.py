"""Ten thousand links that end at once: `expire` from the first row to the last commit, and the log emptied.

SQLite as a file on disk with the product's own settings (every commit is synced, what is erased is overwritten), and
PostgreSQL on this machine, reached through a socket. The resets are published ones, with links sealed by the vault.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.report import Figure, Result, Spread
from benchmarks.settings import configured
from bridge.compose.shared import Opened, base_kit, opened
from bridge.domain.codes import new_reset_id
from bridge.domain.link import new_key, new_locator
from bridge.domain.names import Operator, Person, SystemName, Userid
from bridge.domain.reset import Reset, State
from bridge.domain.secret import Secret
from bridge.flows import sweep
from bridge.ports import Binding

if TYPE_CHECKING:
    from tests.postgres import Postgres

LINKS: Final = 10_000
WITHIN: Final = 5.0  # seconds
AT_ONCE: Final = 2000


def run(*, quick: bool = False) -> Result:
    """Measure."""
    links, rounds = (LINKS // 10, 1) if quick else (LINKS, 5)
    figures = []
    with _postgres() as server:
        for name in ("SQLite", "PostgreSQL"):
            urls = [
                "sqlite:///bridge.db" if name == "SQLite" else server.url(server.new_database()) for _ in range(rounds)
            ]
            spread = Spread.of([_round(url, links) for url in urls])
            most = WITHIN * links / LINKS
            figures.append(
                Figure(name=f"{links} links, {name}", value=spread.median, unit="s", most=most, spread=spread)
            )
    return Result(
        benchmark="sweep",
        title="Links that end at once",
        figures=tuple(figures),
        notes=("from the first row read to the last commit and the write-ahead log emptied",),
    )


@contextmanager
def _postgres() -> Iterator[Postgres]:
    """The tests' own server, but as safe as a real one."""
    from tests import postgres

    unsafe = dict(postgres.SETTINGS)
    postgres.SETTINGS.update(fsync="on", full_page_writes="on")
    try:
        with postgres.running_postgres() as server:
            yield server
    finally:
        postgres.SETTINGS.update(unsafe)


def _round(url: str, links: int) -> float:
    """Fill it, sweep it."""
    with tempfile.TemporaryDirectory(prefix="rb-bench-") as folder, opened(configured(Path(folder), url=url)) as kept:
        _fill(kept, links)
        kit = base_kit(kept)
        began = time.perf_counter()
        ended = sweep.expire(kit)
        kept.store.checkpoint()
        took = time.perf_counter() - began
        assert ended == links, ended
        with kept.store.look() as work:
            assert work.audit.verify()[1] is None
    return took


def _fill(kept: Opened, links: int) -> None:
    """Published resets, an account each, that ended a minute ago."""
    now = kept.clock.now()
    begun = now - timedelta(hours=1)
    resets = [
        Reset(
            id=new_reset_id(kept.dice), system=SystemName("BENCH"), userid=Userid(f"U{number:05}"), person=Person("p1"),
            policy="standard", state=State.PUBLISHED, reason="benchmark", requested_by=Operator("agent"), touched=True,
            requested_at=begun, since=begun, expires_at=now - timedelta(minutes=1),
        )
        for number in range(links)
    ]  # fmt: skip
    for start in range(0, links, AT_ONCE):
        _store(kept, resets[start : start + AT_ONCE])


def _store(kept: Opened, resets: Sequence[Reset]) -> None:
    with kept.store.work() as work:
        for reset in resets:
            work.resets.add(reset)
            bound = Binding(reset_id=reset.id, account=reset.account, locator=new_locator(kept.dice))
            work.links.put(kept.vault.seal(Secret("PASSWORD"), new_key(kept.dice), bound))
