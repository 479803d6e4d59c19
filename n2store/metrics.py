"""`GET /metrics` for Prometheus, with METRICS_TOKEN: what processes counted, and how the house stands now.

Each process of `web`, `gate` and `worker` counts into a file of its own in METRICS_FOLDER; whichever `web` process is
asked adds the files up. Queues and breakers are read where they are, at that moment.
"""

import hmac
import time
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from typing_extensions import override

from banking.console.waiting import waiting
from n2store.front import Wsgi
from n2store.models import Event
from n2store.problems import problem
from n2store.timetable import timetable
from proxy.addresses import is_gateways
from proxy.neighbours import neighbours
from proxy.watching.breaker import STATES
from proxy.watching.shared import Standing, all_written
from realtime.models import Frame

REQUESTS = Counter("n2store_requests", "Requests served, by kind of address and class of status.", ["route", "status"])
SECONDS = Histogram(
    "n2store_request_seconds", "From a request's arrival in the process to its answer.", ["route"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60),
)  # fmt: skip
BEARER = "Bearer "


def counted(application: Wsgi) -> Wsgi:
    """Count and time what a WSGI application serves."""

    def serve(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        begun_at, status = time.perf_counter(), "5"

        def told(line: str, *more: Any) -> Any:
            nonlocal status
            status = line[:1]
            return start_response(line, *more)

        try:
            return application(environ, told)
        finally:
            route = route_class(environ.get("PATH_INFO", ""))
            _requests(route, status).inc()
            _seconds(route).observe(time.perf_counter() - begun_at)

    return serve


@cache
def _requests(route: str, status: str) -> Counter:
    return REQUESTS.labels(route, f"{status}xx")


@cache
def _seconds(route: str) -> Histogram:
    return SECONDS.labels(route)


def route_class(path: str) -> str:
    """Return the kind of address that a path is counted to: few kinds, however many addresses."""
    if path in settings.WEBHOOK_PATHS:
        return "webhook"
    for prefix, name in (("/api/v2/", "api-v2"), ("/admin/", "admin"), ("/health", "health")):
        if path.startswith(prefix):
            return name
    if is_gateways(path):
        return "gateway"
    return "api-v1" if path.startswith("/api/") else "other"


def metrics(request: HttpRequest) -> HttpResponse:
    """Answer Prometheus."""
    if not settings.METRICS_TOKEN:
        return JsonResponse(problem("Not Found", "NOT_FOUND"), status=404)
    said = request.META.get("HTTP_AUTHORIZATION", "")
    token = said.removeprefix(BEARER) if said.startswith(BEARER) else ""
    if not hmac.compare_digest(token.encode(), settings.METRICS_TOKEN.encode()):
        answer = JsonResponse(problem("The token is missing or wrong.", "AUTH_REQUIRED"), status=401)
        answer.headers["WWW-Authenticate"] = "Bearer"
        return answer
    now = CollectorRegistry(auto_describe=False)
    now.register(_Now())
    return HttpResponse(generate_latest(_gathered()) + generate_latest(now), content_type=CONTENT_TYPE_LATEST)


def _gathered() -> CollectorRegistry:
    """Return what was counted: by all processes, or by this one where it is alone."""
    if not settings.METRICS_FOLDER:
        return REGISTRY
    shared = CollectorRegistry()
    MultiProcessCollector(shared, path=settings.METRICS_FOLDER)  # type: ignore[no-untyped-call]
    return shared


class _Now(Collector):
    """What nobody counts: the state at this moment."""

    @override
    def collect(self) -> Iterator[GaugeMetricFamily]:
        breakers = all_written()
        up = GaugeMetricFamily("n2store_part_up", "Whether a part of the house answers.", labels=["part"])
        up.add_metric(["redis"], 0.0 if breakers is None else 1.0)
        try:
            queues: dict[str, int] | None = queue_lengths()
        except DatabaseError:
            queues = None
            connection.close()
        up.add_metric(["database"], 0.0 if queues is None else 1.0)
        yield up
        yield _breakers(breakers or {})
        waits = GaugeMetricFamily("n2store_queue_length", "What waits, by queue.", labels=["queue"])
        for name, length in (queues or {}).items():
            waits.add_metric([name], length)
        yield waits


def queue_lengths() -> dict[str, int]:
    """Return how many wait: frames not understood, events without a position, jobs that are late, transfers for staff.

    Raises:
        DatabaseError: the database is away.
    """
    return {
        "frames": Frame.objects.filter(~Q(error="")).count(),
        "events": Event.objects.filter(position=None).count(),
        "jobs_late": sum(entry.is_late for entry in timetable()),
        "transfers": waiting().order_by().aggregate(count=Count("pk"))["count"],
    }


def _breakers(known: dict[str, Standing]) -> GaugeMetricFamily:
    told = GaugeMetricFamily(
        "n2store_breaker_state", "1 for the state that a neighbour's breaker is in.", labels=["upstream", "state"]
    )
    for name in (one.name for one in neighbours()):
        mine = {one.now for host, one in known.items() if host.partition(":")[0] == name}
        worst = next((state for state in reversed(STATES) if state in mine), STATES[0])
        for state in STATES:
            told.add_metric([name, state], float(state == worst))
    return told
