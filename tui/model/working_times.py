"""The times that an agent chooses for the workstation."""

from datetime import timedelta
from typing import Final

from msgspec import Struct

HOLD: Final = timedelta(seconds=5)
"""The time for which a command that cannot be undone is held."""


class WorkingTimes(Struct, frozen=True, kw_only=True):
    """The time without a key after which an agent is away (None: never), and that of holding."""

    idle_after: timedelta | None = timedelta(minutes=30)
    hold: timedelta = HOLD


DEFAULT_TIMES: Final = WorkingTimes()
