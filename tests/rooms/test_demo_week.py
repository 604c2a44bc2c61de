"""The demo left alone for a week: it is alive in each of its hours, and piles nothing up."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest

from demo import simulation
from demo.company import ADMIN, COLLEAGUES, CUSTOMERS
from demo.customer_mails import CustomerMails
from demo.organization_setup import create_demo_desk
from demo.simulated_agents import SimulatedAgents
from demo.simulated_customers import MAX_UNRESOLVED, SimulatedCustomers
from demo.stories import StoryDeck, load_stories
from server.clock import utc_now
from server.domain.timestamps import to_microseconds
from server.storage.connect import open_database
from server.storage.engine.transaction import ReadTransaction
from server.storage.queries.person import sessions
from server.storage.queries.person.sessions import Login
from tests.support.demo_desk import PlayedDesk, PlayedSimulation
from tests.support.fast_forward_loop import pass_time, run_sped_up
from tests.support.sqlite_file import make_sqlite_url

_HOUR: Final = 3600
_WEEK: Final = 7 * 24
_dice = partial(Random)


class Week:
    """A demo on a desk in memory, looked at once an hour."""

    def __init__(
        self, seed: int, deck: Callable[[Random], StoryDeck] = StoryDeck, slowness: float = 1
    ) -> None:
        dice = _dice(seed)
        self.desk = PlayedDesk(dice)
        self.state = PlayedSimulation(self.desk, slowness)
        self.colleagues = SimulatedAgents(self.state)
        mails = CustomerMails(self.state, self.state.caller_for(ADMIN).deliver)
        self.customers = SimulatedCustomers(self.state, deck(dice), mails)
        self.filed: list[int] = []

    async def live(self, hours: int) -> None:
        self.colleagues.there.update(COLLEAGUES)
        life = asyncio.create_task(
            simulation.run_simulation(self.state, self.customers, self.colleagues)
        )
        for _ in range(hours):
            before = self.desk.filed
            await pass_time(_HOUR)
            assert not life.done()
            self.filed.append(self.desk.filed - before)
        life.cancel()
        self.state.cancel_pending()
        with suppress(asyncio.CancelledError):
            await life


def test_a_demo_that_runs_for_a_week_is_alive_in_each_of_its_hours(
    caplog: pytest.LogCaptureFixture,
) -> None:
    # Slow people: as much happens as on a day of quick ones, and takes a test as long.
    week = Week(8, slowness=30)
    run_sped_up(lambda: week.live(_WEEK))

    assert len(week.filed) == _WEEK
    assert min(week.filed) > 2
    assert len(week.desk.unresolved) <= MAX_UNRESOLVED
    assert len(week.state.live_tickets) < 2 * (len(week.desk.unresolved) + len(week.desk.resolved))
    assert "customer" in week.desk.resolved_as, "no answer was lost: the test proves too little"
    assert week.desk.woken, "nothing was snoozed: likewise"
    assert set(week.desk.mailed) == {it.email for it in CUSTOMERS}
    assert len(week.desk.mailed) > week.desk.filed / 3
    assert caplog.records == []


def test_the_desk_of_a_quick_demo_never_fills_up_with_what_nobody_moves_on() -> None:
    week = Week(4)
    run_sped_up(lambda: week.live(3))

    assert min(week.filed) > 200


def test_a_desk_that_shows_every_story_gets_none_and_goes_on() -> None:
    few = [story for story in load_stories() if story.cue is None][:3]
    week = Week(1, lambda dice: StoryDeck(dice, few))
    run_sped_up(lambda: week.live(4))

    assert min(week.filed) > 10


def test_a_deck_of_nothing_has_nothing_to_draw() -> None:
    empty = StoryDeck(_dice(1), [])

    assert empty.draw_story_except(()) is None
    with pytest.raises(LookupError):
        empty.draw_story()


def test_a_deck_has_every_story_once_before_any_comes_again() -> None:
    deck, all_ = StoryDeck(_dice(3)), [it for it in load_stories() if it.cue is None]
    drawn = [deck.draw_story().subject for _ in range(2 * len(all_))]

    subjects = sorted(story.subject for story in all_)
    assert sorted(drawn[: len(all_)]) == sorted(drawn[len(all_) :]) == subjects


def test_a_story_that_was_passed_over_comes_later() -> None:
    deck = StoryDeck(_dice(3))
    first = StoryDeck(_dice(3)).draw_story()
    others = [deck.draw_story_except({first.subject}) for _ in range(5)]

    assert first not in others
    assert deck.draw_story() == first


def test_a_part_that_fails_goes_on_and_the_others_never_stop(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    week, failures = Week(2), [ValueError("once"), KeyError("twice")]
    arrive = week.customers.arrive

    async def failing() -> Any:
        if failures:
            raise failures.pop()
        await arrive()

    monkeypatch.setattr(week.customers, "arrive", failing)
    run_sped_up(lambda: week.live(2))

    assert not failures
    assert min(week.filed) > 50
    assert [it.message for it in caplog.records] == ["a part of the demo failed"] * 2


async def test_nobody_of_the_demo_is_signed_out_while_it_runs(tmp_path: Path) -> None:
    url = make_sqlite_url(tmp_path)
    dice = _dice(5)
    founded = await create_demo_desk(url, StoryDeck(dice), dice, [])
    much_later = to_microseconds(utc_now() + timedelta(days=60))
    database = open_database(url)
    try:
        for token in founded.tokens.values():
            login = await database.read_snapshot(partial(_find, token=token, now=much_later))
            assert login is not None
    finally:
        database.close()


def _find(reading: ReadTransaction, token: str, now: int) -> Login | None:
    return sessions.find_login(reading, token, now)
