"""An incident log: the first failure of a kind is a line, and what follows is counted.

A full disk or an absent database fails every request. A line for each would bury the first one,
and fill the disk with the log.
"""

import asyncio
from typing import Any, Final

SUMMARY_SECONDS: Final = 60.0
"""How often an incident that goes on is reported again, with the count."""


class _Incident:
    """A kind of failure that is under way."""

    def __init__(self, event: str, fields: dict[str, Any]) -> None:
        self.event = event
        self.fields = fields
        self.total = 1
        self.since_last = 0
        self.is_quiet = False


class IncidentLog:
    """Logs failures by kind. Belongs to one event loop, that of the first failure."""

    def __init__(self, summary_seconds: float = SUMMARY_SECONDS) -> None:
        self._summary_seconds = summary_seconds
        self._incidents: dict[object, _Incident] = {}

    def report_failure(self, event: str, kind: object = None, **fields: Any) -> None:
        """Logs the first failure of its kind (the event's own by default) and counts the next.

        Each minute one line tells how many came since the last one; after two minutes without
        any the incident is over, and a line says so. A relay that is tried once a minute is one
        incident and not many.
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
    import structlog  # late: every command opens a database, and few have a failure to log

    return structlog.get_logger()
