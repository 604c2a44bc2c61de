"""Changes macros: supervisors those of the organization, every agent their own."""

from typing import Final

from msgspec import UNSET
from msgspec.structs import asdict, replace

from common import macros as common_macros
from common.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from common.macros import CreateMacro, EditMacro, MacroVerbs
from common.tickets.ticket import Status
from server.desk.recording import event_recorder
from server.desk.recording.unit_of_work import UnitOfWork
from server.desk.tickets import ticket_creation
from server.domain.timestamps import to_microseconds
from server.storage.queries.organization import macros
from server.storage.queries.organization.macros import Macro
from server.storage.queries.person import people

MOST_MACROS: Final = 500
"""Macros that an organization may have, and each agent beside them."""


class MacroNameTaken(Conflict):
    slug, title = "macro-name-taken", "Another macro has this name"
    occasion = "Another macro of the same owner has this name."


class TooManyMacros(Conflict):
    slug, title = "too-many-macros", "There are all the macros that there may be"
    occasion = "The owner has 500 macros. Delete one first."


def create_macro(work: UnitOfWork, command: CreateMacro) -> Macro:
    """Creates a macro. Raises Forbidden, Invalid, MacroNameTaken, TooManyMacros."""
    org_id, now = work.actor.org_id, to_microseconds(work.now)
    given = asdict(command)
    shared = given.pop("shared")
    made = Macro(
        org_id=org_id,
        id=macros.read_last_macro_id(work.writing, org_id) + 1,
        owner_id=None if shared else work.actor.id,
        created_at=now,
        updated_at=now,
        **given,
    )
    _check_permission(work, made)
    _check_macro(work, made)
    macros.add_macro(work.writing, made)
    _announce(work, made)
    return made


def add_imported_macro(work: UnitOfWork, macro: Macro) -> bool:
    """Adds a macro unless its owner has one of its name; returns whether it was added.

    Raises TooManyMacros.
    """
    try:
        _check_place(work, macro)
    except MacroNameTaken:
        return False
    macros.add_macro(work.writing, macro)
    _announce(work, macro)
    return True


def edit_macro(work: UnitOfWork, macro_id: int, command: EditMacro) -> Macro:
    """Changes a macro. Raises as above, and NotFound; an equal one is not written."""
    before = load_macro(work, macro_id)
    given = {name: value for name, value in asdict(command).items() if value is not UNSET}
    if "shared" in given:
        given["owner_id"] = None if given.pop("shared") else work.actor.id
    after = replace(before, **given)
    _check_permission(work, before)
    _check_permission(work, after)
    if after == before:
        return before
    _check_macro(work, after)
    after = replace(after, updated_at=to_microseconds(work.now))
    macros.save_macro(work.writing, after)
    _announce(work, before, after)
    return after


def delete_macro(work: UnitOfWork, macro_id: int) -> None:
    """Deletes a macro. Raises NotFound, Forbidden."""
    before = load_macro(work, macro_id)
    _check_permission(work, before)
    macros.delete_macro_row(work.writing, work.actor.org_id, macro_id)
    _announce(work, before)


def load_macro(work: UnitOfWork, macro_id: int) -> Macro:
    """Returns a macro that the caller may use. Raises NotFound."""
    found = macros.find_macro(work.writing, work.actor.org_id, macro_id, work.actor.id)
    if found is None:
        raise NotFound
    return found


def find_macro_errors(work: UnitOfWork, body: str, verbs: MacroVerbs) -> list[FieldError]:
    """Returns an error for unknown variables, and for each category or agent that is not there."""
    faults = common_macros.find_variable_errors(body)
    bad = ticket_creation.find_category_errors(work.settings, verbs.category)
    faults += [replace(fault, pointer="/verbs/category") for fault in bad]
    if verbs.status is Status.CLOSED:
        says = "must not be closed: a message cannot say why; resolved tickets close by themselves"
        faults.append(FieldError(says, pointer="/verbs/status"))
    to = verbs.assign_to
    if to is not UNSET and to != common_macros.ME and not _is_active_agent(work, int(to)):
        says = "must be an active agent of this organization"
        faults.append(FieldError(says, pointer="/verbs/assign_to"))
    return faults


def _is_active_agent(work: UnitOfWork, person_id: int) -> bool:
    person = people.find_person(work.writing, work.actor.org_id, person_id)
    return person is not None and person.is_agent and person.active


def _check_permission(work: UnitOfWork, macro: Macro) -> None:
    if macro.owner_id is None and not work.actor.is_supervisor:
        raise Forbidden("Only supervisors change the macros that everybody uses.")


def _check_macro(work: UnitOfWork, macro: Macro) -> None:
    faults = find_macro_errors(work, macro.body, macro.verbs)
    if faults:
        raise Invalid(*faults)
    _check_place(work, macro)


def _check_place(work: UnitOfWork, macro: Macro) -> None:
    """Raises MacroNameTaken and TooManyMacros, by what its owner has beside it."""
    beside = _list_beside(work, macro)
    if any(it.name.casefold() == macro.name.casefold() for it in beside):
        raise MacroNameTaken("Choose another name, or edit the macro that has it.")
    if len(beside) >= MOST_MACROS:
        raise TooManyMacros(f"There may be {MOST_MACROS}: delete one that is not used.")


def _list_beside(work: UnitOfWork, macro: Macro) -> list[Macro]:
    """Returns the other macros of the same owner."""
    found = macros.list_macros(work.writing, macro.org_id, macro.owner_id, 0, 2 * MOST_MACROS)
    return [it for it in found if it.owner_id == macro.owner_id and it.id != macro.id]


def _announce(work: UnitOfWork, *changed: Macro) -> None:
    """Records that something of the organization has changed, so that clients read it again."""
    if any(macro.owner_id is None for macro in changed):
        event_recorder.record_organization(work, reroute=False)
