"""The wallboard shows the answers that it waits for, and no others."""

from datetime import UTC, datetime, timedelta

import pytest
from textual.pilot import Pilot

from common.reports import Attainment, Durations, Figures, SatisfactionFigures, Times
from tests.support.screen_bench import ScreenBench, load_snapshot, make_context
from tests.support.waiting import eventually
from tui import clock
from tui.reports.report_model import Report
from tui.reports.report_requests import AskReport, ReportLoaded
from tui.screens.wallboard import WallboardScreen


class Wall:
    """A wallboard whose clock a test sets, and whose questions a test answers."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = datetime(2026, 3, 2, 23, 59, tzinfo=UTC)
        monkeypatch.setattr(clock, "read_server_time", lambda: self.now)
        self.context = make_context()
        self.screen = WallboardScreen(self.context)
        self.app = ScreenBench(self.screen)

    async def next_request(self, count: int) -> AskReport:
        """Waits until so many reports have been asked for, and returns the last."""

        async def is_asked() -> bool:
            return len(self.requests) >= count

        await eventually(is_asked)
        return self.requests[-1]

    @property
    def requests(self) -> list[AskReport]:
        return [one for one in self.app.requests if isinstance(one, AskReport)]

    async def answer(self, pilot: Pilot[None], asked: AskReport, created: int) -> None:
        self.screen.post_message(ReportLoaded(asked, report(asked, created)))
        await pilot.pause()

    @property
    def created(self) -> str:
        cards = [tile._card for tile in self.screen.tiles if tile._card]
        return next(card.large for card in cards if card.name == "Created")


def report(asked: AskReport, created: int) -> Report:
    durations = Durations(0, None, None, None, business=Times(0, None, None, None))
    figures = Figures(
        tickets_created=created, tickets_resolved=0, resolution_events=0, reopened=0, backlog=0,
        unanswered=0, response_time=durations, first_response_time=durations,
        first_resolution_time=durations, resolution_time=durations,
        csat=SatisfactionFigures(0, None, None), sla=Attainment(0, None),
    )  # fmt: skip
    return Report(
        span=asked.span, compared=asked.compared, timezone="UTC", seq=5, total=figures,
        before=figures,
    )  # fmt: skip


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Wall:
    return Wall(monkeypatch)


async def test_today_is_asked_then_the_week(wall: Wall) -> None:
    async with wall.app.run_test(size=(80, 24)) as pilot:
        today = await wall.next_request(1)
        await wall.answer(pilot, today, 3)
        week = await wall.next_request(2)
        assert (today.span.days, week.span.days) == (1, 7)
        await wall.answer(pilot, week, 20)
        assert wall.created == "3"


async def test_an_answer_for_somebody_who_has_signed_out_is_not_shown(wall: Wall) -> None:
    async with wall.app.run_test(size=(80, 24)) as pilot:
        today = await wall.next_request(1)
        await wall.answer(pilot, today, 3)
        week = await wall.next_request(2)
        load_snapshot(wall.context, user_id=103)
        wall.screen.on_screen_resume()
        await wall.answer(pilot, today, 3)
        await wall.answer(pilot, week, 20)
        assert wall.screen.figures == {}


async def test_an_answer_from_before_midnight_is_asked_for_again(wall: Wall) -> None:
    async with wall.app.run_test(size=(80, 24)) as pilot:
        yesterday = await wall.next_request(1)
        wall.now += timedelta(minutes=2)
        await wall.answer(pilot, yesterday, 3)
        assert wall.created == "-"
        today = await wall.next_request(2)
        assert today.span.last > yesterday.span.last
        await wall.answer(pilot, today, 0)
        assert wall.created == "0"
