"""An incident log: logs the first failure of a kind and counts the next ones.

Where the disk is full or the database is away every request fails. A line for each would hide the
first one and fill the disk.
"""

import asyncio
from typing import Any, Final

SUMMARY_SECONDS: Final = 60.0
"""Seconds between two summaries of an incident that continues."""


class _Incident:
    """A kind of failure that continues."""

    def __init__(self, event: str, fields: dict[str, Any]) -> None:
        self.event = event
        self.fields = fields
        self.total = 1
        self.since_last = 0
        self.is_quiet = False


class IncidentLog:
    """Logs failures by kind. Use it on one event loop only."""

    def __init__(self, summary_seconds: float = SUMMARY_SECONDS) -> None:
        self._summary_seconds = summary_seconds
        self._incidents: dict[object, _Incident] = {}

    def report_failure(self, event: str, kind: object = None, **fields: Any) -> None:
        """Logs the first failure of its kind (the event's own by default) and counts the next.

        Once a minute a summary gives the count since the last line. After two minutes without a
        failure "incident over" ends the incident: two, so that a relay that is tried once a minute
        is one incident and not many.
        """
        key = (event, kind)
        incident = self._incidents.get(key)
        if incident is not None:
            incident.total += 1
            incident.since_last += 1
            return
        _get_logger().error(event, **fields)
        fields.pop("exc_info", None)
        self._incidents[key] = _Incident(event, fields)
        self._schedule_summary(key)

    def _schedule_summary(self, key: object) -> None:
        loop = asyncio.get_running_loop()
        loop.call_later(self._summary_seconds, self._log_summary, key)

    def _log_summary(self, key: object) -> None:
        incident = self._incidents[key]
        if not incident.since_last and not incident.is_quiet:
            incident.is_quiet = True
            self._schedule_summary(key)
            return
        if not incident.since_last:
            del self._incidents[key]
            _get_logger().info("incident over", incident=incident.event, count=incident.total)
            return
        count, incident.since_last, incident.is_quiet = incident.since_last, 0, False
        _get_logger().error(incident.event, count=count, total=incident.total, **incident.fields)
        self._schedule_summary(key)


def _get_logger() -> Any:
    import structlog  # here: every command opens a database, and few ever log a failure

    return structlog.get_logger()
