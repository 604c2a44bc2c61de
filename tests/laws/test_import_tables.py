"""Tables of other desks: each row a ticket that stands as its columns say."""

import io
import json
from typing import Any

import pytest

from server.transfer.line_sources import SourceItem, UnreadableSource
from server.transfer.table_columns import ColumnMapping, InvalidMapping
from server.transfer.table_source import TableFile

HEADER = "External ID,Subject,Customer-Email,Created at"
ROW = "C1,It broke,dora@shop.example,2024-05-06T09:00:00Z"


def source(
    content: str | bytes, *maps: str, time_format: str | None = None, encoding: str = "utf-8"
) -> TableFile:
    raw = content if isinstance(content, bytes) else content.encode()
    return TableFile(io.BytesIO(raw), ColumnMapping.parse_options(maps), time_format, encoding)


def items(content: str | bytes, *maps: str, **more: Any) -> list[SourceItem]:
    table = source(content, *maps, **more)
    found = list(table.read_items())
    assert list(table.read_items()) == found, "a source is read twice"
    return found


def line(content: str | bytes, *maps: str, **more: Any) -> Any:
    (item,) = items(content, *maps, **more)
    assert item.fault == ""
    return json.loads(item.raw)


def test_columns_with_the_names_of_fields_are_found_however_they_are_written() -> None:
    assert line(f"{HEADER}\n{ROW}\n") == {
        "ticket": {
            "external_id": "C1",
            "subject": "It broke",
            "description": "It broke",
            "customer_email": "dora@shop.example",
            "created_at": "2024-05-06T09:00:00Z",
        },
        "history": [],
    }


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_mark_between_columns_and_the_encoding_are_found_out(mark: str, encoding: str) -> None:
    table = f"{HEADER}\r\n{ROW}\r\n".replace(",", mark).replace("broke", "brøke")
    assert line(table.encode(encoding))["ticket"]["subject"] == "It brøke"


def test_a_cell_may_have_marks_quotes_and_lines() -> None:
    row = ROW.replace("It broke", '"It, ""really""\nbroke"')
    (item,) = items(f"{HEADER}\n{row}\n")

    assert json.loads(item.raw)["ticket"]["subject"] == 'It, "really"\nbroke'
    assert item.place == "line 3"


def test_columns_and_values_of_other_names_are_mapped() -> None:
    table = (
        "Nr;Titel;Wer;Wann;Stand;Wem;Fertig;Stichworte;Dringlichkeit\n"
        "7;Kaputt;dora@shop.example;06/05/2024 09:00;Erledigt;ann@help.example;"
        "06/05/2024 10:30;rot, grün;P1\n"
    )
    told = line(
        table,
        "number=Nr", "subject=Titel", "customer_email=Wer", "created_at=Wann", "status=Stand",
        "assignee=Wem", "resolved_at=Fertig", "tags=stichworte", "priority=Dringlichkeit",
        "status:erledigt=resolved",
        time_format="%d/%m/%Y %H:%M",
    )  # fmt: skip

    assert told["ticket"]["priority"] == "urgent"
    assert told["ticket"]["tags"] == ["rot", "grün"]
    assert told["history"] == [
        {"at": "2024-05-06T09:00:00", "type": "assign", "to": "ann@help.example"},
        {
            "at": "2024-05-06T10:30:00",
            "type": "status",
            "status": "resolved",
            "to": "ann@help.example",
        },
    ]


@pytest.mark.parametrize(
    ("status", "ends", "told"),
    [
        ("New", "", []),
        ("", "", []),
        ("Pending", "", ["in_progress"]),
        ("Solved", "R", ["resolved"]),
        ("Done", "U", ["resolved"]),
        ("Closed", "RC", ["resolved", "closed"]),
        ("Closed", "U", ["closed"]),
    ],
)
def test_a_row_stands_as_its_status_says(status: str, ends: str, told: list[str]) -> None:
    times = [f"2024-05-07T0{n}:00:00Z" if it in ends else "" for n, it in enumerate("RCU")]
    table = f"{HEADER},status,resolved_at,closed_at,updated_at\n{ROW},{status},{','.join(times)}\n"
    history = line(table)["history"]
    present = ["edit", "status"] if "U" in ends else []

    assert [it["status"] for it in history if "status" in it] == told + told[-1:] * bool(present)
    assert [it["type"] for it in history] == ["status"] * len(told) + present


def test_the_present_state_is_not_told_before_what_lies_after_it() -> None:
    times = "2024-05-07T09:00:00Z,2024-05-06T10:00:00Z"
    table = f"{HEADER},status,resolved_at,updated_at\n{ROW},Solved,{times}\n"

    assert [it["type"] for it in line(table)["history"]] == ["status"]


def test_a_name_is_the_customers() -> None:
    person, ticket, _ = items(f"{HEADER},Customer Name\n{ROW},Dora Park\n{ROW},Dora Park\n")
    assert json.loads(person.raw)["user"] == {
        "email": "dora@shop.example",
        "name": "Dora Park",
        "role": "customer",
    }
    assert (person.size, ticket.size) == (0, 1)


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (f"{ROW},Solved,", "no column has the time"),
        (f"{ROW},Solved", "the row has 5 cells, but the header has 6"),
        (f"{ROW},Solved,,", "the row has 7 cells"),
        (ROW.replace("It broke", '"It" broke') + ",,", "cannot be read"),
        (ROW.replace("It broke", '"It broke') + ",,", "starts on line 4 cannot be read: a quote"),
        (f"{ROW},Reopened,", '--map "status:Reopened=open"'),
        (ROW.replace("2024-05-06T", "06/05/2024 ") + ",,", "give its format with --time-format"),
    ],
)
def test_a_row_that_cannot_be_is_told_with_its_line_and_spoils_no_other(
    row: str, fault: str
) -> None:
    header = f"{HEADER},Status,Resolved at"
    found = items(f"{header}\n{ROW},,\n\n{row}\n")

    assert found[0].fault == ""
    assert fault in found[1].fault
    assert found[1].place.startswith("line ")


@pytest.mark.parametrize(
    "maps",
    [
        ["subject"],
        ["=x"],
        ["zeal=Subject"],
        ["subject=Nowhere"],
        ["external_id=Subject"],
        ["status:Done=finished"],
        ["subject:a=b"],
        ["priority:P0=p1"],
    ],
)
def test_a_mapping_that_cannot_be_meant_is_refused(maps: list[str]) -> None:
    with pytest.raises(InvalidMapping):
        items(f"{HEADER}\n{ROW}\n", *maps)


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"a,b\n1,2\n", b"\0\0\0"])
def test_a_table_without_the_needed_columns_says_which(content: bytes) -> None:
    with pytest.raises(InvalidMapping, match="subject, customer_email, created_at"):
        items(content)


def test_a_table_that_is_not_utf_8_says_so_and_is_read_by_the_name_of_its_encoding() -> None:
    table = f"{HEADER}\n{ROW}\n".replace("broke", "brøke").encode("cp1252")
    with pytest.raises(UnreadableSource, match="--encoding cp1252"):
        items(table)
    assert line(table, encoding="cp1252")["ticket"]["subject"] == "It brøke"


def test_the_line_in_which_excel_names_the_separator_is_no_header() -> None:
    row = ROW.replace("It broke", "It broke, badly").replace(",2024", ";2024")
    row = row.replace("C1,", "C1;").replace("badly,", "badly;")
    (item,) = items(f"sep=;\r\n{HEADER.replace(',', ';')}\r\n{row}\r\n")

    assert json.loads(item.raw)["ticket"]["subject"] == "It broke, badly"
    assert item.place == "line 3"


def test_people_and_categories_are_mapped_and_an_empty_cell_has_a_meaning_too() -> None:
    table = f"{HEADER},Assignee,Category\n{ROW.replace('dora@shop.example', '')},Ann Lee,HW\n"
    told = line(
        table,
        "assignee:ann lee=ann@help.example",
        "customer_email:=unknown@shop.example",
        "category:HW=hardware",
    )

    assert told["ticket"]["customer_email"] == "unknown@shop.example"
    assert told["ticket"]["category"] == "hardware"
    assert told["history"][0]["to"] == "ann@help.example"


def test_first_responses_are_counted_as_lost_because_a_table_has_no_text_of_them() -> None:
    table = source(f"{HEADER},first_response_at\n{ROW},2024-05-06T09:05:00Z\n{ROW},\n")
    assert len(list(table.read_items())) == 2
    assert table.losses == {"first responses, which have no text": 1}


def test_columns_that_are_no_field_are_counted_as_lost() -> None:
    table = source(f"{HEADER},Mood,Empty\n{ROW},sad,\n{ROW},glad,\n")
    assert len(list(table.read_items())) == 2
    assert table.losses == {"column Mood": 2}
    assert table.size == 3
