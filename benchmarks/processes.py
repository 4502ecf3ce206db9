"""What the kernel says of a process and its descendants: memory, CPU, threads."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One process at one moment. Sizes in MB of 10⁶ bytes; `pss` counts shared pages by share, None if not allowed."""

    pid: int
    name: str
    rss: float
    pss: float | None
    threads: int
    cpu: float  # seconds since its start, all threads that live


def tree(pid: int) -> list[Seen]:
    """The process and its descendants, parents first."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            with suppress(OSError):
                children.setdefault(_parent(folder), []).append(int(folder.name))
    found: list[Seen] = []
    waiting = [pid]
    while waiting:
        one = waiting.pop(0)
        with suppress(OSError):
            found.append(_see(one))
        waiting += sorted(children.get(one, []))
    return found


def together(pids: list[int]) -> float | None:
    """MB that the processes take together: memory of their own, and each page of a file once. None if not allowed.

    As PSS, but whoever else happens to run the same Python does not take a share.
    """
    own, files = 0, dict[str, int]()
    with suppress(OSError):
        for pid in pids:
            shares: dict[str, int] = {}
            for name, resident, anonymous in _mappings(pid):
                own += anonymous
                shares[name] = shares.get(name, 0) + resident - anonymous
            files = {name: max(files.get(name, 0), shares.get(name, 0)) for name in files.keys() | shares.keys()}
        return (own + sum(files.values())) * 1024 / 1e6
    return None


def _mappings(pid: int) -> Iterator[tuple[str, int, int]]:
    """File, KiB resident, and how many of them are the process's own."""
    name, resident = "", 0
    for line in Path(f"/proc/{pid}/smaps").read_text(errors="replace").splitlines():
        words = line.split()
        if "-" in words[0] and not words[0].endswith(":"):
            name = words[5] if len(words) > 5 else ""
        elif words[0] == "Rss:":
            resident = int(words[1])
        elif words[0] == "Anonymous:":
            yield name, resident, int(words[1])


def _parent(folder: Path) -> int:
    stat = (folder / "stat").read_text(encoding="utf-8", errors="replace")
    return int(stat.rpartition(")")[2].split()[1])


def _see(pid: int) -> Seen:
    folder = Path(f"/proc/{pid}")
    tasks = list((folder / "task").iterdir())
    nanoseconds = sum(int((task / "schedstat").read_text().split()[0]) for task in tasks)
    resident = int((folder / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return Seen(
        pid=pid,
        name=(folder / "comm").read_text().strip(),
        rss=resident / 1e6,
        pss=_pss(folder),
        threads=len(tasks),
        cpu=nanoseconds / 1e9,
    )


def _pss(folder: Path) -> float | None:
    """The daemon's processes are not dumpable: only root may know."""
    with suppress(OSError):
        for line in (folder / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024 / 1e6
    return None
