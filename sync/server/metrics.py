"""What the operator's monitoring may count: requests, times, sizes, refusals. No company, device or address."""

from __future__ import annotations

import os

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
    multiprocess,
)

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
disable_created_metrics()  # type: ignore[no-untyped-call]
_SHARED = "PROMETHEUS_MULTIPROC_DIR"
_TIMES_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_GROUPS = (1, 2, 4, 8, 16, 32, 64, 128, 256)


class Metrics:
    """The counters of one process. With several, they are summed over the files that these share."""

    def __init__(self) -> None:
        own = self._own = CollectorRegistry()
        self._requests = Counter(
            "provender_requests", "Requests answered.", ["request", "status"], registry=own
        )
        self._times = Histogram(
            "provender_request_seconds", "Time to answer.", ["request"], buckets=_TIMES_S, registry=own
        )
        self._received = Counter("provender_received_bytes", "Bytes of requests.", registry=own)
        self._sent = Counter("provender_sent_bytes", "Bytes of replies.", registry=own)
        self._refused = Counter("provender_refused", "Requests over a rate.", ["of"], registry=own)
        self._waiting = Gauge(
            "provender_waiting", "Devices that wait for news.", registry=own, multiprocess_mode="livesum"
        )
        self._commits = Histogram(
            "provender_commit_seconds", "Time of one transaction.", buckets=_TIMES_S, registry=own
        )
        self._groups = Histogram(
            "provender_commit_requests", "Requests in one transaction.", buckets=_GROUPS, registry=own
        )

    def answered(self, request: str, status: int, seconds: float, received: int, sent: int) -> None:
        """One request is over. `request` must be one of our names, not a text from outside."""
        self._requests.labels(request, str(status)).inc()
        self._times.labels(request).observe(seconds)
        self._received.inc(received)
        self._sent.inc(sent)

    def refused(self, of: str) -> None:
        """A request was over the rate of its device, company or address."""
        self._refused.labels(of).inc()

    def waiting(self, count: int) -> None:
        """So many devices wait for news here."""
        self._waiting.set(count)

    def committed(self, requests: int, seconds: float) -> None:
        """A transaction was committed."""
        self._commits.observe(seconds)
        self._groups.observe(requests)

    def text(self) -> bytes:
        """All of it in Prometheus' format."""
        if _SHARED not in os.environ:
            return generate_latest(self._own)
        summed = CollectorRegistry()
        multiprocess.MultiProcessCollector(summed)  # type: ignore[no-untyped-call]
        return generate_latest(summed)
