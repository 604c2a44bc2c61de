"""Every example of docs/filters.md."""

import re

import pytest

from common.filters.filter_fields import FIELD_RULES
from common.filters.filter_matching import matches_filter
from common.filters.filter_parser import parse_filter
from common.filters.filter_terms import FilterError
from tests.support.filtered_ticket import FOUND, HERE, NOT_FOUND, PAGE, table_rows, ticket


@pytest.mark.parametrize("text", FOUND)
def test_the_ticket_of_the_page_is_found_by(text: str) -> None:
    assert matches_filter(parse_filter(text), ticket(), HERE)


@pytest.mark.parametrize("text", NOT_FOUND)
def test_the_ticket_of_the_page_is_not_found_by(text: str) -> None:
    assert not matches_filter(parse_filter(text), ticket(), HERE)


def test_the_page_has_every_field_with_its_short_names_and_words() -> None:
    told = {name for row in table_rows("Fields") for name in row[0]}
    assert told == {field.value for field in FIELD_RULES}
    for row in table_rows("Fields"):
        for name in row[0]:
            rule = next(rule for field, rule in FIELD_RULES.items() if field == name)
            assert {*rule.aliases} <= set(row[1])
            assert {*rule.words} <= set(row[2])


def test_the_page_says_what_a_refusal_says() -> None:
    quoted = re.findall(r"`(at character [^`]+)`", PAGE)
    with pytest.raises(FilterError) as caught:
        parse_filter("statsu:open")
    assert quoted == [caught.value.located_sentence]
