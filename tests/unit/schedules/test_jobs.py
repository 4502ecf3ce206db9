"""How often what looks."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from schedules.jobs import scheduler_jobs
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
