"""The only file of the workstation that asks the time."""

from datetime import UTC, datetime


def now() -> datetime:
    """This moment, aware and in UTC."""
    return datetime.now(UTC)  # noqa: TID251 - the one place that may
