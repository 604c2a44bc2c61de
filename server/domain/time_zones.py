"""Time zones that may be named in settings: the same everywhere, whatever the machine has."""

from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

ZONE_ERROR: Final = "must be an IANA time zone such as Europe/Rome"
_OF_THE_MACHINE: Final = frozenset({"Factory", "localtime", "posixrules"})
"""`Factory` says that nobody has set a zone; the others are what this machine is set to."""
_OTHER_TABLES: Final = ("right/", "posix/")
"""Copies of all zones that some systems keep; those under `right/` count leap seconds."""


@cache
def list_time_zones() -> frozenset[str]:
    """Returns every name that may be used. Looking for them reads a thousand files, once."""
    return frozenset(name for name in available_timezones() if _is_place(name))


def is_time_zone(name: str) -> bool:
    """Tells whether the name is an IANA zone that this machine, or `tzdata`, can compute with."""
    if name not in list_time_zones():
        return False
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def find_zone(*names: str) -> ZoneInfo:
    """Returns the first of the zones that may be named, UTC where none may be.

    Names are checked before they are stored, but an older version checked less (`localtime`), and
    a machine with newer tables may have stored a zone that this one does not know.
    """
    return ZoneInfo(next(filter(is_time_zone, names), "UTC"))


def _is_place(name: str) -> bool:
    return name not in _OF_THE_MACHINE and not name.startswith(_OTHER_TABLES)
