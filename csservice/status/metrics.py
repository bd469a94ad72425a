"""What Prometheus reads: requests by view and status, and gauges that are counted when asked."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime

import redis
from django.http import HttpRequest
from django.utils import timezone
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from csservice.ledger.models import Head
from csservice.status import parts
from csservice.status.backlog import Backlog, backlog
from csservice.status.models import Beat
from tickets.models import Ticket

WEB = CollectorRegistry()
REQUESTS = Counter(
    "csservice_requests", "Requests answered", ["view", "method", "status"], registry=WEB
)
SECONDS = Histogram(
    "csservice_request_seconds",
    "Time to answer",
    ["view"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
    registry=WEB,
)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def observe(request: HttpRequest, status: int, seconds: float) -> None:
    """Count one answer. Unknown addresses and methods share a label: none can be made up."""
    match = getattr(request, "resolver_match", None)
    view = (match.view_name or match.route) if match else "none"
    method = request.method if request.method in METHODS else "other"
    REQUESTS.labels(view, method, str(status)).inc()
    SECONDS.labels(view).observe(seconds)


def text() -> bytes:
    """The whole answer. With PROMETHEUS_MULTIPROC_DIR it adds up what every process counted."""
    web = WEB
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        web = CollectorRegistry()
        MultiProcessCollector(web)  # type: ignore[no-untyped-call]
    now = CollectorRegistry()
    now.register(Rows())
    return generate_latest(web) + generate_latest(now)


class Rows(Collector):
    """Gauges of what stands in the rows at the moment of asking; without a database only that."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        now = timezone.now()
        yield from self._broker()
        try:
            gauges = [*self._rows(backlog(now)), *self._jobs(now)]
        except parts.DOWN:
            gauges = []
        yield _gauge("csservice_database_up", "Whether the database answers", bool(gauges))
        yield from gauges

    def _broker(self) -> Iterator[GaugeMetricFamily]:
        try:
            depth = parts.queue_depth()
        except (redis.RedisError, OSError):
            yield _gauge("csservice_broker_up", "Whether the broker answers", 0)
            return
        yield _gauge("csservice_broker_up", "Whether the broker answers", 1)
        yield _gauge("csservice_broker_jobs", "Jobs handed over and not fetched", depth)

    def _rows(self, found: Backlog) -> Iterator[GaugeMetricFamily]:
        tickets = GaugeMetricFamily("csservice_tickets", "Tickets now", labels=["state"])
        tickets.add_metric(["open"], Ticket.objects.real().open().count())
        tickets.add_metric(["unanswered"], found.unanswered)
        tickets.add_metric(["late"], found.late)
        tickets.add_metric(["late_not_flagged"], found.to_flag)
        tickets.add_metric(["unassigned"], found.unassigned)
        yield tickets
        waiting = GaugeMetricFamily("csservice_waiting", "Rows that wait for a job", labels=["of"])
        waiting.add_metric(["replies"], found.replies)
        waiting.add_metric(["invitations"], found.invitations)
        waiting.add_metric(["ledger"], found.unsealed)
        yield waiting
        failed = GaugeMetricFamily("csservice_mail_failed", "Mails given up", labels=["of"])
        failed.add_metric(["replies"], found.replies_failed)
        failed.add_metric(["invitations"], found.invitations_failed)
        failed.add_metric(["training"], found.training_failed)
        yield failed
        head = Head.objects.filter(pk=1).values_list("seq", flat=True).first()
        yield _gauge("csservice_ledger_seq", "The last sealed entry", head or 0)

    def _jobs(self, now: datetime) -> Iterator[GaugeMetricFamily]:
        age = GaugeMetricFamily(
            "csservice_job_age_seconds", "Since the last success", labels=["job"]
        )
        took = GaugeMetricFamily("csservice_job_seconds", "The last run took", labels=["job"])
        for beat in Beat.objects.order_by("name"):
            if beat.done_at:
                age.add_metric([beat.name], max(0.0, (now - beat.done_at).total_seconds()))
                took.add_metric([beat.name], beat.took_s or 0)
        yield age
        yield took


def _gauge(name: str, said: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, said, value=float(value))
