"""A caller may send anything, and the answer is a value or a clear refusal."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import MultiDict

from common.accounts import CreateApiKey, CreateUser, OpenSession, OpenStream
from common.endpoints import ENDPOINTS
from common.errors import Invalid, Malformed
from common.organization import EditOrganization
from common.queries import EventQuery, TicketQuery
from common.tickets.claiming import ClaimTicket
from common.tickets.editing import EditTicket
from common.tickets.filing import FileTicket
from common.tickets.replying import AddMessage
from common.tickets.ticket import Priority, Status
from server.validation import decoding
from server.validation.decoding import decode_body, decode_query

BODIES = [endpoint.body for endpoint in ENDPOINTS if endpoint.body is not None]
QUERIES = [endpoint.query for endpoint in ENDPOINTS]
FIELDS = sorted({field.name for body in BODIES for field in msgspec.structs.fields(body)})
PARAMETERS = sorted({field.name for query in QUERIES for field in msgspec.structs.fields(query)})

any_text = st.text(st.characters(exclude_categories=()))  # lone surrogates and NUL too
any_value = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | any_text
    | st.sampled_from([10**25, "open", "high", "2026-01-01T00:00:00+02:00", "a@b.de", "09:00\n"]),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(any_text | st.sampled_from(["slug", "name", "mon"]), inner)
    ),
    max_leaves=12,
)
any_object = st.dictionaries(st.sampled_from(FIELDS) | any_text, any_value, max_size=8)


def refused(type_: type[Any], value: object) -> dict[str | None, str]:
    """The bad fields of a body, pointer to sentence."""
    with pytest.raises(Invalid) as refusal:
        decode_body(type_, json.dumps(value).encode())
    return {error.pointer: error.detail for error in refusal.value.extras["errors"]}


def refused_query(type_: type[Any], *pairs: tuple[str, str]) -> dict[str | None, str]:
    with pytest.raises(Invalid) as refusal:
        decode_query(type_, MultiDict(pairs))
    return {error.parameter: error.detail for error in refusal.value.extras["errors"]}


@given(st.sampled_from(BODIES), any_object | any_value)
def test_any_json_at_all_gives_a_value_or_a_refusal_that_can_be_sent(
    type_: type[Any], value: object
) -> None:
    try:
        decode_body(type_, json.dumps(value).encode())
    except (Invalid, Malformed) as refusal:
        msgspec.json.encode([refusal.detail, refusal.extras])


@given(st.sampled_from(BODIES), st.binary())
def test_any_bytes_at_all_give_a_value_or_a_refusal(type_: type[Any], raw: bytes) -> None:
    try:
        decode_body(type_, raw)
    except (Invalid, Malformed) as refusal:
        msgspec.json.encode([refusal.detail, refusal.extras])


@given(
    st.sampled_from(QUERIES),
    st.lists(st.tuples(st.sampled_from(PARAMETERS) | any_text, any_text), max_size=8),
)
def test_any_query_at_all_gives_a_value_or_a_refusal(
    type_: type[Any], pairs: list[tuple[str, str]]
) -> None:
    try:
        decode_query(type_, MultiDict(pairs))
    except Invalid as refusal:
        msgspec.json.encode([refusal.detail, refusal.extras])


@given(st.text(min_size=1, max_size=250), st.text(min_size=1, max_size=250))
def test_what_was_taken_once_is_taken_again_unchanged(subject: str, description: str) -> None:
    raw = msgspec.json.encode({"subject": subject, "description": description})
    try:
        once = decode_body(FileTicket, raw)
    except Invalid:
        return
    assert decode_body(FileTicket, msgspec.json.encode(once)) == once


@given(st.sampled_from(BODIES), any_object)
def test_the_long_way_reads_what_the_short_way_reads(type_: type[Any], value: object) -> None:
    raw = json.dumps(value).encode()
    try:
        taken = decode_body(type_, raw)
    except (Invalid, Malformed):
        return
    assert decoding._decode_with_all_errors(type_, raw) == taken


def test_every_bad_field_is_named_at_once() -> None:
    bad = {"subject": " ", "description": 7, "priority": "hi", "nonsense": 1, "category": None}
    assert refused(FileTicket, bad) == {
        "/subject": "must not be blank",
        "/description": "must be a text",
        "/priority": "must be one of low, normal, high, urgent",
        "/category": "must be a text",
        "/nonsense": "is no field of this request",
    }


def test_missing_fields_are_named() -> None:
    missing = {"/subject": "is required", "/description": "is required"}
    assert refused(FileTicket, {}) == missing


def test_bad_fields_inside_of_lists_and_objects_are_pointed_at() -> None:
    body = {
        "categories": [{"slug": "a", "name": "A"}, {"name": "\0", "n/m~": 1}],
        "business_hours": {"mon": [["09:00", "25:00"]], "tue": [["09:00"]]},
        "auto_close_hours": 10**30,
    }
    assert list(refused(EditOrganization, body)) == [
        "/categories/1/slug",
        "/categories/1/name",
        "/categories/1/n~1m~0",
        "/business_hours/mon/0/1",
        "/business_hours/tue/0",
        "/auto_close_hours",
    ]


def test_a_bad_tag_is_pointed_at_by_its_place() -> None:
    assert list(refused(EditTicket, {"tags": ["vip", "a\nb", 3]})) == ["/tags/1", "/tags/2"]


@pytest.mark.parametrize("value", [None, 3, "text", [], True])
def test_json_that_is_no_object_is_refused_as_a_whole(value: object) -> None:
    assert refused(FileTicket, value) == {"": "must be a JSON object"}


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"{'a': 1}",
        b'{"subject": NaN}',
        b'{"subject": -Infinity}',
        b'{"subject": "\xff"}',
        b'\xef\xbb\xbf{"subject": "a", "description": "b"}',
        b'{"subject": "a\nb"}',
        b"[" * 100_000,
        b'{"subject":' * 100_000,
        '{"subject": "a"}'.encode("utf-16"),
    ],
)
def test_what_is_not_json_in_utf8_is_malformed(raw: bytes) -> None:
    with pytest.raises(Malformed):
        decode_body(FileTicket, raw)


def test_half_a_surrogate_pair_is_the_fault_of_its_field() -> None:
    assert list(refused(FileTicket, {"subject": "\ud800", "description": "b"})) == ["/subject"]
    assert list(refused(OpenSession, {"email": "a", "password": "\udfff"})) == ["/password"]


@pytest.mark.parametrize(
    "digits", ["-1", str(2**53 + 1), str(2**63), str(2**64), pytest.param("9" * 5000, id="endless")]
)
def test_a_number_out_of_range_is_the_fault_of_its_field(digits: str) -> None:
    raw = f'{{"body": "b", "after_seq": {digits}}}'.encode()
    with pytest.raises(Invalid) as refusal:
        decode_body(AddMessage, raw)
    assert [error.pointer for error in refusal.value.extras["errors"]] == ["/after_seq"]


def test_a_number_beyond_all_floats_is_the_fault_of_its_field() -> None:
    with pytest.raises(Invalid) as refusal:
        decode_body(AddMessage, b'{"body": "b", "after_seq": 1e400}')
    assert [error.detail for error in refusal.value.extras["errors"]] == ["must be a whole number"]


def test_a_text_is_trimmed_before_its_length_counts() -> None:
    body = {"subject": "  " + "x" * 200 + "\n", "description": "y\r\n" * 30_000}
    ticket = decode_body(FileTicket, json.dumps(body).encode())
    assert (ticket.subject, ticket.description) == ("x" * 200, "y\n" * 30_000)


def test_a_text_too_long_after_trimming_is_refused() -> None:
    body = {"subject": "x" * 201, "description": "y" * 65_537}
    assert refused(FileTicket, body) == {
        "/subject": "must have at most 200 characters",
        "/description": "must have at most 65536 characters",
    }


def test_texts_are_cleaned_wherever_they_stand() -> None:
    body = {"email": " Ann@Example.ORG ", "name": " Ann ", "skills": [" sql ", "tls"]}
    user = decode_body(CreateUser, json.dumps(body).encode())
    assert (user.email, user.name, user.skills) == ("ann@example.org", "Ann", ("sql", "tls"))
    categories = {"categories": [{"slug": " a ", "name": "A", "required_skills": [" x "]}]}
    edit = decode_body(EditOrganization, json.dumps(categories).encode())
    assert edit.categories[0].slug == "a"  # type: ignore[index]
    assert edit.categories[0].required_skills == ("x",)  # type: ignore[index]


def test_times_come_in_utc_and_within_the_calendar() -> None:
    edit = decode_body(EditTicket, b'{"snoozed_until": "2026-01-01T00:00:00+02:00"}')
    assert str(edit.snoozed_until) == "2025-12-31 22:00:00+00:00"
    assert decode_body(EditTicket, b'{"snoozed_until": null}').snoozed_until is None
    bad = {"snoozed_until": "0001-01-01T00:00:00+23:59"}
    assert list(refused(EditTicket, bad)) == ["/snoozed_until"]
    assert (
        "offset" in refused(EditTicket, {"snoozed_until": "2026-01-01T00:00:00"})["/snoozed_until"]
    )


def test_no_newline_slips_through_at_the_end_of_a_form() -> None:
    assert refused(EditOrganization, {"holidays": ["2026-01-01\n"]})
    assert refused(OpenStream, {"public_key": "a" * 40 + "\n"})


def test_a_list_has_its_limits() -> None:
    limits = {"/scopes": "must have at least 1 item"}
    assert refused(CreateApiKey, {"name": "a", "scopes": []}) == limits
    assert refused(EditTicket, {"tags": ["x"] * 21}) == {"/tags": "must have at most 20 items"}


@pytest.mark.parametrize("raw", [b"", b" \n", b"{}"])
def test_where_the_body_is_optional_none_is_as_good_as_an_empty_one(raw: bytes) -> None:
    assert decode_body(ClaimTicket, raw, optional=True) == ClaimTicket()


def test_an_answer_does_not_grow_without_end_with_a_bad_body() -> None:
    assert len(refused(ClaimTicket, {str(number): 1 for number in range(5000)})) == 1000


def test_a_query_takes_repeated_values_where_they_mean_or() -> None:
    pairs = [("status", "open"), ("status", "closed"), ("limit", "7"), ("customer", "3")]
    query = decode_query(TicketQuery, MultiDict(pairs))
    assert (query.status, query.limit) == ([Status.OPEN, Status.CLOSED], 7)
    assert (query.customer, query.priority) == ([3], [])
    assert decode_query(TicketQuery, MultiDict(priority="low")).priority == [Priority.LOW]


def test_every_bad_parameter_is_named_at_once() -> None:
    pairs = [("status", "opn"), ("limit", "5"), ("limit", "6"), ("nonsense", "1"), ("q", "")]
    assert refused_query(TicketQuery, *pairs) == {
        "nonsense": "is no parameter of this route",
        "status": "must be one of open, in_progress, resolved, closed",
        "q": "must have at least 1 character",
        "limit": "must be given only once",
    }


@pytest.mark.parametrize(
    "text",
    ["", "5.0", "1e2", "true", "0x10", "٣", "-1", "1001", pytest.param("9" * 5000, id="endless")],
)
def test_only_plain_digits_within_range_are_a_number_in_a_query(text: str) -> None:
    assert list(refused_query(EventQuery, ("limit", text))) == ["limit"]


@pytest.mark.parametrize("text", ["5", "2026-01-01", "2026-01-01T00:00:00", "2026-01-01 00:00"])
def test_a_time_without_an_offset_is_refused(text: str) -> None:
    assert list(refused_query(TicketQuery, ("created_after", text))) == ["created_after"]


def test_an_unescaped_plus_in_a_time_is_understood() -> None:
    query = decode_query(TicketQuery, MultiDict(created_after="2026-01-01T00:00:00 02:00"))
    assert str(query.created_after) == "2025-12-31 22:00:00+00:00"
