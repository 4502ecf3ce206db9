"""APScheduler in memory, rebuilt from the code at each start."""

from __future__ import annotations

from collections.abc import Iterable

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from bridge.domain.errors import BridgeError
from bridge.observe import events
from schedules.jobs import Job

log = events.logger("schedules")


class Runner:
    """Runs jobs until stopped; a job that fails is logged and looked at again at its next time."""

    def __init__(self, jobs: Iterable[Job]) -> None:
        self._scheduler = BackgroundScheduler(
            timezone="UTC",
            executors={"default": ThreadPoolExecutor(2)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        for job in jobs:
            self._scheduler.add_job(
                _guarded, "interval", seconds=job.every.total_seconds(), args=[job], id=job.name, name=job.name
            )

    def start(self) -> None:
        """Begin."""
        self._scheduler.start()

    def stop(self) -> None:
        """Finish what runs, then end."""
        self._scheduler.shutdown(wait=True)


def _guarded(job: Job) -> None:
    try:
        job.run()
    except BridgeError as trouble:
        log.warning("job.trouble", job=job.name, text=str(trouble))
    except Exception:
        log.exception("job.fault", job=job.name)
