"""Whom a text names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.mentions import Nameable, has_any, mentioned

AGENTS = [
    Nameable(1000, "Ana Lopez", "ana@desk.example"),
    Nameable(1001, "Bob Stone", "b.stone@desk.example"),
    Nameable(1002, "Bob Ng", "bobby@desk.example"),
    Nameable(1003, "Jörg O'Neil", "joerg@desk.example"),
    Nameable(1004, "Mia", "mia+desk@desk.example"),
    Nameable(1005, "Stone", "stone@desk.example"),
    Nameable(1006, "Li Wei", "li@one.example"),
    Nameable(1007, "Wei Li", "li@two.example"),
]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("@ana please look", {1000}),
        ("please look, @Ana.", {1000}),
        ("(@ANA) see above", {1000}),
        ("@ana and @Ana Lopez, and again @ana", {1000}),
        ("@Ana's ticket", {1000}),
        ("@b.stone is back", {1001}),
        ("@Bob Stone is back", {1001}),
        ("@bob who of you", set()),
        ("@bobby", {1002}),
        ("@jörg", {1003}),
        ("@Jörg O'Neil knows", {1003}),
        ("@mia+desk", {1004}),
        ("@stone", {1005}),
        ("@li", set()),
        ("@Li Wei and @Wei Li", {1006, 1007}),
        ("ask ana@desk.example", set()),
        ("@nobody, @ or @@ana", set()),
        ("@analyst", set()),
        ("first line\n@ana\n@mia", {1000, 1004}),
        ("", set()),
    ],
)
def test_an_agent_is_named_by_name_address_or_first_name_where_that_is_one_alone(
    text: str, ids: set[int]
) -> None:
    assert mentioned(text, AGENTS) == ids


@given(st.text("@ab.n'’ \n+-é", max_size=80) | st.text())
def test_any_text_names_agents_alone_and_none_without_an_at(text: str) -> None:
    found = mentioned(text, AGENTS)
    assert found <= {agent.id for agent in AGENTS}
    if found:
        assert has_any(text)


@given(st.text("ab @.", max_size=20), st.text("ab @.", max_size=20))
def test_case_makes_no_difference(before: str, after: str) -> None:
    text = f"{before} @ana {after}"
    assert mentioned(text, AGENTS) == mentioned(text.upper(), AGENTS)


def test_a_text_of_nothing_but_mentions_is_read_to_the_hundredth() -> None:
    assert mentioned("@b " * 100 + "@ana", AGENTS) == set()
    assert mentioned("@b " * 99 + "@ana", AGENTS) == {1000}
