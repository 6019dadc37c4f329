"""What operators look at: is it alive, can it serve, how much does it do; and one line a request.

``/healthz`` says that the process answers, ``/readyz`` that there is a publication to serve,
``/metrics`` counts for Prometheus, over all workers of one server. Neither the counts nor the
lines hold an address, a query, a path as it was typed or a unit: routes are told as declared.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator
from datetime import datetime

from flask import Flask, Response, g, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
)
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from dashboard.errors import MartUnavailable
from dashboard.mart import Mart

log = logging.getLogger(__name__)

SHARED = "PROMETHEUS_MULTIPROC_DIR"
"""Where the workers of one server put their counts together; set before this module is imported."""
METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})
SECONDS = (0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Bounds of the histogram of answering times."""
PASSED_ON = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Real-IP")
"""Headers that a reverse proxy sets: counts are for the machine itself, not for readers."""


class Counts:
    """The counts of one application, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        names = ("route", "method", "status")
        self.requests = Counter(
            "afspiegeling_requests", "Requests answered", names, registry=self.registry
        )
        self.seconds = Histogram(
            "afspiegeling_request_seconds",
            "Time to answer",
            ("route",),
            buckets=SECONDS,
            registry=self.registry,
        )
        self.busy = Gauge(
            "afspiegeling_requests_in_progress",
            "Requests in hand",
            multiprocess_mode="livesum",
            registry=self.registry,
        )

    def text(self, mart: Mart) -> bytes:
        """All counts as Prometheus reads them, of all workers where there are several."""
        registry = self.registry
        if SHARED in os.environ:
            registry = CollectorRegistry()
            multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry) + generate_latest(Served(mart))


class Served(Collector):
    """What is served, looked up when it is asked for: the same for every worker."""

    def __init__(self, mart: Mart) -> None:
        self.mart = mart

    def collect(self) -> Iterator[Metric]:
        """Whether there is a publication, is the one pointed to, and when it was made."""
        created = _created(self.mart)
        yield GaugeMetricFamily(
            "afspiegeling_ready", "1 where there is a publication to serve", created is not None
        )
        yield GaugeMetricFamily(
            "afspiegeling_pointer_followed",
            "0 where an earlier publication is served because the pointer cannot be followed",
            self.mart.follows(),
        )
        if created is not None:
            yield GaugeMetricFamily(
                "afspiegeling_publication_created_timestamp_seconds",
                "When the publication that is served was made",
                created,
            )


def _created(mart: Mart) -> float | None:
    try:
        return datetime.fromisoformat(mart.meta()["created"]).timestamp()
    except MartUnavailable:
        return None


def register_routes(server: Flask, mart: Mart) -> None:
    """Serve health, readiness and counts; count and log every request; one publication for each."""
    counts = Counts()

    @server.before_request
    def begin() -> None:
        g.began = time.perf_counter()
        counts.busy.inc()
        mart.hold()

    @server.after_request
    def end(response: Response) -> Response:
        _account(counts, response)
        return response

    @server.teardown_request
    def leave(_error: BaseException | None) -> None:
        counts.busy.dec()
        mart.release()

    @server.get("/healthz")
    def healthz() -> Response:
        return _plain("ok\n")

    @server.get("/readyz")
    def readyz() -> Response:
        if _created(mart) is None:
            return _plain("no publication\n", 503)
        return _plain("ready\n")

    @server.get("/metrics")
    def metrics() -> Response:
        if any(name in request.headers for name in PASSED_ON):
            return _plain("not found\n", 404)
        return Response(counts.text(mart), content_type=CONTENT_TYPE_LATEST)


def _plain(text: str, status: int = 200) -> Response:
    answer = Response(text, status, mimetype="text/plain")
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _account(counts: Counts, response: Response) -> None:
    """Count a request that is answered, and log it: by the route that was declared for it."""
    seconds = time.perf_counter() - g.began
    route = request.url_rule.rule if request.url_rule else "/<none>"
    method = request.method if request.method in METHODS else "OTHER"
    counts.requests.labels(route, method, str(response.status_code)).inc()
    counts.seconds.labels(route).observe(seconds)
    facts = {
        "route": route,
        "method": method,
        "status": response.status_code,
        "bytes": response.calculate_content_length(),
        "milliseconds": round(1000 * seconds, 1),
    }
    log.info("request", extra={"facts": facts})
