"""Compares what transactions hand on to each other with the rows."""

from itertools import count, takewhile

from server.domain import queue_entry
from server.storage.engine.transaction import WriteTransaction
from server.storage.queries.person import people
from server.storage.queries.ticket import availability, tickets


def check_known_roster(writing: WriteTransaction, org_id: int) -> None:
    """Checks that the roster which the last transaction left has the loads of the rows."""
    roster = availability.find_loaded_roster(writing, org_id)
    if roster is None:
        return
    found = (tickets.find_ticket(writing, org_id, number) for number in count(1))
    holders = [queue_entry.find_holder(ticket) for ticket in takewhile(bool, found) if ticket]
    fresh = availability.load_roster(writing, org_id, 0)
    assert {one.id: one for one in roster} == {one.id: one for one in fresh}
    assert {one.id: one.load for one in roster} == {one.id: holders.count(one.id) for one in roster}
    for person_id, *_ in people.list_emails(writing, org_id, 0, 100):
        assert roster.find_load(person_id) in {None, holders.count(person_id)}
