"""Macros in an export and an import: people by their addresses, and nothing twice."""

from collections.abc import Iterator
from typing import Final

from msgspec import UNSET
from msgspec.structs import replace

from common.macros import ME
from server.desk.administration import macro_admin
from server.desk.recording.unit_of_work import UnitOfWork
from server.domain.timestamps import to_microseconds
from server.storage.engine.transaction import ReadTransaction
from server.storage.queries.organization import macros
from server.storage.queries.organization.macros import Macro
from server.storage.queries.person.name_resolver import NameResolver
from server.transfer.file_format import MacroLine
from server.transfer.people_resolver import PeopleResolver

_PAGE_SIZE: Final = 200


def read_macro_lines(reading: ReadTransaction, org_id: int) -> Iterator[MacroLine]:
    """Yields the macros of the organization and of all agents."""
    names, after = NameResolver(org_id), 0
    while page := macros.list_all_macros(reading, org_id, after, _PAGE_SIZE):
        yield from (_build_line(reading, macro, names) for macro in page)
        after = page[-1].id


def _build_line(reading: ReadTransaction, macro: Macro, names: NameResolver) -> MacroLine:
    def find_email(person_id: int) -> str:
        return names.read_person(reading, person_id).email

    to, owner_id = macro.verbs.assign_to or ME, macro.owner_id
    is_person = to != ME
    return MacroLine(
        name=macro.name,
        body=macro.body,
        kind=macro.kind,
        owner=None if owner_id is None else find_email(owner_id),
        verbs=replace(macro.verbs, assign_to=UNSET) if is_person else macro.verbs,
        assign_to=find_email(int(to)) if is_person else None,
    )


def import_macro(work: UnitOfWork, people: PeopleResolver, line: MacroLine) -> bool:
    """Adds a macro; False: its owner has one of this name. Raises Invalid, TooManyMacros."""
    owner_id = people.resolve_agent(line.owner, "/macro/owner").id if line.owner else None
    org_id, now = work.actor.org_id, to_microseconds(work.now)
    verbs = line.verbs
    if line.assign_to:
        agent = people.resolve_agent(line.assign_to, "/macro/assign_to")
        verbs = replace(verbs, assign_to=str(agent.id))
    macro = Macro(
        org_id=org_id,
        id=macros.read_last_macro_id(work.writing, org_id) + 1,
        owner_id=owner_id,
        name=line.name,
        body=line.body,
        kind=line.kind,
        verbs=verbs,
        created_at=now,
        updated_at=now,
    )
    return macro_admin.add_imported_macro(work, macro)
