"""Jobs by the clock."""

from __future__ import annotations

from datetime import timedelta
from threading import Event

from connectors.machine import SystemClock
from schedules.jobs import Job
from schedules.runner import Runner


class SetBack(SystemClock):
    """The machine's clock, as it is once somebody has set it back by an hour."""

    def now(self):  # type: ignore[no-untyped-def]
        return super().now() - timedelta(hours=1)


def test_a_clock_set_back_stops_no_job() -> None:
    """A job that would come an hour late comes now."""
    ran = Event()
    runner = Runner([Job(name="expire", every=timedelta(minutes=10), run=ran.set)], SetBack())
    runner.start()
    try:
        assert ran.wait(20)
    finally:
        runner.stop()


def test_a_job_that_takes_long_keeps_no_other_waiting() -> None:
    """Two of them at once, as long as they like: the others have their threads."""
    ran, over = Event(), Event()
    slow = [
        Job(name=name, every=timedelta(hours=1), run=lambda: over.wait(20), at_start=True, lane="long") for name in "ab"
    ]
    runner = Runner([*slow, Job(name="post", every=timedelta(milliseconds=50), run=ran.set)], SystemClock())
    runner.start()
    try:
        assert ran.wait(10)
    finally:
        over.set()
        runner.stop()


def test_an_alarm_waits_for_no_other_job() -> None:
    """Whatever holds all other threads: a relay, a directory, a sweep."""
    ran, over = Event(), Event()
    slow = [Job(name=name, every=timedelta(hours=1), run=lambda: over.wait(20), at_start=True) for name in "abcd"]
    alarm = Job(name="alarms", every=timedelta(milliseconds=50), run=ran.set, lane="alarms")
    runner = Runner([*slow, alarm], SystemClock())
    runner.start()
    try:
        assert ran.wait(10)
    finally:
        over.set()
        runner.stop()


def test_a_job_that_is_near_is_left_alone() -> None:
    """With the clock as it should be nothing runs ahead of its time."""
    ran = Event()
    runner = Runner([Job(name="expire", every=timedelta(minutes=10), run=ran.set)], SystemClock())
    runner.start()
    try:
        runner.catch_up()
        assert not ran.wait(0.2)
    finally:
        runner.stop()
