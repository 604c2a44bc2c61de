"""A match of a ticket's texts is the index's answer."""

from hypothesis import example, given
from hypothesis import strategies as st

from server.domain.text_match import Matcher, TicketTexts
from server.domain.tokenizer import parse_search_query
from tests.support.search_model import finds_group

SIGNS = "ab12-'./#_ éß坏了プガ\u0e40\u094d\u200dＡ"
said = st.lists(st.text(SIGNS, max_size=20), max_size=4)
asked = st.text(SIGNS, max_size=12)


@given(said, asked)
@example(["an e-mail came"], "email")
@example(["v2.10.3"], "2.10.3")
@example(["ORD-2026-00048213"], "48213")
@example(["a1", "b2"], "a1.b2")
@example(["x" * 600], "x" * 550)
@example(["a" * 70 + "1-b"], "ab")
@example(["we say doesn’t"], "doesnt")
@example(["#12 12a"], "#12")
@example(["aé"], "a")
def test_a_text_has_what_its_tokens_say(texts: list[str], query: str) -> None:
    groups = parse_search_query(query)
    expected = [any(finds_group(group, text) for text in texts) for group in groups]
    assert Matcher(groups).match_groups(TicketTexts(-1, texts)) == expected


@given(asked)
def test_a_ticket_has_its_own_number(query: str) -> None:
    for group in parse_search_query(query):
        if group.number is not None:
            assert Matcher([group]).match_groups(TicketTexts(group.number, [])) == [True]


@given(said, asked)
def test_a_rough_group_finds_all_that_the_group_finds(texts: list[str], query: str) -> None:
    for group in parse_search_query(query):
        for text in texts:
            assert finds_group(group.without_short_prefixes, text) or not finds_group(group, text)
