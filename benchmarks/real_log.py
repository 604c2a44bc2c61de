"""The log of a real help desk, as lines that the product imports.

Nothing of the log is lost: each of its rows is the opening of its ticket or becomes at least one
entry of its history that changes something; where it would not, a note says what happened.
"""

import csv
import json
import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

from benchmarks.child import ROOT

LOG: Final = ROOT.parent / "shared" / "data" / "helpdesk_log.csv"
OPENING: Final = frozenset({"Assign seriousness", "Insert ticket"})

Row = dict[str, str]
Entry = dict[str, Any]


def rows(path: Path = LOG) -> list[Row]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def lines(log: list[Row]) -> Iterator[str]:
    """The import file: the staff, then every ticket with its history."""
    for name in sorted({row["Resource"] for row in log}):
        yield json.dumps({"user": {"email": agent(name), "name": name, "role": "agent"}}) + "\n"
    for external_id, events in groupby(log, itemgetter("case:concept:name")):
        yield json.dumps(_ticket(external_id, list(events))) + "\n"


def agent(resource: str) -> str:
    return f"{resource.lower().replace(' ', '-')}@helpdesk.example"


def moment(row: Row) -> str:
    return row["time:timestamp"].replace(" ", "T").replace("+00:00", "Z")


def _ticket(external_id: str, events: list[Row]) -> dict[str, Any]:
    first, number = events[0], int(re.sub(r"\D", "", external_id))
    variant, activity = first["case:variant"], first["Activity"]
    opened = f"{activity} by {first['Resource']} at {moment(first)}"
    ticket = {
        "external_id": external_id,
        "number": number,
        "subject": f"Case {number}: {variant}, begun by {first['Resource']}",
        "description": f"{opened}. The log has no words of the customer's.",
        # The log does not say whose ticket it is; one customer each invents no kinship.
        "customer_email": f"{external_id.lower()}@customer.example",
        "created_at": moment(first),
    }
    return {"ticket": ticket, "history": list(Story().of(events))}


class Story:
    """The changes that the rows of one ticket make to it, one after the other."""

    def __init__(self) -> None:
        self.status, self.assignee, self.waiting_on = "open", "", "agent"

    def of(self, events: Iterable[Row]) -> Iterator[Entry]:
        for index, row in enumerate(events):
            if index or row["Activity"] not in OPENING:
                yield from self._entries(row)

    def _entries(self, row: Row) -> Iterator[Entry]:
        base = {"at": moment(row), "actor": agent(row["Resource"])}
        changes = list(self._changes(row["Activity"], base["actor"]))
        for change in changes or [{"type": "note", "body": row["Activity"]}]:
            yield base | change

    def _changes(self, activity: str, actor: str) -> Iterator[Entry]:
        if activity == "Take in charge ticket":
            yield from self._assigned(actor)
            yield from self._moved("in_progress")
            yield from self._waits("agent")
        elif activity == "Wait":
            yield from self._waits("customer")
        elif activity == "Resolve ticket" and self.status != "closed":
            yield from self._moved("resolved")
        elif activity == "Closed":
            yield from self._moved("closed")

    def _assigned(self, actor: str) -> Iterator[Entry]:
        if self.assignee != actor:
            self.assignee = actor
            yield {"type": "assign", "to": actor}

    def _moved(self, status: str) -> Iterator[Entry]:
        if self.status != status:
            self.status = status
            yield {"type": "status", "status": status}

    def _waits(self, who: str) -> Iterator[Entry]:
        if self.waiting_on != who:
            self.waiting_on = who
            yield {"type": "edit", "changes": {"waiting_on": who}}
