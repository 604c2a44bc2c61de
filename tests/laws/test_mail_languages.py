"""Languages of mails: each has every sentence, with the same words to fill in."""

import string
from datetime import UTC, datetime

import pytest

from common.notifications import Reason
from common.organization import OrganizationSettings
from common.tickets.registry import EVENTS
from server.domain import settings_rules
from server.domain.languages.catalogue import DEFAULT_LANGUAGE, list_languages, load_catalogue
from server.domain.rating_links import SURVEY

ENGLISH = load_catalogue(DEFAULT_LANGUAGE).sentences
OTHERS = [language for language in list_languages() if language != DEFAULT_LANGUAGE]


def places(sentence: str | list[str]) -> set[str] | int:
    """Returns what a sentence fills in; of a list its length."""
    if isinstance(sentence, list):
        return len(sentence)
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def test_english_and_german_are_installed() -> None:
    assert {"de", "en"} <= set(list_languages())


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_has_every_sentence_with_the_same_words_to_fill_in(language: str) -> None:
    own = load_catalogue(language).sentences
    assert own.keys() == ENGLISH.keys()
    for key, sentence in own.items():
        assert places(sentence) == places(ENGLISH[key]), key
        assert sentence, key


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_is_no_copy_of_english(language: str) -> None:
    own = load_catalogue(language).sentences
    same = [key for key, sentence in own.items() if sentence == ENGLISH[key]]
    assert len(same) < len(ENGLISH) / 5, same


def test_every_event_and_every_reason_has_its_sentence() -> None:
    for type_ in EVENTS:
        assert f"event.{type_}" in ENGLISH
    for reason in (*Reason, SURVEY, "digest"):
        assert f"reason.{reason}" in ENGLISH


def test_what_stands_in_a_value_is_not_filled_in() -> None:
    said = load_catalogue("en").say("requester.wrote", name="{name} {0.__class__}")
    assert said == "{name} {0.__class__} wrote:"


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "3 March 2026, 13:05 CET"), ("de", "3. März 2026, 13:05 Uhr (MEZ)")],
)
def test_times_are_in_the_organizations_zone_and_the_languages_form(
    language: str, text: str
) -> None:
    at = datetime(2026, 3, 3, 12, 5, tzinfo=UTC)
    assert load_catalogue(language).format_moment(at, "Europe/Rome") == text


def test_a_language_that_is_gone_falls_back_to_english() -> None:
    assert load_catalogue("xx").language == "en"


def test_only_installed_languages_can_be_set() -> None:
    for language, pointers in (("de", []), ("xx", ["/language"]), ("../en", ["/language"])):
        faults = settings_rules.find_settings_errors(
            OrganizationSettings(name="A", language=language)
        )
        assert [fault.pointer for fault in faults] == pointers
