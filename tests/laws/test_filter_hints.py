"""The completions of a filter's last word: marked, gone round, and taken."""

from common.filters.filter_completion import FilterVocabulary
from common.people import Presence, Role
from common.wire import UserView
from tests.support.tickets import view
from tui.model.filter_hints import FilterHints, build_vocabulary

WORDS = FilterVocabulary(tags=("vip", "vip plus"), agents=("Ana Sousa",))


def test_a_field_is_completed_to_its_colon_and_a_value_to_a_blank() -> None:
    assert FilterHints.find("printer pri", WORDS).complete() == "printer priority:"
    assert FilterHints.find("-tag:vi", WORDS).complete() == "-tag:vip "


def test_the_mark_goes_round() -> None:
    hints = FilterHints.find("tag:v", WORDS)
    assert hints.move_mark(1).complete() == 'tag:"vip plus" '
    assert hints.move_mark(2) == hints
    assert hints.move_mark(-1) == hints.move_mark(1)


def test_nothing_is_completed_where_there_is_nothing() -> None:
    assert FilterHints.find("tag:vip ", WORDS).complete() is None
    assert FilterHints().move_mark(1).complete() is None


def test_what_is_written_whole_already_is_not_offered_again() -> None:
    assert all(one.text != "priority:" for one in FilterHints.find("priority:", WORDS).found)


def test_names_are_those_of_the_tickets_here_the_frequent_first() -> None:
    tickets = [view(1, tags=("slow",)), view(2, tags=("vip",)), view(3, tags=("vip",))]
    away = Presence.AWAY
    bo = UserView(id=2, name="Bo", role=Role.AGENT, skills=(), presence=away)
    dora = UserView(id=3, name="Dora", role=Role.CUSTOMER, skills=(), presence=away)
    found = build_vocabulary(None, [bo, dora], tickets)
    assert found.tags == ("vip", "slow")
    assert found.customers == ("Dora",)
    assert found.agents == ("Bo",)
