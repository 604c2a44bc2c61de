"""Topics of persons: whatever their ids are, a subscription reaches one person alone."""

import re

from hypothesis import given
from hypothesis import strategies as st

from common.topics import (
    build_event_topic,
    build_stream_prefix,
    build_user_topic,
    list_granted_topics,
)

ORG_IDS = st.integers(1_000, 99_999)
GENERATIONS = st.integers(1, 120)
# Ids of which one often begins another: 1, 17, 170, 1701, ...
PERSON_IDS = st.integers(1, 2**40) | st.text("17", min_size=1, max_size=6).map(int)
PEOPLE = st.tuples(ORG_IDS | st.sampled_from([1001, 10010]), GENERATIONS, PERSON_IDS)


@given(PEOPLE, PEOPLE)
def test_no_granted_topic_is_a_prefix_of_another_persons(
    one: tuple[int, int, int], other: tuple[int, int, int]
) -> None:
    if one == other:
        return
    granted = list_granted_topics(*one, build_stream_prefix(*one[:2]).encode())
    foreign = build_user_topic(*other).encode()
    assert [topic for topic in granted if foreign.startswith(topic)] == []


@given(PEOPLE, PEOPLE, st.integers(0, 40))
def test_a_subscription_grants_nothing_but_ones_own_topics_that_begin_with_it(
    one: tuple[int, int, int], other: tuple[int, int, int], length: int
) -> None:
    own = list_granted_topics(*one, build_stream_prefix(*one[:2]).encode())
    wish = build_user_topic(*other).encode()[:length]
    granted = list_granted_topics(*one, wish)
    assert granted in ([], [topic for topic in own if topic.startswith(wish)])


@given(PEOPLE)
def test_a_subscription_without_the_last_slash_grants_ones_own_topic(
    person: tuple[int, int, int],
) -> None:
    topic = build_user_topic(*person)
    assert re.fullmatch(r"\d+/\d+/user/\d+/", topic)
    for wish in (topic, topic.removesuffix("/")):
        assert list_granted_topics(*person, wish.encode()) == [topic.encode()]


@given(PEOPLE, st.sampled_from(["ticket.created", "presence.changed", "user.changed"]))
def test_topics_of_events_are_granted_to_everybody(
    person: tuple[int, int, int], type_: str
) -> None:
    topic = build_event_topic(*person[:2], type_).encode()
    assert list_granted_topics(*person, topic) == [topic]
