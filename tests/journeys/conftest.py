"""An organization of its own for each test, and the workstation under Pilot."""

import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.support.desk import PASSWORD, ServedDesk, Tenants
from tests.support.seat import Seat
from tests.support.support_team import SupportTeam
from tests.support.waiting import PATIENCE
from tui.model import undo_history
from tui.model.working_times import DEFAULT_TIMES, WorkingTimes
from tui.shell import key_burst, key_queue, session
from tui.shell.app import Deskwire
from tui.widgets import cursor_list, toast


@pytest.fixture
async def desk(sites: Callable[[str], ServedDesk], web: aiohttp.ClientSession) -> SupportTeam:
    """Returns an organization with the agents Ana and Bo; tickets stay where tests put them."""
    return await SupportTeam.assemble(
        Tenants(sites("sqlite"), web), "Ana Sousa", "Bo Lindqvist", name="Acme"
    )


_FOREVER = 3600.0


def make_patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has nothing on the workstation pass by itself while a slow machine gets to its next step.

    What it says stays until it says something else, what was done can be taken back, and no key,
    command or sign-out is given up on.
    """
    monkeypatch.setattr(toast, "TOAST_SECONDS", _FOREVER)
    monkeypatch.setattr(cursor_list, "GHOST_SECONDS", _FOREVER)
    monkeypatch.setattr(undo_history, "UNDO_PERIOD", timedelta(seconds=_FOREVER))
    monkeypatch.setattr(key_burst, "_GAP_SECONDS", _FOREVER)
    monkeypatch.setattr(key_burst, "_SENTENCE_GAP_SECONDS", _FOREVER)
    monkeypatch.setattr(key_queue, "_PATIENCE", PATIENCE)
    monkeypatch.setattr(session, "_FLUSH_SECONDS", PATIENCE)
    monkeypatch.setattr(session, "_SIGN_OUT_SECONDS", PATIENCE)


@pytest.fixture
def sit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """`async with sit(desk) as seat`: an agent who has signed in and sees the queue."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    make_patient(monkeypatch)

    @contextlib.asynccontextmanager
    async def sitting(
        desk: SupportTeam,
        who: str = "ana",
        size: tuple[int, int] = (80, 24),
        *,
        idle_after: timedelta | None = DEFAULT_TIMES.idle_after,
        hold: timedelta = timedelta(0),
        **options: Any,
    ) -> AsyncIterator[Seat]:
        values = {"server": desk.http, "org": str(desk.org.id), "email": desk.people[who].email}
        # Nothing is held, unless a test says so: it would wait for each of these seconds.
        times = WorkingTimes(idle_after=idle_after, hold=hold)
        app = Deskwire({**values, "password": PASSWORD}, times, **options)
        async with app.run_test(size=size) as pilot:
            seat = Seat(app, pilot)
            await seat.sees("LIVE")
            yield seat

    return sitting
