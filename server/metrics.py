"""What the server tells Prometheus about itself."""

from prometheus_client import CollectorRegistry, Counter, Histogram


class Metrics:
    """Counts requests, times them, and counts published events. One registry a server."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "deskwire_requests", "Requests answered", ["route", "status"], registry=self.registry
        )
        self._seconds = Histogram(
            "deskwire_request_seconds", "Time to answer", ["route"], registry=self.registry
        )

    def observe(self, route: str, status: int, seconds: float) -> None:
        self._requests.labels(route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)
