"""Fuzzy matching: letters in order match, nearer ones come first."""

from hypothesis import given
from hypothesis import strategies as st

from tui.model.fuzzy_match import find_matches, rank_match

letters = st.text("abc ", max_size=8)


@given(letters, letters)
def test_a_text_matches_where_each_word_is_a_subsequence_of_it(typed: str, text: str) -> None:
    def is_within(word: str) -> bool:
        rest = iter(text)
        return all(letter in rest for letter in word)

    assert (rank_match(typed, text) is not None) == all(map(is_within, typed.split()))


@given(letters, st.lists(letters))
def test_matches_are_those_that_match_and_nothing_typed_finds_all(
    typed: str, texts: list[str]
) -> None:
    found = find_matches(typed, [(text, text) for text in texts])
    assert sorted(found) == sorted(text for text in texts if rank_match(typed, text) is not None)
    assert find_matches("", [(text, text) for text in texts]) == texts


def test_the_nearest_come_first() -> None:
    options = ["Reset of a VPN", "Refund", "Our refund", "Reopened after finding"]
    assert find_matches("refu", [(it, it) for it in options])[:2] == ["Refund", "Our refund"]
    assert rank_match("REFUND", "refund") == 0
