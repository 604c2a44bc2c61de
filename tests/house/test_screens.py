"""Every screen and widget that is shown does all that the abstract ones leave to it."""

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
from tui.widgets.conversation import ConversationPane
from tui.widgets.fixed_line import StyledLine
from tui.widgets.notification_list import NotificationList
from tui.widgets.selectable import Selectable
from tui.widgets.sheet_view import SheetView
from tui.widgets.text_page import TextPage
from tui.widgets.ticket_table import TicketTable

SHOWN = [
    notifications_screen.NotificationsScreen,
    queue_screen.QueueScreen,
    report_screen.ReportScreen,
    report_rows_screen.ReportRowsScreen,
    ticket_screen.TicketScreen,
    wallboard.WallboardScreen,
]


SELECTABLE = [ConversationPane, NotificationList, SheetView, StyledLine, TextPage, TicketTable]


def hooks(screen: type[DeskScreen | Selectable]) -> Iterator[str]:
    """Names what abstract parents leave to it: Textual's metaclass leaves no room for ABCMeta."""
    for parent in (DeskScreen, AutoRefreshScreen, TicketActionScreen, Selectable):
        for name, found in vars(parent).items():
            code = found.fget if isinstance(found, property) else found
            if issubclass(screen, parent) and inspect.isfunction(code) and _is_left_open(code):
                yield name


def _is_left_open(code: object) -> bool:
    return "raise NotImplementedError" in inspect.getsource(code)  # type: ignore[arg-type]


@pytest.mark.parametrize("shown", [*SHOWN, *SELECTABLE])
def test_what_is_shown_leaves_nothing_open(shown: type[DeskScreen | Selectable]) -> None:
    asked = list(hooks(shown))
    assert ("draw_line" if issubclass(shown, Selectable) else "compose_body") in asked
    for name in asked:
        found = getattr(shown, name)
        assert not _is_left_open(found.fget if isinstance(found, property) else found), name
