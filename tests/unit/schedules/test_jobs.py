"""How often what looks."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bridge.domain.names import Person
from bridge.flows.ledger import tell, tell_person
from schedules.jobs import scheduler_jobs, worker_jobs
from tests.fakes.kit import house


def test_what_the_web_role_erases_leaves_the_log_within_seconds(tmp_path: Path) -> None:
    """It erases in a process of its own, of which the scheduler hears nothing: it looks that often anyway."""
    looked: list[bool] = []
    with house(tmp_path) as made:
        jobs = scheduler_jobs(
            made.worker, keep=timedelta(1), audit_keep=timedelta(1), checkpoint=lambda: looked.append(True)
        )
    job = next(job for job in jobs if job.name == "checkpoint")
    job.run()
    assert looked
    assert job.every <= timedelta(seconds=4)


@pytest.mark.parametrize("name", ["purge", "thin"])
def test_what_has_had_its_time_goes_at_the_start_and_delays_nobody(tmp_path: Path, name: str) -> None:
    """A daemon that is restarted more often than every six hours deletes as well; in the lane of what takes long."""
    with house(tmp_path) as made:
        jobs = scheduler_jobs(made.worker, keep=timedelta(1), audit_keep=timedelta(1), checkpoint=lambda: None)
    job = next(job for job in jobs if job.name == name)
    assert (job.at_start, job.lane) == (True, "long")


def test_an_alarm_waits_behind_no_crowd_of_notices(tmp_path: Path) -> None:
    """Three hundred persons are to hear of something, and their directory hangs: the mail to security leaves."""
    with house(tmp_path) as made:
        now = made.clock.now()
        with made.store.work() as work:
            for _ in range(300):
                tell_person(work, made.worker, "revealed", Person("js"), at=now)
            tell(work, made.worker, "disowned", "security@example.com", at=now + timedelta(seconds=1))
        made.clock.move(seconds=2)
        made.directory.asked = lambda: pytest.fail("the directory is asked")
        job = next(job for job in worker_jobs(made.worker) if job.name == "alarms")
        assert (job.lane, job.every <= timedelta(milliseconds=400)) == ("alarms", True)
        job.run()
        assert [notice.kind for notice in made.mail.notices] == ["disowned"]
