"""People at a ticket: as their last signal says, for half a minute."""

from datetime import timedelta

from common.watching import WATCH_SECONDS, WatchView
from common.wire import PersonRef
from tests.support.tickets import NOON
from tui.model.watchers import TicketWatchers

ANN, BO, MIA = PersonRef(1, "Ann"), PersonRef(2, "Bo"), PersonRef(3, "Mia")


def test_those_who_write_come_first_and_oneself_is_left_out() -> None:
    watchers = TicketWatchers()
    for person, typing in ((ANN, True), (MIA, False), (BO, False)):
        watchers.note(WatchView(7, person, typing, left=False), NOON)
    assert watchers.describe(7, 0, NOON) == "Ann is writing · Bo, Mia are looking"
    assert watchers.describe(7, ANN.id, NOON) == "Bo, Mia are looking"
    assert watchers.describe(8, 0, NOON) == ""


def test_whoever_leaves_or_falls_silent_is_gone() -> None:
    watchers = TicketWatchers()
    watchers.note(WatchView(7, ANN, typing=True, left=False), NOON)
    watchers.note(WatchView(7, BO, typing=False, left=False), NOON + timedelta(seconds=1))
    watchers.note(WatchView(7, BO, typing=False, left=True), NOON + timedelta(seconds=2))
    assert watchers.describe(7, 0, NOON + timedelta(seconds=2)) == "Ann is writing"
    assert watchers.describe(7, 0, NOON + timedelta(seconds=WATCH_SECONDS)) == ""
