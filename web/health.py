"""healthz: this process answers. readyz: so does its database. metrics: for those who may, numbers without names.

A system that is slow or away makes no node unready: links are opened without it. That it is, readyz says to those who
may see numbers, with the same status.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from ipaddress import ip_address
from time import perf_counter
from typing import Final

from flask import Blueprint, Response, abort, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from bridge.domain.errors import BridgeError
from bridge.domain.outcome import Reach
from bridge.domain.own import Own
from bridge.flows.strain import Strain, strains
from bridge.ports import WebKit
from web.settings import WebSettings

PATHS: Final = ("/healthz", "/readyz", "/metrics")
PROXIED: Final = ("Forwarded", "X-Forwarded-For", "X-Real-IP", "X-Forwarded-Host", "X-Forwarded-Proto", "Via")
TEXT: Final = "text/plain; charset=utf-8"


class Looked(Collector):
    """What is counted when asked: resets by state, how long the oldest waits, the record, the certificate."""

    def __init__(self, kit: WebKit, settings: WebSettings) -> None:
        self._kit, self._settings = kit, settings

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Gauges; the certificate's only where there is one."""
        now = self._kit.clock.now()
        with self._kit.store.look() as work:
            counts, waiting, head = work.resets.counts(), work.resets.waiting_since(now, 1), work.audit.head()
            conditions, own = work.conditions.all(), work.own.all()
        states = GaugeMetricFamily("resetbridge_resets", "Resets by state, and clean-ups due", labels=["state"])
        for state, number in sorted(counts.items()):
            states.add_metric([state], number)
        yield states
        systems = GaugeMetricFamily(
            "resetbridge_system_well", "1: the last logon worked; 0: unreachable, or a service id refused",
            labels=["system", "node", "reach"],
        )  # fmt: skip
        for found in conditions:
            labels = [found.system, found.node, found.reach.value]
            systems.add_metric(labels, float(found.reach is Reach.WELL))
        yield systems
        silent = GaugeMetricFamily("resetbridge_node_silent_seconds", "Since a node was last heard from",
                                   labels=["node"])  # fmt: skip
        for node in sorted({one.node for one in conditions}):
            heard = max(one.heard for one in conditions if one.node == node)
            silent.add_metric([node], max((now - heard).total_seconds(), 0.0))
        yield silent
        yield from _strains(strains(self._kit.store, self._kit.systems, now, self._settings.site.silent_after))
        yield from _own_passwords(own, now)
        age = (now - waiting[0].requested_at).total_seconds() if waiting else 0.0
        yield GaugeMetricFamily("resetbridge_oldest_waiting_seconds", "Age of the oldest reset not begun", value=age)
        yield GaugeMetricFamily("resetbridge_audit_records", "Length of the audit chain", value=head[0])
        ends = self._settings.certificate_ends and self._settings.certificate_ends()
        if ends:
            left = (ends - now).total_seconds()
            yield GaugeMetricFamily("resetbridge_certificate_seconds", "Until the certificate ends", value=left)


def _strains(found: Sequence[Strain]) -> Iterator[GaugeMetricFamily]:
    """What waits of each system, and whether that is longer than it should."""
    gauges: tuple[tuple[str, str, Callable[[Strain], float]], ...] = (
        (
            "degraded",
            "1: resets wait longer than they should, or a node does no logon there",
            lambda one: bool(one.why),
        ),
        ("waiting", "Resets in the queue", lambda one: one.waiting),
        ("waiting_seconds", "How long the first of them has been there", lambda one: one.oldest.total_seconds()),
        ("working", "Resets that a worker holds", lambda one: one.working),
        ("working_seconds", "How long it has held the first of them", lambda one: one.longest.total_seconds()),
    )
    for name, words, value in gauges:
        gauge = GaugeMetricFamily(f"resetbridge_system_{name}", words, labels=["system"])
        for one in found:
            gauge.add_metric([one.system], float(value(one)))
        yield gauge


def _own_passwords(all_own: Sequence[Own], now: datetime) -> Iterator[GaugeMetricFamily]:
    """Service ids' own passwords, by system: userids are no labels."""
    age = GaugeMetricFamily("resetbridge_service_password_age_seconds", "Age of the oldest known", labels=["system"])
    ends = GaugeMetricFamily(
        "resetbridge_service_password_expires_seconds", "Until the first expires", labels=["system"]
    )
    stopped = GaugeMetricFamily("resetbridge_service_password_stopped", "How many wait for a person", labels=["system"])
    for system in sorted({own.account.system for own in all_own}):
        mine = [own for own in all_own if own.account.system == system]
        if ages := [(now - own.since).total_seconds() for own in mine if own.since]:
            age.add_metric([system], max(ages))
        if left := [(own.expires_at - now).total_seconds() for own in mine if own.expires_at]:
            ends.add_metric([system], min(left))
        stopped.add_metric([system], sum(own.stopped for own in mine))
    yield from (age, ends, stopped)


class Metrics:
    """The web role's own registry: routes are counted by their pattern, never by what was asked for."""

    def __init__(self, kit: WebKit, settings: WebSettings) -> None:
        self.registry = CollectorRegistry(auto_describe=False)
        self.registry.register(Looked(kit, settings))
        self._answers = Counter(
            "resetbridge_http_answers", "Answers", ["method", "route", "status"], registry=self.registry
        )
        self._seconds = Histogram("resetbridge_http_seconds", "Time to answer", ["route"], registry=self.registry)

    def count(self, response: Response) -> Response:
        """Called after every request that gets here: files are answered ahead of it once they were asked for."""
        route = request.url_rule.rule if request.url_rule else "none"
        method = request.method if request.method in {"GET", "HEAD", "POST"} else "other"
        self._answers.labels(method, route, str(response.status_code)).inc()
        if begun := request.environ.get("bridge.begun"):
            self._seconds.labels(route).observe(perf_counter() - begun)
        return response


def blueprint(kit: WebKit, settings: WebSettings, metrics: Metrics) -> Blueprint:
    """The three of them."""
    health, inside = Blueprint("health", __name__), partial(_may_see_numbers, settings)

    @health.get("/healthz")
    def alive() -> Response:
        return Response("ok\n", content_type=TEXT)

    @health.get("/readyz")
    def ready() -> Response:
        try:
            with kit.store.look() as work:
                work.audit.head()
            kit.store.well()
            stand = strains(kit.store, kit.systems, kit.clock.now(), settings.site.silent_after) if inside() else []
        except BridgeError as fault:
            why = f": {fault}" if inside() else ""
            return Response(f"not ready{why}\n", status=503, content_type=TEXT)
        ill = [one for one in stand if one.why]
        lines = ["ready, degraded" if ill else "ready", *(f"{one.system}: {'; '.join(one.why)}" for one in ill)]
        return Response("\n".join(lines) + "\n", content_type=TEXT)

    @health.get("/metrics")
    def numbers() -> Response:
        if not inside():
            abort(404)
        return Response(generate_latest(metrics.registry), content_type="text/plain; version=0.0.4; charset=utf-8")

    return health


def _may_see_numbers(settings: WebSettings) -> bool:
    """On a listener of its own: whoever reaches that. On the common one: this machine, and never through a proxy. One
    that the configuration does not name makes everybody look like this machine, but says that it is one."""
    if settings.monitor or settings.trusted_proxies:
        return bool(request.environ.get("bridge.monitor"))
    if any(name in request.headers for name in PROXIED):
        return False
    try:
        return ip_address(g.source).is_loopback
    except ValueError:
        return False
