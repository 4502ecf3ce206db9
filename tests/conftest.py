"""Settings that hold for every test."""

import io
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import settings

from bridge.observe import events

settings.register_profile("bridge", deadline=None)  # two cores and other tests beside it: time says nothing here
settings.load_profile("bridge")

REAL = ("live", "browser", "journeys")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of real processes over real sockets get a second try; the summary names it, and it is a bug to look at.

    They race with the machine that they run on; everything else has no such excuse. `--force-reruns 0` takes it away.
    """
    for item in items:
        if item.path.relative_to(Path(__file__).parent).parts[0] in REAL:
            item.add_marker(pytest.mark.flaky(reruns=1))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What went wrong at a first try is shown whole: a second one that went well must not hide it."""
    for report in terminalreporter.stats.get("rerun", []):
        terminalreporter.section(f"first try of {report.nodeid}")
        terminalreporter.write_line(report.longreprtext)


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What the log wrote, as JSON lines; the logging of the test run is put back afterwards."""
    root = logging.getLogger()
    handlers, level, raising = root.handlers[:], root.level, logging.raiseExceptions
    stream = io.StringIO()
    events.set_up(style="json", stream=stream)
    yield stream
    structlog.reset_defaults()
    logging.captureWarnings(False)
    root.handlers[:], root.level, logging.raiseExceptions = handlers, level, raising
