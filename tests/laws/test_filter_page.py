"""Every example of docs/filters.md."""

import re

import pytest

from common.filters.filter_fields import FIELD_RULES, FilterField
from common.filters.filter_matching import matches_filter
from common.filters.filter_parser import parse_filter
from common.filters.filter_terms import FilterError
from tests.support.filtered_ticket import FOUND, HERE, NOT_FOUND, PAGE, ticket


@pytest.mark.parametrize("text", FOUND)
def test_the_ticket_of_the_page_is_found_by(text: str) -> None:
    assert matches_filter(parse_filter(text), ticket(), HERE)


@pytest.mark.parametrize("text", NOT_FOUND)
def test_the_ticket_of_the_page_is_not_found_by(text: str) -> None:
    assert not matches_filter(parse_filter(text), ticket(), HERE)


@pytest.mark.parametrize("field", FIELD_RULES)
def test_examples_of_a_field_are_about_it(field: FilterField) -> None:
    rule = FIELD_RULES[field]
    assert rule.finds
    assert rule.misses
    for text in (*rule.finds, *rule.misses):
        assert {term.field for term in parse_filter(text).terms} == {field}, text


def test_the_page_says_what_a_refusal_says() -> None:
    quoted = re.findall(r"`(at character [^`]+)`", PAGE)
    with pytest.raises(FilterError) as caught:
        parse_filter("statsu:open")
    assert quoted == [caught.value.located_sentence]
