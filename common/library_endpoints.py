"""The endpoints of what agents keep for their work: macros."""

from typing import Final

from common import queries, wire
from common.endpoint import TICKETS_WRITE, Endpoint
from common.macros import CreateMacro, EditMacro, MacroView
from common.people import AGENTS

LIST_MACROS: Final = Endpoint(
    name="macros.list",
    method="GET",
    path="/macros",
    roles=AGENTS,
    scope=TICKETS_WRITE,
    summary="The macros of the organization, and the caller's own",
    query=queries.PageQuery,
    answer=wire.Page[MacroView],
    revalidates=True,
)
CREATE_MACRO: Final = Endpoint(
    name="macro.create",
    method="POST",
    path="/macros",
    roles=AGENTS,
    summary="Create a macro",
    body=CreateMacro,
    answer=MacroView,
    success=201,
    retries=True,
)
READ_MACRO: Final = Endpoint(
    name="macro.read",
    method="GET",
    path="/macros/{id}",
    roles=AGENTS,
    scope=TICKETS_WRITE,
    summary="A macro",
    answer=MacroView,
)
EDIT_MACRO: Final = Endpoint(
    name="macro.edit",
    method="PATCH",
    path="/macros/{id}",
    roles=AGENTS,
    summary="Change a macro",
    body=EditMacro,
    answer=MacroView,
)
DELETE_MACRO: Final = Endpoint(
    name="macro.delete",
    method="DELETE",
    path="/macros/{id}",
    roles=AGENTS,
    summary="Delete a macro",
    success=204,
)
