"""Answers of Zendesk's API, written by hand in the shape in which it gives them."""

import json
from pathlib import Path
from typing import Any, Final

Record = dict[str, Any]
DORA, ANN, BEN, EVE = 901, 701, 702, 902
GROUP: Final = 55

USERS: Final[list[Record]] = [
    {"id": DORA, "name": "Dora", "email": "dora@shop.example", "role": "end-user", "active": True,
     "phone": "+39 06 1", "organization_id": 3, "user_fields": {"plan": "gold"}},
    {"id": EVE, "name": "Eve", "email": None, "role": "end-user", "active": True},
    {"id": ANN, "name": "Ann", "email": "ann@help.example", "role": "agent", "active": True},
    {"id": BEN, "name": "Ben", "email": "ben@help.example", "role": "admin", "active": True,
     "suspended": True},
]  # fmt: skip


def moment(minute: int) -> str:
    return f"2024-05-06T09:{minute:02}:00Z"


def ticket(number: int, **fields: Any) -> Record:
    """A ticket as the cursor export of tickets has it, new and untouched."""
    return {
        "id": number, "url": f"https://x.zendesk.com/api/v2/tickets/{number}.json",
        "external_id": None,
        "via": {"channel": "email", "source": {"from": {}, "to": {}, "rel": None}},
        "created_at": moment(0), "updated_at": moment(0), "generated_timestamp": 1714986000,
        "type": None, "subject": "Printer", "raw_subject": "Printer", "description": "It smokes.",
        "priority": None, "status": "new", "recipient": None, "requester_id": DORA,
        "submitter_id": DORA, "assignee_id": None, "organization_id": None, "group_id": GROUP,
        "collaborator_ids": [], "follower_ids": [], "email_cc_ids": [], "problem_id": None,
        "has_incidents": False, "is_public": True, "due_at": None, "tags": [], "custom_fields": [],
        "satisfaction_rating": None, "brand_id": None, "ticket_form_id": None,
        **fields,
    }  # fmt: skip


def comment(id_: int, minute: int, author: int, body: str, **fields: Any) -> Record:
    return {
        "id": id_, "type": "Comment", "author_id": author, "body": body, "public": True,
        "html_body": f"<p>{body}</p>", "plain_body": body, "attachments": [], "audit_id": id_ + 1,
        "via": {"channel": "web"}, "created_at": moment(minute), "metadata": {}, **fields,
    }  # fmt: skip


def change(field: str, value: Any, before: Any = None) -> Record:
    """A change as an audit has it."""
    return {"id": 1, "type": "Change", "field_name": field, "value": value,
            "previous_value": before}  # fmt: skip


def audit(id_: int, number: int, minute: int, author: int, *events: Record) -> Record:
    return {"id": id_, "ticket_id": number, "created_at": moment(minute), "author_id": author,
            "via": {"channel": "web"}, "metadata": {}, "events": list(events)}  # fmt: skip


def recorded(folder: Path, **answers: Any) -> Path:
    """A directory with a file for each answer; `__` in a name is a subdirectory."""
    for name, answer in answers.items():
        path = folder / f"{name.replace('__', '/')}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(answer))
    return folder


def export(folder: Path) -> Path:
    """A small company's export: a ticket by audits, one by comments, one by incremental events."""
    first = audit(
        10, 41, 0, DORA,
        {"id": 2, "type": "Create", "field_name": "priority", "value": "low"},
        comment(20, 0, DORA, "It smokes."),
        {"id": 3, "type": "Notification", "subject": "x", "recipients": [ANN]},
    )  # fmt: skip
    return recorded(
        folder,
        tickets={
            "tickets": [
                ticket(41, status="new", generated_timestamp=1),
                ticket(41, status="solved", priority="high", assignee_id=ANN, tags=["fire"],
                       subject="Printer burns", updated_at=moment(30),
                       custom_fields=[{"id": 7, "value": "x"}, {"id": 8, "value": None}],
                       satisfaction_rating={"score": "good", "comment": "Thanks."}),
                ticket(42, status="solved", assignee_id=BEN, updated_at=moment(50),
                       organization_id=3, collaborator_ids=[EVE], group_id=None,
                       metric_set={"solved_at": moment(40)},
                       via={"channel": "web", "source": {"rel": "follow_up", "to": {},
                                                         "from": {"ticket_id": 41}}}),
                ticket(43, status="pending", assignee_id=ANN, requester_id=EVE, submitter_id=ANN,
                       updated_at=moment(9)),
                ticket(44, status="deleted"),
            ],
            "after_cursor": "x", "end_of_stream": True,
        },
        users={"users": USERS, "end_of_stream": True},
        organizations={"organizations": [{"id": 3, "name": "Shop"}], "count": 1},
        groups={"groups": [{"id": GROUP, "name": "Second Line"}]},
        audits={"audits": [
            audit(14, 41, 30, DORA, change("satisfaction_score", "good", "offered"),
                  change("satisfaction_comment", "Thanks.")),
            audit(13, 41, 20, ANN, comment(22, 20, ANN, "Known fault.", public=False),
                  change("status", "solved", "open"), change("tags", ["fire"], []),
                  change("7", "x")),
            audit(12, 41, 10, ANN, comment(21, 10, ANN, "Unplug it.", attachments=[{"id": 1}]),
                  change("status", "open", "new"), change("assignee_id", str(ANN)),
                  change("priority", "high", "low"), change("subject", "Printer burns")),
            first, first,
        ]},
        comments__42={"comments": [
            comment(31, 5, BEN, "Which one?"), comment(30, 0, DORA, "It smokes."),
            comment(32, 6, EVE, "Mine too."),
        ], "count": 3},
        incremental_ticket_events={"ticket_events": [
            {"id": 50, "ticket_id": 43, "timestamp": 1714986000, "updater_id": ANN,
             "event_type": "Audit", "child_events": [
                 {"id": 51, "event_type": "Create", "status": "new", "requester_id": EVE,
                  "via": "Web"},
                 {"id": 52, "event_type": "Comment", "body": "It smokes.", "public": True,
                  "author_id": ANN, "created_at": moment(0)}]},
            {"id": 60, "ticket_id": 43, "timestamp": 1714986540, "updater_id": ANN,
             "event_type": "Audit", "child_events": [
                 {"id": 61, "event_type": "Change", "status": "pending", "previous_value": "new"},
                 {"id": 62, "event_type": "Change", "assignee_id": ANN, "previous_value": None},
                 {"id": 63, "event_type": "Comment", "body": "Which floor?", "public": True,
                  "author_id": ANN, "created_at": moment(9)}]},
        ], "end_time": 1714986540},
    )  # fmt: skip
