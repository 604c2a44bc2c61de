"""The agent's presence: a choice holds, idling is away, and a key ends idling alone."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.people import Presence
from tui.model.presence_state import PresenceState

NOON = timedelta(hours=12)
PATIENCE = timedelta(minutes=30)
LATER = NOON + PATIENCE
OTHER = [Presence.BUSY, Presence.AWAY, Presence.OFFLINE]
Doings = st.lists(st.sampled_from(["record_activity", "check_idle"]), max_size=8)


def agent(found: Presence = Presence.OFFLINE, idle: timedelta | None = PATIENCE) -> PresenceState:
    return PresenceState(found, NOON, idle)


def test_who_signs_in_is_available() -> None:
    assert agent().state is Presence.AVAILABLE


@pytest.mark.parametrize("found", [Presence.BUSY, Presence.AWAY])
def test_who_was_busy_or_away_at_the_sign_in_is_left_so(found: Presence) -> None:
    assert agent(found).state is found


@given(chosen=st.sampled_from(OTHER), doings=Doings)
def test_what_the_agent_chose_holds_whatever_it_does(chosen: Presence, doings: list[str]) -> None:
    it = agent()
    it.choose_presence(chosen, NOON)
    for n, doing in enumerate(doings):
        changed = getattr(it, doing)(NOON + n * PATIENCE)
        assert not changed
        assert it.state is chosen


def test_idling_makes_away_and_a_key_available_again() -> None:
    it = agent()
    assert not it.check_idle(LATER - timedelta(seconds=1))
    seen = [
        (it.check_idle(LATER), it.state),
        (it.check_idle(LATER), it.state),
        (it.record_activity(LATER), it.state),
    ]
    away, back = Presence.AWAY, Presence.AVAILABLE
    assert seen == [(True, away), (False, away), (True, back)]
    assert not it.record_activity(LATER)


def test_each_key_begins_the_wait_anew() -> None:
    it = agent()
    it.record_activity(LATER)
    assert it.time_until_idle(LATER) == PATIENCE
    assert not it.check_idle(LATER)


def test_without_a_limit_nobody_idles() -> None:
    it = agent(idle=None)
    assert not it.check_idle(NOON + timedelta(days=9))
    assert it.time_until_idle(NOON) is None


def test_choosing_available_is_choosing_nothing() -> None:
    it = agent(Presence.BUSY)
    it.choose_presence(Presence.AVAILABLE, NOON)
    assert it.check_idle(LATER)
    assert it.state is Presence.AWAY


@pytest.mark.parametrize("heard", list(Presence))
def test_what_another_terminal_says_holds_here(heard: Presence) -> None:
    it = agent()
    it.accept_server_state(heard, NOON)
    assert it.state is heard
    assert it.record_activity(NOON) == (heard is Presence.AWAY)
