"""Metrics for Prometheus."""

from collections.abc import Callable
from functools import lru_cache
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram

_BUCKETS: Final = (0.002, 0.01, 0.05, 0.25, 1.0, 5.0)
"""Upper bounds in seconds. There are few, because every response is compared with each."""
Series = tuple[Callable[[], None], Callable[[float], None]]


class Metrics:
    """Counts and times requests; counts webhook deliveries and mails. Each server has its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        # Cached: to find a labelled series costs more than to count in it.
        self._series = lru_cache(maxsize=None)(self._make_series)
        self._requests = Counter(
            "deskwire_requests", "Requests answered", ["route", "status"], registry=self.registry
        )
        self._mails = Counter("deskwire_mails", "Mails settled", ["state"], registry=self.registry)
        self._seconds = Histogram(
            "deskwire_request_seconds",
            "Time to answer",
            ["route"],
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self._deliveries = Counter(
            "deskwire_webhook_deliveries",
            "Attempts to deliver to webhooks, by result",
            ["state"],
            registry=self.registry,
        )

    def count_delivery(self, state: str) -> None:
        """Counts one attempt to deliver to a webhook: `sent`, `failed` or `dead`."""
        self._deliveries.labels(state).inc()

    def observe_request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Counts and times one request. `route` is its pattern, so that there are few series."""
        inc, observe = self._series(method, route, status)
        inc()
        observe(seconds)

    def count_mail(self, state: str) -> None:
        """Counts one mail that was sent, dropped or given up."""
        self._mails.labels(state).inc()

    def _make_series(self, method: str, route: str, status: int) -> Series:
        name = f"{method} {route}"
        counter = self._requests.labels(name, str(status))
        return counter.inc, self._seconds.labels(name).observe
