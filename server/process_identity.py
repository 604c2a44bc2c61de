"""Identifies this process, so that a later one can say whether it is gone."""

import os
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")
_PLACE_PARTS: Final = 2
_START_FIELD: Final = 19
"""The place of the start time in `/proc/PID/stat`, counted behind the name (proc(5))."""
_ENDED_STATES: Final = frozenset("ZXx")


def identify_process() -> str:
    """Returns boot, PID namespace, PID and start of this process; '' where Linux does not say."""
    place, start = _read_place(), _read_start(os.getpid())
    return f"{place} {os.getpid()} {start}" if place and start else ""


def is_process_gone(identity: str) -> bool:
    """Returns whether an identified process has ended for sure.

    Of a process of another machine or container nothing is known: False.
    """
    *place, pid, start = identity.split(" ") if identity.count(" ") > _PLACE_PARTS else ("", "", "")
    if not pid.isdigit() or " ".join(place) != _read_place():
        return False
    return _read_start(int(pid)) != start


def _read_place() -> str:
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {(_PROC / 'self/ns/pid').readlink()}"
    except OSError:
        return ""


def _read_start(pid: int) -> str:
    try:
        stat = (_PROC / str(pid) / "stat").read_text()
    except OSError:
        return ""
    state, *fields = stat.rpartition(")")[2].split()
    return "" if state in _ENDED_STATES else fields[_START_FIELD - 1]
