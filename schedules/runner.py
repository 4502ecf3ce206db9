"""APScheduler in memory, rebuilt from the code at each start."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from threading import Event, Thread
from typing import Final

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from bridge.domain.errors import BridgeError
from bridge.observe import events
from bridge.ports import Clock
from schedules.jobs import Job

log = events.logger("schedules")


LOOK_EVERY: Final = 2.0  # seconds
SLACK: Final = timedelta(seconds=1)


class Runner:
    """Runs jobs until stopped; a job that fails is logged and looked at again at its next time.

    APScheduler waits for a time of the wall clock: were that set back by an hour, nothing would run for an hour. So a
    thread beside it looks whether a job is further off than it ever should be, and runs it now.
    """

    def __init__(self, jobs: Iterable[Job], clock: Clock) -> None:
        self._clock, self._over = clock, Event()
        self._beside = Thread(target=self._keep_near, name="schedules", daemon=True)
        self._scheduler = BackgroundScheduler(
            timezone="UTC",
            executors={
                "default": ThreadPoolExecutor(2),
                "long": ThreadPoolExecutor(1),
                "alarms": ThreadPoolExecutor(1),
            },
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        for job in jobs:
            first = {"next_run_time": clock.now()} if job.at_start else {}
            self._scheduler.add_job(
                _guarded,
                "interval",
                seconds=job.every.total_seconds(),
                args=[job],
                id=job.name,
                name=job.name,
                executor=job.lane,
                **first,
            )

    def start(self) -> None:
        """Begin."""
        self._scheduler.start()
        self._beside.start()

    def stop(self) -> None:
        """Finish what runs, then end."""
        self._over.set()
        self._beside.join()
        self._scheduler.shutdown(wait=True)

    def _keep_near(self) -> None:
        while not self._over.wait(LOOK_EVERY):
            self.catch_up()

    def catch_up(self) -> None:
        """Run at once what is further off than its own interval: the clock was set back."""
        now = self._clock.now()
        for job in self._scheduler.get_jobs():
            if job.next_run_time is not None and job.next_run_time - now > job.trigger.interval + SLACK:
                job.modify(next_run_time=now)


def _guarded(job: Job) -> None:
    try:
        job.run()
    except BridgeError as trouble:
        log.warning("job.trouble", job=job.name, text=str(trouble))
    except Exception:
        log.exception("job.fault", job=job.name)
