"""Time zones allowed in settings: IANA names, independent of the machine."""

from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

ZONE_ERROR: Final = "must be an IANA time zone such as Europe/Rome"
_OF_THE_MACHINE: Final = frozenset({"Factory", "localtime", "posixrules"})
"""`Factory` means that no zone was set; the others are the zone of the machine."""
_OTHER_TABLES: Final = ("right/", "posix/")
"""Copies of all zones on some systems; those under `right/` count leap seconds."""


@cache
def list_time_zones() -> frozenset[str]:
    """Returns the allowed names. The first call reads a thousand files."""
    return frozenset(name for name in available_timezones() if _is_place(name))


def is_time_zone(name: str) -> bool:
    """Returns whether the name is an IANA zone that this machine or `tzdata` has."""
    if name not in list_time_zones():
        return False
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def find_zone(*names: str) -> ZoneInfo:
    """Returns the first allowed zone, or UTC.

    Stored names were checked, but less strictly in older versions (`localtime`), and possibly on a
    machine with newer tables.
    """
    return ZoneInfo(next(filter(is_time_zone, names), "UTC"))


def _is_place(name: str) -> bool:
    return name not in _OF_THE_MACHINE and not name.startswith(_OTHER_TABLES)
