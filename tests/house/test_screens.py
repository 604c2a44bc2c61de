"""Every screen that is shown does all that the abstract ones leave to it."""

import inspect
from collections.abc import Iterator

import pytest

from tui.screens import (
    notifications_screen,
    queue_screen,
    report_rows_screen,
    report_screen,
    ticket_screen,
    wallboard,
)
from tui.screens.auto_refresh import AutoRefreshScreen
from tui.screens.desk_screen import DeskScreen
from tui.screens.ticket_actions import TicketActionScreen

SHOWN = [
    notifications_screen.NotificationsScreen,
    queue_screen.QueueScreen,
    report_screen.ReportScreen,
    report_rows_screen.ReportRowsScreen,
    ticket_screen.TicketScreen,
    wallboard.WallboardScreen,
]


def hooks(screen: type[DeskScreen]) -> Iterator[str]:
    """What its abstract parents leave to it: Textual's own metaclass leaves no room for ABCMeta."""
    for parent in (DeskScreen, AutoRefreshScreen, TicketActionScreen):
        for name, found in vars(parent).items():
            code = found.fget if isinstance(found, property) else found
            if issubclass(screen, parent) and inspect.isfunction(code) and _is_left_open(code):
                yield name


def _is_left_open(code: object) -> bool:
    return "raise NotImplementedError" in inspect.getsource(code)  # type: ignore[arg-type]


@pytest.mark.parametrize("screen", SHOWN)
def test_a_shown_screen_leaves_nothing_open(screen: type[DeskScreen]) -> None:
    asked = list(hooks(screen))
    assert "compose_body" in asked
    for name in asked:
        found = getattr(screen, name)
        assert not _is_left_open(found.fget if isinstance(found, property) else found), name
