"""Zendesk's records beside plain tickets: private words, people who are gone, other kinds."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from server.transfer.line_sources import UnreadableSource
from server.transfer.zendesk.zendesk_source import ZendeskExport
from tests.support.zendesk import (
    ANN,
    BEN,
    DORA,
    USERS,
    audit,
    comment,
    moment,
    recorded,
    ticket,
)

STRANGER = 4242


def read(folder: Path, **answers: Any) -> tuple[list[Any], Counter[str]]:
    """The lines that an export is read as, the second time over, and what of it is lost."""
    recorded(folder, **{"users": {"users": USERS}, **answers})
    with ZendeskExport(folder) as source:
        first = [item.raw for item in source.read_items()]
        again = [item.raw for item in source.read_items()]
    assert again == first, "a source is read twice"
    return [json.loads(raw) for raw in first if raw], source.losses


def only_ticket(folder: Path, **answers: Any) -> Any:
    (line,) = (it for it in read(folder, **answers)[0] if "ticket" in it)
    return line


@pytest.mark.parametrize("kind", ["audits", "comments__1", "tickets"])
def test_a_ticket_begun_by_a_private_comment_has_it_as_a_note(kind: str, tmp_path: Path) -> None:
    said = comment(20, 0, ANN, "It smokes.", public=False)
    answers = {"audits": {"audits": [audit(10, 1, 0, ANN, said)]}, "comments__1": [said]}
    told = {kind: answers[kind]} if kind in answers else {}
    begun = ticket(1, is_public=False, submitter_id=ANN)
    line = only_ticket(tmp_path, **{"tickets": {"tickets": [begun]}, **told})

    assert line["ticket"]["description"] == ""
    assert line["history"] == [
        {"at": moment(0), "type": "note", "body": "It smokes.", "actor": "ann@help.example"}
    ]


def test_a_comment_that_was_made_private_later_is_a_note(tmp_path: Path) -> None:
    hidden = {"id": 9, "type": "CommentPrivacyChange", "comment_id": 21, "public": False}
    line = only_ticket(
        tmp_path,
        tickets={"tickets": [ticket(1)]},
        audits={"audits": [
            audit(10, 1, 0, DORA, comment(20, 0, DORA, "It smokes.")),
            audit(11, 1, 5, ANN, comment(21, 5, ANN, "Dora again!")),
            audit(12, 1, 6, BEN, hidden),
            audit(13, 1, 7, ANN, comment(22, 7, ANN, "Unplug it.")),
        ]},
    )  # fmt: skip

    assert [(it["type"], it["body"]) for it in line["history"]] == [
        ("note", "Dora again!"),
        ("reply", "Unplug it."),
    ]


def test_a_record_that_begins_after_the_ticket_loses_no_message(tmp_path: Path) -> None:
    line = only_ticket(
        tmp_path,
        tickets={"tickets": [ticket(1)]},
        audits={"audits": [audit(11, 1, 5, ANN, comment(21, 5, ANN, "Unplug it."))]},
    )

    assert line["ticket"]["description"] == "It smokes."
    assert [it["body"] for it in line["history"]] == ["Unplug it."]


def test_who_is_named_and_not_recorded_is_not_listed_as_a_customer(tmp_path: Path) -> None:
    lines, losses = read(
        tmp_path, tickets={"tickets": [ticket(1, status="open", assignee_id=STRANGER)]}
    )

    assert f"user-{STRANGER}@zendesk.invalid" not in {it["user"]["email"] for it in lines[:-1]}
    assert lines[-1]["history"][0]["to"] == f"user-{STRANGER}@zendesk.invalid"
    assert losses["people who are named but not in the export"] == 1


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("Dora@Shop.example", "dora@shop.example"),
        ("do\u200bra@shop.example", "dora@shop.example"),
        ("no address", "user-901@zendesk.invalid"),
        ("", "user-901@zendesk.invalid"),
        (None, "user-901@zendesk.invalid"),
        (5, "user-901@zendesk.invalid"),
    ],
)
def test_an_address_that_no_mail_reaches_costs_nobody_a_ticket(
    address: Any, kept: str, tmp_path: Path
) -> None:
    people = {"users": [{"id": DORA, "name": "Dora", "email": address, "role": "end-user"}]}
    user, line = read(tmp_path, users=people, tickets={"tickets": [ticket(1)]})[0]

    assert user["user"]["email"] == line["ticket"]["customer_email"] == kept


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("suspended", {"suspended_tickets": [{"id": 5, "subject": "Buy!"}]}),
        ("suspended_tickets", [{"id": 5, "subject": "Buy!"}]),
        ("suspended-tickets-5", {"id": 5, "subject": "Buy!"}),
    ],
)
def test_suspended_tickets_are_counted_and_not_taken_for_tickets(
    name: str, answer: Any, tmp_path: Path
) -> None:
    lines, losses = read(tmp_path, **{name: answer})

    assert [it for it in lines if "ticket" in it] == []
    assert losses["records of suspended tickets"] == 1


def test_kinds_of_records_that_are_not_read_are_counted(tmp_path: Path) -> None:
    losses = read(
        tmp_path,
        ratings={"satisfaction_ratings": [{"id": 1}, {"id": 2}], "next_page": None},
        side_conversations=[{"id": "8566255a", "ticket_id": 1}],
        custom_statuses={"custom_statuses": [{"id": 9}]},
        macros={"macros": [{"id": 3}], "count": 1},
    )[1]

    assert {kind: losses[kind] for kind in losses if kind.startswith("records of")} == {
        "records of satisfaction ratings": 2,
        "records of side conversations": 1,
        "records of custom statuses": 1,
        "records of macros": 1,
    }


def test_an_answer_with_one_ticket_or_one_user_is_read(tmp_path: Path) -> None:
    lines = read(
        tmp_path,
        users={"user": USERS[0]},
        tickets__1={"ticket": ticket(1, tags=["x"])},
    )[0]

    assert [it["ticket"]["tags"] for it in lines if "ticket" in it] == [["x"]]


def test_a_directory_without_any_record_of_zendesk_is_told_so(tmp_path: Path) -> None:
    recorded(tmp_path, something={"a": 1})
    with (
        pytest.raises(UnreadableSource, match="no recorded answers"),
        ZendeskExport(tmp_path) as source,
    ):
        list(source.read_items())
