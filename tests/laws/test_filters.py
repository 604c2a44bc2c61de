"""The filter language: what is written is read, and read again as the same."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given

from common.filters.filter_completion import FilterVocabulary, list_filter_completions
from common.filters.filter_format import format_filter
from common.filters.filter_matching import FilterContext, find_next_due, matches_filter
from common.filters.filter_parser import parse_entered_filter, parse_filter, parse_typed_filter
from common.filters.filter_terms import FILTER_LIMIT, FilterError, TicketFilter
from common.filters.filter_text import CASED_CHARACTERS, fold_case, list_case_variants
from common.tickets.sla import SlaState
from common.wire import SlaView
from tests.support.filtered_ticket import HERE, NOW, ROME, ticket
from tests.support.ticket_filters import filter_texts, ticket_filters

VOCABULARY = FilterVocabulary(
    categories=("billing",), tags=("vip", "big one"), agents=("Ana Lima",), customers=("Cleo Park",)
)


def matches(text: str, **values: object) -> bool:
    return matches_filter(parse_filter(text), ticket(**values), HERE)


@given(ticket_filters)
def test_a_written_filter_is_read_as_the_same(wanted: TicketFilter) -> None:
    assert parse_filter(format_filter(wanted)) == wanted


@given(filter_texts)
@example('tag:"a" b')
@example("status:o,o")
def test_a_text_has_one_form_or_says_where_it_is_wrong(text: str) -> None:
    try:
        found = parse_filter(text)
    except FilterError as error:
        refused = error
    else:
        assert parse_filter(format_filter(found)) == found
        return
    assert 0 <= refused.position <= len(text)
    assert refused.sentence


@given(filter_texts)
def test_a_word_that_is_being_typed_never_spoils_the_filter(text: str) -> None:
    begun = f"vpn {''.join(text.split())}"
    assert parse_typed_filter(begun).terms[:1] == parse_filter("vpn").terms


@given(filter_texts)
def test_completions_stand_at_the_end_of_the_text(text: str) -> None:
    for found in list_filter_completions(text, VOCABULARY):
        assert 0 <= found.start <= len(text)


@pytest.mark.parametrize(
    "text",
    [
        "vpn",
        "VPN ärzte",
        '"drops in"',
        "#17",
        "17",
        "cleo example.org",
        "lima network big",
        "status:open,closed",
        "st:unresolved",
        "p:h",
        "p:>normal",
        "priority:>=high",
        "-p:<high",
        "tag:vip",
        'tag:"big one"',
        "tag:bi*",
        "tag:any",
        "category:network",
        "assignee:me",
        "@ana",
        '@"ana lima"',
        "owner:2",
        "assignee:any",
        "customer:cleo",
        "customer:9",
        "customer:example.org",
        "waiting:us",
        "w:agent",
        "sla:at-risk",
        "sla:any",
        "-sla:breached,met",
        "reason:none",
        "external_id:Case36",
        "ext:Case*",
        "created:<3d",
        "created:>1d",
        "created:2d -created:<2h",
        "created:2026-11-28",
        "created:2026-11",
        "created:2026-11-27..2026-11-28",
        "created:last-week",
        "created:this-month",
        "updated:today",
        "updated:2026-11-30T09:15",
        "updated:<now",
        "due:<2h",
        "due:>1h",
        "due:today",
        "due:any",
        "snoozed:none",
        "resolved:none",
        "-answered:any",
        "undelivered:none",
        "!invoice",
        "-text:invoice,bill",
        "text:invoice,vpn",
        "vpn -#18",
        "#16,17",
        "#16,#17",
        "-#16,18",
    ],
)
def test_a_ticket_is_found_by(text: str) -> None:
    assert matches(text)
    negated = f"-{text}" if len(parse_filter(text).terms) == 1 else "-vpn"
    if not text.startswith(("-", "!")):
        assert not matches(negated)


@pytest.mark.parametrize(
    "text",
    [
        "invoice",
        "drops vpn2",
        '"in drops"',
        '"vip big"',
        "#1",
        "#16,18",
        "status:closed",
        "p:urgent",
        "tag:VIP",
        "tag:vi",
        "tag:none",
        "category:net",
        "assignee:none",
        "@ben",
        "assignee:17",
        'assignee:"2"',
        "customer:me",
        "waiting:customer,third-party",
        "sla:none",
        "reason:spam",
        "created:<1d",
        "created:>3d",
        "created:yesterday",
        "updated:2026-11-30T09:14",
        "updated:>now",
        "due:<1h",
        "due:tomorrow",
        "due:<now",
        "snoozed:any",
        "resolved:<9d",
        "status:open status:closed",
    ],
)
def test_a_ticket_is_not_found_by(text: str) -> None:
    assert not matches(text)


def test_a_key_is_nobody() -> None:
    nobody = FilterContext(None, NOW, ROME)
    assert not matches_filter(parse_filter("assignee:me"), ticket(assignee=None), nobody)
    assert not matches_filter(parse_filter("customer:me"), ticket(), nobody)


def test_days_are_those_of_the_zone() -> None:
    late = NOW.replace(hour=23, minute=30)
    assert matches_filter(parse_filter("updated:tomorrow"), ticket(updated_at=late), HERE)
    london = FilterContext(2, NOW, ZoneInfo("Europe/London"))
    assert matches_filter(parse_filter("updated:today"), ticket(updated_at=late), london)


def test_a_day_on_which_clocks_go_back_has_25_hours() -> None:
    day = parse_filter("created:2026-10-25")
    midnight = datetime(2026, 10, 24, 22, tzinfo=UTC)
    hours = [ticket(created_at=midnight + timedelta(hours=n)) for n in range(26)]
    assert [matches_filter(day, one, HERE) for one in hours] == [True] * 25 + [False]


def test_what_is_overdue_is_due_within_any_time() -> None:
    late = SlaView(
        first_response_due=NOW - timedelta(hours=1),
        next_response_due=None,
        resolution_due=NOW + timedelta(days=1),
        state=SlaState.BREACHED,
    )
    assert find_next_due(ticket(sla=late)) == NOW - timedelta(hours=1)
    assert matches("due:<2h due:<now sla:breached", sla=late)


def test_a_caller_who_does_not_see_a_field_sees_none() -> None:
    seen = ticket(tags=(), sla=None, external_id=None)
    for text in ("tag:vip", "sla:any", "external_id:any", "due:any"):
        assert not matches_filter(parse_filter(text), seen, HERE)
    assert matches_filter(parse_filter("tag:none due:none -tag:vip"), seen, HERE)


@pytest.mark.parametrize(
    ("text", "position", "says"),
    [
        ("statsu:open", 0, "did you mean status?"),
        ("vpn colour:red", 4, "there is no field colour"),
        ("vpn status:", 11, "write a value behind the :"),
        ("tag:a,", 6, "write a value behind the ,"),
        ("status:nonsense", 7, "write open, in_progress, resolved, closed, unresolved"),
        ("p:>nonsense", 2, "write low, normal, high, urgent"),
        ("created:soon", 8, "write <3d"),
        ("created:none", 8, "no time is written so"),
        ("created:2026-02-30", 8, "no time is written so"),
        ("due:now", 4, "no time is written so"),
        ("number:x", 7, "write the ticket's number"),
        ('vpn "a b', 4, "close the quotes"),
        ('tag:"a"b', 7, "put a comma or a blank behind the quotes"),
        ('"a"b', 3, "put a blank behind the quotes"),
        ('tag:""', 4, "write something between the quotes"),
        ("category:*", 9, "write how the category begins"),
        ("customer:*", 9, "write a part of the text"),
        ("a\x00", 1, "take this character out"),
        ("a" * (FILTER_LIMIT + 1), FILTER_LIMIT, "at most 1000 characters"),
        (" ".join(f"w{n}" for n in range(31)), 110, "at most 30 terms"),
        (f"tag:{','.join(f't{n}' for n in range(31))}", 4, "at most 30 values"),
    ],
)
def test_a_bad_text_is_refused_with_its_place(text: str, position: int, says: str) -> None:
    with pytest.raises(FilterError) as caught:
        parse_filter(text)
    assert says in caught.value.sentence
    assert caught.value.position == position
    assert caught.value.located_sentence.startswith(f"at character {position + 1}: ")


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("  vpn   LOGIN ", "vpn LOGIN"),
        ("St:open P:urgent @me", "status:open priority:urgent assignee:me"),
        ("!vpn !st:closed", "-vpn -status:closed"),
        ("p:>=normal", "priority:normal,high,urgent"),
        ("due:2h", "due:<2h"),
        ("re: http://a.example 10:30", '"re:" http://a.example 10:30'),
        ('tag:"a b",c "x y"', 'tag:"a b",c "x y"'),
        ('assignee:"17"', 'assignee:"17"'),
        ("vpn vpn", "vpn"),
        ("tag:*", "tag:any"),
        ("", ""),
    ],
)
def test_a_filter_has_one_form(text: str, form: str) -> None:
    assert format_filter(parse_filter(text)) == form


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("vpn tag:vi", "vpn tag:vi*"),
        ("vpn tag:vi ", "vpn tag:vi"),
        ("vpn tag:", "vpn"),
        ("vpn -", "vpn"),
        ("vpn created:", "vpn"),
        ('vpn tag:"big o', 'vpn tag:"big o"*'),
        ('vpn tag:"big o"', 'vpn tag:"big o"'),
        ("created:tod", ""),
        ("vpn @", "vpn"),
    ],
)
def test_the_last_word_may_be_unfinished(text: str, form: str) -> None:
    assert format_filter(parse_typed_filter(text)) == form


def test_a_finished_word_must_be_right() -> None:
    with pytest.raises(FilterError):
        parse_typed_filter("created:tod vpn")


@pytest.mark.parametrize("text", ["status:open p:urgnt", "vpn due:<3y", "tag:", 'p:"zz'])
def test_what_is_entered_has_no_last_word_without_a_meaning(text: str) -> None:
    parse_typed_filter(text)
    with pytest.raises(FilterError):
        parse_entered_filter(text)


@pytest.mark.parametrize("text", ["vpn", "p:ur", "tag:vi", 'tag:"big on', "vpn @", ""])
def test_what_is_entered_means_what_was_seen_while_typing(text: str) -> None:
    assert parse_entered_filter(text) == parse_typed_filter(text)


@pytest.mark.parametrize(
    ("text", "texts"),
    [
        ("sta", ["status:"]),
        ("vpn -pri", ["-priority:"]),
        ("own", ["assignee:"]),
        ("status:o", ["open"]),
        ("status:open,c", ["closed"]),
        ("tag:", ["none", "any", "vip", '"big one"']),
        ('tag:"b', ['"big one"']),
        ("@l", ['"Ana Lima"']),
        ("customer:park", ['"Cleo Park"']),
        ("cat:", ["billing"]),
        ("created:last", ["last-week", "last-month"]),
        ("nonsense:x", []),
        ("vpn ", []),
    ],
)
def test_completions_are_what_may_follow(text: str, texts: list[str]) -> None:
    assert [found.text for found in list_filter_completions(text, VOCABULARY)] == texts


def test_every_completed_filter_is_one() -> None:
    for begun in ("vpn s", "status:", "tag:", "@", "customer:", "category:", "sla:", "due:"):
        for found in list_filter_completions(begun, VOCABULARY):
            whole = begun[: found.start] + found.text
            assert whole.endswith(":") or parse_filter(whole)


def test_all_characters_with_a_case_are_known() -> None:
    cased = [n for n in range(0x110000) if fold_case(chr(n)) != chr(n)]
    assert max(cased) in CASED_CHARACTERS
    assert list_case_variants()["k"] == "kK\u212a"
