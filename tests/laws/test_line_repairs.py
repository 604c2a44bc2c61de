"""Lines of hostile files: what is harmless is mended and counted, the rest refused by its field."""

import gzip
import io
import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import RequestRefused
from server.transfer.line_repairs import NO_SUBJECT, NO_TEXT, RepairRules, read_line
from server.transfer.line_sources import LineFile, SourceItem, UnreadableSource
from tests.support.import_lines import case, did

STRICT = RepairRules(strict=True)


def mended(line: Any, rules: RepairRules = RepairRules()) -> tuple[Any, dict[str, int]]:  # noqa: B008 - frozen
    """The line's ticket, and what was repaired."""
    raw = line if isinstance(line, bytes) else json.dumps(line).encode()
    done = read_line(raw, rules)
    return done.line, dict(done.repairs)


def refusal(line: Any, rules: RepairRules = RepairRules()) -> str:  # noqa: B008 - frozen
    with pytest.raises(RequestRefused) as refused:
        mended(line, rules)
    return refused.value.detail


def test_a_good_line_is_not_touched() -> None:
    line, repairs = mended(case("Case1", did("reply", body="tab\tand\nnewline"), tags=["a", "b"]))
    assert repairs == {}
    assert line.history[0].body == "tab\tand\nnewline"


@pytest.mark.parametrize(
    ("field", "given_", "kept"),
    [
        ("subject", "Tab\there\fand\vthere", "Tab here and there"),
        ("subject", "NUL\0, bell\x07, escape\x1b[31m", "NUL, bell, escape[31m"),
        ("subject", "line\u2028separator\x85next", "line separator next"),
        ("subject", "half a pair \ud83d", "half a pair \ufffd"),
        ("subject", "", NO_SUBJECT),
        ("subject", " \t\n ", NO_SUBJECT),
        ("subject", None, NO_SUBJECT),
        ("description", "", NO_TEXT),
        ("description", "page one\fpage two\0", "page one\npage two"),
        ("external_id", 3608, "3608"),
        ("external_id", 3608.0, "3608"),
        ("external_id", 10**18, "1" + "0" * 18),
        ("external_id", "Case\t1", "Case 1"),
        ("number", "17", 17),
        ("number", "#17", 17),
        ("priority", " High", "high"),
        ("category", "x" * 60, "x" * 49 + "…"),
        ("tags", ["a", "", None, 7, "a", "t" * 51], ("a", "7", "t" * 49 + "…")),
        ("tags", [f"t{n}" for n in range(25)], tuple(f"t{n}" for n in range(20))),
        ("customer_email", "Dora Park <Dora@shop.example> ", "dora@shop.example"),
        ("customer_email", " do\u200bra@shop.example\ufeff", "dora@shop.example"),
        ("created_at", " 2010-01-13T08:00:00+01:00 ", "2010-01-13T07:00:00+00:00"),
        ("created_at", "2010-W02-3T08:00+01:00", "2010-01-13T07:00:00+00:00"),
        ("created_at", "20100113T080000Z", "2010-01-13T08:00:00+00:00"),
    ],
)
def test_what_is_harmless_is_mended_and_counted(field: str, given_: Any, kept: Any) -> None:
    line, repairs = mended(case(**{"external_id": "Case1", field: given_}))
    found = getattr(line.ticket, field)

    assert (found.isoformat() if field == "created_at" else found) == kept
    assert sum(repairs.values()) >= 1
    assert refusal(case(**{"external_id": "Case1", field: given_}), STRICT)


@pytest.mark.parametrize(
    ("field", "given_"),
    [
        *(("number", it) for it in (0, -3, 10**30, "many", None)),
        *(("external_id", it) for it in ("", None)),
        ("category", " "),
        ("tags", None),
        ("priority", None),
    ],
)
def test_what_cannot_be_used_and_is_not_needed_is_left_out(field: str, given_: Any) -> None:
    line, repairs = mended(case(**{"external_id": "Case1", field: given_}))
    default, _ = mended(case("Case1"))

    if field != "external_id":
        assert getattr(line.ticket, field) == getattr(default.ticket, field)
    assert repairs == {f"unusable {field} left out": 1}


@pytest.mark.parametrize(
    ("field", "given_", "reason"),
    [
        ("created_at", "2010-01-13T08:00:00", "must be a time with an offset"),
        ("created_at", "yesterday", "must be a time with an offset"),
        ("created_at", 1263372025, "must be a time with an offset"),
        ("created_at", None, "must be a time with an offset"),
        ("customer_email", "nobody", "must look like"),
        ("customer_email", ["a@b.example"], "must be a text"),
        ("priority", "so-so", "must be one of"),
        ("subject", 17, "must be a text"),
        ("subject", ["a"], "must be a text"),
        ("tags", "a b", "must be a list"),
        ("tags", [["a"]], "must be a text"),
        ("external_id", True, "must be a text"),
        ("external_id", "x" * 201, "at most 200"),
        ("zeal", 1, "is no field"),
    ],
)
def test_the_rest_is_refused_by_its_field(field: str, given_: Any, reason: str) -> None:
    told = refusal(case(**{"external_id": "Case1", field: given_}))

    assert f"/ticket/{field}" in told
    assert reason in told


def test_a_subject_that_is_too_long_stays_whole_in_the_description() -> None:
    subject = "s" * 300
    line, repairs = mended(case("Case1", subject=subject))

    assert line.ticket.subject == "s" * 199 + "…"
    assert line.ticket.description == f"{subject}\n\nSmoke everywhere."
    assert repairs == {"long subjects cut, and kept whole in the description": 1}


def test_words_that_are_too_many_go_on_in_further_messages() -> None:
    words = "w" * 70_000
    line, repairs = mended(
        case("Case1", did("reply", body=words), did("note", body="Short."), description=words)
    )
    said = [(entry.type.value, entry.actor, len(entry.body)) for entry in line.history]

    assert len(line.ticket.description) == 65_536
    assert said == [
        ("reply", "carl@shop.example", 4_464),
        ("reply", "ana@help.example", 65_536),
        ("reply", "ana@help.example", 4_464),
        ("note", "ana@help.example", 6),
    ]
    assert line.history[0].at == line.ticket.created_at
    assert sum(repairs.values()) == 2


def test_entries_are_mended_too() -> None:
    line, repairs = mended(
        case(
            "Case1",
            did("Reply", body=""),
            did("rating", None, score="4", comment=" "),
            did("edit", changes={"tags": None, "priority": "HIGH", "snoozed_until": None}),
            did("assign", to=None),
        )
    )
    reply, rating, edit, assign = line.history

    assert (reply.body, rating.score, not rating.comment) == (NO_TEXT, 4, True)
    assert (edit.changes.priority, edit.changes.snoozed_until) == ("high", None)
    assert assign.to is None, "null is whom nobody's work belongs to"
    assert sum(repairs.values()) >= 4


def test_people_are_mended_too() -> None:
    line, _ = mended({"user": {"email": " Ana@Help.example ", "name": "", "role": "Agent"}})
    assert (line.user.email, line.user.role, bool(line.user.name)) == (
        "ana@help.example",
        "agent",
        False,
    )


def test_times_without_an_offset_are_of_the_zone_that_is_given() -> None:
    rules = RepairRules(zone=ZoneInfo("Europe/Rome"))
    winter, repairs = mended(case("Case1", created_at="2010-01-13T08:00:00"), rules)
    summer, _ = mended(case("Case1", created_at="2010-07-13 08:00"), rules)
    strict, _ = mended(
        case("Case1", created_at="2010-01-13T08:00:00"),
        RepairRules(strict=True, zone=ZoneInfo("Europe/Rome")),
    )

    assert [it.ticket.created_at.hour for it in (winter, summer, strict)] == [7, 6, 7]
    assert repairs == {}


RAW = json.dumps(case("Case1", subject="MARK")).encode()


@pytest.mark.parametrize("mark", [b"\t", b"\x0c", b"\x0b", b"\0", b"\x07"])
def test_control_characters_that_no_json_may_have_are_mended(mark: bytes) -> None:
    line, repairs = mended(RAW.replace(b"MARK", b"a" + mark + b"b"))
    assert line.ticket.subject in {"a b", "ab"}
    assert sum(repairs.values()) == 1


@pytest.mark.parametrize(
    "raw",
    [
        b"{not json",
        RAW[:-20],
        b"\0" * 40,
        b"[]",
        b"17",
        b"null",
        b"{}",
        b'{"ticket": 1}',
        b'{"ticket": null, "history": null}',
        b'{"ticket": {}, "user": {}}',
        b"{" * 5000,
        b'{"ticket": ' * 3000,
        b'{"ticket": {"number": ' + b"9" * 10_000 + b"}}",
        b'{"ticket": {"number": 1e999}}',
        RAW.replace(b"MARK", b"caf\xe9"),
        RAW + RAW,
        RAW.replace(b'"subject"', b'"subject": "", "subject"'),
        b'{"history": [], "ticket": []}',
        b'{"ticket": {"tags": {}}, "history": {"at": 1}}',
        b'{"ticket": {"subject": {}}, "history": [1, null, [], {"type": []}]}',
        b'{"user": {"email": {}, "skills": 1, "capacity": [], "role": {}}}',
    ],
)
def test_what_is_no_line_is_refused_with_a_sentence(raw: bytes) -> None:
    assert len(refusal(raw)) > 10
    assert "body" not in refusal(raw), "a line is no request"


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
names = st.sampled_from(["subject", "external_id", "number", "tags", "created_at", "zeal", "key"])


@given(fields=st.dictionaries(names, anything), entry=st.dictionaries(st.just("body"), anything))
def test_whatever_stands_in_a_line_it_is_taken_or_refused(
    fields: dict[str, Any], entry: dict[str, Any]
) -> None:
    line = case("Case1", {"type": "note", "actor": "a@b.example", **entry})
    line["ticket"] |= fields
    try:
        read_line(json.dumps(line).encode(), RepairRules())
    except RequestRefused as refused:
        told = refused.detail
    else:
        told = "taken"
    assert told


# -- whole files

LINES = [json.dumps(case(f"Case{n}", subject="Ü 🖨")).encode() for n in range(3)]
TEXT = b"\n".join(LINES).decode() + "\n"


def items(content: bytes) -> tuple[list[bytes], dict[str, int], list[str]]:
    source = LineFile(io.BytesIO(content))
    found = list(source.read_items())
    again = list(source.read_items())
    assert [item.raw for item in found] == [item.raw for item in again]
    return [it.raw.strip() for it in found], dict(source.repairs), [it.place for it in found]


@pytest.mark.parametrize(
    ("content", "repairs"),
    [
        (TEXT.encode(), {}),
        (TEXT.encode().rstrip(), {}),
        (TEXT.replace("\n", "\r\n").encode(), {}),
        (TEXT.encode("utf-8-sig"), {"byte order mark removed": 1}),
        (TEXT.encode("utf-16"), {"UTF-16 read as UTF-8": 1}),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), {"UTF-16 read as UTF-8": 1}),
        (TEXT.encode("utf-32"), {"UTF-32 read as UTF-8": 1}),
        (gzip.compress(TEXT.encode()), {}),
        (gzip.compress(TEXT.encode("utf-8-sig")), {"byte order mark removed": 1}),
    ],
    ids=["plain", "cut", "crlf", "bom", "utf-16-le", "utf-16-be", "utf-32", "gzip", "gzip-bom"],
)
def test_a_file_is_read_as_its_first_bytes_say(content: bytes, repairs: dict[str, int]) -> None:
    found, mended_, places = items(content)

    assert [json.loads(raw) for raw in found] == [json.loads(raw) for raw in LINES]
    assert mended_ == repairs
    assert places == ["line 1", "line 2", "line 3"]


def test_an_empty_file_has_no_lines() -> None:
    assert items(b"") == ([], {}, [])
    assert items(b"\xef\xbb\xbf")[0] == []


@pytest.mark.parametrize(
    "content",
    [gzip.compress(TEXT.encode() * 500)[:-9], TEXT.encode("utf-16")[:-7], b"\x1f\x8bno gzip"],
    ids=["gzip", "utf-16", "no gzip"],
)
def test_a_file_that_breaks_off_says_where(content: bytes) -> None:
    with pytest.raises(UnreadableSource, match=r"breaks off after line \d+"):
        items(content)


def test_an_item_tells_how_much_of_the_file_it_is() -> None:
    source = LineFile(io.BytesIO(TEXT.encode()))
    found: list[SourceItem] = list(source.read_items())
    assert 0 < sum(item.size for item in found) <= source.size == len(TEXT.encode())
