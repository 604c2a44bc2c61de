"""Saved views in an export and an import: people by their addresses, and nothing twice."""

from collections.abc import Callable, Iterator
from typing import Final

from msgspec.structs import replace

from common.errors import Invalid
from common.filters.filter_fields import FilterField
from common.filters.filter_format import format_filter
from common.filters.filter_parser import parse_filter
from common.filters.filter_terms import FILTER_LIMIT, FilterTerm, FilterValue, NumberValue
from server.desk.administration import view_admin
from server.desk.administration.view_admin import ViewNameTaken
from server.desk.recording.unit_of_work import UnitOfWork
from server.storage.engine.transaction import ReadTransaction
from server.storage.queries.organization import saved_views
from server.storage.queries.organization.saved_views import StoredView
from server.storage.queries.person import people
from server.transfer.file_format import ViewLine, ViewPerson
from server.transfer.people_resolver import PeopleResolver

_PEOPLE_FIELDS: Final = frozenset({FilterField.ASSIGNEE, FilterField.CUSTOMER})
_NOBODY: Final = 0
"""The id that stands for somebody whose address the file does not say."""


def read_view_lines(reading: ReadTransaction, org_id: int) -> Iterator[ViewLine]:
    """Yields the views of the organization and of all agents, each in its order."""
    for view in saved_views.list_all_views(reading, org_id):
        yield _build_view_line(reading, view)


def _build_view_line(reading: ReadTransaction, view: StoredView) -> ViewLine:
    def find_email(person_id: int) -> str | None:
        person = people.find_person(reading, view.org_id, person_id)
        return None if person is None else person.email

    named = sorted({person_id for _, person_id in _list_person_ids(view.filter_text)})
    emails = [(person_id, find_email(person_id)) for person_id in named]
    return ViewLine(
        name=view.name,
        filter=view.filter_text,
        sort=view.sort,
        columns=view.columns,
        owner=None if view.owner_id is None else find_email(view.owner_id),
        people=tuple(ViewPerson(it, email) for it, email in emails if email is not None),
    )


def import_view(work: UnitOfWork, cast: PeopleResolver, line: ViewLine) -> bool:
    """Adds a view; False: its owner has one of this name. Raises Invalid, TooManyViews."""
    emails = {person.id: person.email for person in line.people}

    def find_id(field: FilterField, given: int) -> int:
        email = emails.get(given)
        if email is None:
            return _NOBODY
        if field is FilterField.ASSIGNEE:
            return cast.resolve_agent(email, "/view/people").id
        return cast.resolve_customer(email).id

    owner_id = cast.resolve_agent(line.owner, "/view/owner").id if line.owner else None
    given = {
        "name": line.name,
        "filter_text": _replace_people(line.filter, find_id),
        "sort": line.sort,
        "columns": line.columns,
    }
    try:
        view_admin.add_owned_view(work, owner_id, given)
    except ViewNameTaken:
        return False
    return True


def _list_person_ids(text: str) -> list[tuple[FilterField, int]]:
    return [
        (term.field, value.number)
        for term in parse_filter(text).terms
        for value in term.values
        if term.field in _PEOPLE_FIELDS and isinstance(value, NumberValue)
    ]


def _replace_people(text: str, find_id: Callable[[FilterField, int], int]) -> str:
    """Returns a filter with the ids that its people have here. Raises Invalid for a long one."""

    def take(term: FilterTerm, value: FilterValue) -> FilterValue:
        if term.field in _PEOPLE_FIELDS and isinstance(value, NumberValue):
            return NumberValue(find_id(term.field, value.number))
        return value

    before = parse_filter(text)
    terms = [
        replace(term, values=tuple(dict.fromkeys(take(term, value) for value in term.values)))
        for term in before.terms
    ]
    found = format_filter(replace(before, terms=tuple(dict.fromkeys(terms))))
    if len(found) > FILTER_LIMIT:
        raise Invalid.for_field("/view/filter", f"must have at most {FILTER_LIMIT} characters")
    return found
